import type { Window2d } from '../backend.js';
import type { Shape } from '../shape.js';

/** Sees one tap of one window: rows and columns of the image and of the result are counted over the whole batch. */
export type VisitTap = (
  /** Which pixel of the image, `(n * height + y) * width + x`. */
  pixel: number,
  /** Which window, `(n * outHeight + oy) * outWidth + ox`. */
  window: number,
  /** Which element of the window, `ky * kernelWidth + kx`. */
  tap: number,
) => void;

/**
 * Visits, for every window over images `[n, h, w, c]`, its taps that lie within the image, in row-major order.
 * Taps in the padding are left out: zeros in a convolution, nothing at all in a pooling.
 */
export function forEachTap(
  [batch, height, width]: Shape,
  [, outHeight, outWidth]: Shape,
  [kernelHeight, kernelWidth]: Shape,
  { strides, padding, dilation }: Window2d,
  visit: VisitTap,
): void {
  for (let n = 0; n < batch!; n++) {
    for (let oy = 0; oy < outHeight!; oy++) {
      for (let ox = 0; ox < outWidth!; ox++) {
        const window = (n * outHeight! + oy) * outWidth! + ox;
        for (let ky = 0; ky < kernelHeight!; ky++) {
          for (let kx = 0; kx < kernelWidth!; kx++) {
            const y = oy * strides[0] + ky * dilation[0] - padding[0][0];
            const x = ox * strides[1] + kx * dilation[1] - padding[1][0];
            const inside = y >= 0 && y < height! && x >= 0 && x < width!;
            if (inside) visit((n * height! + y) * width! + x, window, ky * kernelWidth! + kx);
          }
        }
      }
    }
  }
}
