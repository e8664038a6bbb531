import { beforeEach, describe, expect, test } from 'vitest';
import { key, normal, setDefaultBackend, tensor, vjp, type Shape, type Tensor } from '@adjoint/core';
import { backends } from '../../../test/backends.js';
import { conv1d, conv1dTranspose, conv2d, conv2dTranspose, conv3d, conv3dTranspose, depthwiseConv2d, reshape } from '../src/index.js';

/** How a window walks along the axes: a number per axis each. */
interface Walk {
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: readonly (readonly [before: number, after: number])[];
}

interface Case {
  readonly transposed?: boolean;
  /** The input of a convolution, or the result of a transposed one. */
  readonly image: Shape;
  /** Taps, channels per group, filters. */
  readonly kernel: Shape;
  readonly walk: Walk;
  readonly call: (input: Tensor, kernel: Tensor) => Tensor;
}

const positions = (lengths: readonly number[]): number[][] =>
  lengths.reduce<number[][]>((all, length) => all.flatMap((before) => Array.from({ length }, (_, next) => [...before, next])), [[]]);
const place = (lengths: readonly number[], position: readonly number[]): number => position.reduce((sum, at, axis) => sum * lengths[axis]! + at, 0);

/** Visits each product of a convolution, by the places of its factors and of its sum; padding takes part in none. */
function forEachProduct({ image, kernel, walk }: Case, out: Shape, visit: (pixel: number, weight: number, result: number) => void): void {
  const [lengths, taps, windows] = [image.slice(1, -1), kernel.slice(0, -2), out.slice(1, -1)];
  const [depth, filters] = kernel.slice(-2) as [number, number];
  const filtersOfGroup = filters / (image.at(-1)! / depth);
  for (const window of positions(windows)) {
    for (const tap of positions(taps)) {
      const at = window.map((step, axis) => step * walk.strides[axis]! - walk.padding[axis]![0] + tap[axis]! * walk.dilation[axis]!);
      if (at.some((pixel, axis) => pixel < 0 || pixel >= lengths[axis]!)) continue;
      for (const [n, c, f] of positions([image[0]!, depth, filters]) as [number, number, number][]) {
        const channel = Math.floor(f / filtersOfGroup) * depth + c;
        visit(place(image, [n, ...at, channel]), place(kernel, [...tap, c, f]), place(out, [n, ...window, f]));
      }
    }
  }
}

/** The three sums of which each is the gradient of another, in double precision. */
function sums(each: Case, out: Shape, images: ArrayLike<number>, weights: ArrayLike<number>, results: ArrayLike<number>) {
  const zeros = (shape: Shape): number[] => Array.from({ length: shape.reduce((size, length) => size * length, 1) }, () => 0);
  const all = { image: zeros(each.image), kernel: zeros(each.kernel), result: zeros(out) };
  forEachProduct(each, out, (i, k, o) => {
    all.image[i]! += results[o]! * weights[k]!;
    all.kernel[k]! += images[i]! * results[o]!;
    all.result[o]! += images[i]! * weights[k]!;
  });
  return all;
}

/** Normal numbers, with the strange ones in some places. */
function numbers(seed: number, shape: Shape, strange: readonly number[]): Tensor {
  const values = Array.from(normal(key(seed), shape).data());
  strange.forEach((value, index) => { values[(index * 7 + seed) % values.length] = value; });
  return tensor(values, { shape });
}

const walk = (rank: number, strides: readonly number[], dilation: readonly number[], padding: readonly (readonly [number, number])[]): Walk =>
  ({ strides: strides.slice(-rank), dilation: dilation.slice(-rank), padding: padding.slice(-rank) });
const walks = (rank: number): Walk[] => [
  walk(rank, [1, 1, 1], [1, 1, 1], [[1, 1], [1, 1], [1, 1]]),
  walk(rank, [2, 1, 2], [1, 2, 1], [[2, 1], [1, 2], [0, 3]]),
  walk(rank, [1, 2, 1], [2, 1, 3], [[3, 0], [2, 2], [3, 2]]),
  walk(rank, [3, 3, 3], [1, 1, 1], [[4, 5], [4, 5], [4, 5]]),
];
const pick = ({ strides, dilation, padding }: Walk) => ({ strides: strides as never, dilation: dilation as never, padding: padding as never });

