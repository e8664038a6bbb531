import * as fc from 'fast-check';
import { broadcastShapes, sameShape, sizeOf, type Tensor } from '@adjoint/core';
import { axesOf, broadcastableShapes, permutationsOf, shapes, sliceRanges, tensors } from '@adjoint/core/testing';
import * as ops from '@adjoint/ops';
import { cube, unary, type Case } from '../generators.js';

const padWidths = (rank: number) => fc.tuple(...Array.from({ length: rank }, () => fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 }))));

/** Random calls of each operation of this family. */
export const shape: Record<string, Case> = {
  reshape: unary((x) => cube(ops.reshape(x, [x.size, 1]))),
  flatten: unary((x) => cube(ops.flatten(x))),
  'expandDims and squeeze': unary((x) => cube(ops.squeeze(ops.expandDims(x, [0, -1])))),
  contiguous: unary((x) => cube(ops.contiguous(x))),
  transpose: shapes({ maxRank: 3, maxLength: 3 })
    .chain((of) => fc.tuple(tensors(of), permutationsOf(of.length)))
    .map(([x, axes]) => ({ inputs: [x], fn: (input) => cube(ops.transpose(input, axes)) })),
  moveAxis: shapes({ minRank: 1, maxRank: 3, maxLength: 3 })
    .chain((of) => fc.tuple(tensors(of), permutationsOf(of.length), permutationsOf(of.length), fc.nat({ max: of.length })))
    .map(([x, from, to, count]) => ({ inputs: [x], fn: (input) => cube(ops.moveAxis(input, from.slice(0, count), to.slice(0, count))) })),
  diagonal: shapes({ minRank: 2, maxRank: 4, maxLength: 3 })
    .chain((of) => fc.tuple(tensors(of), permutationsOf(of.length), fc.integer({ min: -2, max: 2 })))
    .map(([x, [rows, columns], offset]) => ({ inputs: [x], fn: (input) => cube(ops.diagonal(input, { axes: [rows!, columns!], offset })) })),
  diagonalMatrix: shapes({ minRank: 1, maxRank: 2, maxLength: 3 })
    .chain((of) => fc.tuple(tensors(of), fc.integer({ min: -2, max: 2 })))
    .map(([x, offset]) => ({ inputs: [x], fn: (input) => cube(ops.diagonalMatrix(input, { offset })) })),
  'tril and triu': shapes({ minRank: 2, maxRank: 3, maxLength: 3 })
    .chain((of) => fc.tuple(tensors(of), fc.constantFrom(ops.tril, ops.triu), fc.integer({ min: -2, max: 2 })))
    .map(([x, triangle, offset]) => ({ inputs: [x], fn: (input) => cube(triangle(input, { offset })) })),
  flip: shapes({ maxRank: 3, maxLength: 3 })
    .chain((of) => fc.tuple(tensors(of), axesOf(of.length)))
    .map(([x, axes]) => ({ inputs: [x], fn: (input) => cube(ops.flip(input, axes)) })),
  swapAxes: shapes({ minRank: 2, maxRank: 3, maxLength: 3 })
    .chain((of) => fc.tuple(tensors(of), fc.nat({ max: of.length - 1 })))
    .map(([x, axis]) => ({ inputs: [x], fn: (input) => cube(ops.swapAxes(input, axis, -1)) })),
  sumTo: broadcastableShapes(2, { maxRank: 3, maxLength: 3 })
    .map((both) => [...both].sort((left, right) => sizeOf(right) - sizeOf(left) || right.length - left.length) as [number[], number[]])
    .filter(([large, small]) => sameShape(broadcastShapes('sumTo', large, small), large))
    .chain(([large, small]) => tensors(large).map((x) => ({ inputs: [x], fn: (input: Tensor) => cube(ops.sumTo(input, small)) }))),
  broadcastTo: unary((x) => cube(ops.broadcastTo(x, [2, ...x.shape]))),
  slice: shapes({ minRank: 1, maxRank: 3 })
    .chain((of) => fc.tuple(tensors(of), sliceRanges(of.length)))
    .map(([x, ranges]) => ({ inputs: [x], fn: (input) => cube(ops.slice(input, ranges)) })),
  pad: shapes({ maxRank: 3, maxLength: 3 })
    .chain((of) => fc.tuple(tensors(of), padWidths(of.length), fc.constantFrom(0, 1.5)))
    .map(([x, widths, value]) => ({ inputs: [x], fn: (input) => cube(ops.pad(input, widths, { value })) })),
  'pad by elements': shapes({ maxRank: 3, minLength: 1, maxLength: 3 })
    .chain((of) => fc.tuple(tensors(of), padWidths(of.length), fc.constantFrom('edge', 'reflect', 'symmetric', 'wrap')))
    .map(([x, widths, mode]) => ({ inputs: [x], fn: (input) => cube(ops.pad(input, widths, { mode })) })),
  tile: shapes({ maxRank: 3, maxLength: 3 })
    .chain((of) => fc.tuple(tensors(of), fc.array(fc.nat({ max: 3 }), { maxLength: 3 })))
    .map(([x, counts]) => ({ inputs: [x], fn: (input) => cube(ops.tile(input, counts)) })),
  repeat: shapes({ minRank: 1, maxRank: 3, maxLength: 3 })
    .chain((of) => fc.tuple(tensors(of), fc.nat({ max: of.length - 1 }), fc.array(fc.nat({ max: 3 }), { minLength: 3, maxLength: 3 }), fc.boolean()))
    .map(([x, axis, counts, each]) => ({ inputs: [x], fn: (input) => cube(ops.repeat(input, each ? counts.slice(0, x.shape[axis]) : counts[0]!, axis)) })),
  roll: shapes({ minRank: 1, maxRank: 3, maxLength: 3 })
    .chain((of) => fc.tuple(tensors(of), fc.integer({ min: -4, max: 4 }), fc.option(axesOf(of.length).filter(({ length }) => length > 0), { nil: undefined })))
    .map(([x, shift, axes]) => ({ inputs: [x], fn: (input) => cube(ops.roll(input, shift, axes)) })),
  'split and arraySplit': shapes({ minRank: 1, maxRank: 3, maxLength: 3 })
    .chain((of) => fc.tuple(tensors(of), fc.nat({ max: of.length - 1 }), fc.integer({ min: 1, max: 3 })))
    .map(([x, axis, sections]) => ({ inputs: [x], fn: (input) => ops.arraySplit(input, sections, axis).map((part, index) => ops.mul(cube(part), index + 1)) })),
  meshgrid: shapes({ minRank: 1, maxRank: 1, maxLength: 3 })
    .chain((of) => fc.tuple(tensors(of), tensors([2])))
    .map(([x, y]) => ({ inputs: [x, y], fn: (a, b) => ops.meshgrid([a, b]).map(cube) })),
  concat: fc
    .tuple(shapes({ minRank: 1, maxRank: 3, maxLength: 3 }), fc.nat({ max: 2 }), fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 3 }))
    .chain(([of, wanted, lengths]) => {
      const axis = wanted % of.length;
      return fc
        .tuple(...lengths.map((length) => tensors(of.map((present, other) => (other === axis ? length : present)))))
        .map((inputs) => ({ inputs, fn: (...parts: Tensor[]) => cube(ops.concat(parts, axis)) }));
    }),
  stack: shapes({ maxRank: 2 })
    .chain((of) => fc.tuple(tensors(of), tensors(of)))
    .map(([x, y]) => ({ inputs: [x, y], fn: (a, b) => cube(ops.stack([a, b], -1)) })),
  unstack: shapes({ minRank: 1, maxRank: 3, maxLength: 5 })
    .chain((of) => fc.tuple(tensors(of), fc.nat({ max: of.length - 1 })))
    .map(([x, axis]) => ({ inputs: [x], fn: (input) => ops.unstack(input, axis).map((part, index) => ops.mul(cube(part), index + 1)) })),
};
