import { constantLike } from './create.js';
import { DTypeError, TransformError } from './errors.js';
import { alias } from './identity.js';
import { isFloat } from './dtype.js';
import { currentScope } from './ownership.js';
import { refusePromise, scope } from './scope.js';
import { formatType } from './shape.js';
import { Tape } from './tape.js';
import { empty, Tensor } from './tensor.js';
import { leavesOf, mapTree } from './tree.js';

/** What {@link vjp} gives: the function's value, and its pullback. */
export interface Vjp<Args extends readonly unknown[], R> {
  readonly value: R;
  /** Maps a cotangent of the value's structure to those of the arguments, one an argument. */
  readonly pullback: (cotangent: R) => Args;
}

/** What a tape recorded of a function call. */
interface Recording<R> {
  readonly tape: Tape;
  readonly leaves: readonly Tensor[];
  readonly value: R;
}

/** Runs `fn` on fresh identities of its arguments and records it. */
export function recordCall<Args extends readonly unknown[], R>(
  name: string,
  fn: (...args: Args) => R,
  args: Args,
): Recording<R> {
  const tape = new Tape();
  const leaves: Tensor[] = [];
  const aliases = mapTree(args, (leaf, path) => {
    if (!isFloat(leaf.dtype)) {
      throw new DTypeError(
        `${name}: argument ${path} is ${formatType(leaf)}; gradients exist for float32 and float64 only. ` +
          'Convert it with cast, or close over it instead of passing it',
      );
    }
    const fresh = alias(leaf);
    leaves.push(fresh);
    return fresh;
  }, `${name}: argument`);
  if (leaves.length === 0) throw new TransformError(`${name}: the arguments hold no tensor; there is nothing to differentiate with respect to`);
  try {
    const value = tape.run(leaves, () => fn(...aliases));
    refusePromise(name, value);
    return { tape, leaves, value };
  } catch (error) {
    tape.close();
    throw error;
  }
}

/** A tensor of zeros that stands for the cotangent of what does not matter. */
function zerosLike(tensor: Tensor): Tensor {
  const out = empty(tensor.backend, { shape: tensor.shape, dtype: tensor.dtype });
  out.backend.fill(0, out);
  return out;
}

/** The cotangents of a recorded call's arguments, zeros for those that the value does not depend on. */
function pull<R, Args>({ tape, leaves, value }: Recording<R>, cotangent: R, args: Args): Args {
  const outputs = leavesOf(value, 'vjp: the value');
  const cotangents = leavesOf(cotangent, 'vjp: the cotangent');
  if (outputs.length !== cotangents.length) {
    throw new TransformError(`vjp: the cotangent has ${cotangents.length} tensors, the value ${outputs.length}; they must have one structure`);
  }
  const results = tape.backward(outputs, cotangents, leaves);
  let index = 0;
  return mapTree(args, (leaf) => results[index++] ?? zerosLike(leaf));
}

/**
 * The value of a function and its vector-Jacobian product: a pullback that maps a cotangent of the value to
 * cotangents of all arguments. Arguments and value may be trees of tensors.
 *
 * The pullback holds the memory that the gradient rules need for as long as it is reachable (or the scope around
 * lasts); it can be called many times, and inside of another transform.
 *
 * @throws {@link DTypeError} when an argument is not of a float dtype.
 * @throws {@link TransformError} when the function is asynchronous or gets no tensor.
 *
 * @example
 * ```ts
 * import { tensor, vjp } from '@adjoint/core';
 * import { mul } from '@adjoint/ops';
 *
 * const { value, pullback } = vjp(mul, tensor([1, 2]), tensor([3, 4]));
 * value.toArray(); // [3, 8]
 * pullback(tensor([1, 10]))[0].toArray(); // [3, 40]
 * ```
 */
export function vjp<Args extends readonly unknown[], R>(fn: (...args: Args) => R, ...args: Args): Vjp<Args, R> {
  const recording = scope(() => recordCall('vjp', fn, args), 'vjp()');
  currentScope()?.closers.push(() => recording.tape.close());
  return { value: recording.value, pullback: (cotangent) => scope(() => pull(recording, cotangent, args), 'a pullback of vjp()') };
}

