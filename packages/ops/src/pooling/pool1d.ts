import { requireOptions, type OptionNames } from '@adjoint/core';
import type { Tensor } from '@adjoint/core';
import type { Padding1d } from '../convolution/window.js';
import { average, maximum, poolAlong } from './pooling.js';
import { requireTensor } from '../operand.js';

/** The window of a pooling. */
export interface Pool1dOptions {
  readonly poolSize: number;
  /** Default: the pool's size, so that windows do not overlap. */
  readonly strides?: number;
  /** Default: `valid`. Padding never wins a maximum and does not count in an average. */
  readonly padding?: Padding1d;
}

const pool1dOptionNames: OptionNames<Pool1dOptions> = { poolSize: true, strides: true, padding: true };

/**
 * The maximum of each window of sequences `[n, length, c]`. The first maximum of a window takes all of its gradient.
 *
 * @throws `ShapeError` when the input has not 3 axes, or the window is larger than the padded sequence.
 * @throws `ArgumentError` when an option is out of range.
 *
 * @jax jax.lax.reduce_window
 * @torch torch.nn.functional.max_pool1d
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { maxPool1d } from '@adjoint/ops';
 *
 * maxPool1d(tensor([[[1], [3], [2], [5]]]), { poolSize: 2 }).toArray(); // [[[3], [5]]]
 * ```
 */
export function maxPool1d(input: Tensor, options: Pool1dOptions): Tensor {
  requireTensor('maxPool1d', 'input', input);
  requireOptions('maxPool1d', options, pool1dOptionNames);
  return poolAlong('maxPool1d', 1, maximum, input, options);
}

/**
 * The mean of each window of sequences `[n, length, c]`; padding does not count (`count_include_pad=False` of PyTorch).
 *
 * @throws `ShapeError` when the input has not 3 axes, or the window is larger than the padded sequence.
 * @throws `ArgumentError` when an option is out of range.
 *
 * @jax jax.lax.reduce_window
 * @torch torch.nn.functional.avg_pool1d
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { avgPool1d } from '@adjoint/ops';
 *
 * avgPool1d(tensor([[[1], [3], [2], [5]]]), { poolSize: 2 }).toArray(); // [[[2], [3.5]]]
 * ```
 */
export function avgPool1d(input: Tensor, options: Pool1dOptions): Tensor {
  requireTensor('avgPool1d', 'input', input);
  requireOptions('avgPool1d', options, pool1dOptionNames);
  return poolAlong('avgPool1d', 1, average, input, options);
}
