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

// Numbers that a function makes are taken for tensors that it closes over, once its scope has handed them to the collector.
const failing = ['loop in customVjp, sync'];

describe('without scopes and disposals, memory stays within 512 MB and three times what is alive', () => {
  const check = async (program: MemoryProgram): Promise<void> => {
    const result = await inLane(() => runProcess(bundle, program, 'plain', { steps: program.steps.short, threads: 1, patience: 60 }));
    expect(result).not.toHaveProperty('failure');
    if ('failure' in result) return;
    expect(result.steps).toBe(program.steps.short);
    expect(result.peakBytes / 2 ** 20).toBeLessThanOrEqual(limitOf(result) / 2 ** 20);
  };

  test.concurrent.each(programs.filter(({ name }) => !failing.includes(name)))('$name', check, 600_000);
  test.fails.each(programs.filter(({ name }) => failing.includes(name)))('$name', check, 600_000);
});
