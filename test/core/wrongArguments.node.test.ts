import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as core from '@adjoint/core';
import { scope } from '@adjoint/core';
import * as data from '@adjoint/data';
import * as dataNode from '@adjoint/data/node';
import * as nn from '@adjoint/nn';
import * as nnNode from '@adjoint/nn/node';
import * as ops from '@adjoint/ops';
import * as wasm from '@adjoint/wasm';
import { complaint, wrongValues } from './wrongValues.js';

/**
 * What is for authors of operations and backends, is called in inner loops, and so trusts its types; or takes any value.
 */
const trusting: readonly string[] = [
  'allocateArray', 'bytesPerElement', 'isFloat', 'promote', 'viewBytes', 'broadcastShapes', 'broadcastStrides', 'contiguousStrides', 'formatShape', 'formatType',
  'isContiguous', 'sameShape', 'sizeOf', 'empty', 'view', 'constantLike', 'fromTypedArray', 'assertAlive', 'apply', 'definePrimitive', 'redefine', 'markClass', 'registerCopy',
  'setDefaultBackend', 'withBackend', 'valuesBehind', 'accumulate', 'formatText', 'checkShape', 'normalizeAxes', 'normalizeAxis', 'checkDtype', 'isListOf', 'unknownOperation', 'refuseArgument',
];

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
