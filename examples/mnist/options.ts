import { Command, Option } from 'commander';
import type { Augmentation } from '@adjoint/data';
import { positiveNumber, wholeNumber } from '../commandLine.js';
import { classSets, type ClassSet } from './classes.js';
import { modelNames, type ModelName } from './models.js';

/** What the command line says. */
export interface MnistOptions extends Recipe {
  readonly data?: string;
  readonly download?: true;
  readonly classes?: ClassSet;
  /** The folder of a run that can be ended and resumed. */
  readonly run?: string;
  readonly seed: number;
  readonly json?: string;
}

/** How to train what. */
export interface Recipe {
  readonly model: ModelName;
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: 'adam' | 'sgd';
  readonly learningRate?: number;
  readonly augmentation?: Augmentation;
}

/** What `--recipe` chooses from; other options change a part of it. */
const recipes = {
  default: { model: 'cnn', epochs: 12, batchSize: 64, optimizer: 'adam' },
  /** The highest accuracy in a few minutes: digits that are shifted, turned and zoomed anew in each epoch. */
  best: { model: 'wide', epochs: 7, batchSize: 96, optimizer: 'adam', augmentation: { shift: 2, rotate: 10, zoom: 0.1 } },
} satisfies Record<string, Recipe>;

/** Reads the command line; prints the help or a usage error, and ends the process, where that is asked for. */
export function parseOptions(argv: readonly string[]): MnistOptions {
  const { recipe, ...given } = new Command('mnist')
    .description('Trains a neural network on handwritten digits, and shows what it learned.')
    .option('--data <folder>', 'read the four IDX files of MNIST or Fashion-MNIST (.gz or not) from this folder')
    .addOption(new Option('--download', 'fetch these files once, into a cache folder, and read them from there').conflicts('data'))
    .addOption(new Option('--classes <name>', 'what the images show (default: fashion where the folder is called so, digits otherwise)').choices(classSets))
    .addOption(new Option('--recipe <name>', 'best reaches most: a wider network and changed digits; other options still count').choices(Object.keys(recipes)).default('default'))
    .option('--epochs <number>', 'how many times to see every digit (default: 12, best: 7)', wholeNumber(1))
    .option('--batch-size <number>', 'digits in one step (default: 64, best: 96)', wholeNumber(1))
    .option('--learning-rate <number>', 'of the first step; falls to 0 by a cosine (default: 0.003 for adam, 0.05 for sgd)', positiveNumber)
    .addOption(new Option('--optimizer <name>', 'how parameters are updated').choices(['adam', 'sgd']))
    .option('--seed <number>', 'the same seed gives the same result', wholeNumber(0), 42)
    .addOption(new Option('--model <name>', 'the network; article is the large one that the project began with').choices(modelNames))
    .option('--run <folder>', 'save the training there; the same command goes on with it, however it ended')
    .option('--json <file>', 'write the result to this file')
    .addHelpText('after', '\nWithout --data and --download it trains on ten thousand digits that come with an npm package.')
    .parse(argv)
    .opts<MnistOptions & { recipe: keyof typeof recipes }>();
  return { ...recipes[recipe], ...given };
}
