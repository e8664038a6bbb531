import { beforeEach, describe, expect, test } from 'vitest';
import {
  checkGradients, grad, hessian, hvp, jvp, key, normal, setDefaultBackend, tensor, trace, TransformError, vjp, vmap, zeros,
  type DType, type NestedArray, type Tensor,
} from '@adjoint/core';
import { backends } from '../../../test/backends.js';
import {
  add, concat, div, eigh, exp, expandDims, leastSquares, log, matmul, mul, pow, pseudoInverse, qr, relu, slice, sqrt, square, sub, sum, svd, swapAxes,
  symmetricFunction, trace as traceOf,
} from '../src/index.js';

const of = (values: NestedArray): Tensor => tensor(values, { dtype: 'float64' });
const transposed = (x: Tensor): Tensor => swapAxes(x, -1, -2);
const elements = (x: Tensor): readonly number[] => Array.from(x.data());
const expectNear = (actual: Tensor, expected: NestedArray, digits = 10): void => {
  expect(actual.shape).toEqual(of(expected).shape);
  const right = elements(of(expected));
  elements(actual).forEach((value, index) => expect(value, String(actual)).toBeCloseTo(right[index]!, digits));
};
const expectUndefined = (x: Tensor): void => expect(elements(x).every(Number.isNaN), String(x)).toBe(true);
const expectFinite = (x: Tensor): void => expect(elements(x).every(Number.isFinite), String(x)).toBe(true);

/** A symmetric matrix of given eigenvalues, in a basis that rounds. */
function withSpectrum(values: readonly number[], dtype: DType = 'float64', seed = 0): Tensor {
  const { q } = qr(normal(key(seed), [values.length, values.length], { dtype: dtype as 'float64' }));
  return matmul(mul(q, tensor([...values], { dtype })), transposed(q));
}

/** A function of a matrix made of its eigenvalues and eigenvectors. */
const composed = (fn: (x: Tensor) => Tensor) => (x: Tensor): Tensor => {
  const { values, vectors } = eigh(x);
  return matmul(mul(vectors, expandDims(fn(values), -2)), transposed(vectors));
};

const column = (x: Tensor, index: number): Tensor => slice(x, [null, [index, index + 1]]);
const swap = (): Tensor => of([[0, 1], [1, 0]]);
const four = (): Tensor => of([[4, 0], [0, 4]]);

describe.each(backends)('equal eigenvalues on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test('a function of vectors of equal values has no gradient, in reverse and forward', () => {
    expectUndefined(grad((x: Tensor) => sum(composed(sqrt)(x)))(four()));
    expectUndefined(jvp(composed(sqrt), [four()], [swap()]).tangent);
    expectUndefined(jvp(composed(log), [of([[1, 0], [0, 1]])], [swap()]).tangent);
    expectUndefined(grad((x: Tensor) => sum(eigh(x).vectors))(zeros([3, 3])));
    // A single element of a single vector, whose product with the other vector is 0.
    expectUndefined(grad((x: Tensor) => sum(slice(eigh(x).vectors, [[0, 1], [0, 1]])))(four()));
  });

  test.each(['float32', 'float64'] as const)('values that rounding splits are equal, in %s', (dtype) => {
    for (const [seed, spectrum] of [[1, 1, 5], [-3, 2, 2, 2], [1e-3, 100, 100], [1, 1, 1, 1, 1, 1, 1, 2]].entries()) {
      expectUndefined(grad((x: Tensor) => sum(composed(sqrt)(x)))(withSpectrum(spectrum.map(Math.abs), dtype, seed)));
    }
    const apart = dtype === 'float64' ? 1e-10 : 1e-3;
    expectFinite(grad((x: Tensor) => sum(composed(sqrt)(x)))(withSpectrum([1, 1 + apart, 5], dtype)));
  });

  test('functions of the values alone stay finite, and right', () => {
    const ofValues = (x: Tensor) => sum(square(eigh(x).values));
    expectNear(grad(ofValues)(four()), [[8, 0], [0, 8]]);
    const tied = withSpectrum([1, 1, 5]);
    const report = checkGradients(ofValues, [tied]);
    expect(report.ok, String(report)).toBe(true);
    expectNear(jvp((x: Tensor) => eigh(x).values, [four()], [of([[1, 0], [0, 3]])]).tangent, [1, 3]);
    const { pullback } = vjp((x: Tensor) => ({ ...eigh(x) }), four());
    expectNear(pullback({ values: of([1, 2]), vectors: zeros([2, 2], { dtype: 'float64' }) })[0], [[1, 0], [0, 2]]);
    const both = jvp((x: Tensor) => ({ ...eigh(x) }), [four()], [swap()]).tangent;
    expectNear(both.values, [0, 0]);
    expectUndefined(both.vectors);
  });

  test('so do functions of the vectors of other values', () => {
    const top = (x: Tensor) => square(column(eigh(x).vectors, 2));
    const tied = withSpectrum([1, 1, 5]);
    const report = checkGradients(top, [tied]);
    expect(report.ok, String(report)).toBe(true);
    expectFinite(jvp(top, [tied], [withSpectrum([1, 2, 3], 'float64', 1)]).tangent);
    const largest = checkGradients((x: Tensor) => slice(eigh(x).values, [[2, 3]]), [tied], { order: 2 });
    expect(largest.ok, String(largest)).toBe(true);
  });

  test('second derivatives are NaN where they need what the vectors do not tell', () => {
    expectUndefined(hessian((x: Tensor) => sum(square(eigh(x).values)))(four()));
    expectUndefined(hvp((x: Tensor) => sum(square(column(eigh(x).vectors, 2))))(withSpectrum([1, 1, 5]), withSpectrum([1, 2, 3], 'float64', 1)));
  });

  test('the other matrices of a batch are not concerned', () => {
    const batch = of([[[4, 0], [0, 4]], [[4, 1], [1, 3]]]);
    const loss = (x: Tensor) => sum(composed(sqrt)(x));
    for (const gradient of [grad(loss)(batch), vmap(grad(loss))(batch), grad((x: Tensor) => sum(vmap(loss)(x)))(batch)]) {
      expectUndefined(slice(gradient, [[0, 1]]));
      expectNear(slice(gradient, [[1, 2]]), [grad(loss)(of([[4, 1], [1, 3]])).toArray()]);
      expectFinite(slice(gradient, [[1, 2]]));
    }
  });
});

