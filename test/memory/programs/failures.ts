import { grad, key, scope, vjp, vmap, zeros, type Tensor } from '@adjoint/core';
import { dense, layer, sequential } from '@adjoint/nn';
import { add, matmul, mul, square, sum } from '@adjoint/ops';
import { paced, type Loop, type MemoryProgram, type Run } from '../program.js';

const size = 2 ** 20;

class ExpectedError extends Error {}

/** 16 MB of tensors, and an error. */
function fail(x: Tensor): never {
  let y = x;
  for (let round = 0; round < 4; round++) y = square(add(y, 1));
  throw new ExpectedError('a callback throws');
}

/** Calls something that fails each time. */
function failing(make: (run: Run) => (x: Tensor) => unknown): Loop {
  return (run) => {
    const call = make(run);
    const x = zeros([64, size / 64]);
    let failures = 0;
    return () => {
      try {
        call(x);
      } catch {
        failures++;
      }
      if (failures === 0) throw new Error('the call did not fail');
      return x;
    };
  };
}

const inLayer = failing(() => {
  let isTrial = true;
  const model = sequential(dense({ units: 64 }), layer({ type: 'failing', apply: (input) => (isTrial ? input : fail(input)) }));
  const variables = model.init(key(0), [size / 64]);
  isTrial = false;
  return (x) => model.apply(variables, x);
});

/** A rejected task, whose tensors no scope owns. */
const rejected: MemoryProgram = {
  name: 'rejected tasks, await',
  yields: false,
  steps: { short: 100, long: 4000 },
  run: async (run) => {
    const x = zeros([size]);
    const task = async (): Promise<void> => {
      const y = run.scope(() => mul(add(x, 1), 0.5));
      await Promise.resolve();
      try {
        run.scope(() => fail(y));
      } finally {
        run.dispose(y);
      }
    };
    for (let step = 0; step < run.steps; step++) {
      await task().then(() => { throw new Error('the task did not fail'); }, (error: unknown) => {
        if (!(error instanceof ExpectedError)) throw error;
      });
      run.step();
    }
    run.holds(x);
  },
};

const steps = { short: 60, long: 3000 };

export const failures: readonly MemoryProgram[] = [
  ...paced('callback of grad throws', steps, failing(() => grad(fail)), ['sync', 'setImmediate']),
  ...paced('callback of vmap throws', steps, failing(() => vmap(fail)), ['sync']),
  ...paced('callback of scope throws', steps, failing(() => (x) => scope(() => fail(x))), ['sync']),
  ...paced('callback of vjp throws', steps, failing((run) => (x) => run.scope(() => vjp(fail, x))), ['sync']),
  ...paced('function throws', steps, failing((run) => (x) => run.scope(() => fail(x))), ['sync', 'setImmediate']),
  ...paced('layer throws', steps, inLayer, ['sync']),
  ...paced('operands do not fit', steps, failing((run) => (x) => run.scope(() => sum(matmul(add(x, 1), mul(add(x, 2), 3))))), ['sync']),
  rejected,
];
