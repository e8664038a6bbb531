import { checkGradients, type CheckGradientsOptions } from '../checkGradients.js';
import { AdjointError } from '../errors.js';
import { alias } from '../identity.js';
import { scope } from '../memory/scope.js';
import type { Tensor } from '../tensor.js';
import { mapTree } from '../tree.js';
import type { TensorSample } from './tensorSample.js';

/** What a gradient property draws: the tensors to differentiate with respect to, the function of them, and how to compare. */
export interface GradientCase {
  readonly inputs: readonly TensorSample[];
  readonly fn: (...inputs: Tensor[]) => unknown;
  readonly options?: CheckGradientsOptions;
}

/** An error of {@link assertGradients}: the report of the comparison that failed. */
export class GradientError extends AdjointError {
  override readonly name: string = 'GradientError';
}

/**
 * Throws when a gradient rule is wrong: first and second derivatives against central differences.
 *
 * The function is run in a scope of its own, on copies that end with it and to a result that is not returned itself, so
 * that a rule which reads what its primitive does not declare to keep fails. A kink is an error too (`kinks: 'refuse'`), since no
 * derivative is proven there: keep the inputs away from it (`awayFromZero`, `distinct`), or say what is right there.
 *
 * @throws {@link GradientError} with the worst comparisons.
 *
 * @example
 * ```ts
 * import * as fc from 'fast-check';
 * import { assertGradients, shapes, tensors } from '@adjoint/core/testing';
 * import { exp } from '@adjoint/ops';
 *
 * fc.assert(fc.property(shapes().chain((shape) => tensors(shape)), (x) => assertGradients({ inputs: [x], fn: exp })));
 * ```
 */
export function assertGradients({ inputs, fn, options }: GradientCase): void {
  scope(() => {
    const args = inputs.map((sample) => sample.make());
    const scoped = (...tensors: Tensor[]) => scope(() => mapTree(fn(...tensors.map(alias)), alias));
    const report = checkGradients(scoped, args, { order: 2, directions: 1, kinks: 'refuse', ...options });
    if (!report.ok) throw new GradientError(report.toString().split('\n'));
  }, 'assertGradients()');
}
