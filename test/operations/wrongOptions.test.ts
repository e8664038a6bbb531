import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { isListOf, key, scope, Tensor } from '@adjoint/core';
import { complaint, wrongValues } from '../core/wrongValues.js';

type Call = (...args: unknown[]) => unknown;

/** The arguments of the operations in the order of their calls, which tells what calls are valid. */
const recorded = vi.hoisted((): { readonly name: string; readonly args: readonly unknown[] }[] => []);
vi.mock('@adjoint/ops', async (original) => Object.fromEntries(Object.entries(await original<Record<string, Call>>()).map(([name, operation]) => [
  name, (...args: unknown[]) => { recorded.push({ name, args }); return operation(...args); },
])));
const ops = (await import('@adjoint/ops')) as unknown as Record<string, Call>;
const { calls } = await import('./calls.js');

/** A valid call without its options, and those. */
interface Valid {
  readonly args: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function apart(args: readonly unknown[]): Valid {
  const last = args.at(-1);
  return isPlain(last) ? { args: args.slice(0, -1), options: last } : { args, options: {} };
}

/** A call of an operation that `calls` makes. */
function callOf(name: string): Valid {
  for (const dtype of ['float32', 'int32'] as const) {
    recorded.length = 0;
    try {
      calls[name]!(dtype);
    } catch { continue; }
    return apart(recorded.find((call) => call.name === name)!.args);
  }
  throw new Error(`calls has no valid call of ${name}`);
}

/** The options that there are, as the message for a misspelled one lists them; none for a function without options. */
function optionsOf(fn: Call, { args, options }: Valid): string[] {
  try {
    scope(() => { fn(...args, { ...options, flavor: 'red' }); return null; });
  } catch (error) {
    return /unknown option 'flavor'; expected one of \[(.*)\]/.exec((error as Error).message)?.[1]!.split(', ') ?? [];
  }
  return [];
}

/** Values in place of an option, and the same inside of lists, as of axes and of paddings. */
function substitutes(): [string, unknown][] {
  const values = Object.entries({ ...wrongValues(), zero: 0, digits: '1', huge: 2 ** 40, 'two holes': new Array(2), 'three holes': new Array(3), empty: [], boxed: Object(2) as unknown });
  const inside = values.filter(([kind]) => ['undefined', 'null', 'NaN', 'negative', 'symbol', 'bigint', 'digits', 'deep', 'huge', 'two holes', 'scalar'].includes(kind));
  return [...values, ...inside.flatMap(([kind, value]): [string, unknown][] => [[`[${kind}]`, [value]], [`[${kind}, ${kind}]`, [value, value]], [`[[${kind}, 1], [1, 1]]`, [[value, 1], [1, 1]]]])];
}

/** What is wrong with a result. */
function oddity(result: unknown): string | null {
  const parts: readonly unknown[] = typeof result === 'object' && result !== null ? Object.values(result) : [];
  const tensors = [result, ...parts].filter((each) => each instanceof Tensor);
  const odd = tensors.find(({ shape }) => !isListOf(shape, (length) => Number.isSafeInteger(length) && (length as number) >= 0));
  return odd === undefined ? null : `gives the shape [${odd.shape.join(',')}]`;
}

let values: [string, unknown][];
beforeAll(() => { values = substitutes(); });

/** What a function does with a value in place of one of its arguments, for each of the values. */
function complaints(label: string, callWith: (value: unknown) => unknown, among = values): string[] {
  return among.flatMap(([kind, value]) => {
    try {
      const odd = scope(() => oddity(callWith(value)));
      return odd === null ? [] : [`${label}: ${kind} ${odd}`];
    } catch (error) {
      return complaint(`${label}: ${kind}`, error) ?? [];
    }
  });
}

function complaintsOf(fn: Call, valid: Valid): string[] {
  const { args, options } = valid;
  return [
    ...optionsOf(fn, valid).flatMap((option) => complaints(option, (value) => fn(...args, { ...options, [option]: value }))),
    ...args.flatMap((_, position) => complaints(`argument ${position}`, (value) => fn(...args.with(position, value), ...(Object.keys(options).length > 0 ? [options] : [])))),
  ];
}

// Thousands of errors are made, and none of their stacks is read.
const limit = Error.stackTraceLimit;
beforeAll(() => { Error.stackTraceLimit = 0; });
afterAll(() => { Error.stackTraceLimit = limit; });

describe('a wrong argument or option of', () => {
  test.each(Object.keys(calls))('%s is refused, or taken', (name) => {
    expect(complaintsOf(ops[name]!, callOf(name))).toEqual([]);
  });

  test('the dropout of scaledDotProductAttention is refused', () => {
    const { args } = callOf('scaledDotProductAttention');
    const dropout = { rate: 0.5, key: key(0) };
    const found = ['rate', 'key'].flatMap((option) => complaints(option, (value) => ops['scaledDotProductAttention']!(...args, { dropout: { ...dropout, [option]: value } })));
    expect(found).toEqual([]);
  });
});

/** Options that are true or false, by operation. */
const flags: readonly (readonly [operation: string, option: string])[] = [
  ...['sum', 'mean', 'prod', 'max', 'min', 'argMax', 'argMin', 'any', 'all', 'norm', 'variance', 'standardDeviation', 'logSumExp', 'globalMaxPool', 'globalAvgPool'].map((name) => [name, 'keepDims'] as const),
  ['cumSum', 'reverse'], ['cumSum', 'exclusive'], ['cumProd', 'reverse'], ['cumProd', 'exclusive'], ['sort', 'descending'], ['argSort', 'descending'],
  ['triangularSolve', 'lower'], ['triangularSolve', 'transpose'], ['triangularSolve', 'unitDiagonal'], ['gelu', 'approximate'], ['resize', 'alignCorners'],
  ['scaledDotProductAttention', 'causal'],
];

test.each(flags)('%s takes %s as true or false only', (name, option) => {
  const { args } = callOf(name);
  for (const value of [null, 0, 1, 'none', 'false', 'true', [], {}]) {
    expect(() => ops[name]!(...args, { [option]: value })).toThrow(new RegExp(`^${name}: ${option} is .*; expected true or false`));
  }
  for (const value of [true, false]) ops[name]!(...args, { [option]: value });
});

test('there are no other flags', () => {
  const known = new Set(flags.map(([, option]) => option));
  const others = Object.keys(calls).flatMap((name) => optionsOf(ops[name]!, callOf(name)).filter((option) => known.has(option) && !flags.some(([operation, flag]) => operation === name && flag === option)).map((option) => `${name} ${option}`));
  expect(others).toEqual([]);
});

// `every` skips the holes of a sparse list, so that a loop over what it let through never ended.
test.each(['strides', 'dilation', 'padding'])('conv2d refuses %s of a list with holes', (option) => {
  const { args } = callOf('conv2d');
  for (const value of [new Array(2), [new Array(2), new Array(2)]]) expect(() => ops['conv2d']!(...args, { [option]: value })).toThrow(/^conv2d: \w+ is .*empty/);
});
