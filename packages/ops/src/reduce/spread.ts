import type { Shape, Tensor } from '@adjoint/core';
import { reshape } from '../shape/reshape.js';
import { keptShape } from './rules.js';
import { broadcastTo } from './sum.js';

/** A reduction's cotangent, repeated along the axes that were reduced. */
export function spread(cotangent: Tensor, shape: Shape, axes: readonly number[]): Tensor {
  return broadcastTo(reshape(cotangent, keptShape(shape, axes)), shape);
}
