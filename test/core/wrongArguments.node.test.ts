import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Map as ImmutableMap } from 'immutable';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as core from '@adjoint/core';
import { AdjointError, dispose, scope, tensor } from '@adjoint/core';
import * as data from '@adjoint/data';
import * as dataNode from '@adjoint/data/node';
import * as nn from '@adjoint/nn';
import * as nnNode from '@adjoint/nn/node';
import * as ops from '@adjoint/ops';
import * as wasm from '@adjoint/wasm';

/** Values of every kind that a caller can give in place of what a function takes. */
function wrongValues(): Record<string, unknown> {
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

/**
 * What is for authors of operations and backends, is called in inner loops, and so trusts its types; or takes any value.
 */
const trusting: readonly string[] = [
  'allocateArray', 'bytesPerElement', 'isFloat', 'promote', 'viewBytes', 'broadcastShapes', 'broadcastStrides', 'contiguousStrides', 'formatShape', 'formatType',
  'isContiguous', 'sameShape', 'sizeOf', 'empty', 'view', 'constantLike', 'fromTypedArray', 'assertAlive', 'apply', 'definePrimitive', 'redefine', 'markClass', 'registerCopy',
  'setDefaultBackend', 'withBackend', 'valuesBehind', 'accumulate', 'formatText', 'checkShape', 'normalizeAxes', 'normalizeAxis', 'checkDtype', 'refuseArgument',
];

function complaint(name: string, error: unknown): string | null {
  if (!(error instanceof AdjointError)) return `${name}: ${String(error).slice(0, 120)}`;
  if (error.message.includes('\n') || error.message.length > 500) return `${name}: a message of ${error.message.length} characters: ${error.message.slice(0, 100)}`;
  return null;
}

/** Whether the source of a function has no parameters: values that it never reads can't be wrong. */
function takesNothing(fn: (...args: unknown[]) => unknown): boolean {
  return /^(?:async\s+)?(?:function\s*\w*\s*)?\(\s*\)/.test(Function.prototype.toString.call(fn));
}

async function complaints(name: string, fn: (...args: unknown[]) => unknown): Promise<string[]> {
  const found = new Set<string>();
  const values = wrongValues();
  const attempt = async (label: string, args: unknown[]): Promise<void> => {
    try {
      // Results that are promises are refused by a scope, so only what is synchronous runs in one.
      const result = fn(...args);
      if (result instanceof Promise) await result;
    } catch (error) {
      const problem = complaint(`${name}(${label})`, error);
      if (problem !== null) found.add(problem);
    }
  };
  await attempt('', []);
  for (const [kind, value] of Object.entries(values)) {
    for (let position = 0; position < Math.max(1, fn.length + 1) && position < 4; position++) {
      for (const filler of [undefined, values.matrix]) {
        const args = Array.from({ length: position }, () => filler);
        await attempt(`${args.map(() => (filler === undefined ? '-' : 'x')).join()}${position > 0 ? ',' : ''}${kind}`, [...args, value]);
      }
    }
  }
  return [...found];
}

// Text may be taken for the path of a file to write.
const former = process.cwd();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adjoint-wrong-'));
  process.chdir(folder);
  vi.stubEnv('XDG_CACHE_HOME', folder);
  vi.stubGlobal('fetch', () => Promise.reject(new Error('no network')));
});
afterAll(async () => { vi.unstubAllGlobals(); vi.unstubAllEnvs(); process.chdir(former); await rm(folder, { recursive: true, force: true }); });

describe.each<[string, Record<string, unknown>]>([['core', core], ['ops', ops], ['nn', nn], ['data', data], ['wasm', wasm], ['data/node', dataNode], ['nn/node', nnNode]])('wrong arguments of %s', (_, exports) => {
  const functions = Object.entries(exports).filter((entry): entry is [string, (...args: unknown[]) => unknown] =>
    typeof entry[1] === 'function' && !entry[0].startsWith('require') && !/^class\b/.test(Function.prototype.toString.call(entry[1])) && !takesNothing(entry[1] as () => unknown) && !trusting.includes(entry[0]));
  test.each(functions)('%s throws an error of its own, or takes them', async (name, fn) => {
    expect(await complaints(name, fn)).toEqual([]);
    scope(() => null);
  });
});
