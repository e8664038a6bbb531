/*
 * Trains a network on handwritten digits and shows what it learned.
 *
 * Run: npm run mnist -- --help
 */
import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import pc from 'picocolors';
import { key, type Key } from '@adjoint/core';
import { writeAtomically } from '@adjoint/data/node';
import { adam, confusionMatrix, cosineDecay, createTrainingState, evaluate, fit, sgd, summary, type FitOptions, type FitResult } from '@adjoint/nn';
import { fitRun, progressBar } from '@adjoint/nn/node';
import { runExample } from '../commandLine.js';
import { counted, wrap } from '../terminal.js';
import { classesOf } from './classes.js';
import { readDigits } from './digits.js';
import { makeModel } from './models.js';
import { parseOptions, type MnistOptions } from './options.js';
import { drawMisread, formatConfusion, percent, readDigitsWith } from './result.js';

const inputShape = [28, 28, 1];

async function main(options: MnistOptions, signal: AbortSignal): Promise<void> {
  const { augmentation, batchSize, epochs, seed } = options;
  // Not after the training, when a mistake would have cost the result.
  if (options.json !== undefined) await access(dirname(options.json), constants.W_OK);
  const { train, test } = await readDigits(options, signal);
  const { names, plural } = classesOf(options);
  const model = makeModel(options.model);
  const steps = epochs * Math.ceil(train.count / batchSize);
  const peak = options.learningRate ?? (options.optimizer === 'adam' ? 0.003 : 0.05);
  const learningRate = cosineDecay({ initial: peak, steps });
  const optimizer = options.optimizer === 'adam' ? adam({ learningRate }) : sgd({ learningRate, momentum: 0.9 });
  console.log(summary(model, inputShape));
  const ends = options.run === undefined ? 'ends the training early' : 'saves the training and ends it; the same command goes on with it';
  console.log(wrap(`\n${train.count} ${plural} to learn from, ${test.count} to test with. Ctrl-C ${ends}.\n`));

  let isTrained = false;
  const started = performance.now();
  const training = {
    model,
    optimizer,
    state: createTrainingState({ model, optimizer, key: key(seed), inputShape }),
    data: (_: number, epochKey: Key) => train.batches({ batchSize, key: epochKey, ...(augmentation === undefined ? {} : { augmentation }) }),
    epochs,
    validation: test,
    callbacks: [progressBar(), { onStart: () => { isTrained = true; } }],
    signal,
  } satisfies FitOptions;
  const result = await (options.run === undefined ? fit(training) : fitRun(options.run, { ...training, checkpointEvery: 500 }));
  const seconds = (performance.now() - started) / 1000;
  if (!isTrained) console.log(`The run in ${options.run} has all its epochs; nothing was trained now.`);

  const { accuracy, metrics: { confusion } } = await evaluate(model, result.state, test, { metrics: { confusion: confusionMatrix() } });
  const read = await readDigitsWith(model, result.state, test);
  console.log(`\n${formatConfusion(confusion, names)}\n\n${drawMisread(test, read, names)}\n`);
  if (result.aborted) console.log(`Interrupted after ${counted(result.history.size, 'epoch')} and ${counted(result.state.step, 'step')} in all.`);
  console.log(wrap(`${pc.bold(`Test accuracy: ${pc.green(percent(accuracy))}`)} of ${test.count} ${plural}, after ${seconds.toFixed(1)} s.`));
  if (options.json !== undefined) await writeResult(options.json, options, result, accuracy!, seconds, confusion);
}

async function writeResult(
  file: string,
  { model, optimizer, batchSize, seed }: MnistOptions,
  { history, state, aborted }: FitResult,
  testAccuracy: number,
  seconds: number,
  confusion: readonly (readonly number[])[],
): Promise<void> {
  const content = { testAccuracy, epochs: history.toJS(), seconds, model, optimizer, batchSize, seed, steps: state.step, aborted, confusion };
  await writeAtomically(file, [`${JSON.stringify(content, null, 2)}\n`]);
}

await runExample((signal) => main(parseOptions(process.argv), signal));
