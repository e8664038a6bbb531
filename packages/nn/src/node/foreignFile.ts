import { DataFormatError } from '@adjoint/core';
import { describeBytes } from '@adjoint/data';

/**
 * The error for a file that is not what its name says, such as a Git LFS pointer.
 *
 * @param expected - in words.
 * @returns null when the file is of one of the formats, or of an unknown kind.
 */
export function foreignFileError(path: string, bytes: Uint8Array, expected: string, ...formats: readonly string[]): DataFormatError | null {
  const found = describeBytes(bytes);
  if (found === null || formats.includes(found.format)) return null;
  return new DataFormatError(`${path}: this is ${found.what}; expected ${expected}; ${found.advice}`);
}
