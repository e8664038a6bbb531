import type { Backend } from './backend.js';
import { defaultBackend } from './defaultBackend.js';
import { checkDtype } from './dtype.js';
import { nextLevel, symbolicTensor, type Interpreter } from './interpreter.js';
import { isPlainObject } from './plainObject.js';
import type { Primitive } from './primitive.js';
import { checkShape, type TensorType } from './shape.js';
import { Tensor } from './tensor.js';

/** Infers types, and runs nothing: what `trace` and `shapeOf` have in common. */
export class Tracing implements Interpreter {
  readonly level = nextLevel();

  constructor(readonly transform: string) {}

  /** A tensor of a type, in place of an argument of the traced function. */
  input(type: TensorType, path: string, backend: Backend): Tensor {
    checkShape(`${this.transform}: argument ${path}`, type.shape);
    checkDtype(`${this.transform}: argument ${path}`, type.dtype);
    return symbolicTensor(backend, this, { shape: [...type.shape], dtype: type.dtype });
  }

  run<Attrs>(_primitive: Primitive<Attrs>, inputs: readonly Tensor[], _attrs: Attrs, type: TensorType): Tensor {
    return symbolicTensor(inputs[0]?.backend ?? defaultBackend(), this, type);
  }

  contentOf(): null {
    return null;
  }

  forget(): void {
    // There is nothing behind a traced tensor.
  }
}

/** Whether a node of a tree is the type of a tensor: `{ shape, dtype }`, or a tensor. */
export function isType(node: unknown): node is TensorType {
  if (node instanceof Tensor) return true;
  return isPlainObject(node) && Array.isArray(node.shape) && typeof node.dtype === 'string' && Object.keys(node).length === 2;
}
