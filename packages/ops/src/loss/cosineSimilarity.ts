import { formatValue, ArgumentError, broadcastShapes, normalizeAxis, requireOptions, type OptionNames, type Tensor } from '@adjoint/core';
import { div, mul } from '../elementwise/arithmetic.js';
import { maximum } from '../elementwise/extremum.js';
import { floatOperands, type TensorLike } from '../operand.js';
import { norm } from '../reduce/norm.js';
import { broadcastTo, sum } from '../reduce/sum.js';

/** A similarity of vectors. */
export interface CosineSimilarityOptions {
  /** The axis along which the vectors lie. Default: the last. */
  readonly axis?: number;
  /** The least length that a vector counts as having, so that those of length 0 have a similarity of 0. Default: 1e-8. */
  readonly epsilon?: number;
}

const cosineSimilarityOptionNames: OptionNames<CosineSimilarityOptions> = { axis: true, epsilon: true };

/**
 * The cosine of the angle between vectors: `sum(x * y) / (max(|x|, epsilon) * max(|y|, epsilon))` along `axis`, broadcast.
 * The gradient at a vector of length 0 is that of a constant length: finite. Right for vectors of any length that the dtype
 * holds; squares don't overflow.
 *
 * @throws `ShapeError` when the shapes do not broadcast.
 * @throws `AxisError` when there is no such axis.
 * @throws `ArgumentError` when `epsilon` is no finite number above 0.
 *
 * @torch torch.nn.functional.cosine_similarity
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { cosineSimilarity } from '@adjoint/ops';
 *
 * cosineSimilarity(tensor([[1, 0], [3, 4]]), tensor([4, 3])).toArray(); // [0.8, 0.96]
 * ```
 */
export function cosineSimilarity(left: TensorLike, right: TensorLike, options: CosineSimilarityOptions = {}): Tensor {
  requireOptions('cosineSimilarity', options, cosineSimilarityOptionNames);
  const { axis = -1, epsilon = 1e-8 } = options;
  if (!Number.isFinite(epsilon) || epsilon <= 0) throw new ArgumentError(`cosineSimilarity: epsilon is ${formatValue(epsilon)}; expected a finite number above 0`);
  const given = floatOperands('cosineSimilarity', left, right);
  const shape = broadcastShapes('cosineSimilarity', given[0].shape, given[1].shape);
  const axes = normalizeAxis('cosineSimilarity', axis, shape.length);
  const [x, y] = [broadcastTo(given[0], shape), broadcastTo(given[1], shape)];
  const lengthOf = (vectors: Tensor): Tensor => maximum(norm(vectors, { axes, keepDims: true }), epsilon);
  return sum(mul(div(x, lengthOf(x)), div(y, lengthOf(y))), { axes });
}
