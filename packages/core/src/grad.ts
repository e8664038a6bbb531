import { constantLike } from './create.js';
import { isFloat } from './dtype.js';
import { ArgumentError, TransformError } from './errors.js';
import { formatValue } from './formatValue.js';
import { calledLater, requireOptions, type OptionNames } from './options.js';
import { scope } from './memory/scope.js';
import { formatType } from './shape.js';
import { Tensor } from './tensor.js';
import { pull, recordArguments } from './vjp.js';
import { requireFunction } from './arguments.js';

/** The positions of arguments, counted from 0. */
export type Argnums = number | readonly number[];

/** What a gradient with respect to an argument is: of the argument's type; a tensor, where a number could stand as well. */
export type GradientOf<Argument> = Tensor extends Argument ? Tensor : Argument;

/** The gradients with respect to the arguments at these positions: one, or a list of them. */
export type Gradients<Args extends readonly unknown[], Positions extends Argnums> = Positions extends number
  ? GradientOf<Args[Positions]>
  : { -readonly [Place in keyof Positions]: Positions[Place] extends number ? GradientOf<Args[Positions[Place]]> : never };

/** How {@link grad} and {@link valueAndGrad} differentiate. */
export interface GradOptions<Positions extends Argnums = Argnums> {
  /** The position of the argument to differentiate with respect to, or a list of positions. Default: 0. */
  readonly argnums?: Positions;
  /** What to do when the value does not depend on a tensor: its gradient is `zeros`, or it is an `error`. Default: `zeros`. */
  readonly unused?: 'zeros' | 'error';
}

/** {@link GradOptions} for a function that returns the value and something else besides. */
export interface GradWithAuxOptions<Positions extends Argnums = Argnums> extends GradOptions<Positions> {
  /** The function returns `[value, auxiliary]`; the latter is passed on, and no gradient is taken of it. */
  readonly hasAux: true;
}

/** What {@link valueAndGrad} gives. */
export interface ValueAndGradient<G> {
  readonly value: Tensor;
  /** The gradient, of the argument's structure. */
  readonly gradient: G;
}

/** What {@link grad} gives for a function with an auxiliary result. */
export interface GradientAndAux<G, Aux> {
  readonly gradient: G;
  readonly aux: Aux;
}

/**
 * A function that gives the value of a scalar function and its gradient with respect to the first argument, or to those that
 * `argnums` says, which may be trees of tensors. The other arguments are passed on as they are.
 *
 * All that the call made, but for value, gradient and auxiliary result, goes back to the pool.
 *
 * @throws {@link TransformError} when the value is no float scalar, the function is asynchronous, or the value depends on none
 * of an argument's tensors and `unused` says `error`.
 * @throws {@link DTypeError} when an argument to differentiate with respect to holds a tensor that is not of a float dtype.
 * @throws {@link ArgumentError} when `argnums` names an argument that was not passed.
 * @throws {@link ReleasedTensorError} when an argument was released.
 *
 * @example
 * ```ts
 * import { tensor, valueAndGrad, type Tensor } from '@adjoint/core';
 * import { mul, square, sum } from '@adjoint/ops';
 *
 * const { value, gradient } = valueAndGrad((p: { x: Tensor }) => sum(square(p.x)))({ x: tensor([1, 2]) });
 * value.item(); // 5
 * gradient.x.toArray(); // [2, 4]
 *
 * const inBoth = valueAndGrad((x: Tensor, y: Tensor) => mul(x, square(y)), { argnums: [0, 1] })(tensor(2), tensor(3));
 * inBoth.gradient.map((each) => each.item()); // [9, 12]
 *
 * const withAux = valueAndGrad((x: Tensor) => [sum(square(x)), { half: mul(0.5, x) }] as const, { hasAux: true })(tensor([4]));
 * withAux.aux.half.toArray(); // [2]
 * ```
 */
export function valueAndGrad<Rest extends readonly Tensor[]>(
  fn: (x: Tensor, ...rest: Rest) => Tensor,
): (x: Tensor, ...rest: Rest) => ValueAndGradient<Tensor>;
export function valueAndGrad<Rest extends readonly unknown[]>(
  fn: (x: Tensor, ...rest: Rest) => Tensor,
): (x: Tensor, ...rest: Rest) => ValueAndGradient<Tensor>;
export function valueAndGrad<P, Rest extends readonly unknown[]>(
  fn: (params: P, ...rest: Rest) => Tensor,
): (params: P, ...rest: Rest) => ValueAndGradient<P>;
export function valueAndGrad<Args extends readonly unknown[], Aux, const Positions extends Argnums = 0>(
  fn: (...args: Args) => readonly [Tensor, Aux],
  options: GradWithAuxOptions<Positions>,
): (...args: Args) => ValueAndGradient<Gradients<Args, Positions>> & { readonly aux: Aux };
export function valueAndGrad<Args extends readonly unknown[], const Positions extends Argnums = 0>(
  fn: (...args: Args) => Tensor,
  options: GradOptions<Positions>,
): (...args: Args) => ValueAndGradient<Gradients<Args, Positions>>;
export function valueAndGrad(fn: AnyFunction, options: AnyOptions = {}): AnyFunction {
  requireFunction('valueAndGrad', 'fn', fn);
  requireOptions('valueAndGrad', options, anyOptionNames, calledLater('valueAndGrad'));
  return (...args: readonly unknown[]) => scope(() => differentiate('valueAndGrad', fn, args, options), `valueAndGrad(${fn.name})`);
}

const anyOptionNames: OptionNames<AnyOptions> = { argnums: true, unused: true, hasAux: true };

