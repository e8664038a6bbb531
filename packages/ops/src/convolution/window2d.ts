import { ArgumentError, ShapeError, type Window2d } from '@adjoint/core';

/** One number for both axes of an image, or height and width. */
export type Pair = number | readonly [height: number, width: number];

/**
 * What is added around an image: nothing (`valid`), as much as keeps the size at stride 1 (`same`, the odd pixel at
 * the bottom and the right), the same number of zeros on all sides, or `[[top, bottom], [left, right]]`.
 */
export type Padding2d = 'valid' | 'same' | number | readonly [readonly [number, number], readonly [number, number]];

/** How a window walks over an image. */
export interface WindowOptions {
  /** Default: 1 for a convolution, the pool's size for a pooling. */
  readonly strides?: Pair;
  /** Default: `valid`. */
  readonly padding?: Padding2d;
  /** The distance between the kernel's taps. Default: 1. */
  readonly dilation?: Pair;
}

/** Height and width of a {@link Pair}, checked to be whole numbers from 1. */
export function pairOf(operation: string, argument: string, value: Pair): readonly [number, number] {
  const pair = typeof value === 'number' ? ([value, value] as const) : value;
  if (pair.length === 2 && pair.every((length) => Number.isInteger(length) && length >= 1)) return pair;
  throw new ArgumentError(`${operation}: ${argument} is ${JSON.stringify(value)}; expected a whole number from 1, or a pair of them`);
}

/** How far a kernel reaches. */
function reach(size: number, dilation: number): number {
  return (size - 1) * dilation + 1;
}

/**
 * The options as a backend takes them.
 *
 * @throws `ArgumentError` that names the operation and the option.
 */
export function resolveWindow(
  operation: string,
  image: readonly [number, number],
  kernel: readonly [number, number],
  options: WindowOptions,
): Window2d {
  const strides = pairOf(operation, 'strides', options.strides ?? 1);
  const dilation = pairOf(operation, 'dilation', options.dilation ?? 1);
  const { padding = 'valid' } = options;
  const along = (axis: 0 | 1): readonly [number, number] => {
    if (padding === 'valid') return [0, 0];
    if (padding === 'same') {
      const steps = Math.ceil(image[axis] / strides[axis]);
      const total = Math.max(0, (steps - 1) * strides[axis] + reach(kernel[axis], dilation[axis]) - image[axis]);
      return [Math.floor(total / 2), total - Math.floor(total / 2)];
    }
    const sides = typeof padding === 'number' ? ([padding, padding] as const) : padding[axis];
    if (Array.isArray(sides) && sides.length === 2 && sides.every((width) => Number.isInteger(width) && width >= 0)) return sides;
    throw new ArgumentError(
      `${operation}: padding is ${JSON.stringify(padding)}; expected 'valid', 'same', a whole number from 0, or [[top, bottom], [left, right]]`,
    );
  };
  return { strides, dilation, padding: [along(0), along(1)] };
}

/**
 * Height and width of what a window gives.
 *
 * @throws `ShapeError` when the window is larger than the padded image.
 */
export function windowOutput(
  operation: string,
  image: readonly [number, number],
  kernel: readonly [number, number],
  { strides, dilation, padding }: Window2d,
): [number, number] {
  const along = (axis: 0 | 1): number => {
    const padded = image[axis] + padding[axis][0] + padding[axis][1];
    const window = reach(kernel[axis], dilation[axis]);
    if (padded < window) {
      throw new ShapeError(
        `${operation}: the window's ${axis === 0 ? 'height' : 'width'} is ${window}, that of the padded image only ${padded}; ` +
          "use a smaller window, or padding 'same'",
      );
    }
    return Math.floor((padded - window) / strides[axis]) + 1;
  };
  return [along(0), along(1)];
}
