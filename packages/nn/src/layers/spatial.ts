import { isListOf, AdjointError, ArgumentError, formatValue, scope, ShapeError, zeros, type Shape, type Tensor } from '@adjoint/core';
import { formatBatch } from '../formatBatch.js';
import { requireRank } from '../layer.js';

/** How many axes lie between batch and channels. */
export type SpatialRank = 1 | 2 | 3;

/** One number for all axes, or one for each. */
export type Lengths = number | readonly number[];

const kinds = {
  1: { things: 'sequences', axes: ['length'], several: '[length]' },
  2: { things: 'images', axes: ['height', 'width'], several: '[height, width]' },
  3: { things: 'volumes', axes: ['depth', 'height', 'width'], several: '[depth, height, width]' },
} as const;

/**
 * Refuses inputs that are not `[...spatial, channels]`.
 *
 * @throws `ShapeError` that begins with `path`.
 */
export function requireSpatial(rank: SpatialRank, inputShape: Shape, path: string): void {
  const { axes, things } = kinds[rank];
  const layout = [...axes, 'channels'];
  const advice =
    inputShape.length === rank
      ? `${capital(things)} of one channel have the shape [${axes.join(', ')}, 1]`
      : `Put the layer before flatten(), and give the model inputs of the shape [${layout.join(', ')}]`;
  requireRank(inputShape, layout, path, advice);
}

/**
 * Refuses inputs that have no axis beside their channels.
 *
 * @throws `ShapeError` that begins with `path`.
 */
export function requireChannels(inputShape: Shape, path: string): void {
  if (inputShape.length >= 2) return;
  throw new ShapeError(
    `${path}: the input is ${formatBatch(inputShape)}; expected [n, ..., channels] with one axis or more in between. ` +
      'Put the layer before flatten()',
  );
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/**
 * The spatial lengths of what an operation makes of inputs `[...spatial, channels]`, found by running it on none of them, with
 * one channel. That computes nothing, and leaves the rule of strides and padding to the operation.
 *
 * @throws `ShapeError` that begins with `path` when the operation refuses the size.
 */
export function outputLengths(inputShape: Shape, path: string, operation: (inputs: Tensor) => Tensor): number[] {
  const lengths = inputShape.slice(0, -1);
  try {
    return scope(() => operation(zeros([0, ...lengths, 1])).shape.slice(1, -1));
  } catch (error) {
    if (!(error instanceof AdjointError)) throw error;
    const { things } = kinds[lengths.length as SpatialRank];
    throw new ShapeError(`${path}: ${things} of ${lengths.join(' x ')} do not fit. ${error.message}`, { cause: error });
  }
}

/**
 * One number for each axis, of an option that may be one for all.
 *
 * @throws `ArgumentError` when they are no whole numbers from `least`.
 */
export function lengthsOf(operation: string, argument: string, value: Lengths, rank: SpatialRank, least = 1): readonly number[] {
  const lengths: unknown = typeof value === 'number' ? Array.from({ length: rank }, () => value) : value;
  if (isListOf<number>(lengths, (length) => Number.isSafeInteger(length) && (length as number) >= least) && lengths.length === rank) return lengths;
  throw new ArgumentError(`${operation}: ${argument} is ${formatValue(value)}; expected an integer >= ${least}, or ${kinds[rank].several}`);
}

/**
 * Checks what is added around an input.
 *
 * @throws `ArgumentError` when it is none of the ways there are.
 */
export function requirePadding(operation: string, padding: unknown, rank: SpatialRank, words: readonly string[] = ['valid', 'same']): void {
  if (words.includes(padding as string) || isWidth(padding)) return;
  if (isListOf(padding, isSides) && padding.length === rank) return;
  throw new ArgumentError(`${operation}: padding is ${formatValue(padding)}; expected '${words.join("', '")}', an integer >= 0, or ${rank} of [before, after]`);
}

function isWidth(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Whether a value is a pair of whole numbers from 0: what lies before an axis, and what after it. */
export function isSides(value: unknown): value is readonly [number, number] {
  return isListOf(value, isWidth) && value.length === 2;
}