/**
 * A function that gives the gradient of a scalar function with respect to its first argument, or to those that `argnums` says.
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
export function grad<Rest extends readonly Tensor[]>(
  fn: (x: Tensor, ...rest: Rest) => Tensor,
): (x: Tensor, ...rest: Rest) => Tensor;
export function grad<Rest extends readonly unknown[]>(
  fn: (x: Tensor, ...rest: Rest) => Tensor,
): (x: Tensor, ...rest: Rest) => Tensor;
export function grad<P, Rest extends readonly unknown[]>(
  fn: (params: P, ...rest: Rest) => Tensor,
): (params: P, ...rest: Rest) => P;
export function grad<Args extends readonly unknown[], Aux, const Positions extends Argnums = 0>(
  fn: (...args: Args) => readonly [Tensor, Aux],
  options: GradWithAuxOptions<Positions>,
): (...args: Args) => GradientAndAux<Gradients<Args, Positions>, Aux>;
export function grad<Args extends readonly unknown[], const Positions extends Argnums = 0>(
  fn: (...args: Args) => Tensor,
  options: GradOptions<Positions>,
): (...args: Args) => Gradients<Args, Positions>;
export function grad(fn: AnyFunction, options: AnyOptions = {}): AnyFunction {
  requireFunction('grad', 'fn', fn);
  requireOptions('grad', options, anyOptionNames, calledLater('grad'));
  return gradAs('grad', fn, options);
}

/** {@link grad} for the transforms that are made of it, whose names stand in its messages. */
export function gradAs(name: string, fn: AnyFunction, options: AnyOptions = {}): (...args: readonly unknown[]) => unknown {
  return (...args) => scope(() => {
    const { gradient, ...rest } = differentiate(name, fn, args, options);
    return 'aux' in rest ? { gradient, aux: rest.aux } : gradient;
  }, `${name}(${fn.name})`);
}

export type AnyFunction = (...args: never) => unknown;
type AnyOptions = GradOptions & { readonly hasAux?: boolean };

function differentiate(
  name: string,
  fn: AnyFunction,
  args: readonly unknown[],
  { argnums = 0, unused = 'zeros', hasAux = false }: AnyOptions,
): { value: Tensor; gradient: unknown; aux?: unknown } {
  const positions = chosenPositions(name, argnums, args.length);
  const chosen = positions.map((position) => args[position]);
  const recording = recordArguments(name, ofChosen(fn, args, positions), chosen, positions);
  try {
    const [loss, aux] = hasAux ? pairOf(name, recording.value) : [recording.value, undefined];
    const value = checkLoss(name, loss);
    const gradients = pull({ ...recording, value }, constantLike(1, value, value.dtype), chosen, (leaf, path) => {
      if (unused === 'error') throw unusedError(name, leaf, path, positions);
    });
    const gradient = typeof argnums === 'number' ? gradients[0] : gradients;
    return hasAux ? { value, gradient, aux } : { value, gradient };
  } finally {
    recording.tape.close();
  }
}

/** The positions, counted from 0 and checked. */
export function chosenPositions(name: string, argnums: Argnums, count: number): readonly number[] {
  if (count === 0) throw new ArgumentError(`${name}: the function was called without arguments; expected at least the one to differentiate with respect to`);
  const positions: unknown = typeof argnums === 'number' ? [argnums] : argnums;
  const list = Array.isArray(positions) ? (positions as readonly number[]) : [];
  const wrong = list.find((position, index) => !Number.isInteger(position) || position < 0 || position >= count || list.indexOf(position) !== index);
  if (list.length > 0 && wrong === undefined) return list;
  throw new ArgumentError(
    `${name}: argnums is ${formatValue(argnums)} and the function was called with ${count} arguments; ` +
      `expected different positions from 0 to ${count - 1}`,
  );
}

/** A function of the chosen arguments alone. */
export function ofChosen(fn: AnyFunction, args: readonly unknown[], positions: readonly number[]): (...chosen: readonly unknown[]) => unknown {
  return (...chosen) => {
    const all = [...args];
    positions.forEach((position, index) => (all[position] = chosen[index]));
    return (fn as (...all: readonly unknown[]) => unknown)(...all);
  };
}

function pairOf(name: string, result: unknown): readonly [unknown, unknown] {
  if (Array.isArray(result) && result.length === 2) return result as unknown as readonly [unknown, unknown];
  throw new TransformError(`${name}: with hasAux the function must return [value, auxiliary]; it returned ${describe(result)}`);
}

function checkLoss(name: string, value: unknown): Tensor {
  if (!(value instanceof Tensor)) {
    throw new TransformError(
      `${name}: the function returned ${describe(value)}; expected a float scalar tensor` +
        (Array.isArray(value) ? ' (to return something besides it, return [value, auxiliary] and pass hasAux: true)' : ''),
    );
  }
  if (value.shape.length !== 0 || !isFloat(value.dtype)) {
    throw new TransformError(
      `${name}: the function returned ${formatType(value)}; expected a float scalar. ` +
        'Reduce it with sum or mean, or use vjp or jacobian for a function of many outputs',
    );
  }
  return value;
}

function describe(value: unknown): string {
  return value === undefined ? 'nothing' : formatValue(value);
}

function unusedError(name: string, leaf: Tensor, path: string, positions: readonly number[]): TransformError {
  const [place, ...inner] = path.split('.');
  return new TransformError(
    `${name}: the value does not depend on argument ${[positions[Number(place)], ...inner].join('.')} (${formatType(leaf)}). ` +
      'Use the argument and not what it was made from, look for a stopGradient or a step to integers on the way, ' +
      "or leave it out of argnums; unused: 'zeros' gives zeros",
  );
}
