import * as fc from 'fast-check';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scope, type DType } from '@adjoint/core';
import * as ops from '@adjoint/ops';
import { gradientCases } from '../gradients/cases.js';
import { calls } from './calls.js';
import { documentationOf, type Documentation } from './documentation.js';

const root = join(import.meta.dirname, '..', '..');
const documentation = documentationOf(join(root, 'packages', 'ops', 'src'));
const operations = Object.keys(ops).map((name) => documentation.get(name)!).sort((left, right) => left.name.localeCompare(right.name));

const dtypes: readonly DType[] = ['bool', 'int32', 'float32', 'float64'];
const short: Readonly<Record<DType, string>> = { bool: 'b', int32: 'i', float32: 'f', float64: 'd' };

/** The dtype that an operation gives for one, or null where it takes none such. */
function resultOf(name: string, dtype: DType): DType | null {
  try {
    return scope(() => calls[name]!(dtype)).dtype;
  } catch {
    return null;
  }
}

/** For each dtype that an operation takes, what it gives: `i→f`; one letter where that is the same. */
function dtypesOf(name: string): string {
  return dtypes.flatMap((dtype) => {
    const result = resultOf(name, dtype);
    if (result === null) return [];
    return [result === dtype ? short[dtype] : `${short[dtype]}→${short[result]}`];
  }).join(' ');
}

/** The highest order to which a property compares its derivatives with central differences; 0 without a property. */
function testedOrder(name: string): number {
  const properties = Object.entries(gradientCases).filter(([title]) => title.split(' ')[0] === name || title.split(' ').includes(name));
  const orders = properties.flatMap(([, arbitrary]) => fc.sample(arbitrary, { seed: 0, numRuns: 3 }).map(({ options }) => options?.order ?? 2));
  return Math.max(0, ...orders);
}

/** Operations that give floats and have no property: why. */
const withoutProperty: Readonly<Record<string, string>> = {
  adamUpdate: 'none',
  ceil: '0',
  floor: '0',
  oneHot: 'none, takes int32',
  round: '0',
  sign: '0',
};

function gradientOf(name: string): string {
  const result = resultOf(name, 'float64');
  if (result === 'bool' || result === 'int32') return `none, gives ${result}`;
  const order = testedOrder(name);
  return order > 0 ? `order ${order}` : withoutProperty[name] ?? '';
}

const code = (name: string | undefined): string => (name === undefined || name === '' ? '' : `\`${name}\``);

function lineOf({ name, summary, counterparts }: Documentation): string {
  const cells = [code(name), summary.replaceAll('|', '\\|'), code(counterparts['numpy']), code(counterparts['jax']), code(counterparts['torch']), dtypesOf(name), gradientOf(name)];
  return `| ${cells.join(' | ')} |`;
}

function page(): string {
  const families = [...new Set(operations.map(({ family }) => family))].sort();
  const sections = families.map((family) => [
    `## ${family}`, '',
    '| operation | what it gives | NumPy | JAX | PyTorch | dtypes | gradient |', '| --- | --- | --- | --- | --- | --- | --- |',
    ...operations.filter((operation) => operation.family === family).map(lineOf), '',
  ].join('\n'));
  return [
    '# The operations', '',
    `The ${operations.length} functions of \`@adjoint/ops\`, by family, beside their counterparts elsewhere. Where a name is NumPy's or JAX's, so`,
    'are its semantics; what differs stands in the comment of the function, and in the API reference (`npm run docs`).', '',
    'The dtypes are `b` (`bool`), `i` (`int32`), `f` (`float32`) and `d` (`float64`); `i→f` says that an `int32` gives a `float32`.',
    'The last column tells to which order random properties compare the derivatives with central differences, in `float64`.',
    'Derivatives of higher orders exist too: every rule is made of operations that have rules.', '',
    'Random numbers (`uniform`, `normal`, `bernoulli` and others) and `stopGradient` are functions of `@adjoint/core`.', '',
    'Convolutions take `precision`: with `default`, 3 by 3 kernels in `float32` may go through a transform, whose error is relative to the',
    'largest value near an output; `highest` always sums directly ([what it costs](performance.md)).', '',
    'This page is written by its test: `npx vitest run test/operations -u`.', '',
    ...sections,
  ].join('\n');
}

test('docs/operations.md lists every operation as it is', async () => {
  await expect(page()).toMatchFileSnapshot(join(root, 'docs', 'operations.md'));
});

describe('every operation', () => {
  test('has a comment', () => {
    expect(Object.keys(ops).filter((name) => (documentation.get(name)?.summary ?? '') === '')).toEqual([]);
  });

  test('has a gradient that a property checks, or a reason for none', () => {
    expect(operations.filter(({ name }) => gradientOf(name) === '').map(({ name }) => name)).toEqual([]);
  });

  test('has a call here', () => {
    expect(Object.keys(ops).filter((name) => !(name in calls))).toEqual([]);
    expect(Object.keys(calls).filter((name) => !(name in ops))).toEqual([]);
  });

  test.each(Object.keys(calls))('%s gives a tensor for some dtypes, and says by name which others it does not take', (name) => {
    const refused = dtypes.filter((dtype) => resultOf(name, dtype) === null);
    expect(refused.length).toBeLessThan(dtypes.length);
    for (const dtype of refused) expect(() => scope(() => calls[name]!(dtype))).toThrow(new RegExp(`^${name}: `));
  });
});