/** What {@link valueAndGrad} gives. */
export interface ValueAndGradient<P> {
  readonly value: Tensor;
  /** The gradient, of the argument's structure. */
  readonly gradient: P;
}

/**
 * A function that gives the value of a scalar function and its gradient with respect to the first argument, which
 * may be a tree of tensors. Further arguments are passed on as they are.
 *
 * All that the call made, but for value and gradient, goes back to the pool.
 *
 * @throws {@link TransformError} when the value is no float scalar, or the function is asynchronous.
 * @throws {@link DTypeError} when the first argument holds a tensor that is not of a float dtype.
 *
 * @example
 * ```ts
 * import { tensor, valueAndGrad, type Tensor } from '@adjoint/core';
 * import { square, sum } from '@adjoint/ops';
 *
 * const { value, gradient } = valueAndGrad((p: { x: Tensor }) => sum(square(p.x)))({ x: tensor([1, 2]) });
 * value.item(); // 5
 * gradient.x.toArray(); // [2, 4]
 * ```
 */
export function valueAndGrad<Rest extends readonly unknown[]>(
  fn: (x: Tensor, ...rest: Rest) => Tensor,
): (x: Tensor, ...rest: Rest) => ValueAndGradient<Tensor>;
export function valueAndGrad<P, Rest extends readonly unknown[]>(
  fn: (params: P, ...rest: Rest) => Tensor,
): (params: P, ...rest: Rest) => ValueAndGradient<P>;
export function valueAndGrad<P, Rest extends readonly unknown[]>(
  fn: (params: P, ...rest: Rest) => Tensor,
): (params: P, ...rest: Rest) => ValueAndGradient<P> {
  return (params, ...rest) => scope(() => differentiate('valueAndGrad', fn, params, rest), `valueAndGrad(${fn.name})`);
}

/**
 * A function that gives the gradient of a scalar function with respect to its first argument.
 *
 * @throws as {@link valueAndGrad} does.
 *
 * @example
 * ```ts
 * import { grad, tensor } from '@adjoint/core';
 * import { tanh } from '@adjoint/ops';
 *
 * const slope = grad(tanh);
 * slope(tensor(0)).item(); // 1
 * grad(slope)(tensor(0)).item(); // 0
 * ```
 */
export function grad<Rest extends readonly unknown[]>(
  fn: (x: Tensor, ...rest: Rest) => Tensor,
): (x: Tensor, ...rest: Rest) => Tensor;
export function grad<P, Rest extends readonly unknown[]>(
  fn: (params: P, ...rest: Rest) => Tensor,
): (params: P, ...rest: Rest) => P;
export function grad<P, Rest extends readonly unknown[]>(
  fn: (params: P, ...rest: Rest) => Tensor,
): (params: P, ...rest: Rest) => P {
  return (params, ...rest) => scope(() => differentiate('grad', fn, params, rest).gradient, `grad(${fn.name})`);
}

function differentiate<P, Rest extends readonly unknown[]>(
  name: string,
  fn: (params: P, ...rest: Rest) => Tensor,
  params: P,
  rest: Rest,
): ValueAndGradient<P> {
  const recording = recordCall(name, (argument: P) => fn(argument, ...rest), [params] as const);
  try {
    const value = checkLoss(name, recording.value);
    const [gradient] = pull(recording, constantLike(1, value, value.dtype), [params] as const);
    return { value, gradient };
  } finally {
    recording.tape.close();
  }
}

function checkLoss(name: string, value: unknown): Tensor {
  if (!(value instanceof Tensor)) throw new TransformError(`${name}: the function returned no tensor; expected a float scalar`);
  if (value.size !== 1 || value.shape.length !== 0 || !isFloat(value.dtype)) {
    throw new TransformError(
      `${name}: the function returned ${formatType(value)}; expected a float scalar. ` +
        'Reduce it with sum or mean, or use vjp for a function of many outputs',
    );
  }
  return value;
}
