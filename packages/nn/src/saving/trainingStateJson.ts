import { ArgumentError, DataFormatError, formatValue, Key, showCollection, Tensor } from '@adjoint/core';
import { isList, isMap, isOrderedMap, isRecord, List, Map, OrderedMap } from 'immutable';
import { requireObject } from '../definition/json.js';
import { OptimizerState } from '../optimizers/optimizerState.js';
import { EpochRecord, showHistory, type History } from '../training/history.js';
import { EpochProgress } from '../training/progress.js';
import { TrainingState } from '../training/trainingState.js';

/** The records that a training state is made of, by the names that they have in a file. */
const records = { EpochProgress, EpochRecord, OptimizerState, TrainingState };

/** Numbers that JSON does not have. */
const specialNumbers: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity };

/**
 * A value of a training state as JSON, in which collections, tensors and keys are objects that say what they are. The tensors
 * themselves go to `tensors`, by their dotted paths.
 *
 * @throws `ArgumentError` for a value that a training state is not made of.
 */
export function valueToJson(value: unknown, path: string, tensors: [name: string, tensor: Tensor][]): unknown {
  const below = (child: unknown, name: string | number) => valueToJson(child, path === '' ? String(name) : `${path}.${name}`, tensors);
  if (value instanceof Tensor) {
    tensors.push([path, value]);
    return { tensor: path };
  }
  if (value instanceof Key) return { key: [value.high, value.low] };
  if (typeof value === 'number') return Number.isFinite(value) ? value : { number: String(value) };
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(below);
  if (isList(value)) return { list: value.toArray().map(below) };
  if (isMap(value)) return { [isOrderedMap(value) ? 'orderedMap' : 'map']: [...value].map(([name, child]) => [name, below(child, String(name))]) };
  const known = Object.entries(records).find(([, record]) => value instanceof record);
  if (known !== undefined && isRecord(value)) return { record: known[0], fields: Object.fromEntries([...value.toSeq()].map(([name, child]) => [name, below(child, String(name))])) };
  throw new ArgumentError(`encodeTrainingState: at ${path} there is ${formatValue(value)}; expected tensors, numbers, texts, and Immutable collections of them`);
}

/**
 * The value that {@link valueToJson} wrote.
 *
 * @throws `DataFormatError` that begins with `what` where the JSON is none that it writes, a record has other fields than this version
 *   writes, or a tensor is missing.
 */
export function valueFromJson(json: unknown, what: string, tensors: Map<string, Tensor>): unknown {
  const below = (child: unknown) => valueFromJson(child, what, tensors);
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return json.map(below);
  const [kind, ...others] = Object.keys(json);
  const content = (json as Readonly<Record<string, unknown>>)[kind!];
  const { fields } = json as { readonly fields?: unknown };
  if (kind === 'tensor' && typeof content === 'string' && tensors.has(content)) return tensors.get(content);
  if (kind === 'number' && typeof content === 'string' && Object.hasOwn(specialNumbers, content)) return specialNumbers[content];
  if (kind === 'key' && isPairOf(content, isWord)) return new Key(content[0], content[1]);
  if (kind === 'list' && Array.isArray(content)) return shownList(List(content.map(below)));
  if ((kind === 'map' || kind === 'orderedMap') && Array.isArray(content) && content.every(isEntry)) {
    const entries = content.map(([name, child]): [string, unknown] => [name, below(child)]);
    return showCollection(kind === 'map' ? Map(entries) : OrderedMap(entries));
  }
  if (kind === 'record' && typeof content === 'string' && Object.hasOwn(records, content) && others[0] === 'fields') {
    const empty = new records[content as keyof typeof records]() as TrainingState;
    const written = requireObject(fields, what);
    const first: Readonly<Record<string, unknown>> = { ...empty.toObject() };
    requireFieldsOf(content, first, written, what);
    const given = Object.entries(written).map(([name, child]): [string, unknown] => [name, below(child)]);
    const wrong = given.find(([name, child]) => !isOfKind(child, first[name]));
    if (wrong === undefined) return empty.merge(Object.fromEntries(given));
    throw new DataFormatError(`${what}: ${content} has no field ${wrong[0]} that could be ${formatValue(written[wrong[0]])}`);
  }
  throw new DataFormatError(`${what}: there is ${formatValue(json)}; expected what a training state is made of, and a tensor of each name`);
}

/**
 * Refuses a record with other fields than this version has: with a default in place of one, training would go on from other numbers.
 *
 * @throws `DataFormatError` that names the field.
 */
function requireFieldsOf(record: string, fields: object, written: object, what: string): void {
  const missing = Object.keys(fields).find((name) => !Object.hasOwn(written, name));
  const unknown = Object.keys(written).find((name) => !Object.hasOwn(fields, name));
  if (missing === undefined && unknown === undefined) return;
  throw new DataFormatError(
    `${what}: ${record} has ${missing === undefined ? `the field ${unknown}, which is unknown` : `no field ${missing}`}; expected the fields [${Object.keys(fields).join(', ')}]. ` +
      'Another version of Adjoint wrote the file: continue with that version, or start over',
  );
}

/** Whether a value can stand in place of a first one; what is null at first, or may become so, is a number otherwise. */
function isOfKind(value: unknown, first: unknown): boolean {
  if (typeof first !== 'object' || first === null) return value === null || typeof value === (first === null ? 'number' : typeof first);
  return typeof value === 'object' && value !== null && value.constructor === first.constructor;
}

/** A history prints as a table. */
function shownList(list: List<unknown>): List<unknown> {
  return list.first() instanceof EpochRecord ? showHistory(list as History) : showCollection(list);
}

function isWord(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;
}

function isPairOf(value: unknown, holds: (part: unknown) => part is number): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every(holds);
}

function isEntry(value: unknown): value is [string, unknown] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string';
}
