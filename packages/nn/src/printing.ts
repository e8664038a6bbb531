import { flattenTree, formatCall, showAs, sizeOf } from '@adjoint/core';
import { isList, isMap, type Map } from 'immutable';

/** The call that makes a value of a type and its options. A chain is a call with its links. */
export function formatMade(type: string, config: Map<string, unknown>): string {
  const links = config.get('links');
  if (type === 'chain' && isList(links)) return formatCall(type, [...links].map(displayed));
  return formatCall(type, config.isEmpty() ? [] : [config.map(displayed).toObject()]);
}

/** An option, with schedules, optimizers and the like as the calls that make them, in place of what a definition says of them. */
export function displayed(value: unknown): unknown {
  if (isList(value)) return value.map(displayed);
  if (isMap(value)) {
    const { type, config, ...options } = value.toObject() as Fields;
    if (typeof type !== 'string') return value.map(displayed);
    return text(formatMade(type, isMap(config) ? (config as Map<string, unknown>) : (value as Map<string, unknown>).filter((_, name) => name in options)));
  }
  return value;
}

/** A value that prints as a text. */
export function text(written: string): object {
  return showAs({}, () => written);
}

/** Values by their names. */
export type Fields = Readonly<Record<string, unknown>>;

/** The fields of a record that say something: neither null nor an empty collection. */
export function telling(fields: object): Fields {
  const isEmpty = (value: unknown) => value === null || ((isMap(value) || isList(value)) && value.size === 0);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)));
}

/** How much there is in a tree of tensors. */
export function formatSize(tree: unknown): string {
  const leaves = flattenTree(tree);
  const elements = leaves.reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0);
  return `${leaves.length} tensor${leaves.length === 1 ? '' : 's'} of ${elements.toLocaleString('en-US')} element${elements === 1 ? '' : 's'}`;
}
