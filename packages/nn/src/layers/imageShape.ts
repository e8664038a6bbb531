import { AdjointError, scope, ShapeError, zeros, type Shape, type Tensor } from '@adjoint/core';
import { requireRank } from '../layer.js';

/** Refuses inputs that are no images `[height, width, channels]`. */
export function requireImages(inputShape: Shape, path: string): void {
  const advice =
    inputShape.length === 2
      ? 'Images of one channel have the shape [height, width, 1]'
      : 'Put the layer before flatten(), and give the model inputs of the shape [height, width, channels]';
  requireRank(inputShape, ['height', 'width', 'channels'], path, advice);
}

/**
 * Height and width of what an operation makes of images, found by running it on no images of no channels. That computes
 * nothing, and leaves the rule of strides and padding to the operation.
 *
 * @throws `ShapeError` that begins with `path` when the operation refuses the size.
 */
export function outputSize(inputShape: Shape, path: string, operation: (images: Tensor) => Tensor): readonly [number, number] {
  const [height, width] = inputShape as readonly [number, number, number];
  try {
    const [, outHeight, outWidth] = scope(() => operation(zeros([0, height, width, 0])).shape);
    return [outHeight!, outWidth!];
  } catch (error) {
    if (!(error instanceof AdjointError)) throw error;
    throw new ShapeError(`${path}: images of ${height} x ${width} do not fit. ${error.message}`, { cause: error });
  }
}
