import { grad, key, type Tensor } from '@adjoint/core';
import { adam, crossEntropy, dense, predict, relu, sequential, type Params } from '@adjoint/nn';
import { paced, type Loop, type MemoryProgram } from '../program.js';
import { randomBatch } from './training.js';

const modelCount = 10;

/** Trains ten models of different widths one after the other, each for a tenth of the steps, and predicts with each. */
const tenModels: Loop = (run) => {
  const { inputs, targets } = randomBatch();
  const stepsPerModel = Math.ceil(run.steps / modelCount);
  let taken = 0;
  const start = (index: number) => {
    const model = sequential(dense({ units: 768 + 64 * index }), relu(), dense({ units: 768 + 64 * index }), relu(), dense({ units: 10 }));
    const optimizer = adam();
    const { params, state } = model.init(key(index), [784]);
    return { model, optimizer, params, state, optimizerState: optimizer.init(params) };
  };
  let current = start(0);
  return () => {
    if (taken > 0 && taken % stepsPerModel === 0) {
      run.dispose([current.params, current.state, current.optimizerState]);
      current = start(taken / stepsPerModel);
    }
    taken++;
    const { model, optimizer, params, state, optimizerState } = current;
    const loss = (candidate: Params): Tensor => crossEntropy(model.apply({ params: candidate, state }, inputs).output, targets);
    const updated = run.scope(() => optimizer.update(grad(loss)(params), optimizerState, params));
    run.dispose([params, optimizerState], [updated.params, updated.state]);
    current = { ...current, params: updated.params, optimizerState: updated.state };
    run.dispose(predict(model, { params: current.params, state }, inputs));
    return [inputs, targets, current.params, current.state, current.optimizerState];
  };
};

export const models: readonly MemoryProgram[] = paced('ten models in turn', { short: 50, long: 2000 }, tenModels, ['sync', 'setImmediate']);
