import { beforeEach, describe, expect, test } from 'vitest';
import { grad, setDefaultBackend, tensor, zeros, type DType, type Tensor } from '@adjoint/core';
import { backends } from '../../../test/backends.js';
import { elu, gelu, hardSwish, leakyRelu, logSigmoid, relu, relu6, selu, sigmoid, silu, softplus, sum, tanh, transpose } from '../src/index.js';

const of = (values: Parameters<typeof tensor>[0], dtype: DType = 'float64'): Tensor => tensor(values, { dtype });
const slope = (fn: (x: Tensor) => Tensor) => grad((x: Tensor) => sum(fn(x)));
const exactGelu = (x: Tensor): Tensor => gelu(x, { approximate: false });

type Activation = (x: Tensor) => Tensor;

/** Values and derivatives at -2.5, -0.7, 0.3 and 4 as PyTorch 1.13 has them. */
const known: readonly [string, Activation, readonly number[], readonly number[]][] = [
  ['sigmoid', sigmoid, [0.07585818002124355, 0.3318122278318339, 0.574442516811659, 0.9820137900379085], [0.07010371654510815, 0.22171287329310907, 0.24445831169074586, 0.017662706213291107]],
  ['tanh', tanh, [-0.9866142981514303, -0.6043677771171635, 0.2913126124515909, 0.999329299739067], [0.02659222668316057, 0.6347395899824586, 0.9151369618266292, 0.0013409506830259165]],
  ['leakyRelu', (x) => leakyRelu(x), [-0.025, -0.007, 0.3, 4], [0.01, 0.01, 1, 1]],
  ['relu6', relu6, [0, 0, 0.3, 4], [0, 0, 1, 1]],
  ['softplus', softplus, [0.07888973429254963, 0.4031860488854579, 0.8543552444685272, 4.0181499279178094], [0.07585818002124356, 0.33181222783183395, 0.574442516811659, 0.9820137900379085]],
  ['logSigmoid', logSigmoid, [-2.5788897342925496, -1.103186048885458, -0.5543552444685271, -0.018149927917809738], [0.9241418199787564, 0.668187772168166, 0.425557483188341, 0.017986209962091555]],
  ['elu', (x) => elu(x), [-0.9179150013761012, -0.5034146962085905, 0.3, 4], [0.0820849986238988, 0.4965853037914095, 1, 1]],
  ['selu', selu, [-1.6137857588732423, -0.8850530455772052, 0.31521029620664415, 4.202803949421922], [0.1443135819741343, 0.8730462952701714, 1.0507009873554805, 1.0507009873554805]],
  ['silu', silu, [-0.18964545005310887, -0.2322685594822837, 0.1723327550434977, 3.928055160151634], [-0.09940111134152683, 0.17661321652665754, 0.6477800103188829, 1.0526646148910728]],
  ['hardSwish', hardSwish, [-0.20833333333333334, -0.2683333333333333, 0.165, 4], [-0.33333333333333337, 0.2666666666666667, 0.6, 1]],
  ['gelu', (x) => gelu(x), [-0.015084266089998577, -0.16942986529488321, 0.18537092354275922, 3.9999297540518075], [-0.03795157621266618, 0.023642781343896052, 0.7322954516388018, 1.000335123197122]],
  ['exact gelu', exactGelu, [-0.015524163314440398, -0.1693745565561511, 0.1853734266566858, 3.9998733150326675], [-0.03761108590814519, 0.023385898866340155, 0.7323277668271099, 1.0005036496612265]],
];

const plain = (x: Tensor): number[] => [...x.data()].map((value) => value + 0);

