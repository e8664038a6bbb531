import { beforeEach, describe, expect, test } from 'vitest';
import {
  checkpoint, customVjp, dispose, grad, hessian, hvp, jacobian, jvp, scope, setDefaultBackend, tensor, trace, vmap, type Tensor,
} from '@adjoint/core';
import { mul, sin, square, sum } from '@adjoint/ops';
import { backends } from '../backends.js';
import { living } from '../living.js';

/** The call that fails: the first, the second …; none where it is never reached. */
let failing = Infinity;
let calls = 0;
function step(x: Tensor): Tensor {
  if (++calls === failing) throw new Error('in the middle');
  return x;
}

const plain = (x: Tensor): Tensor => step(sum(step(mul(sin(step(x)), step(square(x))))));
const functions: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  'a function': plain,
  'a checkpoint': checkpoint((x: Tensor) => step(checkpoint(plain)(x))),
  'a customVjp': customVjp(plain, ({ args: [x], cotangent }) => [step(mul(cotangent, grad(plain)(x)))]),
};
const transforms: Readonly<Record<string, (fn: (x: Tensor) => Tensor) => (x: Tensor) => unknown>> = {
  'grad of the call in a scope': (fn) => grad((x: Tensor) => scope(() => fn(x))),
  grad,
  hessian: (fn) => hessian(fn),
  hvp: (fn) => (x) => hvp(fn)(x, x),
  jvp: (fn) => (x) => jvp(fn, [x], [x]),
  vmap: (fn) => vmap(fn),
  'vmap of vmap': (fn) => (x) => vmap((row: Tensor) => vmap((element: Tensor) => fn(mul(row, element)))(row))(x),
  'vmap of grad': (fn) => vmap(grad(fn)),
  'vmap of hessian': (fn) => vmap(hessian(fn)),
  'jacobian of vmap': (fn) => jacobian(vmap(fn)),
  'grad of vmap': (fn) => grad((x: Tensor) => sum(vmap(fn)(x))),
  trace: (fn) => (x) => void trace(vmap(grad(fn)))(x),
};

describe.each(backends)('memory on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  describe.each(Object.entries(transforms))('%s of', (_, transform) => {
    test.each(Object.entries(functions))('%s leaves its result alone, outside of scopes too, wherever it fails', (__, fn) => {
      const x = tensor([[0.3, 0.5], [1, 2]]);
      const before = living();
      [failing, calls] = [Infinity, 0];
      dispose(transform(fn)(x));
      expect(living()).toEqual(before);

      const count = calls;
      for (failing = 1; failing <= count; failing++) {
        calls = 0;
        expect(() => transform(fn)(x)).toThrow('in the middle');
        expect(living()).toEqual(before);
        calls = 0;
        expect(() => scope(() => transform(fn)(x))).toThrow('in the middle');
        expect(living()).toEqual(before);
      }
      expect(count).toBeGreaterThan(3);
      dispose(x);
    });
  });
});
