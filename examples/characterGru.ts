/*
 * A recurrent network reads a tale character by character, and learns to write on.
 *
 * Run: npm run example examples/characterGru.ts
 *
 * For more: npm run example examples/characterGru.ts -- --help
 */
import { key, tensor } from '@adjoint/core';
import { dense, embedding, gru, sequential, type Layer } from '@adjoint/nn';
import { reshape } from '@adjoint/ops';
import { learnToWrite } from './text/learnToWrite.js';

/** The state of a `stateful` one is what it has read so far; the parameters are the same. */
function makeModel(characters: number, stateful: boolean): Layer {
  return sequential(
    embedding({ vocabularySize: characters, units: 32 }),
    gru({ units: 160, returnSequences: true, stateful }),
    dense({ units: characters }),
  );
}

await learnToWrite({
  name: 'characterGru',
  description: 'Trains a gated recurrent unit on the characters of a text, and shows what it would write.',
  makeModel: (characters) => makeModel(characters, false),
  beginWriting: (characters, params) => {
    const model = makeModel(characters, true);
    let { state } = model.init(key(0), [1]);
    return (id) => {
      const read = model.apply({ params, state }, tensor([[id]], { dtype: 'int32' }));
      ({ state } = read);
      return reshape(read.output, [characters]);
    };
  },
  window: 64,
  batchSize: 32,
  learningRate: 0.005,
  steps: 400,
});
