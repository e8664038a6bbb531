import { calledLater, requireOptions, type OptionNames } from './options.js';
import type { List, Map, MapOf } from 'immutable';
import { fromTypedArray, zerosLike } from './create.js';
import { withBackend } from './defaultBackend.js';
import { allocateArray, isFloat } from './dtype.js';
import { TransformError } from './errors.js';
import { chosenPositions, gradAs, ofChosen, type AnyFunction, type Argnums, type Gradients } from './grad.js';
import { checkTangents } from './jvp.js';
import { scope } from './memory/scope.js';
import { formatType } from './shape.js';
import type { Tensor } from './tensor.js';
import { flattenTree, mapTensors, mapTree } from './tree.js';
import { vjpAs } from './vjp.js';
import { vmap } from './vmap.js';
import { requireFunction } from './arguments.js';

/** The structure of a value with the structure of the arguments in the place of each tensor. */
export type JacobianOf<Value, Argument> = Value extends Tensor
  ? Argument
  : Value extends MapOf<infer Fields>
    ? MapOf<{ [Name in keyof Fields]: JacobianOf<Fields[Name], Argument> }>
    : Value extends Map<infer Key, infer Child>
      ? Map<Key, JacobianOf<Child, Argument>>
      : Value extends List<infer Child>
        ? List<JacobianOf<Child, Argument>>
        : { readonly [Name in keyof Value]: JacobianOf<Value[Name], Argument> };

/** With respect to which arguments {@link jacobian}, {@link hessian} and {@link hvp} differentiate. */
export interface ArgnumsOptions<Positions extends Argnums = Argnums> {
  /** The position of the argument, or a list of positions. Default: 0. */
  readonly argnums?: Positions;
}

/**
 * A function that gives all partial derivatives of a function: for a value of shape `[...out]` and an argument of shape `[...in]` a
 * tensor `[...out, ...in]`. Of trees it gives the value's structure, with that of the argument in the place of each tensor.
 *
 * Row by row in reverse mode, all rows at once: the pullback is batched over the elements of the value.
 *
 * @throws {@link TransformError} when the function is asynchronous or gives anything but float tensors.
 * @throws {@link DTypeError} when the argument is not of a float dtype.
 *
 * @example
 * ```ts
 * import { jacobian, tensor, type Tensor } from '@adjoint/core';
 * import { matmul, square } from '@adjoint/ops';
 *
 * const weights = tensor([[1, 2], [3, 4], [5, 6]]);
 * jacobian((x: Tensor) => matmul(weights, x))(tensor([1, 1])).toArray(); // [[1, 2], [3, 4], [5, 6]]
 * jacobian((x: Tensor) => square(x))(tensor([1, 2])).toArray(); // [[2, 0], [0, 4]]
 * ```
 */
export function jacobian<R, Rest extends readonly Tensor[]>(
  fn: (x: Tensor, ...rest: Rest) => R,
): (x: Tensor, ...rest: Rest) => JacobianOf<R, Tensor>;
export function jacobian<R, Rest extends readonly unknown[]>(
  fn: (x: Tensor, ...rest: Rest) => R,
): (x: Tensor, ...rest: Rest) => JacobianOf<R, Tensor>;
export function jacobian<P, R, Rest extends readonly unknown[]>(
  fn: (params: P, ...rest: Rest) => R,
): (params: P, ...rest: Rest) => JacobianOf<R, P>;
export function jacobian<Args extends readonly unknown[], R, const Positions extends Argnums = 0>(
  fn: (...args: Args) => R,
  options: ArgnumsOptions<Positions>,
): (...args: Args) => JacobianOf<R, Gradients<Args, Positions>>;
export function jacobian(fn: AnyFunction, options: ArgnumsOptions = {}): AnyFunction {
  requireFunction('jacobian', 'fn', fn);
  requireOptions('jacobian', options, argnumsOptionNames, calledLater('jacobian'));
  const { argnums = 0 } = options;
  return (...args: readonly unknown[]) => scope(() => rows('jacobian', fn, args, argnums), `jacobian(${fn.name})`);
}

function rows(name: string, fn: AnyFunction, args: readonly unknown[], argnums: Argnums): unknown {
  const positions = chosenPositions(name, argnums, args.length);
  const { value, pullback } = vjpAs(name, ofChosen(fn, args, positions), positions.map((position) => args[position]), positions);
  for (const [path, output] of flattenTree(value, `${name}: the value`)) {
    if (isFloat(output.dtype)) continue;
    throw new TransformError(`${name}: the function returned ${formatType(output)}${path === '' ? '' : ` at ${path}`}; expected float32 or float64, return the rest separately`);
  }
  let place = 0;
  return mapTensors(value, (output) => {
    const own = place++;
    const row = (cotangent: Tensor): unknown => {
      let other = 0;
      const gradients = pullback(mapTree(value, (leaf) => (other++ === own ? cotangent : zerosLike(leaf))));
      return typeof argnums === 'number' ? gradients[0] : gradients;
    };
    // A vmap an axis, so that the rows stand in the output's shape.
    const allRows = output.shape.reduce<(basis: Tensor) => unknown>((batched) => vmap(batched), row);
    return allRows(standardBasis(output));
  });
}

