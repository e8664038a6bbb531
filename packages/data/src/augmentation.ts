import { ArgumentError, scope, uniform, type Key } from '@adjoint/core';

/**
 * By how much each image of a batch is changed at most, at random and anew in each epoch: a network sees ever other
 * examples of the same classes.
 */
export interface Augmentation {
  /** Pixels by which an image moves, up or down and left or right. Default: 0. */
  readonly shift?: number;
  /** Degrees by which it turns around its centre, either way; up to 180. Default: 0. */
  readonly rotate?: number;
  /** The share by which it grows or shrinks; below 1. Default: 0. */
  readonly zoom?: number;
}

/** Refuses an augmentation whose numbers mean nothing. */
export function checkAugmentation(operation: string, { shift = 0, rotate = 0, zoom = 0 }: Augmentation): void {
  const limits: readonly (readonly [string, number, number])[] = [['shift', shift, Infinity], ['rotate', rotate, 181], ['zoom', zoom, 1]];
  for (const [name, value, end] of limits) {
    if (value >= 0 && value < end) continue;
    const expected = name === 'shift' ? 'a number of pixels from 0' : name === 'rotate' ? 'degrees from 0 to 180' : 'a share from 0, below 1';
    throw new ArgumentError(`${operation}: augmentation.${name} is ${value}; expected ${expected}`);
  }
}

/** Numbers an image needs: two shifts, an angle and a zoom. */
const numbersPerImage = 4;

/**
 * Moves, turns and zooms `count` images of `height` by `width` pixels from `images` to `out`; the same key does the same.
 * A pixel is interpolated between the four next to where it comes from, and what comes from outside is 0.
 */
export function augmentImages(
  images: Float32Array, out: Float32Array, count: number, height: number, width: number,
  { shift = 0, rotate = 0, zoom = 0 }: Augmentation, key: Key,
): void {
  const numbers = scope(() => uniform(key, [count, numbersPerImage]).data());
  const symmetric = (index: number): number => 2 * numbers[index]! - 1;
  for (let image = 0; image < count; image++) {
    const first = image * numbersPerImage;
    const angle = (symmetric(first + 2) * rotate * Math.PI) / 180;
    const scale = 1 / (1 + symmetric(first + 3) * zoom);
    const start = image * height * width;
    warp(images, out, start, height, width, {
      cosine: Math.cos(angle) * scale, sine: Math.sin(angle) * scale, shiftY: symmetric(first) * shift, shiftX: symmetric(first + 1) * shift,
    });
  }
}

/** Where the pixels of an image come from: turned and scaled about the centre, after the shift is undone. */
interface Warp {
  readonly cosine: number;
  readonly sine: number;
  readonly shiftY: number;
  readonly shiftX: number;
}

function warp(
  images: Float32Array, out: Float32Array, start: number, height: number, width: number, { cosine, sine, shiftY, shiftX }: Warp,
): void {
  const centreY = (height - 1) / 2;
  const centreX = (width - 1) / 2;
  let to = start;
  for (let row = 0; row < height; row++) {
    const y = row - centreY - shiftY;
    for (let column = 0; column < width; column++, to++) {
      const x = column - centreX - shiftX;
      const fromY = cosine * y - sine * x + centreY;
      const fromX = sine * y + cosine * x + centreX;
      const top = Math.floor(fromY);
      const left = Math.floor(fromX);
      const down = fromY - top;
      const right = fromX - left;
      const pixel = start + top * width + left;
      const hasLeft = left >= 0 && left < width;
      const hasRight = left >= -1 && left < width - 1;
      let value = 0;
      if (top >= 0 && top < height) {
        if (hasLeft) value += (1 - down) * (1 - right) * images[pixel]!;
        if (hasRight) value += (1 - down) * right * images[pixel + 1]!;
      }
      if (top >= -1 && top < height - 1) {
        if (hasLeft) value += down * (1 - right) * images[pixel + width]!;
        if (hasRight) value += down * right * images[pixel + width + 1]!;
      }
      out[to] = value;
    }
  }
}
