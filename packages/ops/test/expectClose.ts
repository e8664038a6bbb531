import { expect } from 'vitest';
import type { Tensor } from '@adjoint/core';

/** Asserts that a tensor's elements, in row-major order, are near to some numbers. */
export function expectClose(actual: Tensor, expected: readonly number[], tolerance = 1e-12): void {
  const data = actual.data();
  expect(data).toHaveLength(expected.length);
  for (const [element, value] of expected.entries()) expect(Math.abs(data[element]! - value)).toBeLessThanOrEqual(tolerance);
}
