import { requireOptions, type OptionNames } from '@adjoint/core';
import type { Tensor } from '@adjoint/core';
import type { Padding2d, Pair } from '../convolution/window.js';
import { average, maximum, poolAlong } from './pooling.js';
import { requireTensor } from '../operand.js';

/** The window of a pooling. */
export interface Pool2dOptions {
  readonly poolSize: Pair;
  /** Default: the pool's size, so that windows do not overlap. */
  readonly strides?: Pair;
  /** Default: `valid`. Padding never wins a maximum and does not count in an average. */
  readonly padding?: Padding2d;
}

const pool2dOptionNames: OptionNames<Pool2dOptions> = { poolSize: true, strides: true, padding: true };

/**
 * The maximum of each window of images `[n, h, w, c]`. The first maximum of a window takes all of its gradient.
 *
 * @throws `ShapeError` when the input has not 4 axes, or the window is larger than the padded image.
 * @throws `ArgumentError` when an option is out of range.
 *
 * @jax jax.lax.reduce_window
 * @torch torch.nn.functional.max_pool2d
 *
 * @example
 * ```ts
 * import { ones } from '@adjoint/core';
 * import { maxPool2d } from '@adjoint/ops';
 *
 * maxPool2d(ones([1, 4, 4, 3]), { poolSize: 2 }).shape; // [1, 2, 2, 3]
 * ```
 */
export function maxPool2d(input: Tensor, options: Pool2dOptions): Tensor {
  requireTensor('maxPool2d', 'input', input);
  requireOptions('maxPool2d', options, pool2dOptionNames);
  return poolAlong('maxPool2d', 2, maximum, input, options);
}

/**
 * The mean of each window of images `[n, h, w, c]`; padding does not count (`count_include_pad=False` of PyTorch).
 *
 * @throws `ShapeError` when the input has not 4 axes, or the window is larger than the padded image.
 * @throws `ArgumentError` when an option is out of range.
 *
 * @jax jax.lax.reduce_window
 * @torch torch.nn.functional.avg_pool2d
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { avgPool2d } from '@adjoint/ops';
 *
 * avgPool2d(tensor([1, 2, 3, 4], { shape: [1, 2, 2, 1] }), { poolSize: 2 }).toArray(); // [[[[2.5]]]]
 * ```
 */
export function avgPool2d(input: Tensor, options: Pool2dOptions): Tensor {
  requireTensor('avgPool2d', 'input', input);
  requireOptions('avgPool2d', options, pool2dOptionNames);
  return poolAlong('avgPool2d', 2, average, input, options);
}
