import * as fc from 'fast-check';
import { tensor, type Tensor } from '@adjoint/core';
import { shapes, tensors, type GradientCase } from '@adjoint/core/testing';
import * as ops from '@adjoint/ops';
import { cube, type Case } from '../generators.js';

/** `int32` indices, from the front and from the end, of which some occur twice. */
function indicesInto(length: number, of: readonly number[], numbers: readonly number[]): Tensor {
  const size = of.reduce((product, each) => product * each, 1);
  const values = Array.from({ length: size }, (_, place) => (numbers[place % numbers.length]! % (2 * length)) - length);
  return tensor(values, { shape: of, dtype: 'int32' });
}

/** A tensor, one of its axes, the shape of indices into it, and numbers to make them of. */
const alongAxis = shapes({ minRank: 1, maxRank: 3, minLength: 1, maxLength: 3 }).chain((of) =>
  fc.tuple(tensors(of), fc.nat({ max: of.length - 1 }), shapes({ maxRank: 2, maxLength: 3 }), fc.array(fc.nat(), { minLength: 1, maxLength: 9 })));

/** Subscripts of `[2, 3, 2]`, and the shape of what they name: views, lists that are neighbours or not, masks. */
const subscripts: readonly (readonly [make: () => readonly ops.Subscript[], shape: readonly number[]])[] = [
  [() => [1, [null, null, -1]], [3, 2]],
  [() => ['...', null, -1], [2, 3, 1]],
  [() => [tensor([1, 0, 1], { dtype: 'int32' })], [3, 3, 2]],
  [() => [[], tensor([[2], [0]], { dtype: 'int32' }), tensor([1, 1], { dtype: 'int32' })], [2, 2, 2]],
  [() => [tensor([0, -1], { dtype: 'int32' }), [1], 0], [2, 2]],
  [() => [tensor([[true, false, true], [false, false, true]])], [3, 2]],
  [() => [0, '...', tensor([false, true])], [1, 3]],
  [() => [[], tensor([false, false, false])], [2, 0, 2]],
];
const subscripted = fc.constantFrom(...subscripts).chain(([make, shape]) => fc.tuple(tensors([2, 3, 2]), fc.constant(make), tensors(shape)));

/** A tensor without ties, one of its axes, a direction, and how many elements to take at most. */
const sorted = shapes({ minRank: 1, maxRank: 3, maxLength: 3 }).chain((of) =>
  fc.tuple(tensors(of, { distinct: true }), fc.nat({ max: of.length - 1 }), fc.boolean(), fc.nat({ max: 3 })));

/** Random calls of each operation of this family. */
export const indexing: Record<string, Case> = {
  gather: alongAxis.map(([x, axis, of, numbers]) => ({
    inputs: [x],
    fn: (input) => cube(ops.gather(input, indicesInto(x.shape[axis]!, of, numbers), { axis })),
  })),
  take: alongAxis.map(([x, , of, numbers]) => ({ inputs: [x], fn: (input) => cube(ops.take(input, indicesInto(x.values.length, of, numbers))) })),
  takeAlongAxis: alongAxis.chain(([x, axis, , numbers]) => fc.tuple(fc.nat({ max: 3 }), fc.boolean()).map(([length, repeats]): GradientCase => {
    const of = x.shape.map((present, other) => (other === axis ? length : repeats ? 1 : present));
    return { inputs: [x], fn: (input) => cube(ops.takeAlongAxis(input, indicesInto(x.shape[axis]!, of, numbers), { axis })) };
  })),
  scatterAdd: alongAxis.chain(([x, axis, of, numbers]) => tensors(x.shape.toSpliced(axis, 1, ...of)).map((updates) => ({
    inputs: [x, updates],
    fn: (input, added) => cube(ops.scatterAdd(input, indicesInto(x.shape[axis]!, of, numbers), added, { axis })),
  }))),
  index: subscripted.map(([x, make]) => ({ inputs: [x], fn: (input) => cube(ops.index(input, ...make())) })),
  indexAdd: subscripted.map(([x, make, values]) => ({ inputs: [x, values], fn: (input, added) => cube(ops.indexAdd(input, make(), added)) })),
  indexUpdate: subscripted.map(([x, make, values]) => ({ inputs: [x, values], fn: (input, set) => cube(ops.indexUpdate(input, make(), set)) })),
  'indexAdd and indexUpdate that broadcast': fc.tuple(tensors([2, 3]), tensors([2, 1]), fc.constantFrom(ops.indexAdd, ops.indexUpdate))
    .map(([x, values, update]) => ({ inputs: [x, values], fn: (input, few) => cube(update(input, [[], [1]], few)) })),
  sort: sorted.map(([x, axis, descending]) => ({ inputs: [x], fn: (input) => cube(ops.sort(input, { axis, descending })) })),
  topK: sorted.map(([x, axis, , wanted]) => ({ inputs: [x], fn: (input) => cube(ops.topK(input, Math.min(wanted, x.shape[axis]!), { axis }).values) })),
};
