import type { GradientCaseOptions } from '@adjoint/core/testing';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import colors from 'picocolors';
import { FileError, loadCases, type NamedCase } from './loadCases.js';
import { formatDetails, formatTable, isRight, isUnproven, type Outcome } from './table.js';

/** How the program ends. */
const exitCode = { right: 0, wrong: 1, unusable: 2 } as const;

/** Runs the program with the arguments of a command line; gives its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const command = new Command('adjoint-check')
    .description('Checks the gradients of the functions that files export by gradientCase(fn, args, options) of @adjoint/core/testing.')
    .argument('<files...>', 'JavaScript or TypeScript files')
    .option('--order <n>', 'the highest order of derivatives, instead of what the cases say', wholeNumber)
    .option('--runs <n>', 'how many random arguments to try, where they are random', wholeNumber)
    .option('--elementwise', 'compare every element too')
    .addHelpText('after', '\nEnds with 0 when all gradients are right, 1 when one is wrong or not proven, 2 when a file cannot be checked.\n\nThe column `finds` is the smallest error that would have been found, relative to a gradient.')
    .exitOverride();
  try {
    command.parse([...args], { from: 'user' });
    const { order, runs, elementwise } = command.opts<{ readonly order?: number; readonly runs?: number; readonly elementwise?: boolean }>();
    const overrides: GradientCaseOptions = {
      ...(order === undefined ? {} : { order }),
      ...(runs === undefined ? {} : { numRuns: runs }),
      ...(elementwise === undefined ? {} : { elementwise }),
    };
    const outcomes = (await loadAll(command.args)).map((named) => check(named, overrides));
    report(outcomes);
    return outcomes.every(isRight) ? exitCode.right : exitCode.wrong;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.right : exitCode.unusable;
    if (!(error instanceof FileError)) throw error;
    console.error(`${colors.red('adjoint-check')}: ${error.message}`);
    return exitCode.unusable;
  }
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Expected an integer >= 1.');
  return value;
}

async function loadAll(files: readonly string[]): Promise<NamedCase[]> {
  const all: NamedCase[] = [];
  for (const file of files) {
    const cases = await loadCases(file);
    all.push(...(files.length === 1 ? cases : cases.map(({ name, gradientCase }) => ({ name: `${file} ${name}`, gradientCase }))));
  }
  return all;
}

function check({ name, gradientCase }: NamedCase, overrides: GradientCaseOptions): Outcome {
  try {
    return { name, result: gradientCase.check(overrides) };
  } catch (error) {
    return { name, result: error instanceof Error ? error : new Error(String(error)) };
  }
}

function report(outcomes: readonly Outcome[]): void {
  // A terminal that does not know its width has 0.
  console.log(formatTable(outcomes, process.stdout.columns || undefined));
  for (const details of outcomes.map(formatDetails)) if (details !== null) console.log(`\n${details}`);
  const right = outcomes.filter(isRight).length;
  const unproven = outcomes.filter(isUnproven).length;
  const counts = [`${right} right`, `${outcomes.length - right - unproven} wrong`, `${unproven} not proven`].filter((count, place) => place === 0 || !count.startsWith('0 '));
  console.log((right === outcomes.length ? colors.green : colors.red)(`\n${counts.join(', ')}`));
}
