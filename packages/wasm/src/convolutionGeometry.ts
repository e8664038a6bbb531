import type { Shape, Window2d } from '@adjoint/core';
import type { Device } from './device.js';

/** The geometry of windows over images `[n, h, w, c]`, of taps `[kh, kw, c, f]`, that give `[n, oh, ow, f]`. */
export interface Geometry extends Omit<Window2d, 'padding'> {
  readonly image: Shape;
  readonly taps: Shape;
  readonly out: Shape;
  /** Rows and columns of zeros before the image. */
  readonly before: readonly [number, number];
}

export function geometryOf(image: Shape, taps: Shape, out: Shape, { strides, dilation, padding }: Window2d): Geometry {
  return { image, taps, out, strides, dilation, before: [padding[0][0], padding[1][0]] };
}

/** In the order in which `readGeometry` in assembly/conv2d.ts reads it. */
export function writeGeometry(device: Device, { image, taps, out, strides, dilation, before }: Geometry): void {
  device.memory.int32.set(
    [...image.slice(1), out[1]!, out[2]!, taps[0]!, taps[1]!, taps[3]!, ...strides, ...dilation, ...before],
    device.parameters,
  );
}
