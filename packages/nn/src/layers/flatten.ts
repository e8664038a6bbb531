import { sizeOf } from '@adjoint/core';
import { reshape } from '@adjoint/ops';
import { commonFields, statelessLayer, type Layer, type LayerOptions } from '../layer.js';
import { LayerSpecification } from '../specification.js';

/**
 * Makes one axis of all but the batch: `[n, height, width, channels]` becomes `[n, height * width * channels]`.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { flatten } from '@adjoint/nn';
 *
 * flatten().init(key(0), [13, 13, 32]).outputShape; // [5408]
 * ```
 */
export function flatten(options: LayerOptions = {}): Layer {
  return statelessLayer({
    type: 'flatten',
    ...commonFields('flatten', options),
    specify: (inputShape) => new LayerSpecification({ outputShape: [sizeOf(inputShape)] }),
    forward: (_, input) => reshape(input, [input.shape[0]!, sizeOf(input.shape.slice(1))]),
  });
}
