/*
 * Divided differences of a scalar function between all pairs and triples of values, accurate however close these are.
 *
 * A quotient of differences loses digits where its gap is small. A derivative averaged over the gap (the Genocchi-Hermite formula)
 * loses none, but a quadrature of it is accurate only where the gap is small for the function, which nobody knows. So the
 * quadrature is taken where it agrees with the quotient within the quotient's rounding error.
 */
import { onesLike, scope, vjp, type Tensor } from '@adjoint/core';
import { abs, add, div, mul, sub } from '../elementwise/arithmetic.js';
import { greaterEqual, lessEqual } from '../elementwise/comparison.js';
import { maximum } from '../elementwise/extremum.js';
import { logicalOr } from '../elementwise/logical.js';
import { where } from '../elementwise/where.js';
import { expandDims } from '../shape/reshape.js';
import { unitRoundoff } from './matrices.js';

/** An elementwise function of a tensor. */
export type ScalarFunction = (values: Tensor) => Tensor;

/** What is known of a number, and how far rounding may have moved it. */
interface Rounded {
  readonly value: Tensor;
  readonly error: Tensor;
}

/** Gauss and Legendre's nodes from 0 to 1, and their weights: exact up to degree 7. */
const quadrature: readonly (readonly [node: number, weight: number])[] = [-0.8611363115940526, -0.3399810435848563, 0.3399810435848563, 0.8611363115940526]
  .map((node) => [(1 + node) / 2, Math.abs(node) > 0.5 ? 0.1739274225687269 : 0.3260725774312731]);

/** The derivative of an elementwise function. */
function derivativeOf(fn: ScalarFunction): ScalarFunction {
  return (values) => {
    const { value, pullback } = vjp(fn, values);
    return pullback(onesLike(value))[0];
  };
}

/** The sum over terms, of which one is in memory at a time. */
function sumOf(terms: readonly (() => Tensor)[]): Tensor {
  return terms.slice(1).reduce((sum, term) => scope(() => add(sum, term())), scope(terms[0]!));
}

/** The quadrature where it agrees with the quotient or the gap is as good as none, else the quotient. */
function choose(quotient: Rounded, smooth: Tensor, gap: Tensor, magnitude: Tensor): Rounded {
  const roundoff = unitRoundoff(gap.dtype);
  const agrees = lessEqual(abs(sub(smooth, quotient.value)), mul(4, quotient.error));
  const isSmooth = logicalOr(lessEqual(gap, mul(Math.sqrt(roundoff), magnitude)), agrees);
  return { value: where(isSmooth, smooth, quotient.value), error: where(isSmooth, mul(roundoff, abs(smooth)), quotient.error) };
}

/** `(f(a) - f(b)) / (a - b)` for all pairs of the values `[..., n]`, as `[..., n, n]`; for equal ones the derivative. */
export function firstDifferences(fn: ScalarFunction, values: Tensor): Rounded {
  const result = fn(values);
  const [a, b] = [expandDims(values, -1), expandDims(values, -2)];
  const [atA, atB] = [expandDims(result, -1), expandDims(result, -2)];
  const difference = sub(a, b);
  const gap = abs(difference);
  const derivative = derivativeOf(fn);
  const smooth = sumOf(quadrature.map(([node, weight]) => () => mul(weight, derivative(sub(a, mul(node, difference))))));
  const rounding = mul(unitRoundoff(values.dtype), add(abs(atA), abs(atB)));
  return choose({ value: div(sub(atA, atB), difference), error: div(rounding, gap) }, smooth, gap, maximum(abs(a), abs(b)));
}

/** The divided differences of second order for all triples of the values `[..., n]`, as `[..., n, n, n]`. */
export function secondDifferences(fn: ScalarFunction, values: Tensor): Tensor {
  const first = firstDifferences(fn, values);
  const [a, b, c] = [expandDims(values, [-1, -2]), expandDims(values, [-1, -3]), expandDims(values, [-2, -3])];
  const pairs = (axis: number): Rounded => ({ value: expandDims(first.value, axis), error: expandDims(first.error, axis) });
  const [ab, ac, bc] = [pairs(-1), pairs(-2), pairs(-3)];
  const quotientOf = (left: Rounded, right: Rounded, difference: Tensor) => ({
    gap: abs(difference),
    value: div(sub(left.value, right.value), difference),
    error: div(add(left.error, right.error), abs(difference)),
  });
  const widest = [quotientOf(ab, bc, sub(a, c)), quotientOf(ac, bc, sub(a, b)), quotientOf(ab, ac, sub(b, c))].reduce((one, other) => {
    const isWider = greaterEqual(one.gap, other.gap);
    return { gap: maximum(one.gap, other.gap), value: where(isWider, one.value, other.value), error: where(isWider, one.error, other.error) };
  });
  const second = derivativeOf(derivativeOf(fn));
  // The triangle as a square, one side of which shrinks to a point.
  const smooth = sumOf(quadrature.flatMap(([s, weight]) => quadrature.map(([t, other]) => () =>
    mul(weight * other * s, second(add(a, add(mul(s, sub(b, a)), mul(s * t, sub(c, b)))))))));
  const magnitude = maximum(maximum(abs(a), abs(b)), abs(c));
  return choose(widest, smooth, widest.gap, magnitude).value;
}
