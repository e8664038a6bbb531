import { ArgumentError, type Tensor } from '@adjoint/core';
import { mean } from '../reduce/mean.js';
import { sum } from '../reduce/sum.js';

/** How the losses of the examples become one. */
export type Reduction = 'mean' | 'sum' | 'none';

/** The losses of the examples as one, or as they are. */
export function reduceLoss(operation: string, losses: Tensor, reduction: Reduction): Tensor {
  switch (reduction) {
    case 'mean':
      return mean(losses);
    case 'sum':
      return sum(losses);
    case 'none':
      return losses;
    default:
      throw new ArgumentError(`${operation}: reduction is ${String(reduction)}; expected 'mean', 'sum' or 'none'`);
  }
}
