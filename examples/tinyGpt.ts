/*
 * A tiny transformer of GPT's kind reads a tale character by character, and learns to write on.
 *
 * Run: npm run example examples/tinyGpt.ts
 *
 * For more: npm run example examples/tinyGpt.ts -- --help
 */
import { key, tensor } from '@adjoint/core';
import { dense, embedding, layerNorm, learnedPositions, sequential, transformerEncoderBlock, type Layer } from '@adjoint/nn';
import { index } from '@adjoint/ops';
import { learnToWrite } from './text/learnToWrite.js';

/** How many characters it sees at once. */
const window = 64;

/** Each block looks back (it is causal), and adds what it found to what it was given. */
function makeModel(characters: number): Layer {
  const block = () => transformerEncoderBlock({ heads: 4, hiddenUnits: 256, normFirst: true, activation: 'gelu', causal: true });
  return sequential(
    embedding({ vocabularySize: characters, units: 64 }),
    learnedPositions({ maxSteps: window }),
    block(), block(), block(),
    layerNorm(),
    dense({ units: characters }),
  );
}

await learnToWrite({
  name: 'tinyGpt',
  description: 'Trains a small causal transformer on the characters of a text, and shows what it would write.',
  makeModel,
  beginWriting: (characters, params) => {
    const model = makeModel(characters);
    const { state } = model.init(key(0), [window]);
    const read: number[] = [];
    return (id) => {
      read.push(id);
      const { output } = model.apply({ params, state }, tensor([read.slice(-window)], { dtype: 'int32' }));
      return index(output, 0, -1);
    };
  },
  window,
  batchSize: 32,
  learningRate: 0.003,
  steps: 500,
});