describe.each(backends)('equal singular values on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  const polar = (x: Tensor): Tensor => {
    const { u, vh } = svd(x);
    return matmul(u, vh);
  };
  const shapes: readonly (readonly [string, NestedArray])[] = [
    ['square', [[2, 0], [0, 2]]], ['tall', [[2, 0], [0, 2], [0, 0]]], ['wide', [[2, 0, 0], [0, 2, 0]]], ['zero', [[0, 0], [0, 0]]],
  ];

  test.each(shapes)('vectors of equal values have no gradient: %s', (_, values) => {
    expectUndefined(grad((x: Tensor) => sum(polar(x)))(of(values)));
    expectUndefined(grad((x: Tensor) => sum(svd(x).u))(of(values)));
    expectUndefined(grad((x: Tensor) => sum(svd(x).vh))(of(values)));
    expectFinite(grad((x: Tensor) => sum(square(svd(x).s)))(of(values)));
  });

  test('nor has the vector on the longer side that belongs to 0', () => {
    const rankOne = of([[2, 1], [4, 2], [6, 3]]);
    expectUndefined(grad((x: Tensor) => sum(square(slice(svd(x).u, [[0, 1], [1, 2]]))))(rankOne));
    expectUndefined(grad((x: Tensor) => sum(square(slice(svd(x).vh, [[1, 2], [0, 1]]))))(transposed(rankOne)));
    // Its partner is determined by the other vectors, but a second derivative is not.
    const partner = (x: Tensor) => square(slice(svd(x).vh, [[1, 2]]));
    const report = checkGradients(partner, [rankOne]);
    expect(report.ok, String(report)).toBe(true);
    expectUndefined(hvp((x: Tensor) => sum(mul(of([1, 2]), partner(x))))(rankOne, of([[1, 2], [0, 1], [3, -1]])));
  });

  test('vectors of other values have a gradient, whatever the rank', () => {
    const top = (x: Tensor) => {
      const { u, s, vh } = svd(x);
      return [square(column(u, 0)), slice(s, [[0, 1]]), square(slice(vh, [[0, 1]]))];
    };
    for (const x of [of([[2, 1], [4, 2], [6, 3]]), of([[2, 1, 3], [4, 2, 6], [6, 3, 9], [1, 0.5, 1.5]]), of([[3, 0, 0], [0, 1, 0], [0, 0, 1]])]) {
      for (const each of [x, transposed(x)]) {
        const report = checkGradients(top, [each]);
        expect(report.ok, String(report)).toBe(true);
      }
    }
    const square3 = of([[3, 1, 0], [1, 2, 1], [4, 3, 1]]);
    const report = checkGradients((x: Tensor) => matmul(column(svd(x).u, 0), slice(svd(x).vh, [[0, 1]])), [square3], { order: 2 });
    expect(report.ok, String(report)).toBe(true);
  });

  test('second derivatives are right or NaN', () => {
    expectUndefined(hessian((x: Tensor) => sum(square(svd(x).s)))(of([[2, 0], [0, 2]])));
    // Weighted: a sum of squares alone is 1 for every matrix, and its cotangents are rounding errors or 0.
    const weighted = (x: Tensor): Tensor => sum(mul(of([[1], [2], [3]]), square(column(svd(x).u, 0))));
    expectUndefined(hvp(weighted)(of([[2, 1], [4, 2], [6, 3]]), of([[1, 2], [0, 1], [3, -1]])));
  });

  test('what is smooth at equal values has its own rule, to second order', () => {
    const system = of([[2, 0], [0, 2], [0, 0]]);
    for (const fn of [pseudoInverse, (x: Tensor) => leastSquares(x, of([1, 2, 3]))]) {
      const report = checkGradients((x: Tensor) => fn(x), [system], { order: 2 });
      expect(report.ok, String(report)).toBe(true);
    }
  });
});