describe.each(backends)('activations on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test.each(known)('%s has the known values and derivatives', (_, activation, values, derivatives) => {
    for (const [dtype, digits] of [['float64', 13], ['float32', 5]] as const) {
      // Not contiguous, so that a kernel which does not read strides shows.
      const x = transpose(of([[-2.5, 0.3], [-0.7, 4]], dtype));
      const order = [0, 1, 2, 3];
      const expectNear = (actual: Tensor, expected: readonly number[]): void => {
        const list = [...transpose(actual).data()];
        const inOrder = [list[0]!, list[2]!, list[1]!, list[3]!];
        for (const index of order) expect(inOrder[index]).toBeCloseTo(expected[index]!, digits);
      };
      expectNear(activation(x), values);
      expectNear(slope(activation)(x), derivatives);
      expect(activation(x).dtype).toBe(dtype);
    }
  });

  test.each(known.map(([name, activation]) => [name, activation] as const))('%s takes integers, scalars and no elements', (_, activation) => {
    expect(activation(of([1, -1], 'int32'))).toMatchObject({ dtype: 'float32', shape: [2] });
    expect([activation(of(1)).shape, activation(zeros([2, 0])).shape, slope(activation)(zeros([2, 0])).shape]).toEqual([[], [2, 0], [2, 0]]);
    expect([activation(of([NaN])).item(), Math.abs(activation(of([1e30], 'float32')).item())]).toEqual([NaN, expect.any(Number)]);
  });

  test.each<[string, Activation, readonly number[], readonly number[]]>([
    ['sigmoid', sigmoid, [0, 0, 1, 1], [0, 0, 0, 0]],
    ['tanh', tanh, [-1, -1, 1, 1], [0, 0, 0, 0]],
    ['relu', relu, [0, 0, 1000, Infinity], [0, 0, 1, 1]],
    ['leakyRelu', (x) => leakyRelu(x, 0.5), [-Infinity, -500, 1000, Infinity], [0.5, 0.5, 1, 1]],
    ['relu6', relu6, [0, 0, 6, 6], [0, 0, 0, 0]],
    ['softplus', softplus, [0, 0, 1000, Infinity], [0, 0, 1, 1]],
    ['logSigmoid', logSigmoid, [-Infinity, -1000, 0, 0], [1, 1, 0, 0]],
    ['elu', (x) => elu(x, 2), [-2, -2, 1000, Infinity], [0, 0, 1, 1]],
    ['silu', silu, [0, 0, 1000, Infinity], [0, 0, 1, 1]],
    ['hardSwish', hardSwish, [0, 0, 1000, Infinity], [0, 0, 1, 1]],
    ['gelu', (x) => gelu(x), [0, 0, 1000, Infinity], [0, 0, 1, 1]],
    ['exact gelu', exactGelu, [0, 0, 1000, Infinity], [0, 0, 1, 1]],
  ])('%s at -Infinity, -1000, 1000 and Infinity', (_, activation, values, derivatives) => {
    for (const dtype of ['float32', 'float64'] as const) {
      const x = of([-Infinity, -1000, 1000, Infinity], dtype);
      expect(plain(activation(x))).toEqual(values);
      expect(plain(slope(activation)(x))).toEqual(derivatives);
      const curvatures = plain(slope((y) => slope(activation)(y))(of([-1e30, -1000, 1000, 1e30], dtype)));
      expect(curvatures).toEqual([0, 0, 0, 0]);
    }
  });

  test('gradients at kinks are those that the documentation names', () => {
    expect(plain(slope(relu)(of([0])))).toEqual([0]);
    expect(plain(slope((x) => leakyRelu(x, 0.25))(of([0])))).toEqual([0.25]);
    expect(plain(slope(relu6)(of([0, 6])))).toEqual([0, 0]);
    expect(plain(slope((x) => elu(x, 0.25))(of([0])))).toEqual([0.25]);
    expect(slope(selu)(of([0])).item()).toBeCloseTo(1.6732632423543772 * 1.0507009873554805, 14);
    expect(plain(slope(hardSwish)(of([-3, 3])))).toEqual([0, 1]);
  });

  test('the curvature of hardSwish has all digits of float64', () => {
    expect(slope(slope(hardSwish))(of([1])).item()).toBeCloseTo(1 / 3, 15);
  });

  test('small differences survive far from 0', () => {
    expect(softplus(of([-40])).item() / Math.exp(-40)).toBeCloseTo(1, 12);
    expect(logSigmoid(of([40])).item() / -Math.exp(-40)).toBeCloseTo(1, 12);
    expect(elu(of([-1e-12])).item() / -1e-12).toBeCloseTo(1, 9);
  });
});
