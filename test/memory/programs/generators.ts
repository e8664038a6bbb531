import { foldIn, key, uniform, type Tensor } from '@adjoint/core';
import { add, mul, sum } from '@adjoint/ops';
import { type MemoryProgram, type Run } from '../program.js';

const size = 2 ** 20;
const root = key(0);

/** Batches of 4 MB without end. */
function* batches(run: Run): Generator<Tensor, void, undefined> {
  for (let index = 0; ; index++) yield run.scope(() => add(mul(uniform(foldIn(root, index), [size]), 2), -1));
}

async function* asyncBatches(run: Run, pause: () => Promise<void>): AsyncGenerator<Tensor, void, undefined> {
  for (const batch of batches(run)) {
    await pause();
    yield batch;
  }
}

/** A stage that keeps nothing of what it reads. */
function* doubled(run: Run, source: Iterable<Tensor>): Generator<Tensor, void, undefined> {
  for (const batch of source) {
    const result = mul(batch, 2);
    run.dispose(batch);
    yield result;
  }
}

/** Reads a batch, which ends a step; tells whether there are more to read. */
function read(run: Run, batch: Tensor, index: number): boolean {
  const total = run.scope(() => sum(batch).item());
  if (!Number.isFinite(total)) throw new Error('the sum is not finite');
  run.dispose(batch);
  run.step();
  return index + 1 < run.steps;
}

function consumed(run: Run): void {
  let index = 0;
  for (const batch of doubled(run, batches(run))) {
    if (!read(run, batch, index++)) break;
  }
}

function consumeAsync(pause: () => Promise<void>): MemoryProgram['run'] {
  return async (run) => {
    let index = 0;
    for await (const batch of asyncBatches(run, pause)) {
      if (!read(run, batch, index++)) break;
    }
  };
}

/** A new generator every third batch, and the old one abandoned; the last of each is not even closed. */
function abandoned(run: Run): void {
  for (let index = 0; index < run.steps;) {
    const opened = batches(run);
    for (let count = 0; count < 3 && index < run.steps; count++) {
      const { value } = opened.next();
      if (value instanceof Object) read(run, value, index++);
    }
    for (const batch of batches(run)) {
      run.dispose(batch);
      break;
    }
  }
}

async function abandonedAsync(run: Run): Promise<void> {
  for (let index = 0; index < run.steps;) {
    let count = 0;
    for await (const batch of asyncBatches(run, () => Promise.resolve())) {
      if (!read(run, batch, index++) || ++count === 3) break;
    }
  }
}

const steps = { short: 150, long: 6000 };
const nextTurn = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 0));

export const generators: readonly MemoryProgram[] = [
  { name: 'generator, consumed', yields: false, steps, run: consumed },
  { name: 'generators, abandoned', yields: false, steps, run: abandoned },
  { name: 'async generator, consumed, await', yields: false, steps, run: consumeAsync(() => Promise.resolve()) },
  { name: 'async generator, consumed, setTimeout', yields: true, steps, run: consumeAsync(nextTurn) },
  { name: 'async generators, abandoned', yields: false, steps, run: abandonedAsync },
];