describe.each(backends)('dependent columns on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test.each<[string, NestedArray]>([
    ['square', [[1, 2, 3], [2, 4, 6], [1, 0, 1]]], ['tall', [[1, 2, 3], [2, 4, 6], [1, 0, 1], [1, 1, 2]]], ['not the last', [[1, 2, 3], [2, 4, 6.5], [1, 2, 1]]],
    ['zero', [[0, 0], [0, 0]]], ['wide', [[1, 2, 3], [2, 4, 7]]],
  ])('qr has no gradient, in reverse and forward: %s', (_, values) => {
    const x = of(values);
    const side = Math.min(...x.shape);
    const first = (gradient: Tensor) => slice(gradient, [null, [0, side]]);
    expectUndefined(first(grad((a: Tensor) => sum(qr(a).q))(x)));
    expectUndefined(first(grad((a: Tensor) => sum(qr(a).r))(x)));
    // Whose elements add up to 0.
    const [rows, columns] = x.shape as [number, number];
    const direction = of(Array.from({ length: rows }, (__, row) => Array.from({ length: columns }, (___, column) => (-1) ** (row + column))));
    expectUndefined(jvp((a: Tensor) => qr(a).q, [x], [direction]).tangent);
  });

  test('columns of different scales are not dependent, and the other matrices of a batch are not concerned', () => {
    const report = checkGradients((a: Tensor) => ({ ...qr(a) }), [of([[1, 1e-9], [2, 1e-9]])], { epsilon: 1e-12 });
    expect(report.notFinite).toEqual([]);
    const batch = of([[[1, 2], [2, 4]], [[1, 2], [3, 4]]]);
    const gradient = grad((a: Tensor) => sum(qr(a).r))(batch);
    expectUndefined(slice(gradient, [[0, 1]]));
    expectNear(slice(gradient, [[1, 2]]), [grad((a: Tensor) => sum(qr(a).r))(of([[1, 2], [3, 4]])).toArray()]);
  });
});

