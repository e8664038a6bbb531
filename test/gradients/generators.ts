import * as fc from 'fast-check';
import { tensor, type Tensor } from '@adjoint/core';
import { axesOf, axisOf, broadcastableTensors, shapes, tensors, type GradientCase, type TensorConstraints, type TensorSample } from '@adjoint/core/testing';
import * as ops from '@adjoint/ops';

/** The random calls of one operation. */
export type Case = fc.Arbitrary<GradientCase>;

/** A function of one tensor, over all shapes and layouts. */
export function unary(fn: (x: Tensor) => Tensor, constraints: TensorConstraints = {}): Case {
  return shapes({ maxRank: 3, maxLength: 3 }).chain((shape) => tensors(shape, constraints)).map((x) => ({ inputs: [x], fn }));
}

/** A function of two tensors that broadcast. */
export function binary(fn: (x: Tensor, y: Tensor) => Tensor, constraints: TensorConstraints = {}): Case {
  return broadcastableTensors(2, constraints).map((inputs) => ({ inputs, fn }));
}

/** What takes the elements of a sample to the nearest half, and `offset` beyond. */
export function toHalves(sample: TensorSample, offset = 0): Tensor {
  return tensor(sample.values.map((value) => Math.round(2 * value) / 2 + offset - value), { shape: sample.shape, dtype: 'float64' });
}

/** A function of two tensors that broadcast and nowhere come near to each other, where the function has a kink. */
export function binaryApart(fn: (x: Tensor, y: Tensor) => Tensor): Case {
  return broadcastableTensors(2).map((inputs) => ({
    inputs,
    fn: (x, y) => fn(ops.add(x, toHalves(inputs[0]!)), ops.add(y, toHalves(inputs[1]!, 0.25))),
  }));
}

/**
 * A function of two tensors that are equal here and there. The mean of the slopes of both
 * sides tells how a tie is shared.
 */
export function binaryTied(fn: (x: Tensor, y: Tensor) => Tensor): Case {
  return broadcastableTensors(2, { min: -1, max: 1 }).map((inputs) => ({
    inputs,
    fn: (x, y) => fn(ops.add(x, toHalves(inputs[0]!)), ops.add(y, toHalves(inputs[1]!))),
    options: { order: 1, kinks: 'mean' },
  }));
}

/** A function of a tensor and axes of it. */
export function reduction(
  fn: (x: Tensor, options: ops.ReduceOptions) => Tensor,
  constraints: TensorConstraints & { minLength?: number } = {},
): Case {
  return shapes({ maxRank: 3, maxLength: 3, minLength: constraints.minLength ?? 0 })
    .chain((shape) => fc.tuple(tensors(shape, constraints), axesOf(shape.length), fc.boolean()))
    .map(([x, axes, keepDims]) => ({ inputs: [x], fn: (input) => fn(input, { axes, keepDims }) }));
}

/** A function of a tensor and one axis of it. */
export const withAxis = (fn: (x: Tensor, options: { axis: number }) => Tensor): Case =>
  shapes({ minRank: 1, maxRank: 3, maxLength: 3 })
    .chain((of) => fc.tuple(tensors(of), axisOf(of.length)))
    .map(([x, axis]) => ({ inputs: [x], fn: (input) => fn(input, { axis }) }));

/** A function with a second derivative, to follow one that is linear. */
export const cube = (x: Tensor) => ops.mul(x, ops.square(x));
