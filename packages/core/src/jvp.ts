import { requireFunction } from './arguments.js';
import { zerosLike } from './create.js';
import { isFloat } from './dtype.js';
import { TransformError } from './errors.js';
import { formatValue } from './formatValue.js';
import { scope } from './memory/scope.js';
import { formatType, sameShape } from './shape.js';
import { flattenTree, inOrderOf, mapTree, placesOf, tensorsOf } from './tree.js';
import { vjp, vjpAs } from './vjp.js';

/** What {@link jvp} gives. */
export interface Jvp<R> {
  readonly value: R;
  /** The derivative along the tangents, of the value's structure. */
  readonly tangent: R;
}

/**
 * The value of a function and its Jacobian-vector product: how the value moves when the arguments move along the tangents.
 *
 * It transposes the pullback: that is linear in the cotangent, so its own pullback maps tangents forward (the "double-vjp
 * construction"). So there is no second rule a primitive, and every function with a gradient has this; the price is about
 * that of a gradient of a gradient, and the memory that of one.
 *
 * @param primals - the arguments, of which there is one list.
 * @param tangents - one an argument, of its structure and types.
 * @throws {@link DTypeError} when an argument is not of a float dtype.
 * @throws {@link TransformError} when the function is asynchronous or gives anything but float tensors, or a tangent is not of
 * its argument's structure and type.
 *
 * @example
 * ```ts
 * import { jvp, tensor } from '@adjoint/core';
 * import { mul } from '@adjoint/ops';
 *
 * const { value, tangent } = jvp(mul, [tensor(3), tensor(5)], [tensor(1), tensor(10)]);
 * value.item(); // 15
 * tangent.item(); // 35
 * ```
 */
export function jvp<Args extends readonly unknown[], R>(fn: (...args: Args) => R, primals: Args, tangents: Args): Jvp<R> {
  requireFunction('jvp', 'fn', fn);
  for (const [argument, list] of Object.entries<unknown>({ primals, tangents })) {
    if (!Array.isArray(list)) throw new TransformError(`jvp: ${argument} is ${formatValue(list)}; expected a list with one entry per argument of the function, as in jvp(fn, [x], [tangent])`);
  }
  return scope(() => {
    checkTangents('jvp', primals, tangents);
    const { value, pullback } = vjpAs('jvp', fn, primals);
    const cotangent = mapTree(value, (leaf, path) => {
      if (!isFloat(leaf.dtype)) {
        throw new TransformError(`jvp: the function returned ${formatType(leaf)}${path === '' ? '' : ` at ${path}`}; only float32 and float64 move with the arguments, return the rest separately`);
      }
      return zerosLike(leaf);
    }, 'jvp: the value');
    if (tensorsOf(value).length === 0) return { value, tangent: value };
    const [tangent] = vjp<[R], Args>(pullback, cotangent).pullback(tangents);
    return { value, tangent };
  }, `jvp(${fn.name})`);
}

/** Checks that there is a tangent of its type for every tensor. */
export function checkTangents(name: string, primals: unknown, tangents: unknown): void {
  const points = flattenTree(primals, `${name}: the arguments`);
  const directions = flattenTree(tangents, `${name}: the tangents`);
  const matching = inOrderOf(points, directions);
  if (matching === null) {
    throw new TransformError(`${name}: the tangents have ${placesOf(directions)}, the arguments ${placesOf(points)}; expected one structure (zeros for an argument that stays)`);
  }
  for (const [index, [path, point]] of points.entries()) {
    const direction = matching[index]!;
    if (direction.dtype === point.dtype && sameShape(direction.shape, point.shape)) continue;
    throw new TransformError(`${name}: the tangent of argument ${path} is ${formatType(direction)}; expected ${formatType(point)}`);
  }
}
