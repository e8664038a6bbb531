import type { Reduction, Tensor } from '@adjoint/core';

/** What the loss of a batch adds to that of all data: the mean loss is the sum of the sums over the sum of the weights. */
export interface LossShare {
  readonly sum: number;
  /** 0 for a loss that is a sum itself. */
  readonly weight: number;
}

/**
 * The share of a batch's loss, so that the loss of all data does not depend on how it is cut into batches: the mean of a weighted
 * loss counts by its total weight, a sum is added up, and everything else, as what is computed from a sum, counts by the number of
 * examples.
 */
export function shareOfLoss(result: Tensor, [first, ...others]: readonly Reduction[], samples: number): LossShare {
  const isOne = first !== undefined && others.every(({ kind, weight }) => kind === first.kind && weight === first.weight);
  const loss = result.item();
  if (isOne && first.result === result && first.kind === 'sum') return { sum: loss, weight: 0 };
  const weight = (isOne ? first.weight : null) ?? samples;
  return { sum: weight === 0 ? 0 : loss * weight, weight };
}

/** The loss of all batches from the sums of their shares; NaN before the first. */
export function lossOfShares({ sum, weight }: LossShare, samples: number): number {
  if (samples === 0) return NaN;
  return weight === 0 ? sum : sum / weight;
}
