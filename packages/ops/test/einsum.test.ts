import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { arange, ArgumentError, AxisError, scope, setDefaultBackend, ShapeError, sizeOf, tensor, zeros, type Tensor } from '@adjoint/core';
import { tensors, type TensorSample } from '@adjoint/core/testing';
import { backends } from '../../../test/backends.js';
import { dot, einsum, inner, kron, outer, reshape, tensordot, trace, transpose, vdot } from '../src/index.js';
import { living } from '../../../test/living.js';

const count = (...shape: number[]): Tensor => reshape(arange(sizeOf(shape) + 1, { start: 1 }), shape);

/** Einstein's sum as it is defined: over all values of all labels. Terms have one letter an axis. */
function plainEinsum(terms: readonly string[], output: string, operands: readonly TensorSample[]): { shape: number[]; values: number[] } {
  const lengths = new Map<string, number>();
  operands.forEach(({ shape }, position) => Array.from(terms[position]!).forEach((label, axis) => {
    if (shape[axis] !== 1 || !lengths.has(label)) lengths.set(label, shape[axis]!);
  }));
  const labels = [...lengths.keys()];
  const place = (term: string, shape: readonly number[], at: ReadonlyMap<string, number>) =>
    Array.from(term).reduce((position, label, axis) => position * shape[axis]! + (shape[axis] === 1 ? 0 : at.get(label)!), 0);
  const shape = Array.from(output).map((label) => lengths.get(label)!);
  const values = new Array<number>(sizeOf(shape)).fill(0);
  const walk = (index: number, at: Map<string, number>): void => {
    if (index === labels.length) {
      const product = operands.reduce((value, operand, position) => value * operand.values[place(terms[position]!, operand.shape, at)]!, 1);
      values[place(output, shape, at)]! += product;
      return;
    }
    for (let value = 0; value < lengths.get(labels[index]!)!; value++) walk(index + 1, at.set(labels[index]!, value));
  };
  walk(0, new Map());
  return { shape, values };
}

/** Terms of one to three operands over few labels, their lengths, and which axes are of length 1 instead. */
const calls = fc
  .record({
    terms: fc.array(fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 3 }).map((labels) => labels.join('')), { minLength: 1, maxLength: 3 }),
    lengths: fc.record({ a: fc.integer({ min: 0, max: 3 }), b: fc.integer({ min: 1, max: 3 }), c: fc.integer({ min: 1, max: 3 }), d: fc.integer({ min: 1, max: 2 }) }),
    ones: fc.array(fc.constantFrom('a', 'b', 'c', 'd', ''), { minLength: 3, maxLength: 3 }),
  })
  .chain(({ terms, lengths, ones }) => {
    const labels = [...new Set(terms.join(''))];
    const shape = (term: string, position: number) => Array.from(term).map((label) => (ones[position] === label ? 1 : lengths[label as 'a']));
    return fc.tuple(
      fc.constant(terms),
      fc.shuffledSubarray(labels).map((list) => list.join('')),
      fc.tuple(...terms.map((term, position) => tensors(shape(term, position)))),
    );
  });

