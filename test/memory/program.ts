/** How a program's scopes and disposals are taken. */
export type Form = 'plain' | 'scoped';

export const forms: readonly Form[] = ['plain', 'scoped'];

/**
 * What a program runs with. The programs are written once, with scopes and disposals for exact control; in the plain form those do
 * nothing, which leaves the program of a user who never thinks about memory.
 */
export interface Run {
  /** How many steps to take. */
  readonly steps: number;
  /** A scope around `fn`; in the plain form a call of it. `takes` is as in `scope` of `@adjoint/core`. */
  scope<R>(fn: () => R, takes?: unknown): R;
  /** Disposes a tree, except what `except` holds too; in the plain form it does nothing. */
  dispose(tree: unknown, except?: unknown): void;
  /** Ends a step. */
  step(): void;
  /** Says what the program holds now. The most that it ever holds is what the limit of its memory depends on. */
  holds(tree: unknown): void;
}

/** A program that makes far more bytes of tensors than memory has, and holds few of them at a time. */
export interface MemoryProgram {
  readonly name: string;
  /** Whether it yields to the event loop every step. */
  readonly yields: boolean;
  /** Steps of a few seconds, which a test can take, and of as many as would end in a full memory if nothing were freed. */
  readonly steps: { readonly short: number; readonly long: number };
  readonly run: (run: Run) => void | Promise<void>;
}

/** How a loop goes from step to step. */
export const paces = {
  sync: null,
  await: () => Promise.resolve(),
  setImmediate: () => new Promise<void>((resolve) => void setImmediate(resolve)),
  setTimeout: () => new Promise<void>((resolve) => void setTimeout(resolve, 0)),
} as const;

export type Pace = keyof typeof paces;

/** Prepares a loop, and gives one step of it, which returns what the loop holds after it. */
export type Loop = (run: Run) => () => unknown;

/** A program for each pace of a loop. */
export function paced(name: string, steps: MemoryProgram['steps'], loop: Loop, chosen: readonly Pace[]): readonly MemoryProgram[] {
  return chosen.map((pace) => {
    const pause = paces[pace];
    return {
      name: `${name}, ${pace}`,
      yields: pace === 'setImmediate' || pace === 'setTimeout',
      steps,
      run: pause === null ? (run) => runSynchronously(run, loop) : (run) => runWithPauses(run, loop, pause),
    };
  });
}

function runSynchronously(run: Run, loop: Loop): void {
  const next = loop(run);
  for (let step = 1; step < run.steps; step++) {
    next();
    run.step();
  }
  // Of the last step alone: a variable for what the one before held would keep it for a step too long.
  run.holds(next());
  run.step();
}

async function runWithPauses(run: Run, loop: Loop, pause: () => Promise<void>): Promise<void> {
  const next = loop(run);
  for (let step = 1; step < run.steps; step++) {
    next();
    await pause();
    run.step();
  }
  run.holds(next());
  run.step();
}
