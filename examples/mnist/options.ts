import { Command, InvalidArgumentError, Option } from 'commander';
import { modelNames, type ModelName } from './models.js';

/** What the command line says. */
export interface MnistOptions {
  readonly data?: string;
  readonly download?: true;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate?: number;
  readonly optimizer: 'adam' | 'sgd';
  readonly seed: number;
  readonly model: ModelName;
  readonly json?: string;
}

function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${least}.`);
  };
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a number above 0.');
}

/** Reads the command line; prints the help or a usage error, and ends the process, where that is asked for. */
export function parseOptions(argv: readonly string[]): MnistOptions {
  return new Command('mnist')
    .description('Trains a neural network on handwritten digits, and shows what it learnt.')
    .option('--data <folder>', 'read the four IDX files of MNIST (.gz or not) from this folder')
    .addOption(new Option('--download', 'fetch these files once, into a cache folder, and read them from there').conflicts('data'))
    .option('--epochs <number>', 'how many times to see every digit', wholeNumber(1), 12)
    .option('--batch-size <number>', 'digits in one step', wholeNumber(1), 64)
    .option('--learning-rate <number>', 'of the first step; falls to 0 by a cosine (default: 0.003 for adam, 0.05 for sgd)', positiveNumber)
    .addOption(new Option('--optimizer <name>', 'how parameters are updated').choices(['adam', 'sgd']).default('adam'))
    .option('--seed <number>', 'the same seed gives the same result', wholeNumber(0), 42)
    .addOption(new Option('--model <name>', 'the network; article is the large one that the project began with').choices(modelNames).default('cnn'))
    .option('--json <file>', 'write the result to this file')
    .addHelpText('after', '\nWithout --data and --download it trains on ten thousand digits that come with an npm package.')
    .parse(argv)
    .opts<MnistOptions>();
}
