import { AdjointError, DataFormatError, formatValue } from '@adjoint/core';
import { fromJS, is } from 'immutable';

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Checks that a value of parsed JSON is an object.
 *
 * @throws `DataFormatError` that begins with `path`.
 */
export function requireObject(value: unknown, path: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new DataFormatError(`${path} is ${formatValue(value)}; expected an object`);
}

/** Far more than any model nests, and far less than the stack takes of whoever walks over the values. */
const maxDepth = 1000;

/**
 * What JSON text says.
 *
 * @throws `DataFormatError` that begins with `path`.
 */
export function parseJson(text: string, path: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DataFormatError(`${path} is no JSON: ${(cause as Error).message}`, { cause });
  }
  if (isDeeper(value, maxDepth)) throw new DataFormatError(`${path} nests deeper than ${maxDepth}; expected what was saved`);
  return value;
}

/** Level by level, since a call a level would need the stack itself. */
function isDeeper(value: unknown, depth: number): boolean {
  let level = [value];
  for (let at = 0; at <= depth && level.length > 0; at++) {
    level = level.flatMap((parent): unknown[] => (typeof parent === 'object' && parent !== null ? Object.values(parent) : []));
  }
  return level.length > 0;
}

/**
 * What a constructor makes of options that nobody has checked.
 *
 * @throws `DataFormatError` that begins with `path`, whatever the constructor throws.
 */
export function construct<Made>(path: string, make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    const reason = error instanceof AdjointError ? error.message : `the options do not fit (${String(error)})`;
    throw new DataFormatError(`${path}: ${reason}`, { cause: error });
  }
}

/**
 * Checks that what was made says of itself all that it was made of, so that no option was unknown or fell away.
 *
 * @throws `DataFormatError` that begins with `path` and names the option.
 */
export function requireEchoed(options: JsonObject, made: JsonObject, path: string): void {
  for (const [name, value] of Object.entries(options)) {
    if (Object.hasOwn(made, name) && is(fromJS(value), fromJS(made[name]))) continue;
    throw new DataFormatError(`${path}: there is no option ${name} that could be ${formatValue(value)}, only [${Object.keys(made).join(', ')}]`);
  }
}
