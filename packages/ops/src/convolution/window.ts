import { ArgumentError, formatValue, isListOf, ShapeError, type Window2d } from '@adjoint/core';

/** One number for both axes of an image, or height and width. */
export type Pair = number | readonly [height: number, width: number];

/** One number for the three axes of a volume, or depth, height and width. */
export type Triple = number | readonly [depth: number, height: number, width: number];

/** How many zeros come before and after those of an axis. */
export type Sides = readonly [before: number, after: number];

/** What is added around a sequence: as {@link Padding2d}, with `[[before, after]]`. */
export type Padding1d = 'valid' | 'same' | number | readonly [Sides];

/**
 * What is added around an image: nothing (`valid`), as much as keeps the size at stride 1 (`same`, the odd pixel at
 * the bottom and the right), the same number of zeros on all sides, or `[[top, bottom], [left, right]]`.
 */
export type Padding2d = 'valid' | 'same' | number | readonly [Sides, Sides];

/** What is added around a volume: as {@link Padding2d}, with three pairs. */
export type Padding3d = 'valid' | 'same' | number | readonly [Sides, Sides, Sides];

/** How a window walks, one number an axis. */
export interface Window {
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: readonly Sides[];
}

/** Options of any number of axes. */
export interface WindowOptions {
  readonly strides?: number | readonly number[];
  readonly padding?: 'valid' | 'same' | number | readonly Sides[];
  readonly dilation?: number | readonly number[];
}

const words = [
  { thing: 'sequence', axes: ['length'], several: 'a list of one' },
  { thing: 'image', axes: ['height', 'width'], several: 'a pair of them' },
  { thing: 'volume', axes: ['depth', 'height', 'width'], several: 'three of them' },
] as const;

/** One number for each of `rank` axes, in a list of its own, checked to be whole numbers from `least`. */
export function lengthsOf(operation: string, argument: string, value: number | readonly number[], rank: number, least = 1): readonly number[] {
  const lengths: unknown = typeof value === 'number' ? Array.from({ length: rank }, () => value) : value;
  const isLength = (length: unknown): boolean => Number.isSafeInteger(length) && (length as number) >= least;
  if (isListOf<number>(lengths, isLength) && lengths.length === rank) return [...lengths];
  throw new ArgumentError(
    `${operation}: ${argument} is ${formatValue(value)}; expected an integer >= ${least}, or ${words[rank - 1]!.several}`,
  );
}

/** How far a kernel reaches. */
export function reach(size: number, dilation: number): number {
  return (size - 1) * dilation + 1;
}

const isWidth = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isSides = (value: unknown): value is Sides => isListOf(value, isWidth) && value.length === 2;

/**
 * The options with a number for every axis.
 *
 * @throws `ArgumentError` that names the operation and the option.
 */
export function resolveWindow(operation: string, lengths: readonly number[], taps: readonly number[], options: WindowOptions): Window {
  const rank = lengths.length;
  const strides = lengthsOf(operation, 'strides', options.strides ?? 1, rank);
  const dilation = lengthsOf(operation, 'dilation', options.dilation ?? 1, rank);
  const { padding = 'valid' } = options;
  const given: unknown = typeof padding === 'number' ? Array.from({ length: rank }, () => [padding, padding]) : padding;
  if (given !== 'valid' && given !== 'same' && !(isListOf(given, isSides) && given.length === rank)) {
    const pairs = ['[[before, after]]', '[[top, bottom], [left, right]]', '[[front, back], [top, bottom], [left, right]]'];
    throw new ArgumentError(
      `${operation}: padding is ${formatValue(padding)}; expected 'valid', 'same', an integer >= 0, or ${pairs[rank - 1]!}`,
    );
  }
  const along = (axis: number): Sides => {
    if (padding === 'valid') return [0, 0];
    if (padding === 'same') {
      const steps = Math.ceil(lengths[axis]! / strides[axis]!);
      const total = Math.max(0, (steps - 1) * strides[axis]! + reach(taps[axis]!, dilation[axis]!) - lengths[axis]!);
      return [Math.floor(total / 2), total - Math.floor(total / 2)];
    }
    const [before, after] = (given as readonly Sides[])[axis]!;
    return [before, after];
  };
  return { strides, dilation, padding: lengths.map((_, axis) => along(axis)) };
}

/**
 * The lengths of what a window gives.
 *
 * @throws `ShapeError` when the window is larger than the padded input.
 */
export function windowOutput(operation: string, lengths: readonly number[], taps: readonly number[], { strides, dilation, padding }: Window): number[] {
  const { thing, axes } = words[lengths.length - 1]!;
  return lengths.map((length, axis) => {
    const padded = length + padding[axis]![0] + padding[axis]![1];
    const window = reach(taps[axis]!, dilation[axis]!);
    if (padded < window) {
      throw new ShapeError(
        `${operation}: the window's ${axes[axis]!} is ${window}, that of the padded ${thing} only ${padded}; ` +
          "use a smaller window, or padding 'same'",
      );
    }
    return Math.floor((padded - window) / strides[axis]!) + 1;
  });
}

/** Neighboring windows along an axis that read the input with the same taps; their other taps meet padding. */
export interface WindowRun {
  readonly firstWindow: number;
  readonly windows: number;
  readonly firstTap: number;
  readonly taps: number;
}

/** The windows along one axis in runs of those that read the input with the same taps, perhaps with none. */
export function windowRuns({ strides, dilation, padding }: Window, axis: number, length: number, taps: number, windows: number): WindowRun[] {
  const before = padding[axis]![0];
  // Windows that lie in the padding alone, of which there may be any number, are not walked through.
  const firstInside = Math.min(windows, Math.max(0, Math.ceil((before - reach(taps, dilation[axis]!) + 1) / strides[axis]!)));
  const endInside = Math.min(windows, Math.max(firstInside, Math.floor((before + length - 1) / strides[axis]!) + 1));
  const runs: WindowRun[] = [];
  if (firstInside > 0) runs.push({ firstWindow: 0, windows: firstInside, firstTap: 0, taps: 0 });
  for (let window = firstInside; window < endInside; window++) {
    const start = window * strides[axis]! - before;
    const firstTap = Math.max(0, Math.ceil(-start / dilation[axis]!));
    const end = Math.max(firstTap, Math.min(taps, Math.ceil((length - start) / dilation[axis]!)));
    const last = runs.at(-1);
    const isSame = last !== undefined && last.taps === end - firstTap && (last.taps === 0 || last.firstTap === firstTap);
    if (isSame) runs[runs.length - 1] = { ...last, windows: last.windows + 1 };
    else runs.push({ firstWindow: window, windows: 1, firstTap, taps: end - firstTap });
  }
  if (endInside < windows) runs.push({ firstWindow: endInside, windows: windows - endInside, firstTap: 0, taps: 0 });
  return runs;
}

/** What belongs to the last two axes; a sequence, whose height is 1, has `missing` there. */
export function lastTwo<Item>(items: readonly Item[], missing: Item): readonly [Item, Item] {
  return items.length === 1 ? [missing, items[0]!] : [items.at(-2)!, items.at(-1)!];
}

/** The last two axes of a window as a backend takes them. */
export function asWindow2d({ strides, dilation, padding }: Window): Window2d {
  return { strides: lastTwo(strides, 1), dilation: lastTwo(dilation, 1), padding: lastTwo<Sides>(padding, [0, 0]) };
}
