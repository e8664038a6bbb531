import { dispose, scope, Tensor, type Storage } from '@adjoint/core';
import type { Form, MemoryProgram, Run } from './program.js';

/** What a program came to. */
export interface Outcome {
  /** The steps that it took. */
  readonly steps: number;
  /** Milliseconds per step after the first fifth of them, the pauses of the collector included. */
  readonly stepMilliseconds: number;
  /** Bytes of the tensors that it held, when it held the most. */
  readonly livingBytes: number;
}

const warmUpShare = 0.2;

/** Adds the storages of a nest of arrays, objects and iterables. */
function addStorages(value: unknown, storages: Set<Storage>): void {
  if (typeof value !== 'object' || value === null) return;
  if (value instanceof Tensor) {
    storages.add(value.storage);
    return;
  }
  const members = Symbol.iterator in value ? [...value as Iterable<unknown>] : Object.values(value);
  for (const member of members) addStorages(member, storages);
}

/** Runs a program here. `onStep` is called after each step with the number of steps so far. */
export async function runHere(program: MemoryProgram, form: Form, steps: number, onStep: (taken: number) => void = () => undefined): Promise<Outcome> {
  const warmUp = Math.floor(steps * warmUpShare);
  let taken = 0;
  let start = performance.now();
  let end = start;
  let livingBytes = 0;
  const run: Run = {
    steps,
    scope: form === 'scoped' ? (fn, takes) => scope(fn, 'a step', takes) : (fn) => fn(),
    dispose: form === 'scoped' ? dispose : () => undefined,
    step() {
      taken++;
      if (taken === warmUp) start = performance.now();
      if (taken === steps) end = performance.now();
      onStep(taken);
    },
    holds(tree) {
      const storages = new Set<Storage>();
      addStorages(tree, storages);
      livingBytes = Math.max(livingBytes, [...storages].reduce((sum, { byteLength }) => sum + byteLength, 0));
    },
  };
  await program.run(run);
  if (taken !== steps) throw new Error(`${program.name} took ${taken} steps in place of ${steps}`);
  return { steps, stepMilliseconds: (end - start) / (steps - warmUp), livingBytes };
}
