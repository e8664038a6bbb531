/*
 * Rows minus their mean, over the root of their mean square: what all normalizations are made of. Value and gradient are
 * a kernel each; what is differentiated further is the gradient's formula.
 */
import { apply, definePrimitive, DTypeError, empty, formatType, sameShape, ShapeError, vjp, type Primitive, type Standardization, type Tensor } from '@adjoint/core';
import { add, div, mul, square, sub } from '../elementwise/arithmetic.js';
import { sqrt } from '../elementwise/power.js';
import { mean } from '../reduce/mean.js';
import { reshape } from '../shape/reshape.js';
import { transpose } from '../shape/transpose.js';

const standardizePrimitive: Primitive<Standardization> = definePrimitive<Standardization>({
  name: 'standardize',
  keeps: { inputs: [0] },
  infer: ([input]) => input!,
  forward: (backend, [input], options, type) => {
    const out = empty(backend, type);
    backend.standardize(input!, out, options);
    return out;
  },
  vjp: ({ inputs: [input], cotangent, attrs }) => [apply(gradientPrimitive, [cotangent, input!], attrs)],
  batch: 'leading',
});

const gradientPrimitive: Primitive<Standardization> = definePrimitive<Standardization>({
  name: 'standardizeGradient',
  keeps: { inputs: [0, 1] },
  infer: ([cotangent, input]) => {
    const both = `${formatType(cotangent!)} and ${formatType(input!)}`;
    if (cotangent!.dtype !== input!.dtype) throw new DTypeError(`standardizeGradient: the inputs are ${both}; expected one dtype`);
    if (!sameShape(cotangent!.shape, input!.shape)) throw new ShapeError(`standardizeGradient: the inputs are ${both}; expected one shape`);
    return input!;
  },
  forward: (backend, [cotangent, input], options, type) => {
    const out = empty(backend, type);
    backend.standardizeGradient(cotangent!, input!, out, options);
    return out;
  },
  // The Jacobian of a row is symmetric, so that the gradient is its own transpose.
  vjp: ({ inputs: [incoming, input], cotangent, attrs, needs }) => [
    needs[0] ? apply(gradientPrimitive, [cotangent, input!], attrs) : null,
    needs[1] ? vjp((x) => gradientFormula(incoming!, x, attrs), input!).pullback(cotangent)[0] : null,
  ],
  batch: 'leading',
});

const alongLast = { axes: -1, keepDims: true };

/** With the standardized row y and its scale s: `s (g - mean(g) - y mean(g y))`, without `mean(g)` where not centred. */
function gradientFormula(incoming: Tensor, input: Tensor, { centred, epsilon }: Standardization): Tensor {
  const shifted = centred ? sub(input, mean(input, alongLast)) : input;
  const scale = div(1, sqrt(add(mean(square(shifted), alongLast), epsilon)));
  const output = mul(shifted, scale);
  const tangent = centred ? sub(incoming, mean(incoming, alongLast)) : incoming;
  return mul(scale, sub(tangent, mul(output, mean(mul(incoming, output), alongLast))));
}

/** Standardizes over axes, given in rising order; over none, each element is a row. */
export function standardize(input: Tensor, axes: readonly number[], options: Standardization): Tensor {
  const { shape } = input;
  const others = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const order = [...others, ...axes];
  const rows = transpose(input, order);
  const flat = reshape(rows, [...others.map((axis) => shape[axis]!), axes.reduce((count, axis) => count * shape[axis]!, 1)]);
  const result = reshape(apply(standardizePrimitive, [flat], options), rows.shape);
  return transpose(result, order.map((_, axis) => order.indexOf(axis)));
}
