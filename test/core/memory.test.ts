import { beforeEach, describe, expect, test } from 'vitest';
import {
  apply, definePrimitive, dispose, empty, grad, scope, setDefaultBackend, tensor, valueAndGrad, vjp, zeros, type Tensor,
} from '@adjoint/core';
import { matmul, mean, mul, neg, square, sub, sum, tanh } from '@adjoint/ops';
import { backends } from '../backends.js';
import { living, type Living } from '../living.js';

/** What was alive in the backward pass, a line a call of `probe`. */
const seen: Living[] = [];

const probePrimitive = definePrimitive({
  name: 'test: probe',
  keeps: {},
  infer: ([input]) => input!,
  forward: (backend, [input], _, type) => {
    const out = empty(backend, type);
    backend.copy(input!, out);
    return out;
  },
  vjp: ({ cotangent }) => {
    seen.push(living());
    return [neg(cotangent)];
  },
});
const probe = (x: Tensor): Tensor => apply(probePrimitive, [x], {});

const brokenPrimitive = definePrimitive({
  ...probePrimitive,
  name: 'test: broken',
  vjp: ({ cotangent }) => {
    neg(cotangent);
    throw new Error('the rule is broken');
  },
});
const broken = (x: Tensor): Tensor => apply(brokenPrimitive, [x], {});

describe.each(backends)('memory on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test('is the same after 10 steps of descent and after 1,000', () => {
    const inputs = tensor([[1, 2], [3, 4], [5, 6]]);
    const targets = tensor([[1], [0], [1]]);
    const loss = ({ w, v }: { w: Tensor; v: Tensor }): Tensor => mean(square(sub(matmul(tanh(matmul(inputs, w)), v), targets)));
    const descend = valueAndGrad(loss);
    let params = { w: tensor([[0.1, -0.2, 0.3], [0.2, 0.1, -0.1]]), v: tensor([[0.5], [-0.5], [0.1]]) };
    const first = loss(params).item();
    const after = new Map<number, Living & { readonly reserved: number }>();
    for (let step = 1; step <= 1000; step++) {
      const next = scope(() => {
        const { gradient } = descend(params);
        return { w: sub(params.w, mul(0.05, gradient.w)), v: sub(params.v, mul(0.05, gradient.v)) };
      });
      dispose(params);
      params = next;
      after.set(step, { ...living(), reserved: backend.reservedBytes() });
    }
    expect(after.get(1000)).toEqual(after.get(10));
    expect(loss(params).item()).toBeLessThan(first / 2);
  });

  test('a gradient leaves value and gradient alone', () => {
    const x = tensor([1, 2, 3]);
    const before = living();
    const { value, gradient } = valueAndGrad((y: Tensor) => sum(square(tanh(y))))(x);
    expect(living()).toEqual({ tensors: before.tensors + 2, bytes: before.bytes + 4 + 12 });
    dispose([value, gradient]);
    const second = grad((y: Tensor) => sum(grad((z: Tensor) => sum(tanh(z)))(y)))(x);
    dispose(second);
    expect(living()).toEqual(before);
  });

  test("a tape holds what rules read, until the scope around vjp ends", () => {
    const x = zeros([1000]);
    const before = living();
    scope(() => {
      const { value, pullback } = vjp((y: Tensor) => sum(tanh(tanh(y))), x);
      expect(value.item()).toBe(0);
      expect(living().bytes - before.bytes).toBe(2 * 4000 + 4);
      for (let call = 0; call < 3; call++) scope(() => { pullback(tensor(1)); });
      expect(living().bytes - before.bytes).toBe(2 * 4000 + 4);
    });
    expect(living()).toEqual(before);
  });

  test('a primitive that keeps nothing lets go of what it read', () => {
    const x = zeros([1000]);
    const before = living();
    scope(() => {
      vjp((y: Tensor) => sum(neg(neg(neg(y)))), x);
      expect(living().bytes - before.bytes).toBe(4);
    });
  });

  test('the backward pass lets each cotangent go once it was read', () => {
    const x = zeros([1000]);
    seen.length = 0;
    scope(() => {
      const { pullback } = vjp((y: Tensor) => {
        let out = y;
        for (let depth = 0; depth < 20; depth++) out = probe(out);
        return sum(out);
      }, x);
      const before = living();
      pullback(tensor(1));
      expect(seen).toHaveLength(20);
      for (const { bytes } of seen) expect(bytes - before.bytes).toBeLessThanOrEqual(4 + 2 * 4000);
    });
  });

  test('an error anywhere leaves nothing behind', () => {
    const x = tensor([1, 2]);
    const before = living();
    const failing: readonly (() => unknown)[] = [
      () => grad((y: Tensor) => sum(broken(square(y))))(x),
      () => grad((y: Tensor) => { sum(square(tanh(y))); throw new Error('the loss is broken'); })(x),
      () => grad((y: Tensor) => square(tanh(y)))(x),
      () => grad((y: Tensor) => grad((z: Tensor) => sum(broken(square(z))))(sum(y)))(x),
      () => valueAndGrad((y: Tensor) => sum(mul(y, broken(tanh(y)))))(x),
      () => scope(() => {
        const { pullback } = vjp((y: Tensor) => broken(tanh(y)), x);
        pullback(tensor([1, 1]));
      }),
    ];
    for (const run of failing) {
      expect(run).toThrow();
      expect(living()).toEqual(before);
    }
  });
});
