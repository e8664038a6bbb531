import { beforeEach, describe, expect, test } from 'vitest';
import { grad, setDefaultBackend, sizeOf, tensor, zeros, type DType, type Tensor } from '@adjoint/core';
import { backends } from '../../../test/backends.js';
import {
  abs, acos, acosh, add, asin, asinh, atan, atan2, atanh, ceil, clip, cos, cosh, div, erf, expm1, floor, hypot, isFinite, isNaN, log1p, log2,
  logicalXor, maximum, minimum, mod, mul, pow, reciprocal, round, rsqrt, sin, sinh, sqrt, sum, tan, tanh,
} from '../src/index.js';

const of = (values: Parameters<typeof tensor>[0], dtype: DType = 'float64'): Tensor => tensor(values, { dtype });

/** The values and the gradient of the sum. */
function slopes(fn: (x: Tensor) => Tensor, values: readonly number[], dtype: DType = 'float64'): number[] {
  return [...grad((x: Tensor) => sum(fn(x)))(of([...values], dtype)).data()].map((value) => value + 0);
}

const curvatures = (fn: (x: Tensor) => Tensor, values: readonly number[]): number[] =>
  slopes((x) => grad((y: Tensor) => sum(fn(y)))(x), values);

/** As NumPy 1.24 and SciPy have them in float64. */
const known: readonly [string, (x: Tensor) => Tensor, readonly number[], readonly number[]][] = [
  ['expm1', expm1, [-1.3, 0.2, 2.5], [-0.7274682069659874, 0.22140275816016985, 11.182493960703473]],
  ['log1p', log1p, [-0.5, 1e-9, 20], [-0.6931471805599453, 9.999999995e-10, 3.044522437723423]],
  ['log2', log2, [0.3, 5, 1e10], [-1.736965594166206, 2.321928094887362, 33.219280948873624]],
  ['sin', sin, [-1.3, 0.2, 2.5], [-0.9635581854171931, 0.19866933079506124, 0.5984721441039564]],
  ['cos', cos, [-1.3, 0.2, 2.5], [0.2674988286245874, 0.9800665778412417, -0.8011436155469338]],
  ['tan', tan, [-1.3, 0.2, 2.5], [-3.602102447967979, 0.2027100355086725, -0.7470222972386602]],
  ['asin', asin, [-0.7, 0.2, 0.99], [-0.775397496610753, 0.2013579207903308, 1.4292568534704693]],
  ['acos', acos, [-0.7, 0.2, 0.99], [2.3461938234056494, 1.3694384060045657, 0.1415394733244273]],
  ['atan', atan, [-1.3, 0.2, 2.5], [-0.9151007005533605, 0.19739555984988075, 1.1902899496825317]],
  ['sinh', sinh, [-1.3, 0.2, 2.5], [-1.698382437292616, 0.201336002541094, 6.0502044810397875]],
  ['cosh', cosh, [-1.3, 0.2, 2.5], [1.9709142303266283, 1.020066755619076, 6.132289479663686]],
  ['tanh', tanh, [-1.3, 0.2, 2.5], [-0.8617231593133063, 0.197375320224904, 0.9866142981514303]],
  ['asinh', asinh, [-1.3, 0.2, 2.5], [-1.078451058954897, 0.19869011034924142, 1.6472311463710958]],
  ['acosh', acosh, [1.5, 3, 1e10], [0.9624236501192069, 1.762747174039086, 23.7189981105004]],
  ['atanh', atanh, [-0.7, 0.2, 0.99], [-0.8673005276940531, 0.2027325540540822, 2.6466524123622457]],
  ['erf', erf, [-1.3, 0.2, 2.5], [-0.9340079449406524, 0.22270258921047845, 0.999593047982555]],
  ['reciprocal', reciprocal, [-1.3, 0.2, 2.5], [-0.7692307692307692, 5, 0.4]],
  ['rsqrt', rsqrt, [0.3, 5, 1e10], [1.8257418583505538, 0.4472135954999579, 1e-5]],
];

