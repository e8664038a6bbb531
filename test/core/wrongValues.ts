import { Map as ImmutableMap } from 'immutable';
import { AdjointError, dispose, tensor } from '@adjoint/core';

/** Values of every kind that a caller can give in place of what a function takes. */
export function wrongValues(): Record<string, unknown> {
  const cycle: unknown[] = [];
  cycle.push(cycle);
  const object: { self?: unknown } = {};
  object.self = object;
  let deep: unknown = [];
  for (let depth = 0; depth < 10_000; depth++) deep = [deep];
  const released = tensor([1]);
  dispose(released);
  return {
    undefined, null: null, number: 5, negative: -1.5, NaN: Number.NaN, infinity: Infinity, string: 'text', bigint: 10n, symbol: Symbol('s'), true: true, function: () => 0,
    array: [1, 2], nested: [[1, 2], [3, 4]], ragged: [[1], [2, 3]], cycle, deep, frozen: Object.freeze([1]),
    // eslint-disable-next-line no-sparse-arrays
    sparse: [1, , 3], object: {}, unknownOption: { flavor: 'red' }, owner: object, 'null prototype': Object.create(null) as unknown, date: new Date(0), bytes: new Uint8Array(3),
    bigints: new BigInt64Array(2), map: new Map([[1, 2]]), immutable: ImmutableMap({ a: 1 }), proxy: new Proxy({}, {}), promise: Promise.resolve(1), released,
    int32: tensor([1, 2], { dtype: 'int32' }), bool: tensor([true]), scalar: tensor(1), matrix: tensor([[1, 2], [3, 4]]),
  };
}

/** What is wrong with an error: null for a short one of the library, on one line. */
export function complaint(name: string, error: unknown): string | null {
  if (!(error instanceof AdjointError)) return `${name}: ${String(error).slice(0, 120)}`;
  if (error.message.includes('\n') || error.message.length > 500) return `${name}: a message of ${error.message.length} characters: ${error.message.slice(0, 100)}`;
  return null;
}
