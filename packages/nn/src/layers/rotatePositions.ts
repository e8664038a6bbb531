import { formatType, requireTensor, ShapeError, type OptionNames, type Tensor } from '@adjoint/core';
import { add, concat, mul, split, sub } from '@adjoint/ops';
import { ownOptions, requireNumber } from '../options.js';
import { tableOf } from './tableOf.js';

/** How fast features turn. */
export interface RotatePositionsOptions {
  /** The ratio of the slowest feature's wave to the fastest one's, nearly. Default: 10000. */
  readonly base?: number;
}

const rotatePositionsOptionNames: OptionNames<RotatePositionsOptions> = { base: true };

/**
 * Rotary position encoding (Su et al. 2021) of `[..., steps, features]`, for queries and keys: the pair of the features `i` and
 * `i + features / 2` is turned by the angle `step * base ** (-2 * i / features)`, so that the product of a query and a key depends on
 * how far apart they are. (The paper pairs neighbours; the halves are the common order of trained weights.)
 *
 * @throws `ShapeError` when there are fewer than two axes, or the features are odd.
 * @throws `ArgumentError` when `base` is no number from 1.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { rotatePositions } from '@adjoint/nn';
 *
 * const turned = rotatePositions(tensor([[1, 0], [1, 0]]));
 * [...turned.data()].map((value) => value.toFixed(2)); // ['1.00', '0.00', '0.54', '0.84']
 * ```
 */
export function rotatePositions(input: Tensor, options: RotatePositionsOptions = {}): Tensor {
  requireTensor('rotatePositions', 'input', input);
  options = ownOptions('rotatePositions', options, rotatePositionsOptionNames);
  const { base = 10000 } = options;
  requireNumber('rotatePositions', 'base', base, 1);
  const { shape } = input;
  const [steps, features] = shape.slice(-2) as [number, number];
  if (shape.length < 2 || features % 2 !== 0) throw new ShapeError(`rotatePositions: the input is ${formatType(input)}; expected [..., steps, features] with an even number of features`);
  const half = features / 2;
  const speeds = Array.from({ length: half }, (_, pair) => base ** (-pair / half));
  const [cosine, sine] = [Math.cos, Math.sin].map((wave) => tableOf(input, [steps, half], (step, pair) => wave(step * speeds[pair]!))) as [Tensor, Tensor];
  const [left, right] = split(input, 2, -1);
  return concat([sub(mul(left, cosine), mul(right, sine)), add(mul(right, cosine), mul(left, sine))], -1);
}
