import type { Tensor } from '@adjoint/core';
import { add, mul } from '@adjoint/ops';

/** The next value of a mean that forgets: `decay * mean + (1 - decay) * sample`. */
export function runningMean(decay: number, mean: Tensor, sample: Tensor): Tensor {
  return add(mul(decay, mean), mul(1 - decay, sample));
}
