import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { GradientCheck } from '@adjoint/core/testing';
import { register as registerCommonJs } from 'tsx/cjs/api';
import { register as registerModules } from 'tsx/esm/api';

/** Something to check, and the name under which a file exports it. */
export interface NamedCase {
  readonly name: string;
  readonly gradientCase: GradientCheck;
}

/** A file that cannot be checked, and what to do. */
export class FileError extends Error {
  override readonly name: string = 'FileError';
}

/**
 * The gradient cases that a file exports, JavaScript or TypeScript.
 *
 * @throws {@link FileError} when there is no such file, it throws, or it exports no case.
 */
export async function loadCases(file: string): Promise<readonly NamedCase[]> {
  const path = resolve(file);
  if (!existsSync(path)) throw new FileError(`there is no file ${file}`);
  if (!statSync(path).isFile()) throw new FileError(`${file} is a folder; name the files in it`);
  const cases = casesIn(await importFile(file, path));
  if (cases.length > 0) return cases;
  throw new FileError(
    `${file} exports nothing to check. Export cases: export const mine = gradientCase(fn, [tensor([1, 2], { dtype: 'float64' })]), ` +
      "with gradientCase of '@adjoint/core/testing'",
  );
}

async function importFile(file: string, path: string): Promise<unknown> {
  const unregisterCommonJs = registerCommonJs();
  const unregisterModules = registerModules();
  try {
    return await import(pathToFileURL(path).href);
  } catch (error) {
    throw new FileError(`${file} cannot be imported: ${error instanceof Error ? error.stack ?? error.message : String(error)}`, { cause: error });
  } finally {
    unregisterCommonJs();
    await unregisterModules();
  }
}

/** What CommonJS exports stands below `default`. */
function casesIn(exported: unknown): NamedCase[] {
  const found = new Map<GradientCheck, string>();
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, child] of Object.entries(value)) {
      if (isCase(child)) {
        if (!found.has(child)) found.set(child, name);
      } else if (name === 'default') {
        collect(child);
      }
    }
  };
  collect(exported);
  return Array.from(found, ([gradientCase, name]) => ({ name, gradientCase }));
}

function isCase(value: unknown): value is GradientCheck {
  return typeof value === 'object' && value !== null && 'check' in value && typeof value.check === 'function';
}
