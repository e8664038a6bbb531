import { requireFunction } from './arguments.js';
import type { Tensor } from './tensor.js';

/** How a function made one number of many: a sum, or a mean over a total weight, which is null where all weigh the same. */
export interface Reduction {
  readonly kind: 'mean' | 'sum';
  readonly weight: number | null;
  /** What came out, a scalar. */
  readonly result: Tensor;
}

let observed: Reduction[] | null = null;

/**
 * Tells {@link observeReductions} of a reduction, so that results of several batches can be put together. A weighted loss of your
 * own calls it to be averaged correctly by `evaluate` and `fit`.
 *
 * @param weight - the total weight of a mean, a scalar; null where everything weighs the same.
 *
 * @example
 * ```ts
 * import { observeReductions, reportReduction, tensor } from '@adjoint/core';
 *
 * const { reductions } = observeReductions(() => reportReduction('mean', tensor(1.5), tensor(4)));
 * reductions[0]?.weight; // 4
 * ```
 */
export function reportReduction(kind: Reduction['kind'], result: Tensor, weight: Tensor | null): void {
  // Inside `vmap` and `trace` there is not one number.
  if (observed === null || result.storage.interpreter !== null) return;
  observed.push({ kind, result, weight: weight?.item() ?? null });
}

/**
 * Runs `fn` and returns its result with the reductions that losses did in it, in their order. What an outer call observes does not
 * include them.
 *
 * @example
 * ```ts
 * import { observeReductions, tensor } from '@adjoint/core';
 * import { meanSquaredError } from '@adjoint/ops';
 *
 * const [predictions, targets, weights] = [tensor([1, 2, 3]), tensor([1, 1, 1]), tensor([1, 0, 4])];
 * const { result, reductions } = observeReductions(() => meanSquaredError(predictions, targets, { weights }));
 * result.item().toFixed(1); // '3.2'
 * reductions.map(({ kind, weight }) => [kind, weight]); // [['mean', 5]]
 * ```
 */
export function observeReductions<R>(fn: () => R): { readonly result: R; readonly reductions: readonly Reduction[] } {
  requireFunction('observeReductions', 'fn', fn);
  const [outer, own]: [Reduction[] | null, Reduction[]] = [observed, []];
  observed = own;
  try {
    return { result: fn(), reductions: own };
  } finally {
    observed = outer;
  }
}
