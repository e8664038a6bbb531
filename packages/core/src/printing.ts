import { isCollection, isKeyed, isRecord } from 'immutable';
import { refuseArgument, requireFlag, requireFunction, requireList, requireObject, requireText } from './arguments.js';
import { formatNumber } from './formatNumber.js';
import { describesItself, formatText, formatValue } from './formatValue.js';
import { isPlainObject } from './plainObject.js';
import { formatType, sizeOf } from './shape.js';
import { Tensor } from './tensor.js';

/** Node prints objects by the method of this name. */
const inspectCustom = Symbol.for('nodejs.util.inspect.custom');

/** What Node passes, as far as it is used. */
interface InspectOptions {
  readonly stylize?: (text: string, style: string) => string;
}

/** Lines are at most this long, unless a part alone is longer. */
const longestLine = 80;

/** Of longer lists only the first and last parts are shown. */
const mostParts = 24;
const [firstParts, lastParts] = [16, 4];

/** Values nest no deeper than this in a text. */
const deepest = 8;

/** Node calls it for an object that prints by its `toString`. What is nested too deeply is shown by its name alone. */
function inspectAsText(this: object, depth: number | null, { stylize }: InspectOptions = {}): string {
  const text = asText(this);
  if (typeof depth === 'number' && depth < 0 && text.includes('\n')) return `[${/^[\w$.]+/.exec(text)?.[0] ?? 'Object'}]`;
  if (stylize === undefined) return text;
  return text.replace(/'[^'\n]*'|(?<![\w.])-?\d[\d.]*(?:e[+-]?\d+)?(?![\w.])|\b(?:true|false|null|NaN)\b/g, (token) => stylize(token, styleOf(token)));
}

function asText(value: unknown): string {
  return String(value);
}

function styleOf(token: string): string {
  if (token.startsWith("'")) return 'string';
  return token === 'null' ? 'null' : token === 'true' || token === 'false' ? 'boolean' : 'number';
}

/**
 * Makes an object, or the instances of a class whose prototype is given, print as a text: in Node's console, also inside other
 * objects, and wherever JavaScript converts them to text.
 *
 * @param target - the object or the prototype; must not be frozen yet.
 * @param format - makes the text. It must not read the values of tensors.
 * @returns the target.
 * @throws {@link ArgumentError} if `target` is not an object or is frozen, or `format` is not a function.
 *
 * @example
 * ```ts
 * import { showAs } from '@adjoint/core';
 *
 * class Point {
 *   constructor(readonly x: number, readonly y: number) {}
 * }
 * showAs(Point.prototype, ({ x, y }) => `Point(${x}, ${y})`);
 * `${new Point(1, 2)}`; // 'Point(1, 2)'
 * ```
 */
export function showAs<T extends object>(target: T, format: (value: T) => string): T {
  const given: unknown = target;
  const isObject = (typeof given === 'object' && given !== null) || typeof given === 'function';
  if (!isObject || !Object.isExtensible(given)) refuseArgument('showAs', 'target', given, 'an object that is not frozen');
  requireFunction('showAs', 'format', format);
  const toString = function (this: T): string {
    return format(this);
  };
  return Object.defineProperties(target, {
    toString: { value: toString, configurable: true, writable: true },
    [inspectCustom]: { value: inspectAsText, configurable: true, writable: true },
  });
}

function collectionText(this: object): string {
  return shown(this, 0);
}

/**
 * Makes an Immutable collection print as a person reads it, and the collections inside: tensors by path and type, all other
 * collections as JavaScript writes them. Immutable's own classes stay as they are, so what is later derived from the collection
 * prints as before.
 *
 * @returns the collection itself.
 *
 * @example
 * ```ts
 * import { showCollection, tensor } from '@adjoint/core';
 * import { Map } from 'immutable';
 *
 * String(showCollection(Map({ dense: Map({ bias: tensor([0]) }) }))); // '{ dense.bias: float32 [1] }'
 * String(showCollection(Map({ rate: 0.1, name: 'fast' }))); // "{ rate: 0.1, name: 'fast' }"
 * ```
 */
export function showCollection<T>(collection: T): T {
  if (!isCollection(collection) || isShown(collection)) return collection;
  showAlone(collection);
  for (const child of collection.valueSeq()) showCollection(child);
  return collection;
}

/** {@link showCollection}, where those inside are shown already. By plain assignment, which is several times faster than to define properties. */
export function showAlone<T extends object>(collection: T): T {
  if (!Object.isExtensible(collection)) return collection;
  const shownOne = collection as { toString: () => string; [inspectCustom]?: unknown };
  shownOne.toString = collectionText;
  shownOne[inspectCustom] = inspectAsText;
  return collection;
}

function isShown(value: object): boolean {
  return (value as { readonly [inspectCustom]?: unknown })[inspectCustom] === inspectAsText;
}

/**
 * Formats named values: on one line if they fit, otherwise one per line. Values are written as in JavaScript, tensors by their
 * types alone, and numbers in at most six digits.
 *
 * @param name - what the values belong to, such as a class; may be empty.
 * @throws {@link ArgumentError} if `name` is not a string or `fields` is not an object.
 *
 * @example
 * ```ts
 * import { formatFields } from '@adjoint/core';
 *
 * formatFields('Epoch', { epoch: 1, loss: 0.123456789, tags: ['a'] }); // "Epoch { epoch: 1, loss: 0.123457, tags: ['a'] }"
 * ```
 */
