import { DataFormatError } from '@adjoint/core';
import type { BinaryData } from './binaryData.js';

/** The bytes of a file and the name that error messages call it by. */
export interface NamedBytes {
  /** A path, a URL, or whatever tells a person which file it is. */
  readonly name: string;
  readonly bytes: BinaryData;
}

/** Says of a file where it went wrong, what came there and what was expected. */
export function formatError(name: string, offset: number, came: string, expected: string, cause?: unknown): DataFormatError {
  return new DataFormatError(`${name}: at byte ${offset}: ${came}; expected ${expected}`, cause === undefined ? {} : { cause });
}
