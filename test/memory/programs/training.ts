import { key, grad, normal, tensor, type Tensor } from '@adjoint/core';
import {
  adadelta, adam, adamW, averageWeights, chain, clipByGlobalNorm, createTrainingState, crossEntropy, dense, fit, makeTrainingStep, relu, sequential, sgd,
  type Batch, type Layer, type Optimizer, type Params,
} from '@adjoint/nn';
import { paced, type Loop, type MemoryProgram } from '../program.js';

const inputSize = 784;
const classes = 10;

/** 784-1024-1024-10: 1.9 million parameters. */
const large = () => sequential(dense({ units: 1024 }), relu(), dense({ units: 1024 }), relu(), dense({ units: classes }));
/** 784-128-10: 102 thousand. */
const small = () => sequential(dense({ units: 128 }), relu(), dense({ units: classes }));

/** Random pixels and classes. */
export function randomBatch(examples = 32): Batch {
  return {
    inputs: normal(key(1), [examples, inputSize]),
    targets: tensor(Array.from({ length: examples }, (_, index) => index % classes), { dtype: 'int32' }),
  };
}

/** The loop that everybody writes first. */
function updates(model: Layer, makeOptimizer: () => Optimizer): Loop {
  return (run) => {
    const optimizer = makeOptimizer();
    const { inputs, targets } = randomBatch();
    const { params: initial, state } = model.init(key(0), [inputSize]);
    let params = initial;
    let optimizerState = optimizer.init(params);
    const loss = (candidate: Params): Tensor => crossEntropy(model.apply({ params: candidate, state }, inputs).output, targets);
    return () => {
      const updated = run.scope(() => optimizer.update(grad(loss)(params), optimizerState, params));
      run.dispose([params, optimizerState], [updated.params, updated.state]);
      ({ params, state: optimizerState } = updated);
      return [params, state, optimizerState, inputs, targets];
    };
  };
}

/** The example of `makeTrainingStep`. */
const trainingSteps: Loop = (run) => {
  const [model, optimizer] = [large(), adam()];
  const step = makeTrainingStep({ model, optimizer });
  const batch = randomBatch();
  let state = createTrainingState({ model, optimizer, key: key(0), inputShape: [inputSize] });
  return () => {
    const before = state;
    const result = step(state, batch);
    ({ state } = result);
    run.dispose([before, result.loss, result.output], state);
    return [state, batch];
  };
};

/** `fit` one epoch at a time, a step of the program each. */
async function epochs(run: Parameters<Loop>[0]): Promise<void> {
  const [model, optimizer] = [large(), adam()];
  const data = [randomBatch(), randomBatch()];
  let state = createTrainingState({ model, optimizer, key: key(0), inputShape: [inputSize] });
  for (let epoch = 0; epoch < run.steps; epoch++) {
    const before = state;
    ({ state } = await fit({ model, optimizer, data, epochs: 1, state }));
    run.dispose(before, state);
    run.step();
  }
  run.holds([state, data]);
}

const largeSteps = { short: 60, long: 2000 };
const smallSteps = { short: 700, long: 40_000 };

export const training: readonly MemoryProgram[] = [
  ...paced('Adam, 1.9 M parameters', largeSteps, updates(large(), adam), ['sync', 'await', 'setImmediate', 'setTimeout']),
  ...paced('Adam, 102 k parameters', smallSteps, updates(small(), adam), ['sync', 'await', 'setImmediate', 'setTimeout']),
  ...paced('momentum, 1.9 M parameters', largeSteps, updates(large(), () => sgd({ learningRate: 0.01, momentum: 0.9 })), ['sync', 'setImmediate']),
  ...paced('AMSGrad, 1.9 M parameters', largeSteps, updates(large(), () => adam({ amsgrad: true })), ['sync', 'setImmediate']),
  ...paced('averaged AdamW, clipped, 1.9 M parameters', largeSteps, updates(large(), () => averageWeights(chain(clipByGlobalNorm(1), adamW()), { decay: 0.99 })), ['sync', 'await']),
  ...paced('Adadelta, 102 k parameters', smallSteps, updates(small(), adadelta), ['sync']),
  ...paced('makeTrainingStep, 1.9 M parameters', largeSteps, trainingSteps, ['sync', 'await', 'setImmediate']),
  { name: 'fit, 1.9 M parameters', yields: true, steps: { short: 15, long: 500 }, run: epochs },
];
