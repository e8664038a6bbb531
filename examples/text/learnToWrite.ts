import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { SingleBar } from 'cli-progress';
import pc from 'picocolors';
import { ArgumentError, foldIn, key, split, type Key, type Tensor } from '@adjoint/core';
import { adam, createTrainingState, fit, summary, type BatchReport, type EpochRecord, type Layer, type Params } from '@adjoint/nn';
import { categorical, div } from '@adjoint/ops';
import { positiveNumber, runExample, wholeNumber } from '../commandLine.js';
import { columns, counted, cut, wrap } from '../terminal.js';
import { Characters, drawWindows } from './characters.js';

/** A network that can learn to write, and how it is trained. */
export interface Learner {
  readonly name: string;
  readonly description: string;
  /** From ids `[n, steps]` to the logits of the characters that follow `[n, steps, characters]`. */
  readonly makeModel: (characters: number) => Layer;
  /** A function that reads one character after the other, and gives the logits `[characters]` of the one to follow. */
  readonly beginWriting: (characters: number, params: Params) => (id: number) => Tensor;
  /** How many characters an example has. */
  readonly window: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** The training steps, where the command line says nothing. */
  readonly steps: number;
}

interface Options {
  readonly steps: number;
  readonly length: number;
  readonly temperature: number;
  readonly prompt: string;
  readonly seed: number;
  readonly text: string;
  readonly quiet?: true;
}

/** So many steps lie between two samples. */
const stepsPerEpoch = 50;

/** Runs an example from its command line to its last sample. Ctrl-C ends the training early, and it still writes. */
export function learnToWrite(learner: Learner): Promise<void> {
  return runExample((signal) => learn(learner, parseOptions(learner), signal));
}

async function learn(learner: Learner, { steps, length, temperature, prompt, seed, text: file, quiet }: Options, signal: AbortSignal): Promise<void> {
  const { window, batchSize, learningRate } = learner;
  const text = await readFile(file, 'utf8');
  if (text.length <= window) throw new ArgumentError(`${file} has ${text.length} characters; expected more than ${window}`);
  const characters = Characters.of(text);
  const ids = characters.encode(text);
  if (characters.encode(prompt).length === 0) throw new ArgumentError(`no character of the prompt '${prompt}' occurs in ${file}`);
  const model = learner.makeModel(characters.count);
  const optimizer = adam({ learningRate });
  const [trainingKey, writingKey] = split(key(seed), 2);
  const write = (params: Params, count: number, from: Key): string =>
    continueText(learner.beginWriting(characters.count, params), characters, prompt, count, temperature, from);
  if (quiet !== true) {
    console.log(summary(model, [window]));
    console.log(wrap(`\n${ids.length} characters to learn from, ${characters.count} different ones. Ctrl-C ends the training early.\n`));
  }

  const progress = quiet === true ? silence : process.stdout.isTTY ? barProgress(steps) : lineProgress(steps);
  const { state, aborted } = await fit({
    model,
    optimizer,
    state: createTrainingState({ model, optimizer, key: trainingKey, inputShape: [window] }),
    epochs: Math.ceil(steps / stepsPerEpoch),
    data: (epoch, epochKey) => {
      const count = Math.min(stepsPerEpoch, steps - (epoch - 1) * stepsPerEpoch);
      return {
        length: count,
        *[Symbol.iterator]() {
          for (let batch = 0; batch < count; batch++) yield drawWindows(ids, window, batchSize, foldIn(epochKey, batch));
        },
      };
    },
    onBatch: progress.onBatch,
    onEpoch: (record, { state: { params } }) => progress.onEpoch(record, () => write(params, 100, foldIn(writingKey, record.epoch))),
    signal,
  }).finally(progress.stop);

  if (aborted) console.log(`Interrupted after ${counted(state.step, 'step')}.`);
  console.log(wrap(`${quiet === true ? '' : '\n'}${write(state.params, length, writingKey)}`));
}

/** A prompt and what the network thinks might follow, drawn character by character. */
function continueText(next: (id: number) => Tensor, characters: Characters, prompt: string, length: number, temperature: number, from: Key): string {
  const written = characters.encode(prompt);
  let logits = written.map(next).at(-1)!;
  for (let count = 0; count < length; count++) {
    const id = categorical(foldIn(from, count), div(logits, temperature)).item();
    written.push(id);
    logits = next(id);
  }
  return characters.decode(written);
}

interface Progress {
  readonly onBatch: (report: BatchReport) => void;
  readonly onEpoch: (record: EpochRecord, sample: () => string) => void;
  /** Takes the bar off the screen, also when the training was cut short. */
  readonly stop: () => void;
}

const silence: Progress = { onBatch: () => {}, onEpoch: () => {}, stop: () => {} };

/** The loss, and what the network would write now, on one line. */
function epochLine({ epoch, loss }: EpochRecord, steps: number, sample: string): string {
  const step = String(Math.min(epoch * stepsPerEpoch, steps)).padStart(String(steps).length);
  const [place, value] = [`step ${step}/${steps}`, `   loss ${loss.toFixed(3)}   `];
  return `${pc.bold(place)}${value}${pc.green(cut(sample.replaceAll('\n', ' '), columns - place.length - value.length))}`;
}

function barProgress(steps: number): Progress {
  const bar = new SingleBar({
    format: `${pc.cyan('{bar}')} {percentage}%   loss {loss}   {eta} s left`,
    barCompleteChar: '█', barIncompleteChar: '░', barsize: 24, hideCursor: true, clearOnComplete: true, fps: 10,
  });
  return {
    onBatch: ({ step, loss }) => {
      if (!bar.isActive) bar.start(steps, step, { loss: loss.toFixed(3) });
      else bar.update(step, { loss: loss.toFixed(3) });
    },
    onEpoch: (record, sample) => {
      bar.stop();
      console.log(epochLine(record, steps, sample()));
    },
    stop: () => bar.stop(),
  };
}

function lineProgress(steps: number): Progress {
  return { ...silence, onEpoch: (record, sample) => console.log(epochLine(record, steps, sample())) };
}

/** Reads the command line; prints the help or a usage error, and ends the process, where that is asked for. */
function parseOptions({ name, description, steps }: Learner): Options {
  return new Command(name)
    .description(description)
    .option('--steps <number>', 'how long to train', wholeNumber(1), steps)
    .option('--length <number>', 'how many characters to write at the end', wholeNumber(0), 400)
    .option('--temperature <number>', 'below 1 it writes what is likely, above 1 what is surprising', positiveNumber, 0.7)
    .option('--prompt <text>', 'what it writes on from', 'The ')
    .option('--seed <number>', 'the same seed gives the same result', wholeNumber(0), 42)
    .option('--text <file>', 'what to learn from', fileURLToPath(new URL('corpus.txt', import.meta.url)))
    .option('--quiet', 'show the last sample alone')
    .parse()
    .opts<Options>();
}