describe.each(backends)('einsum on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test('is the sum over all labels that do not come out', () => {
    fc.assert(fc.property(calls, ([terms, output, operands]) => {
      const result = einsum(`${terms.join(',')}->${output}`, ...operands.map((operand) => operand.make()));
      const expected = plainEinsum(terms, output, operands);
      expect(result.shape).toEqual(expected.shape);
      result.data().forEach((value, index) => expect(Math.abs(value - expected.values[index]!)).toBeLessThan(1e-9));
    }), { numRuns: 150 });
  });

  test('knows the names of old', () => {
    const [x, y, v] = [count(2, 2), tensor([[1, 10], [100, 1000]]), tensor([1, 10])];
    expect(einsum('ij,jk->ik', x, y).toArray()).toEqual([[201, 2010], [403, 4030]]);
    expect(einsum('ij->ji', x).toArray()).toEqual([[1, 3], [2, 4]]);
    expect(einsum('ii->i', x).toArray()).toEqual([1, 4]);
    expect(einsum('i,i->', v, v).item()).toBe(101);
    expect(einsum('i,j->ij', v, v).toArray()).toEqual([[1, 10], [10, 100]]);
    expect(einsum('ij,ij->ij', x, y).toArray()).toEqual([[1, 20], [300, 4000]]);
    expect(einsum('bij,bjk->bik', count(2, 1, 2), count(2, 2, 1)).toArray()).toEqual([[[5]], [[25]]]);
    expect(einsum(',i', tensor(3), v).toArray()).toEqual([3, 30]);
    expect(einsum(' i j , j -> i ', x, v).toArray()).toEqual([21, 43]);
    expect(einsum('aaa->a', count(2, 2, 2)).toArray()).toEqual([1, 8]);
  });

  test('without an output, labels that occur once come out in alphabetical order, capitals first', () => {
    expect(einsum('ba', count(2, 3)).shape).toEqual([3, 2]);
    expect(einsum('ij,jk', count(2, 3), count(3, 4)).shape).toEqual([2, 4]);
    expect(einsum('aB', count(2, 3)).shape).toEqual([3, 2]);
    expect(einsum('ii', count(2, 2)).item()).toBe(5);
    expect(einsum('z...a', zeros([2, 3, 4, 5])).shape).toEqual([3, 4, 5, 2]);
  });

  test('an ellipsis stands for the other axes, which broadcast', () => {
    expect(einsum('...ij,...jk->...ik', zeros([5, 1, 2, 3]), zeros([4, 3, 6])).shape).toEqual([5, 4, 2, 6]);
    expect(einsum('...,...', count(2, 3), count(3)).toArray()).toEqual([[1, 4, 9], [4, 10, 18]]);
    expect(einsum('...ii->...i', count(2, 2, 2)).toArray()).toEqual([[1, 4], [5, 8]]);
    expect(einsum('i...->...i', zeros([2, 3, 4])).shape).toEqual([3, 4, 2]);
    expect(einsum('i...', tensor([1, 2])).toArray()).toEqual([1, 2]);
    expect(einsum('i...->', tensor([1, 2])).item()).toBe(3);
  });

  test('dtypes promote, and booleans are counted', () => {
    expect(einsum('i,i', tensor([1, 2], { dtype: 'int32' }), tensor([3, 4], { dtype: 'int32' }))).toMatchObject({ dtype: 'int32' });
    expect(einsum('i,i', tensor([1, 2], { dtype: 'int32' }), tensor([0.5, 4], { dtype: 'float64' })).item()).toBe(8.5);
    expect(einsum('i,i', tensor([true, true]), tensor([true, true])).item()).toBe(2);
    expect(einsum('i->i', tensor([true]))).toMatchObject({ dtype: 'int32' });
  });

  test('a sum over an axis that both have never makes the product of both', () => {
    const [x, y] = [zeros([200, 300]), zeros([300, 200])];
    const before = living().bytes;
    scope(() => {
      einsum('ij,jk->ik', x, y);
      expect(living().bytes - before).toBeLessThanOrEqual(200 * 200 * 4);
    });
  });

  test('the smallest product of three goes first', () => {
    const [x, y, v] = [zeros([300, 300]), zeros([300, 300]), zeros([300])];
    const before = living().bytes;
    scope(() => {
      einsum('ij,jk,k->i', x, y, v);
      expect(living().bytes - before).toBeLessThan(300 * 300 * 4);
    });
  });

  test.each<[string, string, readonly (readonly number[])[], new () => Error, string]>([
    ['a strange sign', 'i1->i', [[2, 2]], ArgumentError, "einsum: the subscripts 'i1->i' hold '1'; expected letters"],
    ['a comma in the output', 'i->i,', [[2]], ArgumentError, "einsum: the subscripts 'i->i,' hold ','"],
    ['two arrows', 'i->i->i', [[2]], ArgumentError, "einsum: the subscripts 'i->i->i' hold '->' twice"],
    ['two ellipses', '......', [[2]], ArgumentError, "einsum: the subscripts '......' have two ellipses in '......'"],
    ['too few operands', 'i,j', [[2]], ArgumentError, "einsum: the subscripts 'i,j' have 2 terms for 1 operands of shapes [2]; expected one for each"],
    ['no operand', '', [], ArgumentError, 'einsum: got no operand'],
    ['an unknown output', 'i->j', [[2]], ArgumentError, "einsum: the subscripts 'i->j' have the output label 'j', which no operand has"],
    ['an output twice', 'i->ii', [[2]], ArgumentError, "einsum: the subscripts 'i->ii' name an output label twice"],
    ['a forgotten ellipsis', '...i->i', [[2, 2]], ArgumentError, "einsum: the subscripts '...i->i' leave the axes of the ellipsis out of the output"],
    ['too many labels', 'ij', [[2]], ShapeError, "einsum: operand 0 is float32 [2], its subscripts 'ij' name 2 axes; expected one label an axis"],
    ['too few labels', 'i', [[2, 2]], ShapeError, "einsum: operand 0 is float32 [2,2], its subscripts 'i' name 1 axes"],
    ['too many labels beside an ellipsis', '...ijk', [[2, 2]], ShapeError, "einsum: operand 0 is float32 [2,2], its subscripts '...ijk' name 3 axes"],
    ['two lengths', 'ij,jk', [[2, 3], [2, 3]], ShapeError, "einsum: in 'ij,jk' the label 'j' has length 2 at axis 0 of operand 1, float32 [2,3], and 3 before"],
    ['a diagonal of two lengths', 'ii', [[1, 3]], ShapeError, "einsum: in 'ii' the label 'i' has length 3 at axis 1 of operand 0, float32 [1,3], and 1 before"],
  ])('%s is refused', (_, subscripts, shapes, error, message) => {
    const call = () => einsum(subscripts, ...shapes.map((shape) => zeros(shape)));
    expect(call).toThrow(error);
    expect(call).toThrow(message);
  });
});

