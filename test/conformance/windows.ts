import fc from 'fast-check';
import type { PoolWindow2d } from '@adjoint/core';

/** The geometry of a convolution or a pooling: windows over images of `height` by `width`. */
export interface Geometry {
  readonly height: number;
  readonly width: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly window: PoolWindow2d;
}

/** One axis of a geometry. */
interface AxisGeometry {
  readonly length: number;
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: readonly [number, number];
}

function outLength({ length, size, stride, dilation, padding }: AxisGeometry): number {
  return Math.floor((length + padding[0] + padding[1] - (size - 1) * dilation - 1) / stride) + 1;
}

/** Whether each window has an element of the image: a maximum or an average of padding alone means nothing. */
function touchesImage(axis: AxisGeometry): boolean {
  const { length, size, stride, dilation, padding } = axis;
  for (let window = 0; window < outLength(axis); window++) {
    const taps = Array.from({ length: size }, (_, tap) => window * stride + tap * dilation - padding[0]);
    if (!taps.some((position) => position >= 0 && position < length)) return false;
  }
  return true;
}

function axes(longest: number): fc.Arbitrary<AxisGeometry> {
  return fc
    .record({
      length: fc.integer({ min: 1, max: longest }),
      size: fc.integer({ min: 1, max: 4 }),
      stride: fc.integer({ min: 1, max: 3 }),
      dilation: fc.integer({ min: 1, max: 2 }),
      padding: fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 })),
    })
    .filter((axis) => outLength(axis) >= 1);
}

function joined([y, x]: readonly [AxisGeometry, AxisGeometry]): Geometry {
  return {
    height: y.length,
    width: x.length,
    outHeight: outLength(y),
    outWidth: outLength(x),
    window: {
      size: [y.size, x.size],
      strides: [y.stride, x.stride],
      dilation: [y.dilation, x.dilation],
      padding: [y.padding, x.padding],
    },
  };
}

/** Windows with strides, gaps between their taps and any padding, over images of up to `longest` by `longest`. */
export function convolutions(longest: number): fc.Arbitrary<Geometry> {
  return fc.tuple(axes(longest), axes(longest)).map(joined);
}

/** Windows of three by three that walk by single steps. */
export function tileable(longest: number): fc.Arbitrary<Geometry> {
  const axis = fc.record({
    length: fc.integer({ min: 3, max: longest }),
    size: fc.constant(3),
    stride: fc.constant(1),
    dilation: fc.constant(1),
    padding: fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 })),
  });
  return fc.tuple(axis, axis).map(joined);
}

/** Windows of two by two side by side, the usual ones, here and there with a pixel of padding or one left out. */
function pairs(longest: number): fc.Arbitrary<AxisGeometry> {
  return fc
    .record({
      length: fc.integer({ min: 2, max: longest }),
      size: fc.constant(2),
      stride: fc.constantFrom(2, 2, 2, 3),
      dilation: fc.constant(1),
      padding: fc.constantFrom([0, 0], [0, 0], [1, 0], [0, 1]),
    });
}

/** The same, each window with at least one element of the image. */
export function poolings(longest: number): fc.Arbitrary<Geometry> {
  const touching = axes(longest).filter(touchesImage);
  const any = fc.tuple(touching, touching);
  return fc.oneof(any, fc.tuple(pairs(longest), pairs(longest))).map(joined);
}
