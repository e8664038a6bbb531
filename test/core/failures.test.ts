import { beforeEach, describe, expect, test } from 'vitest';
import * as core from '@adjoint/core';
import {
  checkGradients, checkpoint, customVjp, definePrimitive, empty, grad, hessian, hvp, jacobian, jvp, key, scope, setDefaultBackend, tensor, trace, valueAndGrad, view,
  vjp, vmap, withBackend, type Primitive, type Tensor,
} from '@adjoint/core';
import { add, concat, mul, square, sum, tanh } from '@adjoint/ops';
import { backends } from '../backends.js';
import { expectNothingLeft, FaultyBackend } from '../faults.js';
import { living } from '../living.js';

const scalar = (x: Tensor): Tensor => sum(square(tanh(x)));
const vector = (x: Tensor): Tensor => mul(tanh(x), 2);
const checkpointed = checkpoint(vector);
const custom = customVjp(vector, ({ cotangent }) => [mul(tanh(cotangent), 2)]);

/** Makes two tensors besides its result, and reads the input by two kernels. */
const wasteful: Primitive = definePrimitive({
  name: 'wasteful',
  infer: ([input]) => input!,
  forward: (backend, [input], _, type) => {
    const [first, second, out] = [empty(backend, type), empty(backend, type), empty(backend, type)];
    backend.unary('negate', input!, first);
    backend.unary('negate', first, second);
    backend.copy(view(second, type.shape, second.strides), out);
    return out;
  },
  vjp: 'none',
});

describe.each(backends.slice(0, 2))('a call that fails on $name leaves nothing', ({ backend }) => {
  const faulty = new FaultyBackend(backend);
  beforeEach(() => setDefaultBackend(faulty.backend));

  const made = (): { readonly x: Tensor; readonly rows: Tensor } => withBackend(faulty.backend, () => ({ x: tensor([1, 2, 3]), rows: tensor([[1, 2], [3, 4]]) }));
  const inOut = made();
  const { x, rows } = inOut;

  test.each<[string, number, () => unknown]>([
    ['tensor', 2, () => tensor([1, 2])],
    ['full', 2, () => core.full([2], 7)],
    ['zeros', 2, () => core.zeros([2])],
    ['eye', 2, () => core.eye(2)],
    ['arange', 2, () => core.arange(4)],
    ['zerosLike, of a gradient', 2, () => grad((_: Tensor, y: Tensor) => sum(y))(x, x)],
    ['uniform', 2, () => core.uniform(key(0), [3])],
    ['normal', 2, () => core.normal(key(0), [3])],
    ['permutation', 2, () => core.permutation(key(0), 5)],
    ['an operation', 2, () => tanh(x)],
    ['an operation with temporaries', 6, () => core.apply(wasteful, [x], {})],
    ['concat', 3, () => concat([x, x])],
    ['grad', 10, () => grad(scalar)(x)],
    ['valueAndGrad', 10, () => valueAndGrad(scalar)(x)],
    ['grad of grad', 20, () => grad((y: Tensor) => sum(grad(scalar)(y)))(x)],
    ['vjp, in a scope', 10, () => scope(() => { const { value, pullback } = vjp(vector, x); return pullback(value); })],
    ['jvp', 10, () => jvp(vector, [x], [x])],
    ['jacobian', 10, () => jacobian(vector)(x)],
    ['hessian', 20, () => hessian(scalar)(x)],
    ['hvp', 10, () => hvp(scalar)(x, x)],
    ['vmap', 5, () => vmap(vector)(rows)],
    ['vmap of grad', 10, () => vmap(grad(scalar))(rows)],
    ['grad of vmap', 10, () => grad((y: Tensor) => sum(vmap(vector)(y)))(rows)],
    ['checkpoint', 5, () => checkpointed(x)],
    ['grad of checkpoint', 15, () => grad((y: Tensor) => sum(checkpointed(y)))(x)],
    ['customVjp', 5, () => custom(x)],
    ['grad of customVjp', 10, () => grad((y: Tensor) => sum(custom(y)))(x)],
    ['checkGradients', 50, () => { checkGradients(scalar, [x]); }],
    ['trace', 3, () => { trace((y: Tensor) => add(vector(y), 1))({ shape: [3], dtype: 'float32' }); }],
  ])('%s', async (_, least, run) => {
    expect(await expectNothingLeft(faulty, run, inOut)).toBeGreaterThanOrEqual(least);
  });
});

describe('a function that throws leaves nothing', () => {
  const x = tensor([1, 2, 3]);
  const rows = tensor([[1, 2], [3, 4]]);
  const fails = (y: Tensor): Tensor => {
    tanh(scalar(y));
    throw new Error('no');
  };
  const badRule = customVjp(vector, ({ cotangent }) => [fails(cotangent)]);
  /** A function that throws at its `count`-th call only. */
  const failsAt = (count: number, fn: (y: Tensor) => Tensor) => (y: Tensor): Tensor => (--count === 0 ? fails(y) : fn(y));

  test.each<[string, () => unknown]>([
    ['grad', () => grad(fails)(x)],
    ['grad, after an inner grad', () => grad((y: Tensor) => fails(grad(scalar)(y)))(x)],
    ['vjp', () => vjp(fails, x)],
    ['vjp, inside another', () => grad((y: Tensor) => fails(vjp(vector, y).value))(x)],
    ['jvp', () => jvp(fails, [x], [x])],
    ['jacobian', () => jacobian(fails)(x)],
    ['hessian', () => hessian(fails)(x)],
    ['vmap', () => vmap(fails)(rows)],
    ['vmap in vmap', () => vmap(vmap((y) => fails(y)))(rows)],
    ['checkpoint', () => checkpoint(fails)(x)],
    ['checkpoint, when it runs again', () => grad((y: Tensor) => sum(checkpoint(failsAt(2, vector))(y)))(x)],
    ['customVjp', () => customVjp(fails, () => [null])(x)],
    ['a rule of customVjp', () => grad((y: Tensor) => sum(badRule(y)))(x)],
    ['checkGradients', () => checkGradients(fails, [x])],
    ['checkGradients, at the tenth call', () => checkGradients(failsAt(10, scalar), [x])],
    ['trace', () => trace(fails)({ shape: [3], dtype: 'float32' })],
    ['a promise in place of a result', () => grad((async (y: Tensor) => { await Promise.resolve(scalar(y)); return y; }) as never)(x)],
    ['scope', () => scope(() => scope(() => fails(x)))],
  ])('%s', (_, run) => {
    const before = living();
    expect(run).toThrow();
    expect(living()).toEqual(before);
  });
});
