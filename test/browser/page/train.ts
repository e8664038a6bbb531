import { grad, key, normal } from '@adjoint/core';
import { dense, sequential, sgd, tanh } from '@adjoint/nn';
import { argMax, slice, softmaxCrossEntropy } from '@adjoint/ops';
import { wasm } from '@adjoint/wasm';

/** What a page or a worker tells of its training. */
export interface Training {
  readonly isIsolated: boolean;
  readonly processors: number;
  /** The threads before any number was asked for, and after three were. */
  readonly threads: readonly [number, number];
  /** The loss before each step. */
  readonly losses: readonly number[];
}

const examples = 512;
const classes = 8;

/** Trains a small network, large enough that its steps are divided among threads. */
export async function train(): Promise<Training> {
  const defaultThreads = wasm.threads;
  wasm.setThreads(3);
  const inputs = normal(key(1), [examples, 32]);
  const labels = argMax(slice(inputs, [[0, examples], [0, classes]]), { axis: 1 });
  const model = sequential(dense({ units: 128 }), tanh(), dense({ units: classes }));
  const optimizer = sgd({ learningRate: 0.5 });
  const { params: initial, state } = model.init(key(2), [32]);
  const loss = (candidate: typeof initial) => softmaxCrossEntropy(model.apply({ params: candidate, state }, inputs).output, labels);

  let params = initial;
  let optimizerState = optimizer.init(params);
  const losses: number[] = [];
  for (let step = 0; step < 30; step++) {
    losses.push(loss(params).item());
    ({ params, state: optimizerState } = optimizer.update(grad(loss)(params), optimizerState, params));
    // Threads of a page start when it is idle.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return { isIsolated: crossOriginIsolated, processors: navigator.hardwareConcurrency, threads: [defaultThreads, wasm.threads], losses };
}

/** Ends the threads that `train` has started. */
export function endThreads(): void {
  wasm.setThreads(1);
}
