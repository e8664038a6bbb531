import * as fc from 'fast-check';

/** Bounds of random shapes. */
export interface ShapeConstraints {
  /** Default: 0. */
  readonly minRank?: number;
  /** Default: 4. */
  readonly maxRank?: number;
  /** Default: 0. */
  readonly minLength?: number;
  /** Default: 4. */
  readonly maxLength?: number;
}

/**
 * Shapes, with axes of length 0 and 1 among them.
 *
 * @example
 * ```ts
 * import * as fc from 'fast-check';
 * import { shapes } from '@adjoint/core/testing';
 *
 * fc.sample(shapes({ minRank: 2, maxRank: 2 }), 10).every((shape) => shape.length === 2); // true
 * ```
 */
export function shapes(constraints: ShapeConstraints = {}): fc.Arbitrary<number[]> {
  const { minRank = 0, maxRank = 4, minLength = 0, maxLength = 4 } = constraints;
  const length = fc.oneof({ weight: 8, arbitrary: fc.integer({ min: Math.max(1, minLength), max: maxLength }) }, { weight: 1, arbitrary: fc.constant(minLength) });
  return fc.array(length, { minLength: minRank, maxLength: maxRank });
}

/**
 * `count` shapes that broadcast to one, in any order.
 *
 * @example
 * ```ts
 * import * as fc from 'fast-check';
 * import { broadcastShapes } from '@adjoint/core';
 * import { broadcastableShapes } from '@adjoint/core/testing';
 *
 * fc.assert(fc.property(broadcastableShapes(2), ([left, right]) => { broadcastShapes('pair', left!, right!); }));
 * ```
 */
export function broadcastableShapes(count: number, constraints: ShapeConstraints = {}): fc.Arbitrary<number[][]> {
  return shapes(constraints).chain((shape) => {
    const variant = fc
      .tuple(fc.nat({ max: shape.length }), fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }))
      .map(([dropped, ones]) => shape.map((length, axis) => (ones[axis] === true && length !== 0 ? 1 : length)).slice(dropped));
    return fc.tuple(fc.constant(shape), ...Array.from({ length: count - 1 }, () => variant)).chain((list) => fc.shuffledSubarray(list, { minLength: count, maxLength: count }));
  });
}

/** The shapes of two matrices that have a product, and of that. */
export interface MatmulShapes {
  /** `[..., m, k]`, or a vector `[k]`. */
  readonly left: number[];
  /** `[..., k, n]`, or a vector `[k]`. */
  readonly right: number[];
  /** What `matmul` gives. */
  readonly product: number[];
}

/**
 * Shapes of two operands of `matmul`: matrices in batches that broadcast, and vectors, with sides of length 0 and 1 among them.
 *
 * @param maxLength - of a side. Default: 4.
 *
 * @example
 * ```ts
 * import * as fc from 'fast-check';
 * import { zeros } from '@adjoint/core';
 * import { matmulShapes } from '@adjoint/core/testing';
 * import { matmul } from '@adjoint/ops';
 *
 * fc.assert(fc.property(matmulShapes(), ({ left, right, product }) => matmul(zeros(left), zeros(right)).shape.join() === product.join()));
 * ```
 */
export function matmulShapes({ maxLength = 4 }: { readonly maxLength?: number } = {}): fc.Arbitrary<MatmulShapes> {
  const side = fc.nat({ max: maxLength });
  const matrices = fc.tuple(side, side, side, broadcastableShapes(2, { maxRank: 2, minLength: 1, maxLength: 2 })).map(([m, k, n, [left, right]]) => {
    const rank = Math.max(left!.length, right!.length);
    const aligned = [left!, right!].map((shape) => [...new Array<number>(rank - shape.length).fill(1), ...shape]);
    const batch = aligned[0]!.map((length, axis) => Math.max(length, aligned[1]![axis]!));
    return { left: [...left!, m, k], right: [...right!, k, n], product: [...batch, m, n] };
  });
  const vectors = fc.tuple(side, side).chain(([k, n]) =>
    fc.constantFrom<MatmulShapes>({ left: [k], right: [k, n], product: [n] }, { left: [n, k], right: [k], product: [n] }, { left: [k], right: [k], product: [] }));
  return fc.oneof({ weight: 3, arbitrary: matrices }, { weight: 1, arbitrary: vectors });
}
