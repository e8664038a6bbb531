import { refuseArgument } from '@adjoint/core';

/**
 * Checks that an argument is the path of a file or folder, as a string. All functions that take a path use it, before they touch the disk.
 *
 * @throws `ArgumentError` that names the operation and the argument, for an empty path too: it would stand for the current folder.
 *
 * @example
 * ```ts
 * import { requirePath } from '@adjoint/data/node';
 *
 * requirePath('readHeights', 'path', 'heights.npy');
 * requirePath('readHeights', 'path', new URL('file:///heights.npy')); // throws ArgumentError: readHeights: path is a URL; expected a path as a string; convert the URL with fileURLToPath
 * ```
 */
export function requirePath(operation: string, argument: string, value: unknown): void {
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return;
  if (value instanceof URL) refuseArgument(operation, argument, value, "a path as a string; convert the URL with fileURLToPath (of 'node:url')");
  refuseArgument(operation, argument, value, typeof value === 'string' ? 'a path without null characters that is not empty' : 'a path as a string');
}
