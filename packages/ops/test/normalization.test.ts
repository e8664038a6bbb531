import { beforeEach, describe, expect, test } from 'vitest';
import { arange, grad, ones, setDefaultBackend, tensor, zeros, type Tensor } from '@adjoint/core';
import { backends } from '../../../test/backends.js';
import { batchNorm, groupNorm, layerNorm, mean, mul, reshape, rmsNorm, sum, transpose } from '../src/index.js';
import { expectClose } from './expectClose.js';

const float64 = { dtype: 'float64' } as const;
const vector = (values: number[]): Tensor => tensor(values, float64);

/** Expected values are PyTorch 1.13's. */
describe.each(backends)('normalizations on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  const matrix = (): Tensor => tensor([[0.5, -1, 2], [3, 0.25, -2]], float64);
  const images = (): Tensor => tensor(Array.from({ length: 16 }, (_, index) => 3 * Math.sin(index)), { ...float64, shape: [1, 2, 2, 4] });

  test('layerNorm', () => {
    const [scale, bias] = [vector([1, 2, -1]), vector([0, 1, 0.5])];
    expectClose(layerNorm(matrix(), { scale, bias }), [
      0, -1.4494815778581933, -0.7247407889290967, 1.2634641650667866, 0.8369723657952559, 1.6819503479843947,
    ], 1e-10);
    const overAll = [0.02471581274698209, -0.865053446144374, 0.9144850716383381, 1.507664577565909, -0.1235790637349106, -1.4582329520719448];
    expectClose(layerNorm(matrix(), { axes: [0, 1] }), overAll);
    expectClose(layerNorm(transpose(matrix()), { axes: [0, 1] }), [overAll[0]!, overAll[3]!, overAll[1]!, overAll[4]!, overAll[2]!, overAll[5]!]);
  });

  test('layerNorm over a leading axis is that of the transpose', () => {
    const scale = vector([2, -1]);
    const other = transpose(layerNorm(transpose(matrix()), { scale }));
    expectClose(layerNorm(matrix(), { axes: 0, scale }), [...other.data()]);
  });

  test('rmsNorm', () => {
    expectClose(rmsNorm(matrix()), [
      0.3779643650194241, -0.7559287300388482, 1.5118574600776964, 1.4377013498006868, 0.1198084458167239, -0.9584675665337912,
    ]);
  });

  test('groupNorm', () => {
    expectClose(groupNorm(images(), { groups: 2, scale: vector([1, 2, 3, 4]), bias: vector([0, 1, 0, 1]) }), [
      -0.07458382160551691, 3.2951486278659967, 3.142474631537655, 0.7114779837789418, -1.1737688717562251, -1.934663815518095,
      -2.0551886958519097, 3.7189895016534606, 1.3623667707538027, 2.0479596936489735, -3.212180312876766, -5.941215126705206,
      -0.853905947838524, 2.0713392348960515, 3.498003394234744, 3.679935618547838,
    ]);
  });

  test('batchNorm', () => {
    expectClose(batchNorm(images(), { scale: vector([1, 2, 3, 4]), bias: vector([0, 1, 0, 1]) }), [
      0.11278823200162037, 2.951070771264137, 2.7921558543488474, 1.1718868732217422, -1.0102853937537712, -2.3490122986765694,
      -2.392432487407941, 4.2275005839306035, 1.5809680544719789, 1.6871239229171768, -3.5465136333582037, -5.587209529474689,
      -0.6834708927198281, 1.7108176044952557, 3.1467902664172978, 4.1878220723223425,
    ]);
  });

  test('batchNorm with given statistics and with its own agree', () => {
    const axes = [0, 1, 2];
    const average = mean(images(), { axes });
    const variance = mean(mul(images(), images()), { axes }).data().map((square, index) => square - average.data()[index]! ** 2);
    const given = batchNorm(images(), { mean: average, variance: tensor([...variance], float64), scale: vector([1, 2, 3, 4]) });
    expectClose(given, [...batchNorm(images(), { scale: vector([1, 2, 3, 4]) }).data()]);
  });

  test('digits that a large mean would cost are kept', () => {
    const rows = reshape(arange(8, float64), [2, 4]);
    const shifted = tensor([...rows.data()].map((value) => value + 1e9), { ...float64, shape: [2, 4] });
    expectClose(layerNorm(shifted), [...layerNorm(rows).data()], 1e-6);
  });

  test('a constant row is 0, and its gradient finite', () => {
    expect(layerNorm(ones([2, 5])).toArray()).toEqual(zeros([2, 5]).toArray());
    const gradient = grad((x: Tensor) => sum(mul(layerNorm(x), arange(5))))(ones([5]));
    expect([...gradient.data()].every(Number.isFinite)).toBe(true);
  });

  test('empty axes, and none', () => {
    expect(layerNorm(zeros([2, 0])).shape).toEqual([2, 0]);
    expect(layerNorm(zeros([0, 2])).shape).toEqual([0, 2]);
    expect(layerNorm(tensor([3, 4]), { axes: [] }).toArray()).toEqual([0, 0]);
    expect(batchNorm(zeros([0, 3])).shape).toEqual([0, 3]);
    expect(groupNorm(zeros([2, 0, 4]), { groups: 2 }).shape).toEqual([2, 0, 4]);
  });

  test('integers become float32', () => {
    expect(layerNorm(tensor([1, 3], { dtype: 'int32' }), { epsilon: 0 }).toArray()).toEqual([-1, 1]);
  });
});
