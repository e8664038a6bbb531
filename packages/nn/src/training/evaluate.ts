import { observeReductions, requireOptions, type OptionNames } from '@adjoint/core';
import { requireLayer, type Layer } from '../layer.js';
import { lossOf, type Loss } from '../losses.js';
import type { Metrics, MetricValues } from '../metrics/metric.js';
import { requireFunctions, requireSignal } from '../options.js';
import { requireScalarLoss } from '../requireLoss.js';
import type { Variables } from '../tensorTree.js';
import type { AbortSignalLike } from './abortSignal.js';
import { batchesOf, batchSizeOf, requireBatches, type Batch, type Examples } from './batches.js';
import { shareOfLoss } from './lossShare.js';
import { makePause } from './pause.js';
import { Meter, type Evaluation } from './progress.js';
import { walkSource } from './source.js';

/** How {@link evaluate} runs. */
export interface EvaluateOptions<M extends Metrics = Metrics> {
  /** Default: {@link crossEntropy}. */
  readonly loss?: Loss;
  /** What else to measure. */
  readonly metrics?: M;
  /** Examples at once, of tensors and datasets. Default: 256. */
  readonly batchSize?: number;
  /** Stops before the next batch, and ends the wait for it. */
  readonly signal?: AbortSignalLike;
}

/** What {@link evaluate} gives. */
export interface Evaluated<M extends Metrics = Metrics> extends Evaluation {
  /** What the metrics came to, by their names. */
  readonly metrics: MetricValues<M>;
}

const evaluateOptionNames: OptionNames<EvaluateOptions> = { loss: true, metrics: true, batchSize: true, signal: true };

/**
 * The mean loss, the accuracy and other metrics of a model over data, batch by batch. The event loop runs in between.
 *
 * The results do not depend on the batch size. A weighted loss of `@adjoint/ops` counts by the total weight of each batch, its sums
 * are added up, and every other loss counts as a mean over the batch's examples, also one that combines means of different weights
 * or divides a sum.
 *
 * @param variables - parameters and state; a {@link TrainingState} has them.
 * @param data - tensors of all examples, a dataset, or an iterable of batches, asynchronous too; each batch is released after use.
 * @throws `ArgumentError` when the data has no batch.
 * @throws the signal's reason when it fires.
 * @throws what the data, the loss or a metric throws; what closing the data's iterator throws then is in that error's `suppressed`.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { dense, evaluate, recall, zeros } from '@adjoint/nn';
 *
 * const model = dense({ units: 2, kernelInitializer: zeros });
 * const data = { inputs: tensor([[1], [2]]), targets: tensor([0, 1], { dtype: 'int32' }) };
 * const { loss, accuracy, metrics } = await evaluate(model, model.init(key(0), [1]), data, { metrics: { recall: recall() } });
 * loss.toFixed(4); // '0.6931'
 * accuracy; // 0.5
 * metrics.recall; // 0
 * ```
 */
export async function evaluate<M extends Metrics = Metrics>(
  model: Layer, variables: Variables, data: Examples, options: EvaluateOptions<M> = {},
): Promise<Evaluated<M>> {
  requireOptions('evaluate', options, evaluateOptionNames);
  requireSignal('evaluate', options.signal);
  const meter = await measureAll(model, variables, data, options);
  options.signal?.throwIfAborted();
  return { ...meter!.means(), metrics: meter!.values().toObject() as MetricValues<M> };
}

/** What a model comes to over data, still as a meter; null when the signal fired. */
export async function measureAll(
  model: Layer, variables: Variables, data: Examples, { loss: given, metrics = {}, batchSize = 256, signal }: EvaluateOptions,
): Promise<Meter | null> {
  const loss = lossOf(given);
  requireLayer('evaluate', 'model', model);
  requireFunctions('evaluate', { loss });
  const meter = new Meter(metrics);
  const pause = makePause();
  await walkSource<Batch, null>(batchesOf('evaluate', data, { batchSize }), { signal }, async (source) => {
    const measure = (batch: Batch) => {
      const samples = batchSizeOf('evaluate', batch);
      const { output } = model.apply(variables, batch.inputs);
      const { result, reductions } = observeReductions(() => requireScalarLoss('evaluate', loss(output, batch.targets)));
      meter.add(shareOfLoss(result, reductions, samples), output, batch.targets, samples);
      return true;
    };
    while (await source.next(measure, 'a batch of evaluate') !== null) await pause();
    return null;
  });
  if (signal?.aborted === true) return null;
  requireBatches('evaluate', meter.batches);
  return meter;
}
