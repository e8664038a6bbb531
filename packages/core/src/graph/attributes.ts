import { isCollection, isKeyed, type Collection } from 'immutable';
import { formatNumber } from '../formatNumber.js';
import type { GraphNode } from './graphNode.js';

/** The attributes of a call as a person reads them, those of groups beside the others: `strides=[2,2] dilation=[1,1]`. */
export function formatAttributes({ attrs }: GraphNode): string {
  return formatEntries(attrs);
}

function formatEntries(entries: Collection.Keyed<unknown, unknown>): string {
  return entries.entrySeq().map(([name, value]) => (isKeyed(value) ? formatEntries(value) : `${String(name)}=${formatValue(value)}`)).join(' ');
}

function formatValue(value: unknown): string {
  if (isCollection(value)) return `[${value.toSeq().map(formatValue).join(',')}]`;
  return typeof value === 'number' ? formatNumber(value) : String(value);
}
