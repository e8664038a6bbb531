import { flattenTree, mapTree, tensor, type Tensor } from '@adjoint/core';
import { cast, clip, div, minimum, mul, norm, stack } from '@adjoint/ops';
import { configOf, requirePositive } from '../options.js';
import { checkedLink, linkOf, type GradientTransformation } from './chain.js';
import { OptimizerState } from './optimizerState.js';

/**
 * A link that brings each element of the gradients between `-limit` and `limit`. Infinities become the limit; NaN stays.
 *
 * @throws `ArgumentError` when `limit` is not above 0.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { chain, clipByValue, sgd } from '@adjoint/nn';
 *
 * const optimizer = chain(clipByValue(1), sgd({ learningRate: 1 }));
 * const params = tensor([0, 0]);
 * optimizer.update(tensor([0.5, -8]), optimizer.init(params), params).params.toArray(); // [-0.5, 1]
 * ```
 */
export function clipByValue(limit: number): GradientTransformation {
  requirePositive('clipByValue', 'limit', limit);
  return linkOf('clipByValue', { limit }, {
    coefficients: () => (_, gradient) => [clip(gradient, -limit, limit)],
  });
}

/**
 * A link that shortens the gradient of each parameter to a Euclidean norm of `maxNorm` where it is longer. One that is not
 * finite becomes NaN or 0 in its elements, see {@link clipByGlobalNorm}.
 *
 * @throws `ArgumentError` when `maxNorm` is not above 0.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { chain, clipByNorm, sgd } from '@adjoint/nn';
 *
 * const optimizer = chain(clipByNorm(1), sgd({ learningRate: 1 }));
 * const params = [tensor([0, 0]), tensor([0])];
 * optimizer.update([tensor([-3, -4]), tensor([-1])], optimizer.init(params), params).params.map((leaf) => leaf.toArray()); // [[0.6, 0.8], [1]]
 * ```
 */
export function clipByNorm(maxNorm: number): GradientTransformation {
  requirePositive('clipByNorm', 'maxNorm', maxNorm);
  return linkOf('clipByNorm', { maxNorm }, {
    coefficients: () => (_, gradient) => [shorten(gradient, globalNorm(gradient), maxNorm)],
  });
}

/**
 * A link that shortens all gradients by one factor where their {@link globalNorm} is longer than `maxNorm` (Pascanu et
 * al. 2013): `g * min(1, maxNorm / norm)`. PyTorch adds 1e-6 to the norm; here, as in Optax, nothing is added.
 *
 * Where an element is NaN, all gradients become NaN, so that a mistake shows at once. Where one is infinite, or the
 * norm overflows, the factor is 0: the infinite ones become NaN, all others 0. {@link skipNonFinite} leaves out such updates.
 *
 * @throws `ArgumentError` when `maxNorm` is not above 0.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { chain, clipByGlobalNorm, sgd } from '@adjoint/nn';
 *
 * const optimizer = chain(clipByGlobalNorm(1), sgd({ learningRate: 1 }));
 * const params = [tensor([0]), tensor([0])];
 * optimizer.update([tensor([-3]), tensor([-4])], optimizer.init(params), params).params.map((leaf) => leaf.toArray()); // [[0.6], [0.8]]
 * ```
 */
export function clipByGlobalNorm(maxNorm: number): GradientTransformation {
  requirePositive('clipByGlobalNorm', 'maxNorm', maxNorm);
  return checkedLink({
    type: 'clipByGlobalNorm',
    config: configOf('clipByGlobalNorm', { maxNorm }),
    init: () => new OptimizerState(),
    update: (gradients, state) => {
      const length = globalNorm(gradients);
      return [mapTree(gradients, (gradient) => shorten(gradient, length, maxNorm)), state.set('step', state.step + 1)];
    },
  });
}

/**
 * The Euclidean norm of all elements of a tree, a scalar. Of an empty tree it is 0.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { globalNorm } from '@adjoint/nn';
 *
 * globalNorm({ a: tensor([1, 2]), b: tensor([[2, 4]]) }).item(); // 5
 * ```
 */
export function globalNorm(tree: unknown): Tensor {
  const lengths = flattenTree(tree).map(([, leaf]) => norm(leaf));
  return lengths.length === 0 ? tensor(0) : norm(stack(lengths));
}

function shorten(gradient: Tensor, norm: Tensor, maxNorm: number): Tensor {
  return mul(gradient, cast(minimum(1, div(maxNorm, norm)), gradient.dtype));
}
