import * as fc from 'fast-check';

/**
 * Axes of a tensor of `rank` axes: a rising list, perhaps empty, perhaps counted from the end.
 *
 * @example
 * ```ts
 * import * as fc from 'fast-check';
 * import { axesOf } from '@adjoint/core/testing';
 *
 * fc.sample(axesOf(2), 10).flat().every((axis) => axis >= -2 && axis < 2); // true
 * ```
 */
export function axesOf(rank: number): fc.Arbitrary<number[]> {
  return fc.tuple(fc.subarray(Array.from({ length: rank }, (_, axis) => axis)), fc.boolean()).map(([axes, negative]) => (negative ? axes.map((axis) => axis - rank) : axes));
}

/**
 * One axis of a tensor of `rank` axes, perhaps counted from the end.
 *
 * @example
 * ```ts
 * import * as fc from 'fast-check';
 * import { axisOf } from '@adjoint/core/testing';
 *
 * fc.sample(axisOf(1), 10).every((axis) => axis === 0 || axis === -1); // true
 * ```
 */
export function axisOf(rank: number): fc.Arbitrary<number> {
  return fc.integer({ min: -rank, max: rank - 1 });
}

/**
 * All axes of a tensor of `rank` axes, in any order.
 *
 * @example
 * ```ts
 * import * as fc from 'fast-check';
 * import { permutationsOf } from '@adjoint/core/testing';
 *
 * fc.sample(permutationsOf(3), 10).every((axes) => [...axes].sort().join() === '0,1,2'); // true
 * ```
 */
export function permutationsOf(rank: number): fc.Arbitrary<number[]> {
  return fc.shuffledSubarray(Array.from({ length: rank }, (_, axis) => axis), { minLength: rank, maxLength: rank });
}

/** The part of an axis as `slice` takes it: start, stop and step, each of which may be left to it by null; null for the whole axis. */
export type SliceRange = [start: number | null, stop: number | null, step: number] | null;

/**
 * Ranges of up to `rank` axes, as `slice` takes them: from the front and from the end, beyond the axis, empty, by steps and in reverse.
 *
 * @example
 * ```ts
 * import * as fc from 'fast-check';
 * import { zeros } from '@adjoint/core';
 * import { sliceRanges } from '@adjoint/core/testing';
 * import { slice } from '@adjoint/ops';
 *
 * fc.assert(fc.property(sliceRanges(2), (ranges) => slice(zeros([3, 4]), ranges).shape.length === 2));
 * ```
 */
export function sliceRanges(rank: number): fc.Arbitrary<SliceRange[]> {
  const bound = fc.option(fc.integer({ min: -5, max: 5 }));
  return fc.array(fc.option(fc.tuple(bound, bound, fc.constantFrom(1, 2, -1, -2))), { maxLength: rank });
}
