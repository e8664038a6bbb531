import { tensor, vjp, zeros, type Tensor } from '@adjoint/core';
import { add, mul, square, sum } from '@adjoint/ops';
import { paced, type Loop, type MemoryProgram } from '../program.js';

const size = 2 ** 20;

/** Functions that capture tensors, of which the last four stay. */
const captured: Loop = (run) => {
  let listeners: { readonly tensors: readonly Tensor[]; readonly call: () => number }[] = [];
  let x = zeros([size]);
  return () => {
    const bias = run.scope(() => mul(add(x, 1), 0.5));
    const scaled = mul(bias, 2);
    listeners = [...listeners, { tensors: [bias, scaled], call: () => run.scope(() => sum(add(bias, scaled)).item()) }];
    if (!Number.isFinite(listeners[0]!.call())) throw new Error('a sum is not finite');
    const [{ tensors: oldest }] = listeners as [typeof listeners[number]];
    if (listeners.length > 4) {
      listeners = listeners.slice(1);
      run.dispose(oldest);
    }
    x = bias;
    return [x, listeners.map(({ tensors }) => tensors)];
  };
};

/** A pullback holds what its tape recorded, until the next one is there. */
const pullbacks: Loop = (run) => {
  const start = zeros([size]);
  return () => {
    // In the scoped form the tape ends with the scope.
    const gradient = run.scope(() => {
      const { pullback } = vjp((x: Tensor) => sum(square(add(square(x), 1))), start);
      return pullback(tensor(1))[0];
    });
    run.dispose(gradient);
    return start;
  };
};

/** Tensors go through promises: several loops take turns. */
const manyTasks: MemoryProgram = {
  name: 'four tasks that take turns, await',
  yields: false,
  steps: { short: 600, long: 10_000 },
  run: async (run) => {
    const task = async (): Promise<Tensor> => {
      let x = zeros([size]);
      for (let step = 0; step < run.steps / 4; step++) {
        const before = x;
        x = await Promise.resolve(run.scope(() => mul(add(before, 1), 0.5)));
        run.dispose(before);
        run.step();
      }
      return x;
    };
    run.holds(await Promise.all([task(), task(), task(), task()]));
  },
};

export const closures: readonly MemoryProgram[] = [
  ...paced('closures that capture tensors', { short: 200, long: 8000 }, captured, ['sync', 'setImmediate']),
  ...paced('pullbacks', { short: 150, long: 3000 }, pullbacks, ['sync', 'setImmediate']),
  manyTasks,
];
