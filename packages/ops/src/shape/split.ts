import { ArgumentError, formatType, normalizeAxis, ShapeError, type Repeated, type Tensor } from '@adjoint/core';
import { sliceAlong } from './ranges.js';
import { requireNumberOrList, requireTensor } from '../operand.js';

/** The parts of a tensor: as many as a number says, or one more than the positions. */
export type Parts<Sections extends number | readonly number[]> = Sections extends number
  ? Repeated<Tensor, Sections>
  : Sections extends readonly [number, ...infer Rest extends readonly number[]] ? [Tensor, ...Parts<Rest>]
    : Sections extends readonly [] ? [Tensor] : Tensor[];


/**
 * Views of consecutive parts along an axis: so many equal ones, or those that end before each of the positions and at the
 * end. Positions are those of a slice: negative ones count from the end, those outside are clipped.
 *
 * @throws `ShapeError` when the axis has not as many equal parts (see `arraySplit`).
 * @throws `ArgumentError` when the number of parts is not a whole one from 1, or a position no whole number.
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.split
 * @jax jnp.split
 * @torch torch.tensor_split
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { split } from '@adjoint/ops';
 *
 * const x = tensor([1, 2, 3, 4]);
 * split(x, 2).map((part) => part.toArray()); // [[1, 2], [3, 4]]
 * split(x, [1, 3]).map((part) => part.toArray()); // [[1], [2, 3], [4]]
 * ```
 */
export function split<const Sections extends number | readonly number[]>(input: Tensor, sectionsOrPositions: Sections, axis?: number): Parts<Sections>;
export function split(input: Tensor, sectionsOrPositions: number | readonly number[], axis = 0): Tensor[] {
  requireTensor('split', 'input', input);
  requireNumberOrList('split', 'sectionsOrPositions', sectionsOrPositions);
  const at = normalizeAxis('split', axis, input.shape.length);
  if (typeof sectionsOrPositions === 'number' && input.shape[at]! % sectionsOrPositions !== 0) {
    requireSections('split', sectionsOrPositions);
    throw new ShapeError(
      `split: axis ${at} of ${formatType(input)} has no ${sectionsOrPositions} equal parts; expected a divisor of ${input.shape[at]}, or use arraySplit or positions`,
    );
  }
  return partsAlong('split', input, sectionsOrPositions, at);
}

/**
 * As `split`, but the parts may differ by one element: the first ones are then longer.
 *
 * @throws `ArgumentError` when the number of parts is not a whole one from 1, or a position no whole number.
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.array_split
 * @jax jnp.array_split
 * @torch torch.tensor_split
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { arraySplit } from '@adjoint/ops';
 *
 * arraySplit(tensor([1, 2, 3, 4, 5]), 3).map((part) => part.toArray()); // [[1, 2], [3, 4], [5]]
 * ```
 */
export function arraySplit<const Sections extends number | readonly number[]>(input: Tensor, sectionsOrPositions: Sections, axis?: number): Parts<Sections>;
export function arraySplit(input: Tensor, sectionsOrPositions: number | readonly number[], axis = 0): Tensor[] {
  requireTensor('arraySplit', 'input', input);
  requireNumberOrList('arraySplit', 'sectionsOrPositions', sectionsOrPositions);
  return partsAlong('arraySplit', input, sectionsOrPositions, normalizeAxis('arraySplit', axis, input.shape.length));
}

/** More parts than this would be more tensors than fit into memory. */
const mostSections = 2 ** 24;

function requireSections(operation: string, sections: number): void {
  if (Number.isSafeInteger(sections) && sections >= 1 && sections <= mostSections) return;
  throw new ArgumentError(`${operation}: the number of parts is ${sections}; expected an integer >= 1, and at most ${mostSections}`);
}

function partsAlong(operation: string, input: Tensor, sectionsOrPositions: number | readonly number[], axis: number): Tensor[] {
  const length = input.shape[axis]!;
  const stops = [...(typeof sectionsOrPositions === 'number' ? evenStops(operation, length, sectionsOrPositions) : sectionsOrPositions), length];
  return stops.map((stop, part) => sliceAlong(operation, input, axis, [stops[part - 1] ?? 0, stop]));
}

/** Where all parts but the last one end. */
function evenStops(operation: string, length: number, sections: number): number[] {
  requireSections(operation, sections);
  const least = Math.floor(length / sections);
  const longer = length % sections;
  return Array.from({ length: sections - 1 }, (_, part) => (part + 1) * least + Math.min(part + 1, longer));
}
