import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { arange, ArgumentError, grad, ones, setDefaultBackend, ShapeError, tensor, zeros, type Tensor } from '@adjoint/core';
import { tensors } from '@adjoint/core/testing';
import { backends } from '../../../test/backends.js';
import { avgPool2d, conv2d, maxPool2d, mul, reshape, sum, type Pool2dOptions, type Conv2dOptions } from '../src/index.js';

/** An image of one channel. */
const image = (rows: readonly (readonly number[])[]): Tensor => tensor(rows.flat(), { shape: [1, rows.length, rows[0]!.length, 1] });
const rowsOf = (x: Tensor): number[][] => (x.toArray() as number[][][][])[0]!.map((row) => row.map((pixel) => pixel[0]!));

describe.each(backends)('images on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test.each<[readonly [number, number], readonly [number, number], Conv2dOptions, readonly [number, number]]>([
    // By hand: valid gives floor((n - reach) / stride) + 1, same ceil(n / stride).
    [[5, 5], [3, 3], {}, [3, 3]],
    [[5, 5], [3, 3], { padding: 'same' }, [5, 5]],
    [[5, 6], [2, 2], { padding: 'same' }, [5, 6]],
    [[5, 6], [3, 3], { padding: 'same', strides: 2 }, [3, 3]],
    [[7, 7], [1, 1], { padding: 'same', strides: 3 }, [3, 3]],
    [[28, 28], [3, 3], { strides: [2, 1] }, [13, 26]],
    [[7, 7], [3, 3], { dilation: 2 }, [3, 3]],
    [[7, 7], [3, 3], { dilation: [2, 3], padding: 'same' }, [7, 7]],
    [[4, 4], [3, 3], { padding: 1 }, [4, 4]],
    [[4, 4], [3, 3], { padding: [[1, 0], [0, 2]] }, [3, 4]],
    [[2, 2], [3, 3], { padding: 'same' }, [2, 2]],
    [[3, 3], [3, 3], { strides: 5 }, [1, 1]],
  ])('conv2d of %j with %j taps and %j is %j', (size, taps, options, expected) => {
    expect(conv2d(zeros([2, ...size, 3]), zeros([...taps, 3, 4]), options).shape).toEqual([2, ...expected, 4]);
  });

  test('conv2d worked by hand: a cross-correlation, the odd pixel of same at the bottom and the right', () => {
    const x = image([[1, 2, 3], [4, 5, 6], [7, 8, 9]]);
    const kernel = reshape(tensor([1, 10, 100, 1000]), [2, 2, 1, 1]);
    expect(rowsOf(conv2d(x, kernel))).toEqual([[5421, 6532], [8754, 9865]]);
    expect(rowsOf(conv2d(x, kernel, { padding: 'same' }))).toEqual([[5421, 6532, 603], [8754, 9865, 906], [87, 98, 9]]);
    expect(rowsOf(conv2d(x, kernel, { padding: [[1, 0], [1, 0]] }))).toEqual([[1000, 2100, 3200], [4010, 5421, 6532], [7040, 8754, 9865]]);
    expect(rowsOf(conv2d(x, kernel, { strides: 2, padding: 'same' }))).toEqual([[5421, 603], [87, 9]]);
    expect(rowsOf(conv2d(x, kernel, { dilation: 2 }))).toEqual([[9731]]);
  });

  test('conv2d is linear in the image and sums over the channels', () => {
    const pixels = fc.tuple(tensors([2, 4, 4, 3]), tensors([3, 3, 3, 2]));
    fc.assert(
      fc.property(pixels, ([x, kernel]) => {
        const whole = conv2d(x.make(), kernel.make(), { padding: 'same' }).data();
        const doubled = conv2d(mul(2, x.make()), kernel.make(), { padding: 'same' }).data();
        for (const [element, value] of whole.entries()) expect(Math.abs(doubled[element]! - 2 * value)).toBeLessThan(1e-11);
      }),
      { numRuns: 20 },
    );
    expect(rowsOf(conv2d(ones([1, 1, 1, 5]), ones([1, 1, 5, 1])))).toEqual([[5]]);
  });

  test.each<[string, () => unknown, new () => Error, string]>([
    ['channels', () => conv2d(zeros([8, 28, 28, 3]), zeros([3, 3, 1, 32])), ShapeError,
      'conv2d: input has 3 channels, kernel expects 1 (input [8,28,28,3], kernel [3,3,1,32])'],
    ['an image without a batch', () => conv2d(zeros([28, 28, 1]), zeros([3, 3, 1, 1])), ShapeError, 'conv2d: input has 3 axes, expected 4: [n, h, w, c]'],
    ['a kernel without filters', () => conv2d(zeros([1, 4, 4, 1]), zeros([3, 3, 1])), ShapeError, 'conv2d: kernel has 3 axes, expected 4: [h, w, c / groups, filters]'],
    ['no taps', () => conv2d(zeros([1, 4, 4, 1]), zeros([0, 3, 1, 1])), ShapeError, 'conv2d: the kernel has no taps'],
    ['a kernel too high', () => conv2d(zeros([1, 2, 4, 1]), zeros([3, 3, 1, 1])), ShapeError, "conv2d: the window's height is 3, that of the padded image only 2; use a smaller window, or padding 'same'"],
    ['a dilated kernel too wide', () => conv2d(zeros([1, 9, 4, 1]), zeros([3, 3, 1, 1]), { dilation: 2 }), ShapeError, "conv2d: the window's width is 5"],
    ['strides', () => conv2d(zeros([1, 4, 4, 1]), zeros([3, 3, 1, 1]), { strides: 0 }), ArgumentError, 'conv2d: strides is 0; expected an integer >= 1'],
    ['dilation', () => conv2d(zeros([1, 4, 4, 1]), zeros([3, 3, 1, 1]), { dilation: [1, 0.5] }), ArgumentError, 'conv2d: dilation is [1,0.5]'],
    ['padding', () => conv2d(zeros([1, 4, 4, 1]), zeros([3, 3, 1, 1]), { padding: -1 }), ArgumentError, 'conv2d: padding is -1'],
    ['a word for padding', () => conv2d(zeros([1, 4, 4, 1]), zeros([3, 3, 1, 1]), { padding: 'full' as 'same' }), ArgumentError, 'conv2d: padding is "full"; expected \'valid\', \'same\''],
    ['a pooled vector', () => maxPool2d(zeros([4]), { poolSize: 2 }), ShapeError, 'maxPool2d: input is float32 [4]; expected 4 axes: [n, h, w, c]'],
    ['a pool', () => avgPool2d(zeros([1, 4, 4, 1]), { poolSize: 0 }), ArgumentError, 'avgPool2d: poolSize is 0'],
    ['a pool too large', () => maxPool2d(zeros([1, 1, 4, 1]), { poolSize: 2 }), ShapeError, "maxPool2d: the window's height is 2"],
    ['a pool of padding alone', () => maxPool2d(zeros([1, 4, 4, 1]), { poolSize: 2, padding: 2 }), ShapeError, 'maxPool2d: padding [[2,2],[2,2]] is not smaller than the pool [2,2]'],
  ])('%s that do not fit are refused', (_, call, type, message) => {
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });

  test('pooling worked by hand', () => {
    const x = image([[1, 2, 3], [4, 9, 6], [7, 8, 5]]);
    const options: Pool2dOptions = { poolSize: 2 };
    expect([rowsOf(maxPool2d(x, options)), rowsOf(avgPool2d(x, options))]).toEqual([[[9]], [[4]]]);
    expect([rowsOf(maxPool2d(x, { ...options, strides: 1 })), rowsOf(avgPool2d(x, { ...options, strides: 1 }))]).toEqual([[[9, 9], [9, 9]], [[4, 5], [7, 7]]]);
    // Padding does not count: the last windows average two pixels, and one.
    expect([rowsOf(maxPool2d(x, { ...options, padding: 'same' })), rowsOf(avgPool2d(x, { ...options, padding: 'same' }))]).toEqual([[[9, 6], [8, 5]], [[4, 4.5], [7.5, 5]]]);
    expect(rowsOf(maxPool2d(image([[-3, -4], [-5, -6]]), { poolSize: 2, strides: 1, padding: 'same' }))).toEqual([[-3, -4], [-5, -6]]);
    expect(maxPool2d(zeros([0, 4, 4, 2]), options).shape).toEqual([0, 2, 2, 2]);
    expect(maxPool2d(image([[NaN, 1], [2, 3]]), options).item()).toBeNaN();
    expect(maxPool2d(image([[-Infinity, -Infinity]]), { poolSize: [1, 2] }).item()).toBe(-Infinity);
  });

  test('pooling takes channels apart, and whole numbers', () => {
    const x = reshape(arange(8, { dtype: 'int32' }), [1, 2, 2, 2]);
    expect([maxPool2d(x, { poolSize: 2 }).toArray(), avgPool2d(x, { poolSize: 2 }).toArray()]).toEqual([[[[[6, 7]]]], [[[[3, 4]]]]]);
  });

  test('the first maximum of a window takes the whole gradient, an average shares it', () => {
    const x = image([[5, 5], [5, 1]]);
    expect(rowsOf(grad((y: Tensor) => sum(maxPool2d(y, { poolSize: 2 })))(x))).toEqual([[1, 0], [0, 0]]);
    expect(rowsOf(grad((y: Tensor) => sum(avgPool2d(y, { poolSize: 2 })))(x))).toEqual([[0.25, 0.25], [0.25, 0.25]]);
    const overlapping = grad((y: Tensor) => sum(maxPool2d(y, { poolSize: [1, 2], strides: 1 })))(image([[1, 3, 2]]));
    expect(rowsOf(overlapping)).toEqual([[0, 2, 0]]);
  });
});
