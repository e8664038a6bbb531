/*
 * Logistic regression: which of two classes an example is of, as a weighted sum of its numbers, read from a CSV file.
 *
 * The flowers that it reads by itself are made up. Their petals are about 30 ± 4 mm long and 12 ± 2 mm wide, their stalks
 * 180 ± 35 mm long, and they bloom on day 140 ± 12 of the year. In these units of the standard deviation, a flower is of the
 * meadow with the probability sigmoid(2 petalLength - 3 petalWidth + stalkLength + 0.5). What is found should come near.
 *
 * Run: npm run example examples/logisticRegression.ts
 *
 * For data of your own: npm run example examples/logisticRegression.ts -- --data FILE --target COLUMN
 */
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { Command } from 'commander';
import pc from 'picocolors';
import { ArgumentError, key, permutationIndices, split, tensor, type Tensor } from '@adjoint/core';
import { adam, binaryAccuracy, confusionMatrix, cosineDecay, createTrainingState, dense, evaluate, f1Score, fit, rocAuc } from '@adjoint/nn';
import { binaryCrossEntropyWithLogits as loss, div, maximum, mean, standardDeviation, sub } from '@adjoint/ops';
import { runExample, wholeNumber } from './commandLine.js';
import { readTable } from './logisticRegression/table.js';
import { counted, wrap } from './terminal.js';

const { data: file, target, epochs, seed, quiet } = new Command('logisticRegression')
  .description('Learns to tell two classes apart by the numbers of a CSV file, and shows what counts.')
  .option('--data <file>', 'a CSV file whose first line names the columns', fileURLToPath(new URL('logisticRegression/flowers.csv', import.meta.url)))
  .option('--target <column>', 'which column holds the classes; all others hold numbers', 'species')
  .option('--epochs <number>', 'how often to see every example', wholeNumber(1), 60)
  .option('--seed <number>', 'the same seed gives the same result', wholeNumber(0), 42)
  .option('--quiet', 'show the result alone')
  .parse()
  .opts<{ readonly data: string; readonly target: string; readonly epochs: number; readonly seed: number; readonly quiet?: true }>();

const batchSize = 32;

await runExample(async (signal) => {
  const { features, rows, classes, labels } = await readTable(file, target);
  const [splitKey, trainingKey] = split(key(seed), 2);

  // A quarter of the rows is held out, and measured with the means and deviations of the others.
  const order = [...permutationIndices(splitKey, rows.length)];
  const heldOut = Math.floor(rows.length / 4);
  if (heldOut === 0) throw new ArgumentError(`${file} has ${rows.length} rows; expected 4 or more`);
  const numbersOf = (indices: readonly number[]) => tensor(indices.map((index) => rows[index]!));
  const labelsOf = (indices: readonly number[]) => tensor(indices.map((index) => [labels[index]!]), { dtype: 'float32' });
  const [testRows, trainRows] = [order.slice(0, heldOut), order.slice(heldOut)];
  const numbers = numbersOf(trainRows);
  const centre = mean(numbers, { axes: 0 });
  // A column that never changes has no deviation to divide by.
  const deviation = maximum(standardDeviation(numbers, { axes: 0 }), 1e-6);
  const standardize = (of: Tensor) => div(sub(of, centre), deviation);
  const train = { inputs: standardize(numbers), targets: labelsOf(trainRows) };
  const test = { inputs: standardize(numbersOf(testRows)), targets: labelsOf(testRows) };

  const model = dense({ units: 1 });
  const optimizer = adam({ learningRate: cosineDecay({ initial: 0.05, steps: epochs * Math.ceil(trainRows.length / batchSize) }) });
  const { state, aborted } = await fit({
    model, optimizer, loss, epochs, batchSize, data: train, validation: test, signal,
    state: createTrainingState({ model, optimizer, key: trainingKey, inputShape: [features.length] }),
    onEpoch: ({ epoch, loss: current, validationLoss }) => {
      if (quiet === true || (epoch !== 1 && epoch % 10 !== 0)) return;
      console.log(`epoch ${String(epoch).padStart(3)}   loss ${current.toFixed(4)}   of rows held out ${validationLoss!.toFixed(4)}`);
    },
  });
  if (aborted) console.log(`Interrupted after ${counted(state.step, 'step')}.`);

  const metrics = { accuracy: binaryAccuracy(), f1: f1Score(), auc: rocAuc(), confusion: confusionMatrix() };
  const { metrics: { accuracy, f1, auc, confusion } } = await evaluate(model, state, test, { loss, metrics });
  const weights = (state.params.get('kernel') as Tensor).data();
  const bias = (state.params.get('bias') as Tensor).data();
  console.log(`${quiet === true ? '' : '\n'}${weightTable(features, weights, bias[0]!, classes)}\n\n${confusionTable(confusion, classes)}\n`);
  console.log(wrap(`Of ${heldOut} rows that were held out: accuracy ${pc.green(`${(100 * accuracy).toFixed(1)} %`)}   F1 ${f1.toFixed(3)}   AUC ${auc.toFixed(3)}`));
});

/** What a step of one standard deviation of each feature does to the logarithm of the odds. */
function weightTable(features: readonly string[], weights: ArrayLike<number>, bias: number, [, second]: readonly [string, string]): string {
  const table = new Table({ head: ['feature', `weight towards ${second}`], colAligns: ['left', 'right'], style: { head: [], border: [] } });
  features.forEach((feature, index) => table.push([feature, weights[index]!.toFixed(2)]));
  table.push([pc.dim('(bias)'), bias.toFixed(2)]);
  return table.toString();
}

function confusionTable(confusion: readonly (readonly number[])[], classes: readonly [string, string]): string {
  const table = new Table({ head: ['is \\ taken for', ...classes], colAligns: ['left', 'right', 'right'], style: { head: [], border: [] } });
  confusion.forEach((counts, index) => table.push([classes[index]!, ...counts]));
  return table.toString();
}
