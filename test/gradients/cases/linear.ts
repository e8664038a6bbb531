import * as fc from 'fast-check';
import type { Tensor } from '@adjoint/core';
import { matmulShapes, tensors, type GradientCase } from '@adjoint/core/testing';
import * as ops from '@adjoint/ops';
import { cube, type Case } from '../generators.js';

const side = fc.nat({ max: 4 });
const matmulCase = matmulShapes()
  .chain(({ left, right }) => fc.tuple(tensors(left), tensors(right)))
  .map(([x, y]): GradientCase => ({ inputs: [x, y], fn: (a, b) => ops.matmul(a, b) }));

/** Subscripts, and the lengths of their labels. */
const einsumCase = fc
  .tuple(
    fc.constantFrom('ij,jk->ik', 'ij->ji', 'ii->i', 'iij->j', 'i,i', 'ijk,jk->i', 'bij,bjk->bki', 'ij,ij->j', 'ij,jk,k->i', 'i,ij,j->', 'ij,kl->', '...i,i...->...'),
    fc.record({ i: side, j: side, k: side, l: side, b: fc.constantFrom(1, 2), '.': fc.constantFrom(1, 2) }),
    fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
  )
  .chain(([subscripts, lengths, ones]) => {
    const terms = subscripts.split('->')[0]!.replaceAll('...', '.').split(',');
    // The label j may be of length 1 in one operand.
    const shape = (term: string, position: number) =>
      Array.from(term).map((label) => (label === 'j' && terms.length > 1 && ones[position] === true ? 1 : lengths[label as 'i']));
    return fc.tuple(...terms.map((term, position) => tensors(shape(term, position)))).map((inputs): GradientCase => ({ inputs, fn: (...operands) => ops.einsum(subscripts, ...operands) }));
  });
const tensordotCase = fc.tuple(side, side, side).chain(([m, k, n]) =>
  fc.constantFrom<[readonly number[], readonly number[], ops.TensordotOptions]>(
    [[m, k], [k, n], { axes: 1 }], [[m, k, n], [n, k], { axes: [[-1, 1], [0, 1]] }], [[k, n], [k, n], {}], [[m], [n], { axes: 0 }],
  ).chain(([left, right, options]) => fc.tuple(tensors(left), tensors(right)).map((inputs): GradientCase => ({ inputs, fn: (x, y) => ops.tensordot(x, y, options) }))));
/** A function of two tensors of given shapes. */
const pair = (fn: (x: Tensor, y: Tensor) => Tensor, shapesOf: (m: number, k: number, n: number) => readonly [readonly number[], readonly number[]][]): Case =>
  fc.tuple(side, side, side)
    .chain(([m, k, n]) => fc.constantFrom(...shapesOf(m, k, n)))
    .chain(([left, right]) => fc.tuple(tensors(left), tensors(right)))
    .map((inputs) => ({ inputs, fn }));
const traceCase = fc
  .tuple(side, side, fc.integer({ min: -2, max: 2 }), fc.constantFrom<[number, number]>([0, 1], [-1, 0], [1, 2]))
  .chain(([m, n, offset, axes]) => tensors([m, 2, n]).map((x): GradientCase => ({ inputs: [x], fn: (input) => ops.trace(cube(input), { offset, axes }) })));

/** Random calls of each operation of this family. */
export const linear: Record<string, Case> = {
  matmul: matmulCase,
  einsum: einsumCase,
  tensordot: tensordotCase,
  dot: pair(ops.dot, (m, k, n) => [[[k], [k]], [[m, k], [k, n]], [[m, k], [k]], [[], [m, k]], [[2, m, k], [n, k, 2]]]),
  inner: pair(ops.inner, (m, k, n) => [[[k], [k]], [[m, k], [n, k]], [[m], []]]),
  vdot: pair(ops.vdot, (m, k) => [[[m, k], [k, m]], [[m], [m]]]),
  outer: pair(ops.outer, (m, k, n) => [[[m], [n]], [[m, k], []]]),
  kron: pair(ops.kron, (m, k, n) => [[[m, k], [k, n]], [[m], [k, n]], [[], [n]]]),
  trace: traceCase,
};
