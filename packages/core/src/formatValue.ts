import { isCollection, isRecord, type Seq } from 'immutable';
import { foreignCopy } from './copies.js';
import { isPlainObject } from './plainObject.js';

/** What a message shows of a value is at most this long. */
const longest = 160;
const longestText = 80;
const longestName = 40;

/**
 * Shows any value on one short line, for an error message: `argument is ${formatValue(value)}`.
 *
 * Numbers, strings and short arrays are shown as they are written in JavaScript; objects say what they are (`a Map of 3`,
 * `an object {"rate":0.5}`). It never throws, reads no getters and calls no `toJSON` or `toString`, whatever the value.
 *
 * @example
 * ```ts
 * import { formatValue, tensor } from '@adjoint/core';
 *
 * formatValue([1, -0, NaN]); // '[1,-0,NaN]'
 * formatValue({ rate: 10n }); // 'an object {"rate":10n}'
 * formatValue(tensor([1, 2])); // 'Tensor(float32 [2])'
 * formatValue(new Map([['a', 1]])); // 'a Map of 1'
 * ```
 */
export function formatValue(value: unknown): string {
  try {
    const text = oneLine(isPlainObject(value) ? `an object ${write(value, [], longest)}` : write(value, [], longest));
    return text.length <= longest + longestName || text.includes(' of another copy of ') ? text : `${text.slice(0, longest)}...`;
  } catch {
    // A proxy may throw at whatever is asked of it.
    return typeof value === 'function' ? 'a function that cannot be read' : 'an object that cannot be read';
  }
}

/**
 * Shows text that may be of any length and hold line breaks, such as a name that a user chose, as a part of a message.
 */
export function formatText(text: string): string {
  return oneLine(shorten(text, longestText));
}

/** Names, paths and lists make a message at most this long. */
const longestMessage = 1000;

/** A line of a message, without control characters; the middle of a long one is left out, since the end says what to do. */
export function formatLine(line: string): string {
  return oneLine(line.length <= longestMessage ? line : `${line.slice(0, longestMessage - 300)} ... ${line.slice(-295)}`);
}

function write(value: unknown, around: readonly unknown[], room: number): string {
  switch (typeof value) {
    case 'string': return JSON.stringify(shorten(value, longestText));
    case 'number': return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint': return bigintText(value);
    case 'symbol': return shorten(String(value), longestText);
    case 'function': return functionText(value);
    case 'object': return value === null ? 'null' : objectText(value, around, room);
    default: return String(value);
  }
}

/** The digits of a large one would take long, and are of no use. */
function bigintText(value: bigint): string {
  const limit = 10n ** 40n;
  return value < limit && value > -limit ? `${value}n` : 'a bigint of more than 40 digits';
}

function functionText(value: object): string {
  const name = ownValue(value, 'name');
  const isClass = Function.prototype.toString.call(value).startsWith('class');
  const kind = isClass ? 'class' : 'function';
  return typeof name === 'string' && name !== '' ? `the ${kind} ${shorten(name, longestName)}` : `a ${kind}`;
}

function objectText(value: object, around: readonly unknown[], room: number): string {
  if (around.includes(value)) return 'a cycle';
  const inside = [...around, value];
  if (Array.isArray(value)) return arrayText(value, inside, room);
  if (isPlainObject(value)) return membersText(value, inside, room);
  return instanceText(value);
}

/** Values nest no deeper than this in a message. */
const deepest = 4;

function arrayText(array: readonly unknown[], inside: readonly unknown[], room: number): string {
  if (inside.length > deepest) return '[...]';
  const parts: string[] = [];
  let left = room - 2;
  for (let index = 0; index < array.length; index++) {
    const part = elementText(array, String(index), inside, left);
    left -= part.length + 1;
    if (left < 0) return `[${[...parts, '...'].join(',')}] (${array.length} elements)`;
    parts.push(part);
  }
  return `[${parts.join(',')}]`;
}

function membersText(object: object, inside: readonly unknown[], room: number): string {
  if (inside.length > deepest) return '{...}';
  const parts: string[] = [];
  let left = room - 2;
  const names = Object.keys(object);
  for (const name of names) {
    const part = `${JSON.stringify(shorten(name, longestName))}:${elementText(object, name, inside, left)}`;
    left -= part.length + 1;
    if (left < 0) return `{${[...parts, '...'].join(',')}} (${names.length} names)`;
    parts.push(part);
  }
  return `{${parts.join(',')}}`;
}

function elementText(holder: object, name: string, inside: readonly unknown[], room: number): string {
  const property = Object.getOwnPropertyDescriptor(holder, name);
  if (property === undefined) return 'empty';
  return property.get === undefined ? write(property.value, inside, room) : 'a getter';
}

function instanceText(value: object): string {
  const foreign = foreignCopy(value);
  if (foreign !== null) return `${withArticle(nameOf(value))} ${foreign}`;
  if (isCollection(value)) return `${withArticle(`Immutable ${nameOf(value)}`)}${sizeText((value as Seq<unknown, unknown>).size)}`;
  if (isRecord(value)) return 'an Immutable Record';
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return `${withArticle(nameOf(value))}${sizeText((value as Uint8Array).length)}`;
  if (value instanceof Map || value instanceof Set) return `${withArticle(nameOf(value))}${sizeText(value.size)}`;
  const own = (value as { readonly [describesItself]?: string })[describesItself];
  return typeof own === 'string' ? own : withArticle(nameOf(value));
}

/** By this a class of the library says what a message shows of an instance. */
export const describesItself = Symbol.for('@adjoint/core.description');

const sizeText = (size: number | undefined): string => (size === undefined ? '' : ` of ${size}`);

/** The name of the class, or what `toString` makes of one without a name. */
function nameOf(value: object): string {
  for (let prototype: object | null = value; prototype !== null; prototype = Object.getPrototypeOf(prototype) as object | null) {
    const maker = ownValue(prototype, 'constructor');
    const name = typeof maker === 'function' ? ownValue(maker, 'name') : undefined;
    if (typeof name === 'string' && name !== '' && name !== 'Object') return shorten(name, longestName);
  }
  return shorten(Object.prototype.toString.call(value).slice('[object '.length, -1), longestName).replace(/^Object$/, 'object');
}

/** A property of an object itself; nothing is called to get it. */
function ownValue(holder: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(holder, name)?.value;
}

/** A class name with "a" or "an", as it is said: an Adam, an MLP, a URL, a Uint8Array. */
export function withArticle(name: string): string {
  return `${/^(?:[AEIO](?![A-Z])|[aeio]|[Uu]n(?!i)|[AEFHILMNORSX](?=[A-Z]))/.test(name) ? 'an' : 'a'} ${name}`;
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 3)}...`;
}

/** Without line breaks, escape sequences of terminals and half characters. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`);
}
