import { scope, ShapeError, type Tensor } from '@adjoint/core';
import { concat, slice } from '@adjoint/ops';
import type { Layer } from '../layer.js';
import { requireCount } from '../options.js';
import type { Variables } from '../tensorTree.js';

/** How {@link predict} runs. */
export interface PredictOptions {
  /** Examples at once. Default: 256. */
  readonly batchSize?: number;
}

/**
 * The outputs of a model for any number of inputs `[n, ...inputShape]`, computed in batches so that no more than one
 * batch's activations are in memory.
 *
 * @throws `ShapeError` when the inputs are a scalar.
 * @throws `ArgumentError` when `batchSize` is no whole number from 1.
 *
 * @example
 * ```ts
 * import { key, ones } from '@adjoint/core';
 * import { dense, predict } from '@adjoint/nn';
 *
 * const model = dense({ units: 2 });
 * predict(model, model.init(key(0), [3]), ones([1000, 3])).shape; // [1000, 2]
 * ```
 */
export function predict(model: Layer, variables: Variables, inputs: Tensor, options: PredictOptions = {}): Tensor {
  const { batchSize = 256 } = options;
  requireCount('predict', 'batchSize', batchSize);
  const [count] = inputs.shape;
  if (count === undefined) throw new ShapeError('predict: inputs is a scalar; expected [n, ...inputShape]');
  return scope(() => {
    if (count <= batchSize) return model.apply(variables, inputs).output;
    const outputs: Tensor[] = [];
    for (let start = 0; start < count; start += batchSize) {
      outputs.push(scope(() => model.apply(variables, slice(inputs, [[start, start + batchSize]])).output));
    }
    return concat(outputs);
  }, 'predict');
}
