import { scope } from '@adjoint/core';
import type { Layer } from '../layer.js';
import { crossEntropy, type Loss } from '../losses.js';
import type { Variables } from '../tensorTree.js';
import { batchSizeOf, requireBatches, type Batches } from './batches.js';
import { makePause } from './pause.js';
import { evaluateBatch, RunningMeans, type Evaluation } from './runningMeans.js';

/** How {@link evaluate} runs. */
export interface EvaluateOptions {
  /** Default: {@link crossEntropy}. */
  readonly loss?: Loss;
  /** Stops between two batches. */
  readonly signal?: AbortSignal;
}

/**
 * The mean loss and the accuracy of a model over data, batch by batch. The event loop runs in between.
 *
 * @param variables - parameters and state; a {@link TrainingState} has them.
 * @throws `ArgumentError` when the data has no batch.
 * @throws the signal's reason when it fires.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { dense, evaluate, zeros } from '@adjoint/nn';
 *
 * const model = dense({ units: 2, kernelInitializer: zeros });
 * const data = [{ inputs: tensor([[1], [2]]), targets: tensor([0, 1], { dtype: 'int32' }) }];
 * const { loss, accuracy } = await evaluate(model, model.init(key(0), [1]), data);
 * loss.toFixed(4); // '0.6931'
 * accuracy; // 0.5
 * ```
 */
export async function evaluate(model: Layer, variables: Variables, data: Batches, options: EvaluateOptions = {}): Promise<Evaluation> {
  const { loss = crossEntropy, signal } = options;
  const means = new RunningMeans();
  const pause = makePause();
  const iterator = data[Symbol.iterator]();
  const next = () => scope(() => {
    const result = iterator.next();
    if (result.done === true) return null;
    const batch = result.value;
    const samples = batchSizeOf('evaluate', batch);
    const { output } = model.apply(variables, batch.inputs);
    return evaluateBatch(loss(output, batch.targets), output, batch.targets, samples);
  }, 'a batch of evaluate');
  try {
    for (let batch = next(); batch !== null; batch = next()) {
      means.add(batch);
      await pause();
      signal?.throwIfAborted();
    }
  } finally {
    iterator.return?.();
  }
  requireBatches('evaluate', means.batches);
  return means.means();
}
