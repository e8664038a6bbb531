import { add, hypot, mul, type TensorLike } from '@adjoint/ops';
import type { Tensor } from '@adjoint/core';

/** The next value of a mean that forgets: `decay * mean + (1 - decay) * sample`. */
export function runningMean(decay: number, mean: Tensor, sample: Tensor): Tensor {
  return add(mul(decay, mean), mul(1 - decay, sample));
}

/**
 * The next root of a mean of squares that forgets. Optimizers keep the root, since squares of `float32` gradients overflow
 * at 1e19 and vanish below 1e-22.
 */
export function runningRoot(decay: number, root: Tensor, sample: TensorLike): Tensor {
  return hypot(mul(Math.sqrt(decay), root), mul(Math.sqrt(1 - decay), sample));
}
