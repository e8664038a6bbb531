import { isListOf, refuseArgument, apply, ArgumentError, DTypeError, formatType, formatValue, requireOptions, ShapeError, type OptionNames, type Tensor } from '@adjoint/core';
import { takeAt } from '../indexing/taking.js';
import { embedPrimitive } from './ranges.js';
import { requireList, requireTensor } from '../operand.js';

/** How many elements come before and after those of an axis. */
export type PadWidth = readonly [before: number, after: number];

/** A number for every side of every axis, a pair for every axis, or a list of pairs: one an axis, or one for all. */
export type PadWidths = number | PadWidth | readonly PadWidth[];

/** What the new elements are. */
export interface PadOptions {
  /**
   * `constant`: the value; `edge`: the nearest element; `reflect`: the elements mirrored at the edge, which is not repeated
   * itself; `symmetric`: mirrored with the edge repeated; `wrap`: from the other end. Default: `constant`.
   */
  readonly mode?: 'constant' | 'edge' | 'reflect' | 'symmetric' | 'wrap';
  /** The value of a constant padding. Default: 0. */
  readonly value?: number;
}

const padOptionNames: OptionNames<PadOptions> = { mode: true, value: true };

/**
 * The tensor with elements before and after each axis, as NumPy's `pad`. Widths may be larger than the axis; the pattern of
 * a mirror or a wrap then goes on. An element that occurs several times gets the sum of the gradients.
 *
 * @throws `ArgumentError` when the widths are not whole numbers from 0, or not one pair an axis, or there is no such mode.
 * @throws `ShapeError` when an axis without elements is padded by anything but a constant.
 * @throws `DTypeError` when the value does not fit the dtype.
 *
 * @numpy np.pad
 * @jax jnp.pad
 * @torch torch.nn.functional.pad
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { pad } from '@adjoint/ops';
 *
 * pad(tensor([1, 2]), [1, 2]).toArray(); // [0, 1, 2, 0, 0]
 * pad(tensor([[1], [2]]), [[0, 1], [1, 0]], { value: 9 }).toArray(); // [[9, 1], [9, 2], [9, 9]]
 * pad(tensor([1, 2, 3]), 2, { mode: 'reflect' }).toArray(); // [3, 2, 1, 2, 3, 2, 1]
 * ```
 */
export function pad(input: Tensor, widths: PadWidths, options: PadOptions = {}): Tensor {
  requireTensor('pad', 'input', input);
  requireOptions('pad', options, padOptionNames);
  const { mode = 'constant', value = 0 } = options;
  const pairs = resolveWidths(input, widths);
  if (mode === 'constant') {
    if (typeof value !== 'number') refuseArgument('pad', 'value', value, 'a number');
    if (input.dtype === 'int32' && value !== (value | 0)) throw new DTypeError(`pad: value is ${formatValue(value)}, the input ${formatType(input)}; expected an int32`);
    return apply(embedPrimitive, [input], {
      starts: pairs.map(([before]) => before),
      steps: pairs.map(() => 1),
      lengths: input.shape,
      shape: input.shape.map((length, axis) => length + pairs[axis]![0] + pairs[axis]![1]),
      value,
    });
  }
  const source = typeof mode === 'string' && Object.hasOwn(sources, mode) ? sources[mode] : undefined;
  if (source === undefined) throw new ArgumentError(`pad: mode is ${formatValue(mode)}; expected constant or ${Object.keys(sources).join(' or ')}`);
  return pairs.reduce((padded, [before, after], axis) => {
    if (before + after === 0) return padded;
    const length = padded.shape[axis]!;
    if (length === 0) throw new ShapeError(`pad: axis ${axis} of ${formatType(input)} is empty; expected an element to repeat, or mode constant`);
    return takeAt(padded, Int32Array.from({ length: before + length + after }, (_, index) => source(index - before, length)), axis);
  }, input);
}

const modulo = (position: number, period: number) => ((position % period) + period) % period;

/** Where the element at a position that may lie outside of the axis comes from. */
const sources: Record<Exclude<NonNullable<PadOptions['mode']>, 'constant'>, (position: number, length: number) => number> = {
  edge: (position, length) => Math.min(Math.max(position, 0), length - 1),
  reflect: (position, length) => {
    const place = modulo(position, Math.max(2 * (length - 1), 1));
    return place < length ? place : 2 * (length - 1) - place;
  },
  symmetric: (position, length) => {
    const place = modulo(position, 2 * length);
    return place < length ? place : 2 * length - 1 - place;
  },
  wrap: (position, length) => modulo(position, length),
};

function resolveWidths(input: Tensor, widths: PadWidths): readonly PadWidth[] {
  if (typeof widths !== 'number') requireList('pad', 'widths', widths, 'a number, a pair or a list of pairs');
  const list = typeof widths === 'number' ? [[widths, widths] as const] : isPair(widths) ? [widths] : widths;
  const pairs = list.length === 1 ? input.shape.map(() => list[0]!) : list;
  const fits = pairs.length === input.shape.length && isListOf(list, (pair) => isListOf(pair, isWidth) && pair.length === 2);
  if (fits) return pairs;
  throw new ArgumentError(
    `pad: widths ${formatValue(widths)} for ${formatType(input)}; expected whole numbers from 0: one, a pair, or a list of pairs, one an axis or one for all`,
  );
}

const isWidth = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

function isPair(widths: PadWidth | readonly PadWidth[]): widths is PadWidth {
  return typeof widths[0] === 'number';
}
