import { beforeEach, describe, expect, test } from 'vitest';
import { arange, ArgumentError, grad, ones, setDefaultBackend, ShapeError, tensor, zeros, type Shape, type Tensor } from '@adjoint/core';
import { backends } from '../../../test/backends.js';
import {
  avgPool1d, avgPool3d, concat, conv1d, conv1dTranspose, conv2d, conv2dTranspose, conv3d, conv3dTranspose, depthwiseConv2d,
  globalAvgPool, globalMaxPool, maxPool1d, maxPool3d, mul, reshape, resize, slice, sum,
} from '../src/index.js';

/** 0, 1, 2, … in rows. */
const counted = (shape: Shape): Tensor => reshape(arange(shape.reduce((product, length) => product * length, 1), { dtype: 'float32' }), shape);
const numbersOf = (x: Tensor): number[] => [...x.data()];

describe.each(backends)('convolutions of every kind on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test('each group of filters sees its own channels', () => {
    const x = counted([2, 4, 5, 6]);
    const kernel = counted([3, 2, 2, 9]);
    const options = { strides: [1, 2], padding: 1, dilation: [1, 2] } as const;
    const parts = [0, 1, 2].map((group) =>
      conv2d(slice(x, [null, null, null, [2 * group, 2 * group + 2]]), slice(kernel, [null, null, null, [3 * group, 3 * group + 3]]), options));
    const whole = conv2d(x, kernel, { ...options, groups: 3 });
    expect(whole.shape).toEqual([2, 4, 3, 9]);
    expect(numbersOf(whole)).toEqual(numbersOf(concat(parts, 3)));
  });

  test('the results of one channel lie next to each other', () => {
    const x = tensor([1, 10, 100, 1000, 10000], { shape: [1, 1, 1, 5] });
    expect(numbersOf(depthwiseConv2d(x, tensor([1, 2, 1, 2, 1, 2, 1, 2, 1, 2], { shape: [1, 1, 5, 2] })))).toEqual([1, 2, 10, 20, 100, 200, 1000, 2000, 10000, 20000]);
    expect(depthwiseConv2d(zeros([0, 5, 5, 4]), zeros([3, 3, 4, 1]), { strides: 2, padding: 'same' }).shape).toEqual([0, 3, 3, 4]);
  });

  // By torch.nn.functional.conv1d and conv3d.
  test('known sequences and volumes', () => {
    expect(numbersOf(conv1d(counted([1, 5, 2]), counted([2, 2, 2])))).toEqual([28, 34, 52, 66, 76, 98, 100, 130]);
    const volume = conv3d(counted([1, 3, 3, 3, 1]), ones([2, 2, 2, 1, 1]), { strides: [1, 2, 1], padding: [[0, 0], [1, 0], [0, 0]] });
    expect(volume.shape).toEqual([1, 2, 2, 2, 1]);
    expect(numbersOf(volume)).toEqual([20, 24, 76, 84, 56, 60, 148, 156]);
  });

  test('a transposed convolution puts a kernel at each element', () => {
    const kernel = tensor([1, 2, 4], { shape: [3, 1, 1] });
    const x = tensor([1, 10], { shape: [1, 2, 1] });
    expect(numbersOf(conv1dTranspose(x, kernel, { strides: 2 }))).toEqual([1, 2, 14, 20, 40]);
    expect(numbersOf(conv1dTranspose(x, kernel, { strides: 2, padding: 1, outputPadding: 1 }))).toEqual([2, 14, 20, 40]);
    expect(numbersOf(conv1dTranspose(x, kernel, { strides: 2, padding: 'same' }))).toEqual([1, 2, 14, 20]);
    expect(numbersOf(conv1dTranspose(x, kernel, { dilation: 2 }))).toEqual([1, 10, 2, 20, 4, 40]);
    expect(conv2dTranspose(zeros([0, 3, 3, 2]), zeros([2, 2, 5, 2])).shape).toEqual([0, 4, 4, 5]);
  });

  test.each([1, 2, 3] as const)('it is the gradient of the convolution along %i axes', (rank) => {
    const [convolve, transposed] = ([[conv1d, conv1dTranspose], [conv2d, conv2dTranspose], [conv3d, conv3dTranspose]] as const)[rank - 1]!;
    const lengths = [5, 4, 6].slice(0, rank);
    const kernel = counted([...lengths.map(() => 3), 2, 4]);
    const options = { strides: 2, padding: 1, groups: 2, dilation: 1 };
    const call = convolve as (x: Tensor, k: Tensor, o: typeof options) => Tensor;
    const y = counted(call(zeros([2, ...lengths, 4]), kernel, options).shape);
    const gradient = grad((x: Tensor) => sum(mul(call(x, kernel, options), y)))(zeros([2, ...lengths, 4]));
    const outputPadding = lengths.map((length) => (length - 1) % 2);
    const result = (transposed as (x: Tensor, k: Tensor, o: object) => Tensor)(y, kernel, { ...options, outputPadding: rank === 1 ? outputPadding[0] : outputPadding });
    expect(result.shape).toEqual(gradient.shape);
    expect(numbersOf(result)).toEqual(numbersOf(gradient));
  });

  test('pooling of sequences and volumes', () => {
    const x = tensor([1, 5, 2, 4, 3], { shape: [1, 5, 1] });
    expect(numbersOf(maxPool1d(x, { poolSize: 2, strides: 1 }))).toEqual([5, 5, 4, 4]);
    expect(numbersOf(avgPool1d(x, { poolSize: 2, padding: 'same' }))).toEqual([3, 3, 3]);
    expect(numbersOf(avgPool1d(x, { poolSize: 3, strides: 2, padding: [[1, 1]] }))).toEqual([3, 11 / 3, 3.5].map(Math.fround));
    const volume = counted([1, 2, 3, 3, 2]);
    expect(numbersOf(maxPool3d(volume, { poolSize: [2, 3, 2], strides: 1 }))).toEqual([32, 33, 34, 35]);
    expect(numbersOf(avgPool3d(volume, { poolSize: [2, 3, 3] }))).toEqual([17, 18]);
    expect(numbersOf(avgPool3d(ones([1, 3, 3, 3, 1]), { poolSize: 2, strides: 2, padding: 1 }))).toEqual(Array.from({ length: 8 }, () => 1));
  });

  test('of equal maxima the first in row-major order takes the gradient', () => {
    const gradient = grad((x: Tensor) => sum(maxPool3d(x, { poolSize: 2 })));
    expect(numbersOf(gradient(tensor([0, 1, 1, 0, 1, 1, 1, 1], { shape: [1, 2, 2, 2, 1] })))).toEqual([0, 1, 0, 0, 0, 0, 0, 0]);
  });

  test('global pooling', () => {
    const x = counted([2, 2, 3, 2]);
    expect([globalMaxPool(x).toArray(), globalAvgPool(x).toArray()]).toEqual([[[10, 11], [22, 23]], [[5, 6], [17, 18]]]);
    expect(globalMaxPool(x, { keepDims: true }).shape).toEqual([2, 1, 1, 2]);
    expect(globalAvgPool(tensor([1, 2], { shape: [1, 2, 1], dtype: 'int32' })).item()).toBe(1.5);
  });

  // By torch.nn.functional.interpolate.
  test('resizing', () => {
    const x = tensor([[1, 2], [3, 4]], { dtype: 'float64' });
    const image = reshape(x, [1, 2, 2, 1]);
    expect(numbersOf(resize(image, [3, 4]))).toEqual([1, 1.25, 1.75, 2, 2, 2.25, 2.75, 3, 3, 3.25, 3.75, 4]);
    expect(numbersOf(resize(image, [3, 3], { alignCorners: true }))).toEqual([1, 1.5, 2, 2, 2.5, 3, 3, 3.5, 4]);
    expect(numbersOf(resize(image, [3, 4], { method: 'nearest' }))).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
    expect(numbersOf(resize(counted([1, 5, 1]), [2]))).toEqual([0.75, 3.25]);
    expect(numbersOf(resize(counted([1, 5, 1]), [1], { alignCorners: true }))).toEqual([0]);
    expect(resize(zeros([0, 2, 2, 3]), [4, 1]).shape).toEqual([0, 4, 1, 3]);
  });

  test.each<[string, () => unknown, new () => Error, string]>([
    ['channels of groups', () => conv2d(zeros([1, 4, 4, 6]), zeros([3, 3, 2, 4]), { groups: 2 }), ShapeError, 'conv2d: input has 6 channels, kernel expects 2 in each of 2 groups (input [1,4,4,6], kernel [3,3,2,4])'],
    ['filters of groups', () => conv1d(zeros([1, 4, 4]), zeros([3, 2, 3]), { groups: 2 }), ShapeError, 'conv1d: 3 filters do not make 2 equal groups'],
    ['groups', () => conv3d(zeros([1, 4, 4, 4, 1]), zeros([1, 1, 1, 1, 1]), { groups: 0 }), ArgumentError, 'conv3d: groups is 0; expected an integer >= 1'],
    ['a sequence too short', () => conv1d(zeros([1, 2, 1]), zeros([3, 1, 1])), ShapeError, "conv1d: the window's length is 3, that of the padded sequence only 2"],
    ['a volume too flat', () => conv3d(zeros([1, 1, 2, 2, 1]), zeros([2, 2, 2, 1, 1])), ShapeError, "conv3d: the window's depth is 2, that of the padded volume only 1"],
    ['padding of a sequence', () => conv1d(zeros([1, 2, 1]), zeros([1, 1, 1]), { padding: [1, 1] as never }), ArgumentError, 'conv1d: padding is [1,1]'],
    ['strides of a volume', () => conv3d(zeros([1, 2, 2, 2, 1]), zeros([1, 1, 1, 1, 1]), { strides: [1, 1] as never }), ArgumentError, 'conv3d: strides is [1,1]; expected an integer >= 1, or three of them'],
    ['channels of a depthwise kernel', () => depthwiseConv2d(zeros([1, 4, 4, 6]), zeros([3, 3, 1, 6])), ShapeError, 'depthwiseConv2d: input is float32 [1,4,4,6], kernel float32 [3,3,1,6]'],
    ['channels of a transposed kernel', () => conv2dTranspose(zeros([1, 4, 4, 6]), zeros([3, 3, 6, 1])), ShapeError, 'conv2dTranspose: input has 6 channels, kernel expects 1 as its last axis'],
    ['output padding', () => conv2dTranspose(zeros([1, 4, 4, 1]), zeros([3, 3, 1, 1]), { strides: 2, outputPadding: 2 }), ArgumentError, 'conv2dTranspose: outputPadding is 2; expected less than the strides [2,2]'],
    ['output padding beside same', () => conv1dTranspose(zeros([1, 4, 1]), zeros([3, 1, 1]), { padding: 'same', outputPadding: 0 }), ArgumentError, "padding 'same' alone says how long the result is"],
    ['nothing left', () => conv1dTranspose(zeros([1, 1, 1]), zeros([1, 1, 1]), { padding: 1 }), ShapeError, "conv1dTranspose: the result's lengths would be [-1]"],
    ['a size', () => resize(zeros([1, 2, 2, 1]), [2, 0]), ArgumentError, 'resize: size is [2,0]; expected 2 whole numbers from 1'],
    ['a method', () => resize(zeros([1, 2, 2, 1]), [2, 2], { method: 'cubic' as never }), ArgumentError, 'resize: method is "cubic"'],
    ['aligned corners of the nearest', () => resize(zeros([1, 2, 2, 1]), [2, 2], { method: 'nearest', alignCorners: true }), ArgumentError, 'resize: alignCorners is true, method nearest'],
    ['a global pool of a matrix', () => globalMaxPool(zeros([2, 2])), ShapeError, 'globalMaxPool: input is float32 [2,2]; expected at least 3 axes'],
  ])('%s that do not fit are refused', (_, call, type, message) => {
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });
});
