/* The switches that `instrument` puts on expressions: which one is on, and which ones a call met. */
import { isFloat, Tensor } from '@adjoint/core';
import * as ops from '@adjoint/ops';

/** One change of one expression. */
export interface Mutant {
  readonly site: string;
  readonly change: string;
}

type Change = (value: never) => unknown;

const ofFloats: Readonly<Record<string, Change>> = {
  'other sign': (x: Tensor) => ops.neg(x),
  'factor 1.5': (x: Tensor) => ops.mul(x, 1.5),
};
const ofBooleans: Readonly<Record<string, Change>> = { inverted: (x: Tensor) => ops.logicalNot(x) };
const ofConditions: Readonly<Record<string, Change>> = { 'never true': () => false };
const ofNumbers: Readonly<Record<string, Change>> = { 'one more': (x: number) => x + 1, 'other sign': (x: number) => (x === 0 ? 1 : -x) };
const ofLists: Readonly<Record<string, Change>> = { 'in reverse': (list: unknown[]) => [...list].reverse() };
const ofWindows: Readonly<Record<string, Change>> = {
  'other strides': (window: { strides: number[] }) => ({ ...window, strides: window.strides.map((stride) => stride + 1) }),
  'axes exchanged': (window: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(window).map(([name, list]) => [name, Array.isArray(list) ? [...(list as unknown[])].reverse() : list])),
};

/** What can be done to a value. */
function changesOf(value: unknown): Readonly<Record<string, Change>> {
  if (value instanceof Tensor) return isFloat(value.dtype) ? ofFloats : value.dtype === 'bool' ? ofBooleans : {};
  if (typeof value === 'boolean') return value ? ofConditions : {};
  if (typeof value === 'number') return ofNumbers;
  if (Array.isArray(value)) return value.length > 1 && value.every((item) => typeof item === 'number') ? ofLists : {};
  return typeof value === 'object' && value !== null && 'strides' in value && 'padding' in value ? ofWindows : {};
}

const first = (value: Tensor): Tensor => value;

/** An operation's counterpart: what somebody might have meant instead. */
const counterparts: Readonly<Record<string, unknown>> = {
  add: ops.sub, sub: ops.add, mul: ops.div, div: ops.mul, neg: first, sumTo: first, transpose: first, flip: first, spread: undefined,
  equal: ops.notEqual, greater: ops.less, less: ops.greater, greaterEqual: ops.lessEqual, lessEqual: ops.greaterEqual,
  maximum: ops.minimum, minimum: ops.maximum, sum: ops.mean,
  where: (condition: Tensor, yes: Tensor, no: Tensor) => ops.where(condition, no, yes),
};
const otherOperation = 'its counterpart';

let active: Mutant | null = null;
let met: Map<string, Mutant> | null = null;

function decide(site: string, change: string): boolean {
  met?.set(`${site} | ${change}`, { site, change });
  return active !== null && active.site === site && active.change === change;
}

/** Turns everything off while a change is made, which may itself call operations. */
function apart<R>(fn: () => R): R {
  const [wasActive, wasMet] = [active, met];
  [active, met] = [null, null];
  try {
    return fn();
  } finally {
    [active, met] = [wasActive, wasMet];
  }
}

const switches = {
  value(site: string, value: unknown): unknown {
    for (const [change, make] of Object.entries(changesOf(value))) {
      if (decide(site, change)) return apart(() => make(value as never));
    }
    return value;
  },
  callee(site: string, name: string, callee: unknown): unknown {
    const other = counterparts[name];
    return other !== undefined && decide(site, otherOperation) ? other : callee;
  },
};

Object.assign(globalThis, { adjointMutants: switches });

/** Runs `fn` with one mutant on, or without any. */
export function withMutant<R>(mutant: Mutant | null, fn: () => R): R {
  active = mutant;
  try {
    return fn();
  } finally {
    active = null;
  }
}

/** The mutants whose expressions `fn` evaluates. */
export function mutantsMet(fn: () => void): ReadonlyMap<string, Mutant> {
  met = new Map();
  try {
    fn();
    return met;
  } finally {
    met = null;
  }
}
