import { checkShape, isListOf, requireFlag, ArgumentError, formatType, formatValue, requireOptions, ShapeError, tensor, withBackend, type OptionNames, type Tensor } from '@adjoint/core';
import { add, mul } from '../elementwise/arithmetic.js';
import { takeAt } from '../indexing/taking.js';
import { asFloat, requireTensor } from '../operand.js';

/** How pixels between those of the input come about. */
export interface ResizeOptions {
  /** The nearest pixel, or linear between the two nearest along each axis; `bilinear` is `linear` by its name for images. Default: `bilinear`. */
  readonly method?: 'nearest' | 'linear' | 'bilinear';
  /** Whether the centres of the first and of the last pixels fall together, not the edges. For linear methods alone. Default: false. */
  readonly alignCorners?: boolean;
}

/** Where the centre of an output pixel lies among those of the input. */
function positionOf(index: number, length: number, size: number, alignCorners: boolean): number {
  if (alignCorners) return size === 1 ? 0 : (index * (length - 1)) / (size - 1);
  return Math.min(Math.max(((index + 0.5) * length) / size - 0.5, 0), length - 1);
}

function nearestAlong(input: Tensor, axis: number, size: number): Tensor {
  const length = input.shape[axis]!;
  return takeAt(input, Int32Array.from({ length: size }, (_, index) => Math.floor(((index + 0.5) * length) / size)), axis);
}

function linearAlong(input: Tensor, axis: number, size: number, alignCorners: boolean): Tensor {
  const length = input.shape[axis]!;
  const positions = Array.from({ length: size }, (_, index) => positionOf(index, length, size, alignCorners));
  const before = Int32Array.from(positions, Math.floor);
  const after = before.map((position) => Math.min(position + 1, length - 1));
  const shape = input.shape.map((_, other) => (other === axis ? size : 1));
  const weights = positions.map((position, index) => position - before[index]!);
  const weightsOf = (values: readonly number[]): Tensor => withBackend(input.backend, () => tensor(values, { shape, dtype: input.dtype }));
  return add(
    mul(takeAt(input, before, axis), weightsOf(weights.map((weight) => 1 - weight))),
    mul(takeAt(input, after, axis), weightsOf(weights)),
  );
}

const resizeOptionNames: OptionNames<ResizeOptions> = { method: true, alignCorners: true };

/**
 * Images `[n, h, w, c]` in another size, `[height, width]`; or `[n, ..., c]` with any other number of axes in between. Pixels
 * are areas: the centre of output pixel `i` lies at `(i + 0.5) * h / height - 0.5` in the input, as in PyTorch (`align_corners=False`,
 * and `nearest-exact`), TensorFlow 2 and JAX. A smaller image is not smoothed first (as JAX does unless `antialias=False`).
 * Linear in the images.
 *
 * @throws `ShapeError` when the input has fewer than 3 axes, or none of its pixels is left to look at.
 * @throws `ArgumentError` when the size is not an integer >= 1 for each axis in between, or an option is unknown.
 *
 * @jax jax.image.resize
 * @torch torch.nn.functional.interpolate
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { resize } from '@adjoint/ops';
 *
 * const x = tensor([[[1], [3]]]);
 * resize(x, [4]).toArray(); // [[[1], [1.5], [2.5], [3]]]
 * resize(x, [4], { method: 'nearest' }).toArray(); // [[[1], [1], [3], [3]]]
 * resize(x, [3], { alignCorners: true }).toArray(); // [[[1], [2], [3]]]
 * ```
 */
export function resize(input: Tensor, size: readonly number[], options: ResizeOptions = {}): Tensor {
  requireTensor('resize', 'input', input);
  requireOptions('resize', options, resizeOptionNames);
  const { method = 'bilinear', alignCorners = false } = options;
  requireFlag('resize', 'alignCorners', alignCorners);
  const images = asFloat('resize', input);
  const lengths = images.shape.slice(1, -1);
  if (images.shape.length < 3) throw new ShapeError(`resize: input is ${formatType(images)}; expected at least 3 axes: [n, ..., c]`);
  if (!isListOf(size, (length) => Number.isSafeInteger(length) && (length as number) >= 1) || size.length !== lengths.length) {
    throw new ArgumentError(`resize: size is ${formatValue(size)}; expected ${lengths.length} whole numbers from 1, for ${formatType(images)}`);
  }
  checkShape('resize', [images.shape[0]!, ...size, images.shape.at(-1)!]);
  if (lengths.includes(0)) throw new ShapeError(`resize: input is ${formatType(images)}; expected at least one pixel`);
  if (!['nearest', 'linear', 'bilinear'].includes(method)) throw new ArgumentError(`resize: method is ${formatValue(method)}; expected nearest, linear or bilinear`);
  if (method === 'nearest' && alignCorners) throw new ArgumentError('resize: alignCorners is true, method nearest; expected a linear method with it');
  return size.reduce((resized, length, index) => {
    const axis = index + 1;
    if (length === resized.shape[axis]) return resized;
    return method === 'nearest' ? nearestAlong(resized, axis, length) : linearAlong(resized, axis, length, alignCorners);
  }, images);
}