export function formatFields(name: string, fields: object): string {
  requireText('formatFields', 'name', name);
  requireObject('formatFields', 'fields', fields);
  return fieldsText(name, Object.entries(fields), 0);
}

/**
 * Formats a call, as it is written in a program.
 *
 * @param name - the function.
 * @param args - the arguments. Layers, optimizers and the like are written as they print.
 * @param tall - whether several arguments are on lines of their own even if one line has room for all. Default: false.
 * @throws {@link ArgumentError} if `name` is not a string, `args` is not a list, or `tall` is not a boolean.
 *
 * @example
 * ```ts
 * import { formatCall } from '@adjoint/core';
 *
 * formatCall('adam', [{ learningRate: 0.001 }]); // 'adam({ learningRate: 0.001 })'
 * ```
 */
export function formatCall(name: string, args: readonly unknown[], tall = false): string {
  requireText('formatCall', 'name', name);
  requireList('formatCall', 'args', args);
  requireFlag('formatCall', 'tall', tall);
  const parts = args.map((argument) => shown(argument, 0));
  return parts.length === 1 ? `${name}(${parts[0]!})` : laidOut(`${name}(`, parts, ')', { tall });
}

/** Any value; `depth` is how deep it is nested. */
function shown(value: unknown, depth: number): string {
  if (typeof value === 'number') return formatNumber(value);
  if (typeof value === 'string') return `'${formatText(value)}'`;
  if (typeof value !== 'object' || value === null) return typeof value === 'function' && isShown(value) ? asText(value) : formatValue(value);
  if (value instanceof Tensor) return value[describesItself];
  if (isShown(value) && (value as { toString: unknown }).toString !== collectionText) return asText(value);
  if (depth > deepest) return '...';
  const leaves = leavesOf(value);
  if (leaves !== null && leaves.length > 0) return treeText(leaves);
  if (isRecord(value)) return fieldsText('', Object.entries(value.toObject() as object), depth);
  if (isCollection(value)) {
    return isKeyed(value) ? fieldsText('', [...value.entries()].map(([name, child]) => [String(name), child]), depth) : listText([...value.valueSeq()], depth);
  }
  if (Array.isArray(value)) return listText(value, depth);
  return isPlainObject(value) ? fieldsText('', Object.entries(value), depth) : formatValue(value);
}

function fieldsText(name: string, fields: readonly (readonly [string, unknown])[], depth: number): string {
  return laidOut(`${name === '' ? '' : `${name} `}{`, fields.map(([field, value]) => `${field}: ${shown(value, depth + 1)}`), '}');
}

function listText(list: readonly unknown[], depth: number): string {
  return laidOut('[', list.map((child) => shown(child, depth + 1)), ']');
}

type Leaf = readonly [path: string, leaf: Tensor];

/** The tensors of a tree of tensors alone; null of any other value. */
function leavesOf(tree: object): Leaf[] | null {
  const leaves: Leaf[] = [];
  const visit = (node: unknown, path: string, depth: number): boolean => {
    if (node === null) return true;
    if (node instanceof Tensor) return leaves.push([path, node]) > 0;
    if (typeof node !== 'object' || depth > 500) return false;
    const isTree = isCollection(node) || Array.isArray(node) || isPlainObject(node);
    const below = isCollection(node) ? [...node.toSeq().entries()] : Object.entries(node);
    return isTree && below.every(([name, child]) => visit(child, path === '' ? String(name) : `${path}.${String(name)}`, depth + 1));
  };
  return visit(tree, '', 0) ? leaves : null;
}

function treeText(leaves: readonly Leaf[]): string {
  const elements = leaves.reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0);
  return laidOut('{', leaves.map(([path, leaf]) => `${path}: ${formatType(leaf)}`), '}', {
    more: (left) => `... ${left} more tensors; ${leaves.length} in all, of ${elements.toLocaleString('en-US')} elements`,
  });
}

/** Parts on one line if they fit, otherwise one per line. The middle of a long list is left out. */
function laidOut(open: string, parts: readonly string[], close: string, { tall = false, more = (left: number) => `... ${left} more` } = {}): string {
  const left = parts.length - firstParts - lastParts;
  const visible = parts.length <= mostParts ? parts : [...parts.slice(0, firstParts), more(left), ...parts.slice(-lastParts)];
  const space = open.endsWith('{') && parts.length > 0 ? ' ' : '';
  const line = `${open}${space}${visible.join(', ')}${space}${close}`;
  const fits = line.length <= longestLine || parts.every((part) => /^(?:-?[\d.]+(?:e[+-]?\d+)?|NaN|-?Infinity)$/.test(part));
  if (parts.length === 0 || (fits && !tall && !line.includes('\n'))) return line;
  return `${open}\n${visible.map((part) => `  ${part.replaceAll('\n', '\n  ')}`).join(',\n')}\n${close}`;
}
