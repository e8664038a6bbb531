import { beforeEach, describe, expect, test } from 'vitest';
import { apply, definePrimitive, empty, ones, scope, setDefaultBackend, Tape, tensor, TransformError, type Tensor } from '@adjoint/core';
import { add, exp, mul, square, sum } from '@adjoint/ops';
import { backends } from '../backends.js';
import { living } from '../living.js';

let rulesRun = 0;
const countedPrimitive = definePrimitive({
  name: 'countsItsRule',
  keeps: {},
  infer: ([x]) => x!,
  forward: (backend, [x], _, type) => {
    const out = empty(backend, type);
    backend.assign(x!, out);
    return out;
  },
  vjp: ({ cotangent }) => {
    rulesRun++;
    return [cotangent];
  },
});
const counted = (x: Tensor) => apply(countedPrimitive, [x], {});

describe.each(backends)('a tape on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  const values = (cotangents: readonly (Tensor | null)[]) => cotangents.map((cotangent) => cotangent?.toArray() ?? null);

  test('gives the cotangents of intermediate results beside those of arguments', () => {
    const x = tensor([1, 2]);
    const tape = new Tape();
    const [squared, loss] = tape.run([x], () => {
      const y = square(x);
      return [y, sum(mul(y, 3))] as const;
    });
    expect(values(tape.backward([loss], [tensor(1)], [squared, x, loss]))).toEqual([[3, 3], [6, 12], 1]);
    tape.close();
  });

  test('goes back as often as it is asked to, to what it is asked for', () => {
    const [x, y, unused] = [tensor(2), tensor(5), tensor(7)];
    const tape = new Tape();
    const product = tape.run([x, y, unused], () => mul(x, y));
    expect(values(tape.backward([product], [tensor(1)], [x, y, unused, tensor(0)]))).toEqual([5, 2, null, null]);
    expect(values(tape.backward([product], [tensor(10)], [y]))).toEqual([20]);
    expect(values(tape.backward([product, product], [tensor(1), tensor(2)], [x]))).toEqual([15]);
    tape.close();
    expect(() => tape.backward([product], [tensor(1)], [x])).toThrow(TransformError);
  });

  test('runs no rule on the way to what nobody asks for', () => {
    const [x, y] = [tensor(2), tensor(5)];
    const tape = new Tape();
    const [total, twice] = tape.run([x, y], () => {
      const through = counted(counted(x));
      return [add(through, y), through] as const;
    });
    rulesRun = 0;
    tape.backward([total, twice], [tensor(1), tensor(1)], [y]);
    expect(rulesRun).toBe(0);
    tape.backward([total], [tensor(1)], [x]);
    expect(rulesRun).toBe(2);
    tape.close();
  });

  test('holds what its rules read until it is closed, and then nothing', () => scope(() => {
    const x = ones([1000]);
    const before = living();
    scope(() => {
      const tape = new Tape();
      scope(() => tape.run([x], () => sum(exp(exp(x))).item()));
      expect(living().tensors - before.tensors).toBe(2);
      tape.close();
    });
    expect(living()).toEqual(before);
  }));

  test('refuses a cotangent of another type than its output', () => {
    const x = tensor([1, 2]);
    const tape = new Tape();
    const y = tape.run([x], () => square(x));
    expect(() => tape.backward([y], [tensor(1)], [x])).toThrow(new TransformError('backward: the cotangent is float32 []; expected float32 [2]'));
    tape.close();
  });
});
