import { expect } from 'vitest';
import { dispose, flattenTree, type Backend } from '@adjoint/core';
import { living } from './living.js';

/** What a {@link FaultyBackend} throws. */
class Fault extends Error {
  override readonly name = 'Fault';
}

/** Methods that are not counted: they don't fail, or run at times that a test doesn't control. */
const uncounted: ReadonlySet<PropertyKey> = new Set(['free', 'reservedBytes', 'evict', 'restore', 'trim']);

/** A backend that can be told which of its next calls (allocations, copies and kernels alike) fails. */
export class FaultyBackend {
  readonly backend: Backend;
  private callsLeft = Infinity;

  constructor(inner: Backend) {
    this.backend = new Proxy(inner, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        const method = value.bind(target) as (...args: readonly unknown[]) => unknown;
        if (uncounted.has(name)) return method;
        return (...args: readonly unknown[]) => {
          if (--this.callsLeft === 0) throw new Fault(`${String(name)} was told to fail`);
          return method(...args);
        };
      },
    });
  }

  /** Runs a function while the call of this number, counted from 1, fails. */
  async failing(call: number, run: () => unknown): Promise<{ readonly result?: unknown; readonly error?: unknown; readonly isReached: boolean }> {
    this.callsLeft = call;
    try {
      return { result: await run(), isReached: this.callsLeft <= 0 };
    } catch (error) {
      return { error, isReached: true };
    } finally {
      this.callsLeft = Infinity;
    }
  }
}

/**
 * Runs a function again and again, and lets a different call of the backend fail each time, until there is none left. After each
 * failure, the memory must be as before, `mine` must be alive; after some of them, the function must succeed if it is run again.
 *
 * @param run - gives a tree of what it made, which is disposed of.
 * @param mine - a tree of tensors that belong to the caller.
 * @returns how many calls there were.
 */
export async function expectNothingLeft(faulty: FaultyBackend, run: () => unknown, mine: unknown = null): Promise<number> {
  const attempt = async (): Promise<unknown> => run();
  const own = flattenTree(mine).map(([, leaf]) => leaf);
  // Once before, since some things are made once and stay.
  dispose(await attempt(), mine);
  const before = living();
  for (let call = 1; ; call++) {
    const { result, error, isReached } = await faulty.failing(call, attempt);
    dispose(result, mine);
    const where = `call ${call} ${isReached ? `failed: ${String(error)}` : 'was not made'}`;
    expect({ where, ...living() }).toEqual({ where, ...before });
    expect(own.filter((leaf) => leaf.isReleased), where).toEqual([]);
    if (!isReached) return call - 1;
    // Not after each of hundreds of failures, for time.
    if (call > 20 && call % 10 !== 0) continue;
    dispose(await attempt(), mine);
    expect({ where, ...living() }).toEqual({ where, ...before });
  }
}
