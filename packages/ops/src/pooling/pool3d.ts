import { requireOptions, type OptionNames } from '@adjoint/core';
import type { Tensor } from '@adjoint/core';
import type { Padding3d, Triple } from '../convolution/window.js';
import { average, maximum, poolAlong } from './pooling.js';
import { requireTensor } from '../operand.js';

/** The window of a pooling. */
export interface Pool3dOptions {
  readonly poolSize: Triple;
  /** Default: the pool's size, so that windows do not overlap. */
  readonly strides?: Triple;
  /** Default: `valid`. Padding never wins a maximum and does not count in an average. */
  readonly padding?: Padding3d;
}

const pool3dOptionNames: OptionNames<Pool3dOptions> = { poolSize: true, strides: true, padding: true };

/**
 * The maximum of each window of volumes `[n, d, h, w, c]`. The first maximum of a window takes all of its gradient.
 *
 * @throws `ShapeError` when the input has not 5 axes, or the window is larger than the padded volume.
 * @throws `ArgumentError` when an option is out of range.
 *
 * @jax jax.lax.reduce_window
 * @torch torch.nn.functional.max_pool3d
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { maxPool3d } from '@adjoint/ops';
 *
 * maxPool3d(tensor([1, 2, 3, 4, 5, 6, 7, 8], { shape: [1, 2, 2, 2, 1] }), { poolSize: 2 }).toArray(); // [[[[[8]]]]]
 * ```
 */
export function maxPool3d(input: Tensor, options: Pool3dOptions): Tensor {
  requireTensor('maxPool3d', 'input', input);
  requireOptions('maxPool3d', options, pool3dOptionNames);
  return poolAlong('maxPool3d', 3, maximum, input, options);
}

/**
 * The mean of each window of volumes `[n, d, h, w, c]`; padding does not count (`count_include_pad=False` of PyTorch).
 *
 * @throws `ShapeError` when the input has not 5 axes, or the window is larger than the padded volume.
 * @throws `ArgumentError` when an option is out of range.
 *
 * @jax jax.lax.reduce_window
 * @torch torch.nn.functional.avg_pool3d
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { avgPool3d } from '@adjoint/ops';
 *
 * avgPool3d(tensor([1, 2, 3, 4, 5, 6, 7, 8], { shape: [1, 2, 2, 2, 1] }), { poolSize: 2 }).toArray(); // [[[[[4.5]]]]]
 * ```
 */
export function avgPool3d(input: Tensor, options: Pool3dOptions): Tensor {
  requireTensor('avgPool3d', 'input', input);
  requireOptions('avgPool3d', options, pool3dOptionNames);
  return poolAlong('avgPool3d', 3, average, input, options);
}
