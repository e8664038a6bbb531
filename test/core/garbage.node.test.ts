import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { setImmediate as nextTask } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { setDefaultBackend, zeros } from '@adjoint/core';
import { backends } from '../backends.js';
import { living } from '../living.js';

describe.each(backends)('memory outside of scopes on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test('goes back when the garbage collector finds it', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const before = living();
    const make = (): void => { for (let index = 0; index < 100; index++) zeros([1000]); };
    make();
    expect(living().bytes - before.bytes).toBeGreaterThan(0);
    for (let attempt = 0; attempt < 50 && living().bytes > before.bytes; attempt++) {
      collect();
      await nextTask();
    }
    expect(living().bytes).toBeLessThanOrEqual(before.bytes);
  });
});
