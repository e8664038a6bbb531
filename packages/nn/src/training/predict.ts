import { ArgumentError, formatValue, requireOptions, requireTensor, scope, ShapeError, Tensor, type OptionNames } from '@adjoint/core';
import { concat, slice } from '@adjoint/ops';
import { requireLayer, type Layer } from '../layer.js';
import { requireCount, requireSignal } from '../options.js';
import type { Variables } from '../tensorTree.js';
import type { AbortSignalLike } from './abortSignal.js';
import { isIterable, requireBatch } from './batches.js';
import { Failures } from './failures.js';
import { makePause } from './pause.js';
import { openSource } from './source.js';

/** How {@link predict} runs. */
export interface PredictOptions {
  /** Examples at once. Default: 256. */
  readonly batchSize?: number;
}

const predictOptionNames: OptionNames<PredictOptions> = { batchSize: true };

/**
 * The outputs of a model for any number of inputs `[n, ...inputShape]`, computed in batches so that no more than one
 * batch's activations are in memory.
 *
 * @throws `ShapeError` when the inputs are a scalar.
 * @throws `ArgumentError` when `batchSize` is not an integer >= 1.
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
  requireLayer('predict', 'model', model);
  requireTensor('predict', 'inputs', inputs);
  requireOptions('predict', options, predictOptionNames);
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

/** Inputs, batch by batch: tensors `[n, ...inputShape]`, or batches, whose targets nobody asks for. */
export type InputBatches = Iterable<Tensor | InputBatch> | AsyncIterable<Tensor | InputBatch>;

/** The part of a batch that a model reads. */
export interface InputBatch {
  readonly inputs: Tensor;
}

/** How {@link predictBatches} runs. */
export interface PredictBatchesOptions {
  /** Stops before the next batch, and ends the wait for it. */
  readonly signal?: AbortSignalLike;
}

const predictBatchesOptionNames: OptionNames<PredictBatchesOptions> = { signal: true };

/**
 * The outputs of a model for batches of inputs, one at a time: for more than memory holds. The event loop runs in between.
 *
 * An output stays until nothing refers to it. What the iterator makes for a batch is released after the batch, as in {@link fit}.
 * Leaving the loop early closes the iterator.
 *
 * @throws `ArgumentError` if `signal` is not an `AbortSignal`.
 * @throws the signal's reason when it fires.
 * @throws what the batches or the model throw; what closing the iterator throws then is in that error's `suppressed`.
 *
 * @example
 * ```ts
 * import { key, ones } from '@adjoint/core';
 * import { dense, predictBatches } from '@adjoint/nn';
 *
 * const model = dense({ units: 2 });
 * const variables = model.init(key(0), [3]);
 * let rows = 0;
 * for await (const output of predictBatches(model, variables, [ones([4, 3]), ones([1, 3])])) {
 *   rows += output.shape[0]!;
 * }
 * rows; // 5
 * ```
 */
export async function* predictBatches(
  model: Layer, variables: Variables, batches: InputBatches, options: PredictBatchesOptions = {},
): AsyncGenerator<Tensor, void, undefined> {
  requireLayer('predictBatches', 'model', model);
  requireBatches('predictBatches', 'batches', batches);
  requireOptions('predictBatches', options, predictBatchesOptionNames);
  const { signal } = options;
  requireSignal('predictBatches', signal);
  const pause = makePause();
  const source = openSource<Tensor | InputBatch>(batches, signal);
  const failures = new Failures();
  try {
    for (;;) {
      const outputOf = (batch: Tensor | InputBatch): Tensor => {
        if (batch instanceof Tensor) return model.apply(variables, batch).output;
        requireBatch('predictBatches', batch);
        return model.apply(variables, (Object(batch) as InputBatch).inputs).output;
      };
      const output = await source.next(outputOf, 'a batch of predictBatches');
      if (output === null) {
        signal?.throwIfAborted();
        return;
      }
      yield output;
      await pause();
    }
  } catch (error) {
    failures.add(error);
  } finally {
    await failures.guard(() => source.close());
    failures.raise();
  }
}

function requireBatches(operation: string, argument: string, value: unknown): void {
  if (isIterable(value)) return;
  throw new ArgumentError(`${operation}: ${argument} is ${formatValue(value)}; expected an iterable of tensors or batches, such as a list or a generator that was called`);
}
