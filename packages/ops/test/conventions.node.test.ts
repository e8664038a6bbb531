import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { grad, hvp, tensor, type Tensor } from '@adjoint/core';
import { abs, add, hypot, maximum, minimum, neg, norm, square, standardDeviation, sum, variance, index } from '../src/index.js';

const of = (values: number[]): Tensor => tensor(values, { dtype: 'float64' });
const part = (x: Tensor, position: number): Tensor => index(x, position);

/** Functions without a derivative at 0, and their squares in a smooth form. */
const conventions: Record<string, { fn: (x: Tensor) => Tensor; smooth: (x: Tensor) => Tensor; hessian: (v: readonly number[]) => number[] }> = {
  abs: { fn: (x) => abs(part(x, 0)), smooth: (x) => square(part(x, 0)), hessian: ([v]) => [2 * v!, 0] },
  norm: { fn: (x) => norm(x), smooth: (x) => sum(square(x)), hessian: ([v, w]) => [2 * v!, 2 * w!] },
  hypot: { fn: (x) => hypot(part(x, 0), part(x, 1)), smooth: (x) => add(square(part(x, 0)), square(part(x, 1))), hessian: ([v, w]) => [2 * v!, 2 * w!] },
  standardDeviation: { fn: (x) => standardDeviation(x), smooth: (x) => variance(x), hessian: ([v, w]) => [(v! - w!) / 2, (w! - v!) / 2] },
  maximum: { fn: (x) => maximum(part(x, 0), neg(part(x, 0))), smooth: (x) => square(part(x, 0)), hessian: ([v]) => [2 * v!, 0] },
  minimum: { fn: (x) => minimum(part(x, 0), neg(part(x, 0))), smooth: (x) => square(part(x, 0)), hessian: ([v]) => [2 * v!, 0] },
};

describe.each(Object.entries(conventions))('%s at 0', (name, { fn, smooth, hessian }) => {
  const zero = (): Tensor => of([0, 0]);
  const direction = [1, -0.5];

  test('has the derivatives that the guide names', () => {
    expect([...grad(fn)(zero()).data()].map(Math.abs)).toEqual([0, 0]);
    expect([...hvp((x: Tensor) => square(fn(x)))(zero(), of(direction)).data()].map(Math.abs)).toEqual([0, 0]);
    expect(readFileSync(new URL('../../../docs/transforms.md', import.meta.url), 'utf8')).toMatch(new RegExp(`\\| .*\`${name}\\(.*\\|`));
  });

  test('the smooth square has the true ones', () => {
    expect([...grad(smooth)(zero()).data()].map(Math.abs)).toEqual([0, 0]);
    hessian(direction).forEach((value, at) => expect(hvp(smooth)(zero(), of(direction)).data()[at]).toBeCloseTo(value, 12));
  });

  test('away from 0 both squares agree to second order', () => {
    const point = of([0.7, -0.2]);
    const [first, second] = [(x: Tensor) => square(fn(x)), smooth].map((f) => hvp(f)(point, of(direction)).toArray() as number[]);
    first!.forEach((value, at) => expect(value).toBeCloseTo(second![at]!, 12));
  });
});