function* cases(): Generator<readonly [string, Case]> {
  const lengths = [4, 5, 6];
  const taps = [3, 2, 3];
  for (const [rank, forward, transposed] of [[1, conv1d, conv1dTranspose], [2, conv2d, conv2dTranspose], [3, conv3d, conv3dTranspose]] as const) {
    for (const groups of [1, 2]) {
      for (const one of walks(rank)) {
        const shapes = { image: [2, ...lengths.slice(-rank), 4], kernel: [...taps.slice(-rank), 4 / groups, 6], walk: one };
        const name = `${JSON.stringify(one)}${groups === 1 ? '' : ' in groups'}`;
        yield [`conv${rank}d of ${name}`, { ...shapes, call: (x, k) => forward(x, k, { ...pick(one), groups }) }];
        const outputPadding = shapes.image.slice(1, -1).map((length, axis) =>
          (length + one.padding[axis]![0] + one.padding[axis]![1] - (shapes.kernel[axis]! - 1) * one.dilation[axis]! - 1) % one.strides[axis]!);
        yield [`conv${rank}dTranspose of ${name}`, { ...shapes, transposed: true, call: (x, k) => transposed(x, k, { ...pick(one), groups, outputPadding: outputPadding as never }) }];
      }
    }
  }
  for (const one of walks(2)) {
    for (const multiplier of [1, 2]) {
      yield [`depthwiseConv2d of ${JSON.stringify(one)} with ${multiplier} filters per channel`, {
        image: [2, 5, 6, 4], kernel: [2, 3, 1, 4 * multiplier], walk: one,
        call: (x, k) => depthwiseConv2d(x, reshape(k, [2, 3, 4, multiplier]), pick(one)),
      }];
    }
  }
}

/** Asserts that finite numbers are near, and that others are the same. */
function expectSame(actual: Tensor, expected: readonly number[]): void {
  const rounded = (value: number): number => (Number.isFinite(value) ? Math.round(value * 1e3) / 1e3 + 0 : value);
  const differences = [...actual.data()].flatMap((value, index) =>
    (Object.is(value, expected[index]) || Math.abs(value - expected[index]!) < 1e-3 ? [] : [[index, rounded(value), rounded(expected[index]!)]]));
  expect(differences).toEqual([]);
}

describe.each(backends)('padding takes part in no sum on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test.each([...cases()])('%s', (_, each) => {
    const { transposed = false, image, kernel, walk: { strides, dilation, padding }, call } = each;
    const windows = image.slice(1, -1).map((length, axis) =>
      Math.floor((length + padding[axis]![0] + padding[axis]![1] - (kernel[axis]! - 1) * dilation[axis]! - 1) / strides[axis]!) + 1);
    const out = [image[0]!, ...windows, kernel.at(-1)!];
    const [input, output] = transposed ? [out, image] : [image, out];
    /** The three sums, where the operation has the first two arguments and the third is its cotangent. */
    const expected = (x: Tensor, k: Tensor, cotangent: Tensor) => {
      const [pixels, results] = transposed ? [cotangent, x] : [x, cotangent];
      const all = sums(each, out, pixels.data(), k.data(), results.data());
      return transposed ? { value: all.image, input: all.result, kernel: all.kernel } : { value: all.result, input: all.image, kernel: all.kernel };
    };
    for (const strange of [0, 1, 2]) {
      const make = (index: number, shape: Shape): Tensor => numbers(index + 1, shape, index === strange ? [NaN, Infinity, -Infinity] : []);
      const [x, k, cotangent] = [make(0, input), make(1, kernel), make(2, output)];
      const { value, pullback } = vjp(call, x, k);
      const first = expected(x, k, cotangent);
      expectSame(value, first.value);
      const gradients = pullback(cotangent);
      expectSame(gradients[0], first.input);
      expectSame(gradients[1], first.kernel);
      const [u, v] = [numbers(7, input, []), numbers(8, kernel, [])];
      const second = vjp((a: Tensor, b: Tensor, c: Tensor) => vjp(call, a, b).pullback(c), x, k, cotangent).pullback([u, v]);
      expectSame(second[0], expected(u, v, cotangent).input);
      expectSame(second[1], expected(u, v, cotangent).kernel);
      const [one, other] = [expected(u, k, cotangent).value, expected(x, v, cotangent).value];
      expectSame(second[2], one.map((part, index) => part + other[index]!));
    }
  });
});
