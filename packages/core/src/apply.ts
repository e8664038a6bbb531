import { ArgumentError, BackendError } from './errors.js';
import type { Backend } from './backend.js';
import { formatValue } from './formatValue.js';
import { dtypes, type DType } from './dtype.js';
import { interpreterOf } from './interpreter.js';
import { abstract } from './memory/abstract.js';
import { closeScope, currentScope, handTo, openScope } from './memory/ownership.js';
import type { Primitive } from './primitive.js';
import { record } from './recording.js';
import { formatType, sameShape, type TensorType } from './shape.js';
import { assertAlive, Tensor } from './tensor.js';
import { requireList } from './arguments.js';

/**
 * Runs a primitive: infers the result's type, runs the kernel, and records the call on every active tape
 * that tracks one of the inputs. Every operation goes through here.
 *
 * @throws what the primitive's `infer` throws, before any kernel runs.
 * @throws {@link ReleasedTensorError} when an input was released.
 * @throws {@link BackendError} when the inputs lie on different backends.
 */
export function apply<Attrs>(primitive: Primitive<Attrs>, inputs: readonly Tensor[], attrs: Attrs): Tensor {
  requireList('apply', 'inputs', inputs, 'a list of tensors');
  const backend = inputs[0] instanceof Tensor ? inputs[0].storage.backend : null;
  let symbolic = abstract.by !== null;
  for (let index = 0; index < inputs.length; index++) {
    const input = inputs[index]!;
    if (!(input instanceof Tensor)) throw notATensor(primitive.name, index, input);
    if (input.releasedBy !== null) assertAlive(primitive.name, input, `input ${index}`);
    if (input.storage.interpreter !== null) symbolic = true;
    if (input.storage.backend !== backend) {
      throw new BackendError(
        `${primitive.name}: input 0 is on the ${backend!.name} backend, input ${index} on ${input.backend.name}; make both on one`,
      );
    }
  }
  const type = primitive.infer(inputs, attrs);
  if (!isType(type)) throw new ArgumentError(`${primitive.name}: its infer gave ${formatValue(type)}; expected the type of the result, { shape, dtype }`);
  const output = symbolic
    ? interpreterOf(inputs)!.run(primitive, inputs, attrs, type)
    : currentScope() === null ? computeAlone(primitive, backend!, inputs, attrs, type) : primitive.forward(backend!, inputs, attrs, type);
  if (!(output instanceof Tensor) || output.dtype !== type.dtype || !sameShape(output.shape, type.shape)) {
    throw new ArgumentError(`${primitive.name}: its forward gave ${formatValue(output)}; expected a tensor ${formatType(type)}, as its infer says`);
  }
  record(primitive, inputs, attrs, output);
  return output;
}

/** Runs a kernel outside any scope, and frees what `forward` made besides its result; everything, if it fails. */
function computeAlone<Attrs>(primitive: Primitive<Attrs>, backend: Backend, inputs: readonly Tensor[], attrs: Attrs, type: TensorType): Tensor {
  const scope = openScope(primitive.name);
  try {
    const output: unknown = primitive.forward(backend, inputs, attrs, type);
    if (output instanceof Tensor && output.owner === scope) handTo(output, null);
    return output as Tensor;
  } finally {
    closeScope(scope);
  }
}

function isType(value: unknown): value is TensorType {
  if (typeof value !== 'object' || value === null) return false;
  const { shape, dtype } = value as { readonly [Part in keyof TensorType]: unknown };
  return Array.isArray(shape) && dtypes.includes(dtype as DType);
}

function notATensor(name: string, position: number, value: unknown): ArgumentError {
  return new ArgumentError(`${name}: input ${position} is ${formatValue(value)}; expected a tensor (numbers and arrays become one with tensor(values))`);
}
