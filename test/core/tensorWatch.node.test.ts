import { inspect } from 'node:util';
import { setTimeout as later } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  ArgumentError, dispose, grad, key, memoryStats, ones, openScope, scope, vmap, watchTensors, withModule, zeros, type Tensor, type TensorWatch,
} from '@adjoint/core';
import { adam, createTrainingState, dense, makeTrainingStep, meanSquaredError } from '@adjoint/nn';
import { add, mul, slice, square, sum } from '@adjoint/ops';

const started: TensorWatch[] = [];
function start(): TensorWatch {
  const watch = watchTensors();
  started.push(watch);
  return watch;
}
afterEach(() => { for (const watch of started.splice(0)) watch.stop(); });

/** The line of this file that calls it. */
function thisLine(): string {
  return /tensorWatch\.node\.test\.ts:\d+/.exec(new Error().stack!.split('\n')[2]!)![0];
}

const leaked: Tensor[] = [];
afterEach(() => { leaked.length = 0; });

describe('watchTensors', () => {
  test('finds a leak, with the line that made it', async () => {
    let line = '';
    function remember(x: Tensor): void {
      line = thisLine(); leaked.push(sum(mul(x, 2)));
    }
    const x = ones([100]);
    const watch = start();
    for (let step = 0; step < 7; step++) remember(x);
    const { groups, count, bytes } = await watch.living();
    expect(groups).toHaveLength(1);
    expect(groups[0]).toMatchObject({ count: 7, bytes: 28, type: 'float32 []', call: 'sum', module: '', scope: '', owner: 'the garbage collector' });
    expect(groups[0]!.stack[0]).toMatch(/^remember \(/);
    expect(groups[0]!.stack[0]).toContain(line);
    expect([count, bytes]).toEqual([7, 28]);
  });

  test('leaves out the frames of Adjoint and of the engine', async () => {
    const watch = start();
    const step = grad((x: Tensor) => {
      vmap((row: Tensor) => [1, 2].map((factor) => { leaked.push(zeros([factor])); return mul(row, factor); }))(x);
      return sum(square(x));
    });
    leaked.push(step(ones([2, 3])));
    const { groups } = await watch.living();
    expect(groups.length).toBeGreaterThan(0);
    for (const { stack } of groups) {
      expect(stack[0]).toContain('tensorWatch.node.test.ts');
      for (const frame of stack) expect(frame).not.toMatch(/packages\/(?:core|ops|wasm)|<anonymous>\)|\(node:|node:internal/);
    }
  });

  test('does not list what was released, nor what was collected', async () => {
    const watch = start();
    const make = (): void => {
      for (let index = 0; index < 50; index++) zeros([index, 100]);
      for (let index = 0; index < 50; index++) leaked.push(zeros([10]));
      dispose(leaked);
      scope(() => { leaked.push(zeros([20])); return null; });
      { using early = zeros([30]); leaked.push(early); }
    };
    make();
    expect(leaked).toHaveLength(52);
    expect(await watch.living()).toMatchObject({ groups: [], count: 0, bytes: 0 });
  });

  test('does not list what was made before, or after another one was stopped', async () => {
    leaked.push(zeros([10]));
    const first = start();
    leaked.push(zeros([20]));
    const second = start();
    leaked.push(zeros([30]));
    const types = async (watch: TensorWatch): Promise<string[]> => (await watch.living()).groups.map(({ type }) => type);
    expect(await types(first)).toEqual(['float32 [30]', 'float32 [20]']);
    expect(await types(second)).toEqual(['float32 [30]']);
    second.stop();
    leaked.push(zeros([40]));
    expect(await types(first)).toEqual(['float32 [40]', 'float32 [30]', 'float32 [20]']);
  });

  test('tells a growing group from a steady one', async () => {
    const watch = start();
    let state: Tensor = zeros([100]);
    const step = (): void => { state = add(state, 1); leaked.push(slice(state, [[0, 1]])); };
    const growth = async (): Promise<number[]> => {
      for (let index = 0; index < 5; index++) step();
      return (await watch.living()).groups.map(({ count }) => count).sort();
    };
    // Each slice keeps its state's bytes, but not the state.
    expect(await growth()).toEqual([1, 5]);
    expect(await growth()).toEqual([1, 10]);
    expect((await watch.living()).bytes).toBe(10 * 400);
  });

  test('counts shared bytes once', async () => {
    const watch = start();
    const base = zeros([1000]);
    const views = [0, 1, 2].map((index) => slice(base, [[index, index + 1]]));
    const report = await watch.living();
    expect(report.groups.map(({ count, bytes, type }) => [count, bytes, type])).toEqual([[3, 4000, 'float32 [1]'], [1, 4000, 'float32 [1000]']]);
    expect(report.bytes).toBe(4000);
    expect([base, ...views].some(({ isReleased }) => isReleased)).toBe(false);
  });

  test('tells modules, scopes and owners', async () => {
    const watch = start();
    const made = withModule('encoder', () => scope(() => zeros([5]), 'load'));
    const open = openScope('forgotten');
    const owned = zeros([6]);
    const first = await watch.living();
    expect(first.groups).toMatchObject([
      { type: 'float32 [6]', module: '', scope: 'forgotten', owner: 'forgotten' },
      { type: 'float32 [5]', module: 'encoder', scope: 'load', owner: 'the garbage collector' },
    ]);
    open.keep(owned);
    open[Symbol.dispose]();
    expect((await watch.living()).groups[0]).toMatchObject({ type: 'float32 [6]', owner: 'the garbage collector' });
    expect([made.isReleased, owned.isReleased]).toEqual([false, false]);
  });

  test('finds what a training loop keeps', async () => {
    const model = dense({ units: 2 });
    const x = ones([8, 3]);
    const optimizer = adam();
    const step = makeTrainingStep({ model, optimizer, loss: meanSquaredError });
    let state = createTrainingState({ model, optimizer, key: key(1), inputShape: [3] });
    const states: unknown[] = [];
    const watch = start();
    const train = (): void => {
      ({ state } = step(state, { inputs: x, targets: ones([8, 2]) }));
      states.push(state);
    };
    for (let index = 0; index < 3; index++) train();
    const first = await watch.living();
    for (let index = 0; index < 3; index++) train();
    const second = await watch.living();
    const inTrain = second.groups.filter(({ stack }) => stack[0]!.startsWith('train '));
    expect(inTrain.length).toBeGreaterThan(0);
    expect(second.count).toBe(2 * first.count);
    states.length = 0;
    expect((await watch.living()).count).toBe(first.count / 3);
  });

  test('groups by line what is made before and after an await, and by different callers', async () => {
    const watch = start();
    const remember = (): void => { leaked.push(zeros([1])); };
    const loop = async (): Promise<void> => {
      for (let index = 0; index < 3; index++) {
        remember();
        await later(0);
      }
    };
    await loop();
    expect((await watch.living()).groups.map(({ count }) => count)).toEqual([3]);
    function elsewhere(): void { remember(); }
    elsewhere();
    const report = await watch.living();
    expect(report.groups.map(({ count }) => count)).toEqual([4]);
    expect(report.groups[0]!.stacks.reduce((total, { count }) => total + count, 0)).toBe(4);
    expect(String(report)).toMatch(/\n {4}1 of them at elsewhere \(/);
  });

  test('prints a table', async () => {
    const watch = start();
    expect(String(await watch.living())).toBe('no tensor that was made during the watch is alive');
    function remember(): void {
      for (let index = 0; index < 12; index++) leaked.push(zeros([100, 100]));
      leaked.push(withModule('encoder', () => ones([10])));
    }
    remember();
    const report = await watch.living();
    const lines = String(report).split('\n');
    expect(lines[0]).toBe('13 tensors made during the watch are alive and keep 480 kB');
    expect(lines[1]).toBe('   bytes  tensors  type               made by  module   owner');
    expect(lines[2]).toMatch(/^─+$/);
    expect(lines[3]).toBe('  480 kB       12  float32 [100,100]  zeros             the garbage collector');
    expect(lines[4]).toMatch(/^ {4}at remember \(.*tensorWatch\.node\.test\.ts:\d+:\d+\)$/);
    expect(lines).toContain('40 bytes        1  float32 [10]       ones     encoder  the garbage collector');
    expect(inspect(report)).toBe(String(report));
  });

  test('holds no tensor in a synchronous loop', async () => {
    const watch = start();
    const loop = (): void => { for (let index = 0; index < 400; index++) zeros([1 << 20]); };
    const before = memoryStats().bytes;
    loop();
    expect(memoryStats().bytes - before).toBeLessThan(400 * 2 ** 20);
    expect((await watch.living()).count).toBe(0);
  });

  test('notes nothing when it has stopped, and refuses to tell', async () => {
    const watch = watchTensors();
    const pending = watch.living();
    watch.stop();
    watch.stop();
    await expect(pending).rejects.toThrow(ArgumentError);
    await expect(watch.living()).rejects.toThrow('TensorWatch.living: the watch has stopped');
    const { stackTraceLimit } = Error;
    const capture = vi.spyOn(Error, 'captureStackTrace');
    try {
      zeros([1]);
      expect(capture).not.toHaveBeenCalled();
      const other = watchTensors();
      zeros([1]);
      expect(capture).toHaveBeenCalledTimes(1);
      other[Symbol.dispose]();
      zeros([1]);
      expect(capture).toHaveBeenCalledTimes(1);
    } finally {
      capture.mockRestore();
    }
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
  });

  test('works where a program formats stacks itself', async () => {
    const watch = start();
    const former = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
    try {
      Error.prepareStackTrace = () => { throw new TypeError('not now'); };
      leaked.push(zeros([3]));
      Error.prepareStackTrace = (_, frames) => frames;
      leaked.push(zeros([3]));
    } finally {
      if (former === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace');
      else Object.defineProperty(Error, 'prepareStackTrace', former);
    }
    expect((await watch.living()).groups).toMatchObject([{ count: 2, call: '', stack: [] }]);
  });
});
