import { key, normal } from '@adjoint/core';
import { dense, predict, predictBatches, relu, sequential } from '@adjoint/nn';
import { paced, type Loop, type MemoryProgram, type Run } from '../program.js';

const features = 32;
const model = sequential(dense({ units: 64 }), relu(), dense({ units: 1024 }));

/** Each request: 256 rows, an answer of 1 MB. */
const answers: Loop = (run) => {
  const variables = model.init(key(0), [features]);
  return () => {
    const request = normal(key(1), [256, features]);
    const answer = predict(model, variables, request);
    const [first] = answer.data();
    if (Number.isNaN(first)) throw new Error('the model answers NaN');
    run.dispose([request, answer]);
    return [variables.params, variables.state];
  };
};

/** The same by `predictBatches`. */
async function stream(run: Run): Promise<void> {
  const variables = model.init(key(0), [features]);
  function* requests() {
    for (let step = 0; step < run.steps; step++) yield normal(key(step), [256, features]);
  }
  for await (const answer of predictBatches(model, variables, requests())) {
    run.dispose(answer);
    run.step();
  }
  run.holds([variables.params, variables.state]);
}

const steps = { short: 1000, long: 40_000 };

export const serving: readonly MemoryProgram[] = [
  ...paced('predict, 1 MB answers', steps, answers, ['sync', 'await', 'setImmediate']),
  { name: 'predictBatches, 1 MB answers', yields: true, steps, run: stream },
];
