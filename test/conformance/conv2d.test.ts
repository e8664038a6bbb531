import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { ConvolutionPrecision, DType, PoolWindow2d } from '@adjoint/core';
import { candidates } from './backends.js';
import { elementsOf, expectNear, roundoff, sumBound, type Bound, type Case } from './kernels.js';
import { mapElements, moderate, views, type View } from './views.js';
import { convolutions, tileable, type Geometry } from './windows.js';

/** A convolution: its three tensors, any two of which give the third or its gradient. */
interface Convolution {
  readonly precision: ConvolutionPrecision;
  readonly window: PoolWindow2d;
  readonly input: View;
  readonly kernel: View;
  readonly result: View;
}

interface Channels {
  readonly groups: number;
  readonly c: number;
  readonly f: number;
}

function convolutionOf(dtype: DType, geometries: fc.Arbitrary<Geometry>, channels: fc.Arbitrary<Channels>): fc.Arbitrary<Convolution> {
  const tensor = (...shape: number[]): fc.Arbitrary<View> => views(dtype, shape, moderate(dtype));
  return fc.tuple(geometries, fc.nat({ max: 3 }), channels).chain(([geometry, n, { groups, c, f }]) => {
    const { height, width, outHeight, outWidth, window } = geometry;
    return fc.record({
      precision: fc.constantFrom('default', 'highest'),
      window: fc.constant(window),
      input: tensor(n, height, width, groups * c),
      kernel: tensor(...window.size, c, f),
      result: tensor(n, outHeight, outWidth, f),
    });
  });
}

function convolution(dtype: DType, longest: number, mostChannels: number): fc.Arbitrary<Convolution> {
  const channels = fc.nat({ max: mostChannels });
  const alone = fc.record({ groups: fc.constant(1), c: channels, f: channels });
  const some = fc.integer({ min: 1, max: 4 });
  const grouped = fc.tuple(some, some, some).map(([groups, c, f]) => ({ groups, c, f: groups * f }));
  const depthwise = fc.tuple(fc.integer({ min: 1, max: mostChannels }), fc.integer({ min: 1, max: 2 })).map(([groups, multiplier]) => ({ groups, c: 1, f: groups * multiplier }));
  return convolutionOf(dtype, convolutions(longest), fc.oneof(alone, grouped, depthwise));
}

/** Convolutions that a backend may make in tiles, by a transform. */
function tiled(dtype: DType): fc.Arbitrary<Convolution> {
  const multiple = fc.constantFrom(8, 12);
  return convolutionOf(dtype, tileable(14), fc.record({ groups: fc.constantFrom(1, 1, 1, 2), c: multiple, f: fc.constantFrom(8, 16) }));
}

/** Many small ones, with each remainder of a tile, and a few that fill several tiles. */
const cases = (['float32', 'float64'] as const).flatMap((dtype) => [
  { dtype, title: 'small', convolutions: convolution(dtype, 7, 9), numRuns: 250 },
  { dtype, title: 'larger', convolutions: convolution(dtype, 20, 40), numRuns: 24 },
]);

const specialCases = (['float32', 'float64'] as const).flatMap((dtype) => [
  { dtype, title: 'any convolution', convolutions: convolution(dtype, 7, 9), numRuns: 150 },
  { dtype, title: '3 by 3', convolutions: tiled(dtype), numRuns: dtype === 'float32' ? 80 : 20 },
]);

/** The largest magnitude of what is finite. */
function largest(view: View): number {
  let most = 0;
  for (const x of elementsOf(view)) if (Number.isFinite(x)) most = Math.max(most, Math.abs(x));
  return most;
}

/** Whether a backend may make 4 by 4 results at once from shared products, by F(4x4, 3x3) of Lavin and Gray (2016). */
function mayBeTiled({ size, strides, dilation }: PoolWindow2d, dtype: DType): boolean {
  return dtype === 'float32' && size.every((length) => length === 3) && [...strides, ...dilation].every((step) => step === 1);
}

