import { zerosLike } from './create.js';
import { DTypeError, TransformError } from './errors.js';
import { alias } from './identity.js';
import { isFloat } from './dtype.js';
import { closeWithScope } from './memory/ownership.js';
import { refusePromise, scope } from './memory/scope.js';
import { formatType } from './shape.js';
import { Tape } from './tape.js';
import { assertAlive, type Tensor } from './tensor.js';
import { flattenTree, inOrderOf, mapTree, placesOf } from './tree.js';
import { requireFunction } from './arguments.js';

/** What {@link vjp} gives: the function's value, and its pullback. */
export interface Vjp<Args extends readonly unknown[], R> {
  readonly value: R;
  /**
   * Maps a cotangent of the value's structure to cotangents of the arguments, one per argument.
   *
   * @param onUnused - called for each tensor of the arguments that the value does not depend on, whose cotangent is zeros, with its
   *   dotted path, which begins with the argument's position.
   */
  readonly pullback: (cotangent: R, onUnused?: (tensor: Tensor, path: string) => void) => Args;
}

/** What a tape recorded of a function call. */
interface Recording<R> {
  readonly tape: Tape;
  readonly leaves: readonly Tensor[];
  readonly value: R;
}

/**
 * Runs `fn` on fresh identities of its arguments and records it.
 *
 * @param positions - what to call the arguments in messages. Default: their own positions.
 */
export function recordArguments<Args extends readonly unknown[], R>(
  name: string,
  fn: (...args: Args) => R,
  args: Args,
  positions: readonly number[] = args.map((_, position) => position),
): Recording<R> {
  const tape = new Tape();
  const leaves: Tensor[] = [];
  const aliases = args.map((arg, index) => mapTree(arg, (leaf, path) => {
    const argument = `argument ${positions[index]}${path === '' ? '' : `.${path}`}`;
    assertAlive(name, leaf, argument);
    if (!isFloat(leaf.dtype)) {
      throw new DTypeError(
        `${name}: ${argument} is ${formatType(leaf)}; gradients exist for float32 and float64 only. ` +
          'Convert it with cast, or close over it instead of passing it',
      );
    }
    const fresh = alias(leaf);
    leaves.push(fresh);
    return fresh;
  }, `${name}: argument ${positions[index]}`)) as unknown as Args;
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

/** The cotangents of a recorded call's arguments, zeros for those that the value does not depend on. */
export function pull<R, Args>(
  { tape, leaves, value }: Recording<R>,
  cotangent: R,
  args: Args,
  onUnused: (leaf: Tensor, path: string) => void = () => undefined,
): Args {
  const outputs = flattenTree(value, 'vjp: the value');
  const given = flattenTree(cotangent, 'vjp: the cotangent');
  const cotangents = inOrderOf(outputs, given);
  if (cotangents === null) throw new TransformError(`vjp: the cotangent has ${placesOf(given)}, the value ${placesOf(outputs)}; they must have one structure`);
  const results = tape.backward(outputs.map(([, output]) => output), cotangents, leaves);
  let index = 0;
  return mapTree(args, (leaf, path) => {
    const result = results[index++]!;
    if (result === null) onUnused(leaf, path);
    return result ?? zerosLike(leaf);
  });
}

/**
 * The value of a function and its vector-Jacobian product: a pullback that maps a cotangent of the value to
 * cotangents of all arguments. Arguments and value may be trees of tensors.
 *
 * The pullback holds the memory that the gradient rules need until the enclosing scope ends or, without one, until nothing refers to the
 * pullback. It can be called many times, and inside another transform.
 *
 * @throws {@link DTypeError} when an argument is not of a float dtype.
 * @throws {@link TransformError} when the function is asynchronous or gets no tensor; by the pullback, when a cotangent is not of
 * its value's structure and type.
 * @throws {@link ReleasedTensorError} when an argument was released.
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
  requireFunction('vjp', 'fn', fn);
  return vjpAs('vjp', fn, args);
}

/** {@link vjp} inside of a transform that messages name; `positions` as for {@link recordArguments}. */
export function vjpAs<Args extends readonly unknown[], R>(name: string, fn: (...args: Args) => R, args: Args, positions?: readonly number[]): Vjp<Args, R> {
  const recording = scope(() => recordArguments(name, fn, args, positions), `${name}()`);
  closeWithScope(recording.tape);
  return { value: recording.value, pullback: (cotangent, onUnused) => scope(() => pull(recording, cotangent, args, onUnused), `a pullback of ${name}()`) };
}
