import type { Shape, Window2d } from '@adjoint/core';

/** The geometry of windows over images `[n, h, w, c]`, of taps `[kh, kw, c, f]`, that give `[n, oh, ow, f]`. */
export interface Geometry extends Omit<Window2d, 'padding'> {
  readonly image: Shape;
  readonly taps: Shape;
  readonly out: Shape;
  /** Rows and columns of zeros before the image. */
  readonly before: readonly [number, number];
  /** Distance of the image's pixels. */
  readonly spread: readonly [number, number];
}