/**
 * What a result then loses is of the size of all that its tile holds, also where it has few terms itself. Along an axis, the
 * transforms weigh the largest elements by 48 in all, for the kernel's gradient by 53.3; that is squared, and a tile has 8 of the
 * terms or more. A product has 24 roundings in transforms, and one for each that it is added to.
 */
function tileBound([first, second]: readonly View[], terms: number): Bound {
  const allowed = 53.3 ** 2 / 8 * terms * (terms / 8 + 24) * roundoff('float32') * largest(first!) * largest(second!);
  return () => allowed;
}

type Kind = 'forward' | 'input' | 'kernel';

/** The operands of a kernel, its result's type, how many products make one of its elements, and the call. */
interface Sums {
  readonly operands: readonly [View, View];
  readonly result: View;
  readonly terms: number;
  readonly call: Case['call'];
}

function sumsOf(kind: Kind, { input, kernel, result, window, precision }: Convolution): Sums {
  const [height, width, channels, filters] = kernel.shape as readonly [number, number, number, number];
  const [batch, outHeight, outWidth] = result.shape as readonly [number, number, number, number];
  switch (kind) {
    case 'forward': return {
      operands: [input, kernel], result, terms: height * width * channels,
      call: (on, out, x, k) => on.conv2d(x, k, out, window, precision),
    };
    case 'input': return {
      operands: [result, kernel], result: input, terms: height * width * filters,
      call: (on, out, y, k) => on.conv2dInputGradient(y, k, out, window, precision),
    };
    case 'kernel': return {
      operands: [input, result], result: kernel, terms: batch * outHeight * outWidth,
      call: (on, out, x, y) => on.conv2dKernelGradient(x, y, out, window, precision),
    };
  }
}

/** The same view with other elements here and there in its memory. */
function withElements(source: View, places: readonly (readonly [position: number, value: number])[]): View {
  const memory = source.memory.slice();
  if (memory.length > 0) for (const [position, value] of places) memory[position % memory.length] = value;
  return { ...source, memory };
}

function placesOf(...values: number[]): fc.Arbitrary<[number, number][]> {
  return fc.array(fc.tuple(fc.nat(), fc.constantFrom(...values)), { maxLength: 3 });
}

const kinds = ['forward', 'input', 'kernel'] as const;

describe.each(candidates)('conv2d of $name', ({ create }) => {
  const backend = create();

  /** Of two tensors, whose products make the elements of a third. */
  function expectSums(convolution: Convolution, { operands, result: { shape, dtype }, terms, call }: Sums): void {
    const test = { inputs: operands, out: { dtype, shape }, call };
    const isTiled = convolution.precision === 'default' && mayBeTiled(convolution.window, dtype);
    expectNear(backend, test, isTiled ? tileBound(operands, terms) : sumBound(test, 2 * terms));
  }

  describe.each(kinds)('%s', (kind) => {
    it.each(cases)('$title images of $dtype', ({ convolutions, numRuns }) => {
      fc.assert(fc.property(convolutions, (convolution) => expectSums(convolution, sumsOf(kind, convolution))), { numRuns });
    });

    it.each(specialCases)('an infinity or NaN is where the reference has one, and nowhere else, $title of $dtype', ({ convolutions, numRuns }) => {
      const places = placesOf(NaN, Infinity, -Infinity);
      fc.assert(fc.property(convolutions, places, places, (convolution, left, right) => {
        const sums = sumsOf(kind, convolution);
        expectSums(convolution, { ...sums, operands: [withElements(sums.operands[0], left), withElements(sums.operands[1], right)] });
      }), { numRuns });
    });

    it.each(specialCases)('huge elements give no infinity and no NaN, $title of $dtype', ({ convolutions, numRuns }) => {
      fc.assert(fc.property(convolutions, placesOf(1e38, -1e38, 1e30), fc.nat({ max: 1 }), (convolution, places, which) => {
        const sums = sumsOf(kind, convolution);
        const operands = sums.operands.map((operand, index) =>
          (index === which ? withElements(operand, places) : mapElements(operand, (x) => x * 2 ** -24)));
        expectSums(convolution, { ...sums, operands: operands as [View, View] });
      }), { numRuns });
    });
  });
});
