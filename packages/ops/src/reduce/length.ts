/* Roots of sums and means of squares. The kernel scales where squares would overflow, and so does the rule. */
import { apply, definePrimitive, empty, type Primitive, type Shape, type Tensor } from '@adjoint/core';
import { behindBatch } from '../batching.js';
import { div, mul } from '../elementwise/arithmetic.js';
import { equal } from '../elementwise/comparison.js';
import { where } from '../elementwise/where.js';
import { divideByCount } from './divideByCount.js';
import { elementsAlong, inferReduced, reduceBy, type ReduceAttrs, type ReduceOptions } from './rules.js';
import { spread } from './spread.js';

function lengthPrimitive(name: 'norm' | 'rootMeanSquare', divisorOf: (shape: Shape, axes: readonly number[]) => number): Primitive<ReduceAttrs> {
  const primitive: Primitive<ReduceAttrs> = definePrimitive<ReduceAttrs>({
    name,
    keeps: { inputs: [0], output: true },
    infer: ([input], attrs) => inferReduced(input!, attrs),
    forward: (backend, [input], { axes }, type) => {
      const out = empty(backend, type);
      backend.reduce(name, input!, axes, out);
      return out;
    },
    // The input over its length is at most 1 for a norm. Where the length is 0 there is no direction: 0, with all derivatives.
    vjp: ({ inputs: [input], output, cotangent, attrs: { axes } }) => {
      const { shape } = input!;
      const isZero = equal(output, 0);
      const direction = div(input!, spread(where(isZero, 1, output), shape, axes));
      const share = divideByCount(where(isZero, 0, cotangent), divisorOf(shape, axes));
      return [mul(spread(share, shape, axes), direction)];
    },
    batch: ({ inputs: [input], attrs: { axes } }) => apply(primitive, [input!], { axes: behindBatch(axes) }),
  });
  return primitive;
}

const normPrimitive = lengthPrimitive('norm', () => 1);
const rootMeanSquarePrimitive = lengthPrimitive('rootMeanSquare', elementsAlong);

/** The root of the sum of the squares of a float tensor over axes; its gradient at 0 is 0. */
export function euclideanNorm(input: Tensor, options: ReduceOptions): Tensor {
  return reduceBy('norm', input, options, (axes) => apply(normPrimitive, [input], { axes }));
}

/** The root of the mean of the squares of a float tensor over axes; its gradient at 0 is 0. */
export function rootMeanSquare(operation: string, input: Tensor, options: ReduceOptions): Tensor {
  return reduceBy(operation, input, options, (axes) => apply(rootMeanSquarePrimitive, [input], { axes }));
}