/** For every element of a tensor one that is 1 there and 0 elsewhere: `[...shape, ...shape]`. */
function standardBasis({ shape, dtype, size, backend }: Tensor): Tensor {
  const values = allocateArray(dtype, size * size);
  for (let element = 0; element < size; element++) values[element * (size + 1)] = 1;
  return withBackend(backend, () => fromTypedArray(values, [...shape, ...shape], dtype));
}

const argnumsOptionNames: OptionNames<ArgnumsOptions> = { argnums: true };

/**
 * A function that gives all second partial derivatives of a scalar function: for an argument of shape `[...in]` a tensor
 * `[...in, ...in]`; for a tree its structure, with the structure once more in the place of each tensor.
 *
 * It is the jacobian of the gradient. For the product of a hessian and a vector there is {@link hvp}, which makes no matrix.
 *
 * @throws as {@link grad} and {@link jacobian} do.
 *
 * @example
 * ```ts
 * import { hessian, tensor, type Tensor } from '@adjoint/core';
 * import { pow, sum } from '@adjoint/ops';
 *
 * hessian((x: Tensor) => sum(pow(x, 3)))(tensor([1, 2])).toArray(); // [[6, 0], [0, 12]]
 * ```
 */
export function hessian<Rest extends readonly Tensor[]>(
  fn: (x: Tensor, ...rest: Rest) => Tensor,
): (x: Tensor, ...rest: Rest) => Tensor;
export function hessian<Rest extends readonly unknown[]>(
  fn: (x: Tensor, ...rest: Rest) => Tensor,
): (x: Tensor, ...rest: Rest) => Tensor;
export function hessian<P, Rest extends readonly unknown[]>(
  fn: (params: P, ...rest: Rest) => Tensor,
): (params: P, ...rest: Rest) => JacobianOf<P, P>;
export function hessian<Args extends readonly unknown[], const Positions extends Argnums = 0>(
  fn: (...args: Args) => Tensor,
  options: ArgnumsOptions<Positions>,
): (...args: Args) => JacobianOf<Gradients<Args, Positions>, Gradients<Args, Positions>>;
export function hessian(fn: (...args: never) => Tensor, options: ArgnumsOptions = {}): AnyFunction {
  requireFunction('hessian', 'fn', fn);
  requireOptions('hessian', options, argnumsOptionNames, calledLater('hessian'));
  const { argnums = 0 } = options;
  const gradient = gradAs('hessian', fn, { argnums });
  return (...args: readonly unknown[]) => scope(() => rows('hessian', gradient, args, argnums), `hessian(${fn.name})`);
}

/**
 * A function that gives the product of a scalar function's hessian and a tangent, both with respect to the first argument, for the
 * price of a gradient of a gradient: the hessian is symmetric, so that the pullback of the gradient is its product.
 *
 * @throws as {@link grad} does.
 * @throws {@link TransformError} when the tangent is not of the argument's structure and types.
 *
 * @example
 * ```ts
 * import { hvp, tensor, type Tensor } from '@adjoint/core';
 * import { pow, sum } from '@adjoint/ops';
 *
 * hvp((x: Tensor) => sum(pow(x, 3)))(tensor([1, 2]), tensor([1, 10])).toArray(); // [6, 120]
 * ```
 */
export function hvp<Rest extends readonly Tensor[]>(
  fn: (x: Tensor, ...rest: Rest) => Tensor,
): (x: Tensor, tangent: Tensor, ...rest: Rest) => Tensor;
export function hvp<Rest extends readonly unknown[]>(
  fn: (x: Tensor, ...rest: Rest) => Tensor,
): (x: Tensor, tangent: Tensor, ...rest: Rest) => Tensor;
export function hvp<P, Rest extends readonly unknown[]>(
  fn: (params: P, ...rest: Rest) => Tensor,
): (params: P, tangent: P, ...rest: Rest) => P;
export function hvp<P, Rest extends readonly unknown[]>(
  fn: (params: P, ...rest: Rest) => Tensor,
): (params: P, tangent: P, ...rest: Rest) => P {
  requireFunction('hvp', 'fn', fn);
  return (params, tangent, ...rest) => scope(() => {
    checkTangents('hvp', [params], [tangent]);
    const { pullback } = vjpAs('hvp', (point: P) => gradAs('hvp', fn)(point, ...rest) as P, [params] as const);
    return pullback(tangent)[0];
  }, `hvp(${fn.name})`);
}
