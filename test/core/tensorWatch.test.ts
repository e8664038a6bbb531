import { afterEach, describe, expect, test } from 'vitest';
import { dispose, ones, scope, watchTensors, zeros, type Tensor } from '@adjoint/core';
import { mul, sum } from '@adjoint/ops';

const leaked: Tensor[] = [];
afterEach(() => { leaked.length = 0; });

/** In every engine: what the garbage collector did is tested in Node. */
describe('watchTensors', () => {
  test('finds a leak, and not what was released', async () => {
    const x = ones([100]);
    using watch = watchTensors();
    for (let step = 0; step < 5; step++) leaked.push(sum(mul(x, 2)));
    scope(() => { leaked.push(zeros([20])); return null; });
    dispose(leaked[0]);
    const { groups } = await watch.living();
    const group = groups.find(({ stack, type }) => type === 'float32 []' && stack[0]!.includes('tensorWatch.test.ts'));
    expect(group).toMatchObject({ count: 4, bytes: 16, call: 'sum', owner: 'the garbage collector' });
    expect(groups.some(({ type }) => type === 'float32 [20]')).toBe(false);
  });

  test('leaves out what was collected, or is done in time', async () => {
    using watch = watchTensors();
    const make = (): void => { for (let index = 0; index < 100; index++) zeros([1000]); };
    make();
    expect((await watch.living()).count).toBe(0);
  });
});
