import { expect } from 'vitest';
import { checkpoint, hvp, isFloat, jvp, ones, tensor, vjp, type DType, type Tensor } from '@adjoint/core';
import { mul, sin, sum } from '../src/index.js';

/** What must not show through a mask or a weight of 0. */
export const poisons: readonly number[] = [NaN, Infinity, -Infinity, 1e30];

/** An argument, and which of its elements the function must not depend on. */
export interface Argument {
  readonly values: readonly number[];
  readonly shape: readonly number[];
  readonly hidden: (position: number) => boolean;
  readonly dtype?: DType;
}

const positive = (value: number): number => value + 0;

/** Numbers without the sign of zeros, to which a sum of other zeros may lead. */
function numbersOf(value: Tensor): number[] {
  return [...value.data()].map(positive);
}

/** Everything that a function gives: its value, its gradients, and products with its second derivatives. */
function everything(fn: (inputs: readonly Tensor[]) => Tensor, inputs: readonly Tensor[]): number[][] {
  const weighted = (x: Tensor[]): Tensor => {
    const output = fn(x);
    return sum(mul(output, tensor(Array.from({ length: output.size }, (_, index) => 1 + Math.sin(index)), { shape: output.shape, dtype: 'float32' })));
  };
  const given = [...inputs];
  const { value, pullback } = vjp(fn, given);
  const first = pullback(sin(ones(value.shape, { dtype: 'float32' })))[0];
  const again = vjp((x: Tensor[]) => checkpoint(fn)(x), given).pullback(sin(ones(value.shape, { dtype: 'float32' })))[0];
  const tangents = given.map((x) => sin(ones(x.shape, { dtype: x.dtype as 'float32' })));
  const second = hvp(weighted)(given, tangents);
  return [numbersOf(value), ...first.map(numbersOf), ...again.map(numbersOf), ...second.map(numbersOf), numbersOf(jvp(fn, [given], [tangents]).tangent)];
}

/**
 * Asserts that a function is the same in every bit whatever the hidden elements of its arguments hold, that no gradient with
 * respect to them is other than 0, and that nothing is NaN or infinite.
 */
export function expectHidden(fn: (inputs: readonly Tensor[]) => Tensor, args: readonly Argument[]): void {
  const make = (poison: number | null) => args.map(({ values, shape, hidden, dtype = 'float32' }) =>
    tensor(values.map((value, position) => (poison !== null && hidden(position) ? poison : value)), { shape, dtype }));
  expect(args.every(({ dtype = 'float32' }) => isFloat(dtype))).toBe(true);
  const harmless = everything(fn, make(null));
  for (const [part, numbers] of harmless.entries()) expect(numbers.every(Number.isFinite), `part ${part} is [${numbers.join(', ')}]`).toBe(true);
  for (const poison of poisons) expect(everything(fn, make(poison)), `with ${poison}`).toEqual(harmless);
  const gradients = vjp(fn, make(NaN)).pullback(fn(make(null)))[0] as readonly Tensor[];
  for (const [index, gradient] of gradients.entries()) {
    const elements = [...gradient.data()];
    expect(elements.filter((_, position) => args[index]!.hidden(position)).every((element) => element === 0), `the gradient of argument ${index} is [${elements.join(', ')}]`).toBe(true);
  }
}
