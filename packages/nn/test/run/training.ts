import { key, normal } from '@adjoint/core';
import { cast, greater, sum } from '@adjoint/ops';
import * as nn from '@adjoint/nn';
import { fitRun, jsonlLog, type FitRunOptions } from '@adjoint/nn/node';

/*
 * A small training with all that a run has to bring back: dropout, shuffled data, moments, metrics, a callback that keeps
 * parameters. As a program, it trains in the folder that it is given: node training.ts FOLDER
 */
const model = nn.sequential(nn.dense({ units: 160 }), nn.tanh(), nn.dropout({ rate: 0.3 }), nn.dense({ units: 2 }));
const optimizer = nn.adam({ learningRate: 0.02 });
const inputs = normal(key(9), [96, 64]);
const data: nn.Batch = { inputs, targets: cast(greater(sum(inputs, { axes: 1 }), 0), 'int32') };

/** What the run trains. */
export function optionsOf(folder: string): FitRunOptions {
  return {
    model, optimizer, data, batchSize: 8, epochs: 5, validation: data, checkpointEvery: 2,
    metrics: { f1: nn.f1Score(), auc: nn.rocAuc() },
    state: nn.createTrainingState({ model, optimizer, key: key(4), inputShape: [64] }),
    callbacks: [nn.reduceLearningRate({ factor: 0.5, patience: 0, threshold: 0.2 }), nn.earlyStopping({ patience: 2 }), jsonlLog(`${folder}.jsonl`)],
  };
}

if (process.argv[1]?.endsWith('training.ts') === true) {
  await fitRun(process.argv[2]!, { ...optionsOf(process.argv[2]!), onStart: () => console.log('training') });
}
