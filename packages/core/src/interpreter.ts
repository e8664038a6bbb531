import type { Backend } from './backend.js';
import type { TypedArray } from './dtype.js';
import type { Primitive } from './primitive.js';
import { layoutOf } from './layout.js';
import { abstract } from './memory/abstract.js';
import type { TensorType } from './shape.js';
import { Storage, type SymbolicOwner } from './memory/storage.js';
import { Tensor } from './tensor.js';

/**
 * What gives operations another meaning: where an input has no bytes of its own, as inside of `trace` and `vmap`, `apply` asks
 * the interpreter behind it for the result instead of the kernel. Tapes see these tensors as they see all others, so that
 * every transform works inside of every other one.
 */
export interface Interpreter extends SymbolicOwner {
  /** A transform inside of another one has the greater number; it interprets first, and what is the outer one's is a constant to it. */
  readonly level: number;
  /** What is behind one of its tensors: all that it stands for; null when there is nothing. */
  contentOf(tensor: Tensor): Tensor | null;
  /** The result of a call whose type was inferred. */
  run<Attrs>(primitive: Primitive<Attrs>, inputs: readonly Tensor[], attrs: Attrs, type: TensorType): Tensor;
}

let levels = 0;

/** A level above all that were given out before. */
export function nextLevel(): number {
  return ++levels;
}

/**
 * A new tensor without elements, which an interpreter computes with.
 */
export function symbolicTensor(backend: Backend, interpreter: Interpreter, { shape, dtype }: TensorType): Tensor {
  const layout = layoutOf(shape);
  return new Tensor(Storage.symbolic(backend, interpreter), dtype, layout, layout.strides, 0);
}

/**
 * All the values that a tensor stands for, so that an operation can check them: its own; of an example inside of `vmap` those of
 * all examples; null inside of `trace`, where there are none.
 */
export function valuesBehind(tensor: Tensor): TypedArray | null {
  let content: Tensor | null = tensor;
  while (content !== null && content.storage.interpreter !== null) content = (content.storage.interpreter as Interpreter).contentOf(content);
  return content === null ? null : content.data();
}

/** The transform that computes a call with these inputs, also one that has to do with none of them: `shapeOf`, while it runs. Null when all have bytes. */
export function interpreterOf(inputs: readonly Tensor[]): Interpreter | null {
  const innermost = innermostInterpreter(inputs);
  const running = abstract.by as Interpreter | null;
  return running === null || (innermost !== null && innermost.level > running.level) ? innermost : running;
}

/** The innermost transform that has to do with one of the tensors; null when all have bytes. */
export function innermostInterpreter(tensors: readonly Tensor[]): Interpreter | null {
  let innermost: Interpreter | null = null;
  for (const { storage } of tensors) {
    // Whoever makes a symbolic tensor is an interpreter.
    const interpreter = storage.interpreter as Interpreter | null;
    if (interpreter !== null && (innermost === null || interpreter.level > innermost.level)) innermost = interpreter;
  }
  return innermost;
}