describe.each(backends)('symmetricFunction on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test('applies a function to the eigenvalues of the symmetric part', () => {
    expectNear(symmetricFunction(of([[5, 4], [4, 5]]), sqrt), [[2, 1], [1, 2]]);
    expectNear(symmetricFunction(of([[5, 8], [0, 5]]), sqrt), [[2, 1], [1, 2]]);
    expectNear(symmetricFunction(of([[[4, 0], [0, 1]], [[0, 1], [1, 0]]]), square), [[[16, 0], [0, 1]], [[1, 0], [0, 1]]]);
    expect(symmetricFunction(zeros([2, 0, 0]), exp).shape).toEqual([2, 0, 0]);
    expect(symmetricFunction(tensor([[4]], { dtype: 'int32' }), sqrt)).toMatchObject({ dtype: 'float32' });
    expectUndefined(symmetricFunction(of([[1, NaN], [0, 1]]), exp));
  });

  test('is right where eigenvalues are equal', () => {
    const root = (x: Tensor) => symmetricFunction(x, sqrt);
    expectNear(jvp(root, [four()], [swap()]).tangent, [[0, 0.25], [0.25, 0]]);
    expectNear(grad((x: Tensor) => sum(symmetricFunction(x, log)))(of([[1, 0], [0, 1]])), [[1, 1], [1, 1]]);
    expectNear(grad((x: Tensor) => sum(symmetricFunction(x, exp)))(of([[0, 0], [0, 0]])), [[1, 1], [1, 1]]);
    expectNear(grad((x: Tensor) => sum(root(x)))(tensor([[4, 0, 0], [0, 4, 0], [0, 0, 4.000001]])), new Array(3).fill([0.25, 0.25, 0.25]) as number[][], 6);
    // The root's second derivative along [[0, 1], [1, 0]] and itself: -1/4 * 4 ** (-3/2) times their product, twice.
    expectNear(hvp((x: Tensor) => traceOf(root(x)))(four(), swap()), [[0, -0.03125], [-0.03125, 0]]);
  });

  const scalars: readonly (readonly [string, (x: Tensor) => Tensor])[] = [
    ['sqrt', sqrt], ['exp', exp], ['log', log], ['power', (x) => pow(x, 0.3)], ['inverse', (x) => div(1, x)], ['positive part', (x) => relu(sub(x, 1.7))], ['constant', (x) => add(mul(0, x), 2)],
  ];
  const spectra = [[1, 1, 5], [2, 2, 2], [1, 2, 3], [1, 1 + 1e-9, 1 + 2e-9], [1, 1.001, 1.0015], [1, 1.05, 5], [1, 1 + 1e-6, 3], [0.5, 0.52, 0.55]];

  test.each(scalars)('%s has right first and second derivatives at equal, near and distant eigenvalues', (_, fn) => {
    for (const spectrum of spectra) {
      const report = checkGradients((x: Tensor) => symmetricFunction(x, fn), [withSpectrum(spectrum)], { order: 2, directions: 2 });
      expect(report.ok, `${spectrum.join()}: ${String(report)}`).toBe(true);
    }
  });

  test('near eigenvalues cost no digits', () => {
    // d/dx of the cube along E: X X E + X E X + E X X; of a diagonal X, x^2 + x y + y^2 off the diagonal.
    for (const gap of [0, 1e-15, 1e-12, 1e-9, 1e-7, 1e-5, 1e-3, 0.1, 0.5, 3]) {
      const [x, y] = [1, 1 + gap];
      const tangent = jvp((a: Tensor) => symmetricFunction(a, (w) => mul(w, square(w))), [of([[x, 0], [0, y]])], [swap()]).tangent;
      expect(Math.abs(elements(tangent)[1]! / (x * x + x * y + y * y) - 1)).toBeLessThan(1e-13);
    }
  });

  test('composes with the transforms', () => {
    const batch = of([[[4, 0], [0, 4]], [[5, 4], [4, 5]]]);
    const loss = (x: Tensor) => sum(symmetricFunction(x, sqrt));
    const one = concat([expandDims(grad(loss)(four()), 0), expandDims(grad(loss)(of([[5, 4], [4, 5]])), 0)]).toArray();
    expectNear(grad(loss)(batch), one);
    expectNear(vmap(grad(loss))(batch), one);
    expectNear(grad((x: Tensor) => sum(vmap(loss)(x)))(batch), one);
    const second = vmap((x: Tensor) => hvp(loss)(x, swap()))(batch);
    expectNear(slice(second, [[0, 1]]), [hvp(loss)(four(), swap()).toArray()]);
    expect(trace((x: Tensor) => grad(loss)(x))({ shape: [2, 2], dtype: 'float32' }).nodes.size).toBeGreaterThan(0);
    // In vmap the function may differ from example to example.
    expectNear(vmap((x: Tensor, power: Tensor) => symmetricFunction(x, (w) => pow(w, power)))(batch, of([0.5, 2])), [[[2, 0], [0, 2]], [[41, 40], [40, 41]]]);
  });

  test('refuses what it cannot differentiate', () => {
    expect(() => grad((power: Tensor) => sum(symmetricFunction(four(), (x) => pow(x, power))))(of(0.5))).toThrow(TransformError);
    expect(() => grad((power: Tensor) => sum(symmetricFunction(four(), (x) => pow(x, power))))(of(0.5))).toThrow(/symmetricFunction.*closes over a tensor that a gradient is asked for/);
    const loss = (x: Tensor) => sum(symmetricFunction(x, sqrt));
    const third = (x: Tensor) => sum(hvp(loss)(x, swap()));
    expect(() => grad(third)(four())).toThrow('symmetricFunction: a third derivative is asked for');
  });
});