describe.each(backends)('products over axes on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test('tensordot sums over pairs of axes', () => {
    expect(tensordot(count(2, 3), count(3, 2), { axes: 1 }).toArray()).toEqual([[22, 28], [49, 64]]);
    expect(tensordot(count(2, 3), count(2, 3)).item()).toBe(91);
    expect(tensordot(count(2), count(3), { axes: 0 }).toArray()).toEqual([[1, 2, 3], [2, 4, 6]]);
    expect(tensordot(count(2, 3, 4), count(4, 3, 5), { axes: [[1, 2], [1, 0]] }).toArray()).toEqual([
      [2608, 2686, 2764, 2842, 2920], [6712, 6934, 7156, 7378, 7600],
    ]);
    expect(tensordot(count(2, 2), count(2, 2), { axes: [[-2], [-1]] }).toArray()).toEqual([[7, 15], [10, 22]]);
    expect(tensordot(zeros([2, 0]), zeros([0, 3]), { axes: 1 }).toArray()).toEqual([[0, 0, 0], [0, 0, 0]]);
  });

  test('dot is that of vectors and of matrices, scales by scalars, and pairs all matrices', () => {
    expect(dot(count(3), count(3)).item()).toBe(14);
    expect(dot(count(2, 2), count(2, 2)).toArray()).toEqual([[7, 10], [15, 22]]);
    expect(dot(count(2, 2), count(2)).toArray()).toEqual([5, 11]);
    expect(dot(count(2), count(2, 2)).toArray()).toEqual([7, 10]);
    expect(dot(2, count(2)).toArray()).toEqual([2, 4]);
    expect(dot(count(2), tensor(3)).toArray()).toEqual([3, 6]);
    expect(dot(count(2, 1, 2), count(2, 2, 1)).toArray()).toEqual([[[[5], [11]]], [[[11], [25]]]]);
    expect(dot(tensor([true, true]), tensor([true, true])).item()).toBe(2);
  });

  test('inner sums over the last axes, vdot over all elements', () => {
    expect(inner(count(2, 2), count(3, 2)).toArray()).toEqual([[5, 11, 17], [11, 25, 39]]);
    expect(inner(count(2), count(2)).item()).toBe(5);
    expect(inner(3, count(2)).toArray()).toEqual([3, 6]);
    expect(vdot(count(2, 2), transpose(count(2, 2))).item()).toBe(29);
    expect(vdot(2, count(1, 1)).item()).toBe(2);
  });

  test('outer flattens, kron makes blocks', () => {
    expect(outer(count(2, 1), count(3)).toArray()).toEqual([[1, 2, 3], [2, 4, 6]]);
    expect(outer(2, 3).toArray()).toEqual([[6]]);
    expect(outer(zeros([0]), count(2)).shape).toEqual([0, 2]);
    expect(kron(count(2, 2), count(1, 2)).toArray()).toEqual([[1, 2, 2, 4], [3, 6, 4, 8]]);
    expect(kron(count(2), count(2, 2)).toArray()).toEqual([[1, 2, 2, 4], [3, 4, 6, 8]]);
    expect(kron(count(2, 2), count(2)).toArray()).toEqual([[1, 2, 2, 4], [3, 6, 4, 8]]);
    expect(kron(2, 3).item()).toBe(6);
  });

  test('trace sums any diagonal of any two axes', () => {
    expect(trace(count(2, 3)).item()).toBe(6);
    expect(trace(count(2, 3), { offset: -1 }).item()).toBe(4);
    expect(trace(count(2, 2, 2)).toArray()).toEqual([8, 10]);
    expect(trace(count(2, 2, 2), { axes: [-2, -1] }).toArray()).toEqual([5, 13]);
    expect(trace(tensor([[true, false], [false, true]])).item()).toBe(2);
    expect(trace(zeros([0, 0])).item()).toBe(0);
  });

  test.each<[string, () => unknown, new () => Error, string]>([
    ['tensordot of two lengths', () => tensordot(zeros([2, 3]), zeros([2, 3]), { axes: 1 }), ShapeError, 'tensordot: left is float32 [2,3], right is float32 [2,3]; axis 1 of left (3) must be as long as axis 0 of right (2)'],
    ['tensordot over more axes than there are', () => tensordot(zeros([2]), zeros([2, 3])), ArgumentError, 'tensordot: axes is 2 for left float32 [2] and right float32 [2,3]; expected an integer from 0 to 1'],
    ['tensordot over half an axis', () => tensordot(zeros([2]), zeros([2]), { axes: 0.5 }), ArgumentError, 'tensordot: axes is 0.5'],
    ['tensordot over no such axis', () => tensordot(zeros([2]), zeros([2]), { axes: [[1], [0]] }), AxisError, 'tensordot: axis 1 is out of range'],
    ['tensordot over an axis twice', () => tensordot(zeros([2, 2]), zeros([2, 2]), { axes: [[0, 1], [0, -2]] }), AxisError, 'tensordot: an axis is named twice in [0,-2]'],
    ['tensordot over unequal lists', () => tensordot(zeros([2]), zeros([2]), { axes: [[0], []] }), ArgumentError, 'tensordot: axes [0] and []; expected as many for left as for right'],
    ['dot of two lengths', () => dot(zeros([2]), zeros([3])), ShapeError, 'dot: left is float32 [2], right is float32 [3]; axis 0 of left (2) must be as long as axis 0 of right (3)'],
    ['inner of two lengths', () => inner(zeros([2, 3]), zeros([3, 2])), ShapeError, 'inner: left is float32 [2,3], right is float32 [3,2]; axis 1 of left (3)'],
    ['vdot of two sizes', () => vdot(zeros([2, 3]), zeros([2])), ShapeError, 'vdot: left is float32 [2,3], right is float32 [2]; expected as many elements in both'],
    ['trace of a vector', () => trace(zeros([2])), AxisError, 'trace: axis 1 is out of range for a tensor of 1 axes'],
  ])('%s is refused', (_, call, error, message) => {
    expect(call).toThrow(error);
    expect(call).toThrow(message);
  });
});