describe.each(backends)('functions of real numbers on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test.each(known)('%s has the known values, in both float dtypes', (_, operation, inputs, expected) => {
    const exact = operation(of([...inputs])).data();
    const single = operation(of([...inputs], 'float32')).data();
    expected.forEach((value, index) => {
      expect(exact[index]! / value).toBeCloseTo(1, 13);
      // A step of the input is a step of the value, ten times as large at most (atanh near 1, acos near -1).
      expect(Math.abs(single[index]! - value)).toBeLessThan(4e-6 * Math.max(1, Math.abs(value)));
    });
  });

  test.each(known.map(([name, operation]) => [name, operation] as const))('%s makes float32 of integers and booleans', (_, operation) => {
    expect([operation(of([1], 'int32')).dtype, operation(of([true], 'bool')).dtype, operation(zeros([0, 3])).shape]).toEqual(['float32', 'float32', [0, 3]]);
    expect(operation(of([1], 'int32')).item()).toBe(operation(of([1], 'float32')).item());
  });

  test.each<[string, () => Tensor, readonly (number | boolean)[]]>([
    ['log2', () => log2(of([0, -1, Infinity, 8])), [-Infinity, NaN, Infinity, 3]],
    ['log1p', () => log1p(of([-1, -2, Infinity, 1e-300])), [-Infinity, NaN, Infinity, 1e-300]],
    ['expm1', () => expm1(of([-Infinity, Infinity, 1e-300])), [-1, Infinity, 1e-300]],
    ['tan', () => tan(of([0, Infinity, NaN])), [0, NaN, NaN]],
    ['asin', () => asin(of([0, 1.5, -1.5])), [0, NaN, NaN]],
    ['acos', () => acos(of([1, 1.5, -1.5])), [0, NaN, NaN]],
    ['atan', () => atan(of([Infinity, -Infinity])), [Math.PI / 2, -Math.PI / 2]],
    ['acosh', () => acosh(of([1, 0.5, -3, Infinity])), [0, NaN, NaN, Infinity]],
    ['atanh', () => atanh(of([1, -1, 2])), [Infinity, -Infinity, NaN]],
    ['asinh', () => asinh(of([Infinity, -Infinity, 0])), [Infinity, -Infinity, 0]],
    ['sinh', () => sinh(of([1000, -1000, 0])), [Infinity, -Infinity, 0]],
    ['cosh', () => cosh(of([1000, -1000, 0])), [Infinity, Infinity, 1]],
    ['erf', () => erf(of([-Infinity, Infinity, NaN])), [-1, 1, NaN]],
    ['rsqrt', () => rsqrt(of([0, -1, Infinity])), [Infinity, NaN, 0]],
    ['reciprocal', () => reciprocal(of([0, -2, Infinity])), [Infinity, -0.5, 0]],
    ['hypot', () => hypot(of([3e300, 0, NaN, Infinity, NaN, 1e-300]), of([4e300, 0, Infinity, NaN, 1, 0])), [5e300, 0, Infinity, Infinity, NaN, 1e-300]],
    ['hypot in float32', () => div(hypot(of([3 * 2 ** 120], 'float32'), of([4 * 2 ** 120], 'float32')), 2 ** 120), [5]],
    ['atan2', () => atan2(of([0, 0, -0, -1, 0, NaN]), of([0, -0, -0, 0, -1, 1])), [0, Math.PI, -Math.PI, -Math.PI / 2, Math.PI, NaN]],
    ['atan2 at infinity', () => atan2(of([1, Infinity, Infinity, -1]), of([Infinity, 1, -Infinity, -Infinity])), [0, Math.PI / 2, (3 * Math.PI) / 4, -Math.PI]],
    ['mod', () => mod(of([7, -7, 7, -7, 5.5, -0.5]), of([3, 3, -3, -3, 2, 1])), [1, 2, -2, -1, 1.5, 0.5]],
    ['mod at the ends', () => mod(of([5, -5, 1, Infinity]), of([Infinity, Infinity, 0, 2])), [5, Infinity, NaN, NaN]],
    ['mod of integers', () => mod(of([7, -7, 7, -7, 7], 'int32'), of([3, 3, -3, -3, 0], 'int32')), [1, 2, -2, -1, 0]],
    ['floor', () => floor(of([-1.5, -0.5, 0.5, Infinity, NaN])), [-2, -1, 0, Infinity, NaN]],
    ['ceil', () => ceil(of([-1.5, -0.5, 0.5, -Infinity])), [-1, 0, 1, -Infinity]],
    ['round', () => round(of([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4999])), [-2, -2, 0, 0, 2, 2, 2]],
    ['isNaN', () => isNaN(of([NaN, Infinity, 0])), [true, false, false]],
    ['isFinite', () => isFinite(of([NaN, Infinity, -Infinity, 0])), [false, false, false, true]],
    ['isNaN of integers', () => isNaN(of([1, 0], 'int32')), [false, false]],
    ['isFinite of booleans', () => isFinite(of([true, false], 'bool')), [true, true]],
    ['logicalXor', () => logicalXor(of([2, 2, 0, 0, NaN]), of([3, 0, 3, 0, 1])), [false, true, true, false, false]],
    ['clip', () => clip(of([-2, 0, 2, NaN, Infinity]), -1, 1), [-1, 0, 1, NaN, 1]],
    ['clip without a minimum', () => clip(of([-2, 2]), null, 1), [-2, 1]],
    ['clip without a maximum', () => clip(of([-2, 2]), -1, null), [-1, 2]],
    ['clip without bounds', () => clip(of([-2, 2]), null, null), [-2, 2]],
    ['clip by bounds that are the wrong way round', () => clip(of([-2, 0.5, 2]), 1, 0), [0, 0, 0]],
    ['clip by NaN', () => clip(of([1]), NaN, null), [NaN]],
    ['clip by tensors', () => clip(of([[1], [5]]), of([0, 2, 7]), 6), [1, 2, 6, 5, 5, 6]],
    ['pow', () => pow(of([-2, -2, 0, -8, 1, -1]), of([3, -2, 0, 1 / 3, NaN, Infinity])), [-8, 0.25, 1, NaN, 1, 1]],
  ])('%s at its ends', (_, call, expected) => {
    expect([call().toArray()].flat(9).map((value) => (typeof value === 'number' ? value + 0 : value))).toEqual(expected);
  });

  test('what is whole stays an integer', () => {
    for (const operation of [floor, ceil, round]) expect(operation(of([3, -3], 'int32'))).toMatchObject({ dtype: 'int32' });
    expect(round(of([true], 'bool')).dtype).toBe('int32');
    expect(floor(of([1.5, -3], 'float32')).toArray()).toEqual([1, -3]);
    expect([mod(of([5], 'int32'), 3).dtype, clip(of([5], 'int32'), 0, 3).dtype, clip(of([5], 'int32'), 0.5, null).dtype]).toEqual(['int32', 'int32', 'float32']);
    expect([hypot(of([3], 'int32'), 4).dtype, atan2(1, of([true], 'bool')).dtype]).toEqual(['float32', 'float32']);
  });

  test('the sign of zero stays', () => {
    for (const operation of [sin, tan, asin, atan, sinh, tanh, asinh, atanh, erf, expm1, log1p, sqrt, floor, ceil, round]) {
      for (const dtype of ['float32', 'float64'] as const) expect(Object.is(operation(of([-0], dtype)).item(), -0)).toBe(true);
    }
  });

  test('gradients at kinks, steps and ties are those that the documentation names', () => {
    for (const step of [floor, ceil, round]) expect(slopes((x) => mul(step(x), x), [1.5, -2])).toEqual([...step(of([1.5, -2])).data()]);
    expect(slopes(floor, [0.5, 1])).toEqual([0, 0]);
    expect(slopes((x) => clip(x, 0, 1), [-1, 0, 0.5, 1, 2])).toEqual([0, 1, 1, 1, 0]);
    expect(slopes((bound) => clip(of([-1, 0, 2]), bound, null), [0, 0, 0])).toEqual([1, 0, 0]);
    expect(slopes((bound) => clip(of([-1, 0, 2]), null, bound), [0, 0, 0])).toEqual([0, 0, 1]);
    expect(slopes((x) => maximum(x, Infinity), [Infinity, 1])).toEqual([0.5, 0]);
    expect(slopes((x) => minimum(x, of([1, 3])), [1, 1])).toEqual([0.5, 1]);
    expect(slopes((y) => mod(of([7, -7]), y), [3, 3])).toEqual([-2, 3]);
  });

  test('gradients at the ends of what is defined', () => {
    expect(slopes(sqrt, [0, 4])).toEqual([Infinity, 0.25]);
    expect(slopes(rsqrt, [0, 4])).toEqual([-Infinity, -1 / 16]);
    expect([slopes(abs, [0, -1]), curvatures(abs, [0, -1])]).toEqual([[0, -1], [0, 0]]);
    expect(slopes(log1p, [-1, 0, 1e-300])).toEqual([Infinity, 1, 1]);
    expect(slopes(asin, [1, 0])).toEqual([Infinity, 1]);
    expect(slopes(acos, [-1, 0])).toEqual([-Infinity, -1]);
    expect(slopes(acosh, [1])).toEqual([Infinity]);
    // Where a square overflows, and where 1 minus a square has no digits left.
    expect(slopes(asinh, [1e300, -1e300])).toEqual([1e-300, 1e-300]);
    expect(slopes(acosh, [1e300])[0]! / 1e-300).toBeCloseTo(1, 12);
    expect(slopes(asin, [1 - 2 ** -50])[0]! / 2 ** 24.5).toBeCloseTo(1, 12);
    expect(slopes(expm1, [-40])[0]! / Math.exp(-40)).toBeCloseTo(1, 12);
    expect(slopes(erf, [30, -30])).toEqual([0, 0]);
  });

  test('hypot and atan2 at the origin have the gradient 0, also of the second order', () => {
    const length = (x: Tensor): Tensor => hypot(x, of([0, 4e200]));
    expect(slopes(length, [0, 3e200])[0]).toBe(0);
    expect(slopes(length, [0, 3e200])[1]).toBeCloseTo(0.6, 14);
    expect(curvatures((x) => hypot(0, x), [0])).toEqual([0]);
    expect([slopes((y) => atan2(y, 0), [0]), slopes((x) => atan2(0, x), [0]), curvatures((y) => atan2(y, 0), [0])]).toEqual([[0], [0], [0]]);
    expect(slopes((y) => mul(atan2(y, of([1e200])), 1e200), [1e200])[0]).toBeCloseTo(0.5, 14);
    expect(slopes((x) => mul(atan2(of([1e200]), x), 1e200), [1e200])[0]).toBeCloseTo(-0.5, 14);
  });

  test('pow at 0, of negative bases and whole exponents', () => {
    const exponents = of([0, 1, 2, 3, 0.5]);
    expect(slopes((x) => pow(x, exponents), [0, 0, 0, 0, 0])).toEqual([0, 1, 0, 0, Infinity]);
    expect(curvatures((x) => pow(x, exponents), [0, 0, 0, 0, 4])).toEqual([0, 0, 2, 0, -1 / 32]);
    expect(slopes((x) => pow(x, of([2, 3, -1, 0])), [-2, -2, -2, -2])).toEqual([-4, 12, -0.25, 0]);
    expect(slopes((y) => pow(of([0, -2, Math.E]), y), [2, 2, 1])).toEqual([0, 0, Math.E]);
  });

  test('a broadcast operand gets the sum of its gradients', () => {
    for (const operation of [mod, hypot, atan2, (x: Tensor, y: Tensor) => clip(y, x, null), (x: Tensor, y: Tensor) => clip(y, null, x)]) {
      const wide = of([[0.5, 1.5, 2.5]]);
      const total = (values: readonly number[], shape: readonly number[]): number[] => {
        const x = tensor(values, { shape: [...shape], dtype: 'float64' });
        expect(sizeOf(shape)).toBe(values.length);
        return [...grad((y: Tensor) => sum(operation(y, wide)))(x).data()];
      };
      expect(total([1.2], [1, 1])[0]).toBeCloseTo(total([1.2, 1.2, 1.2], [1, 3]).reduce((a, b) => a + b), 13);
      expect(total([1.2], [])[0]).toBe(total([1.2], [1, 1])[0]);
    }
    expect(add(div(1, 2), 0).shape).toEqual([]);
  });
});
