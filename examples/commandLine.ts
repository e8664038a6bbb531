import { InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import { AdjointError } from '@adjoint/core';
import { interruption } from '@adjoint/nn/node';

/**
 * Runs an example to its end, or until Ctrl-C fires the signal. Of what the user can mend, as a file that is not there, it shows
 * the message alone.
 */
export async function runExample(main: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const signal = interruption();
  try {
    await main(signal);
    if (signal.aborted) process.exitCode = 130;
  } catch (error) {
    if (signal.aborted) {
      console.error('Interrupted before there was anything to show.');
      process.exitCode = 130;
    } else if (error instanceof AdjointError || (error instanceof Error && 'code' in error)) {
      console.error(pc.red(error.message));
      process.exitCode = 1;
    } else {
      throw error;
    }
  }
}

/** Reads an option that is a whole number. */
export function wholeNumber(least: number): (text: string) => number {
  return numberThat((value) => Number.isSafeInteger(value) && value >= least, `an integer >= ${least}`);
}

/** Reads an option that is a number above 0. */
export const positiveNumber = numberThat((value) => Number.isFinite(value) && value > 0, 'a number above 0');

function numberThat(fits: (value: number) => boolean, expected: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && fits(value)) return value;
    throw new InvalidArgumentError(`Expected ${expected}.`);
  };
}
