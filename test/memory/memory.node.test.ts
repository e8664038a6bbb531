import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleProcess, type Bundle } from './bundle.js';
import { limitOf } from './limit.js';
import type { MemoryProgram } from './program.js';
import { programs } from './programs.js';
import { runProcess } from './runProcess.js';

let bundle: Bundle;
beforeAll(async () => { bundle = await bundleProcess(); });
afterAll(() => bundle.remove());

// A thread each, so that two processes at a time share the machine.
let lanes: readonly Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];

/** Runs tasks in two lanes. */
function inLane<R>(task: () => Promise<R>): Promise<R> {
  const [lane, ...others] = lanes as [Promise<unknown>, ...Promise<unknown>[]];
  const result = lane.then(task);
  lanes = [...others, result.catch(() => undefined)];
  return result;
}

/** A program of each kind; all of them, which takes minutes, when MEMORY_PROGRAMS=all. */
const chosen = [
  'Adam, 1.9 M parameters, sync', 'Adam, 102 k parameters, setImmediate', 'makeTrainingStep, 1.9 M parameters, await', 'predict, 1 MB answers, setImmediate',
  'elementwise, 16 MB, sync', 'tensors of all sizes, sync', '3,000 scalars a step, sync', 'loop in grad, nothing to keep, sync', 'loop in vmap, sync', 'loop in customVjp, sync',
  'async generators, abandoned', 'ten models in turn, sync', 'rejected tasks, await',
];

describe('without scopes and disposals, memory stays within 512 MB and three times what is alive', () => {
  const check = async (program: MemoryProgram): Promise<void> => {
    const result = await inLane(() => runProcess(bundle, program, 'plain', { steps: program.steps.short, threads: 1, patience: 60 }));
    expect(result).not.toHaveProperty('failure');
    if ('failure' in result) return;
    expect(result.steps).toBe(program.steps.short);
    expect(result.peakBytes / 2 ** 20).toBeLessThanOrEqual(limitOf(result) / 2 ** 20);
  };

  const tested = process.env.MEMORY_PROGRAMS === 'all' ? programs : programs.filter(({ name }) => chosen.includes(name));

  test('each chosen program exists', () => expect(tested.length).toBeGreaterThanOrEqual(chosen.length));
  test.concurrent.each(tested)('$name', check, 600_000);
});
