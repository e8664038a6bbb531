import { foldIn, normal, refuseArgument, requireOptions, scope, uniform, type Key, type OptionNames } from '@adjoint/core';

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
  /** How likely it is mirrored, left to right. Default: 0. */
  readonly flip?: number;
  /** The standard deviation of what is added to each pixel, where white is 1; pixels may then lie outside of 0 and 1. Default: 0. */
  readonly noise?: number;
  /** The side of a square that is blacked out (DeVries and Taylor 2017), in pixels; it may reach over the edge. Default: 0. */
  readonly cutout?: number;
}

/** What each number may be. */
const limits: Readonly<Record<keyof Augmentation, { readonly holds: (value: number) => boolean; readonly expected: string }>> = {
  shift: { holds: (value) => value >= 0 && value < Infinity, expected: 'a number of pixels from 0' },
  rotate: { holds: (value) => value >= 0 && value <= 180, expected: 'degrees from 0 to 180' },
  zoom: { holds: (value) => value >= 0 && value < 1, expected: 'a share from 0, below 1' },
  flip: { holds: (value) => value >= 0 && value <= 1, expected: 'a probability from 0 to 1' },
  noise: { holds: (value) => value >= 0 && value < Infinity, expected: 'a standard deviation from 0' },
  cutout: { holds: (value) => Number.isSafeInteger(value) && value >= 0, expected: 'a whole number of pixels from 0' },
};

const augmentationNames: OptionNames<Augmentation> = { shift: true, rotate: true, zoom: true, flip: true, noise: true, cutout: true };

/** Refuses an augmentation whose numbers mean nothing. */
export function checkAugmentation(operation: string, augmentation: Augmentation): void {
  requireOptions(`${operation}: augmentation`, augmentation, augmentationNames);
  for (const [name, { holds, expected }] of Object.entries(limits)) {
    const { [name as keyof Augmentation]: value = 0 } = augmentation;
    if (typeof value !== 'number' || !holds(value)) refuseArgument(operation, `augmentation.${name}`, value, expected);
  }
}

/** Numbers that moving an image needs: two shifts, an angle and a zoom. */
const numbersPerImage = 4;

/**
 * Changes `count` images of `height` by `width` pixels from `images` to `out`, in the order of the options; the same key does the
 * same. What is random of one option does not depend on the others.
 */
export function augmentImages(
  images: Float32Array, out: Float32Array, count: number, height: number, width: number,
  { shift = 0, rotate = 0, zoom = 0, flip = 0, noise = 0, cutout = 0 }: Augmentation, key: Key,
): void {
  warpImages(images, out, count, height, width, { shift, rotate, zoom }, key);
  if (flip > 0) flipImages(out, count, height, width, flip, foldIn(key, 0));
  if (noise > 0) addNoise(out, count * height * width, noise, foldIn(key, 1));
  if (cutout > 0) cutSquares(out, count, height, width, cutout, foldIn(key, 2));
}

function flipImages(out: Float32Array, count: number, height: number, width: number, probability: number, key: Key): void {
  const numbers = scope(() => uniform(key, [count]).data());
  for (let image = 0; image < count; image++) {
    if (numbers[image]! >= probability) continue;
    for (let row = image * height; row < (image + 1) * height; row++) out.subarray(row * width, (row + 1) * width).reverse();
  }
}

function addNoise(out: Float32Array, pixels: number, standardDeviation: number, key: Key): void {
  const numbers = scope(() => normal(key, [pixels], { standardDeviation }).data());
  for (let pixel = 0; pixel < pixels; pixel++) out[pixel]! += numbers[pixel]!;
}

/** The centre of a square is any pixel, so that one at the edge takes less away. */
function cutSquares(out: Float32Array, count: number, height: number, width: number, side: number, key: Key): void {
  const numbers = scope(() => uniform(key, [count, 2]).data());
  for (let image = 0; image < count; image++) {
    const top = Math.floor(numbers[2 * image]! * height) - (side >> 1);
    const left = Math.floor(numbers[2 * image + 1]! * width) - (side >> 1);
    for (let row = Math.max(0, top); row < Math.min(height, top + side); row++) {
      const start = (image * height + row) * width;
      out.fill(0, start + Math.max(0, left), start + Math.max(0, Math.min(width, left + side)));
    }
  }
}

/** A pixel is interpolated between the four next to where it comes from, and what comes from outside is 0. */
function warpImages(
  images: Float32Array, out: Float32Array, count: number, height: number, width: number,
  { shift, rotate, zoom }: Required<Pick<Augmentation, 'shift' | 'rotate' | 'zoom'>>, key: Key,
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
