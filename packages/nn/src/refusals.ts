import { ArgumentError, AxisError, DTypeError, ShapeError } from '@adjoint/core';

/** The errors that operations throw for arguments that do not fit. */
const refusals = [ShapeError, DTypeError, AxisError, ArgumentError];

/** Runs a function, and puts `place` before what an operation in it refuses, which does not know where it is called. */
export function refusingAs<T>(place: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const Refusal = refusals.find((type) => error instanceof type);
    if (Refusal === undefined) throw error;
    const { message } = error as Error;
    if (message.startsWith(`${place}:`) || message.startsWith(`${place}/`)) throw error;
    throw new Refusal(`${place}: ${message}`, { cause: error });
  }
}
