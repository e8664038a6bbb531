import { ArgumentError } from '@adjoint/core';
import { adamUpdate } from '@adjoint/ops';
import { configOf, requireFraction } from '../options.js';
import { learningRateAt, Optimizer, type LearningRate } from './optimizer.js';

/** Adam. */
export interface AdamOptions {
  /** Default: 0.001. */
  readonly learningRate?: LearningRate;
  /** The decay of the mean of the gradients. Default: 0.9. */
  readonly beta1?: number;
  /** The decay of the mean of their squares. Default: 0.999. */
  readonly beta2?: number;
  /** Added to the root of the mean square. Default: 1e-8. */
  readonly epsilon?: number;
}

/**
 * Adam (Kingma and Ba 2015): `m` and `v` are running means of the gradient and its square, corrected for their start at
 * 0, and `p = p - learningRate * m / (sqrt(v) + epsilon)`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { adam } from '@adjoint/nn';
 *
 * const optimizer = adam({ learningRate: 0.5, epsilon: 0 });
 * const params = { w: tensor([1, 2]) };
 * optimizer.update({ w: tensor([3, -4]) }, optimizer.init(params), params).params.w.toArray(); // [0.5, 2.5]
 * ```
 */
export function adam(options: AdamOptions = {}): Optimizer {
  const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  requireFraction('adam', 'beta1', beta1);
  requireFraction('adam', 'beta2', beta2);
  if (!Number.isFinite(epsilon) || epsilon < 0) throw new ArgumentError(`adam: epsilon is ${epsilon}; expected a finite number from 0`);
  learningRateAt('adam', learningRate, 0);
  return new Optimizer('adam', configOf({ learningRate, beta1, beta2, epsilon }), {
    moments: ['first', 'second'],
    coefficients: (step) => {
      // The corrections of both moments, folded into two constants; the paper's remark at the end of section 2.
      const rootCorrection2 = Math.sqrt(1 - beta2 ** (step + 1));
      const stepSize = (learningRateAt('adam', learningRate, step) * rootCorrection2) / (1 - beta1 ** (step + 1));
      const coefficients = { stepSize, beta1, beta2, epsilon: epsilon * rootCorrection2 };
      return (parameter, gradient, [first, second]) => adamUpdate(parameter, gradient, first!, second!, coefficients);
    },
  });
}
