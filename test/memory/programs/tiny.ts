import { grad, tensor, type Tensor } from '@adjoint/core';
import { add, mul, square } from '@adjoint/ops';
import { paced, type Loop, type MemoryProgram } from '../program.js';

/** 3,000 scalars a step. */
const scalars: Loop = (run) => {
  let total = 0;
  return () => {
    total = run.scope(() => {
      let x = tensor(total);
      for (let round = 0; round < 1000; round++) x = add(mul(x, 0.5), tensor(round));
      return x.item();
    });
    return null;
  };
};

/** 200 gradients of scalars a step, of which the last stays. */
const gradients: Loop = (run) => {
  const derivative = grad((x: Tensor) => square(add(mul(x, 0.5), 1)));
  let x = tensor(1);
  return () => {
    for (let round = 0; round < 200; round++) {
      const before = x;
      x = derivative(x);
      run.dispose(before);
    }
    return x;
  };
};

/** Thousands of short rows, made in JavaScript, which all live until the next step. */
const rows: Loop = (run) => {
  let made: readonly Tensor[] = [];
  return () => {
    run.dispose(made);
    made = Array.from({ length: 4000 }, (_, index) => tensor([index, index + 1, index + 2]));
    return made;
  };
};

export const tiny: readonly MemoryProgram[] = [
  ...paced('3,000 scalars a step', { short: 500, long: 10_000 }, scalars, ['sync', 'await', 'setImmediate']),
  ...paced('200 gradients of scalars a step', { short: 400, long: 5000 }, gradients, ['sync', 'setImmediate']),
  ...paced('4,000 short rows a step', { short: 240, long: 5000 }, rows, ['sync', 'setImmediate']),
];
