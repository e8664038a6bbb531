import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { key, normal } from '@adjoint/core';
import { cast, greater, sum } from '@adjoint/ops';
import * as nn from '@adjoint/nn';
import { fitRun, jsonlLog, type FitRunOptions } from '@adjoint/nn/node';

/*
 * A small training with all that a run has to bring back: dropout, shuffled data, moments, metrics, a callback that keeps
 * parameters. As a program, it trains in the folder that it is given, and sends itself a signal at the COUNT-th call of a
 * function of node:fs/promises: node training.ts FOLDER [SIGNAL FUNCTION COUNT]
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

/** Before that call does anything, writes a line and sends the signal. */
function signalAt(signal: string, name: 'open' | 'rename' | 'rm', count: number): void {
  const original = files[name] as (...args: unknown[]) => Promise<unknown>;
  let calls = 0;
  Object.assign(files, {
    [name]: (...args: unknown[]) => {
      if (++calls === count) {
        console.log(signal);
        process.kill(process.pid, signal);
      }
      return original(...args);
    },
  });
  syncBuiltinESMExports();
}

const [, program, folder, signal, name, count] = process.argv;
if (program?.endsWith('training.ts') === true) {
  if (signal !== undefined) signalAt(signal, name as 'open' | 'rename' | 'rm', Number(count));
  await fitRun(folder!, optionsOf(folder!));
}
