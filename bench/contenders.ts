import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isFamily } from './families.js';

/** A library as it is measured: the command that measures one row, and what surrounds it. */
export interface Contender {
  readonly name: string;
  readonly threads: number;
  readonly command: string;
  readonly arguments: (row: string) => readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Measured once: it is too slow for rounds. */
  readonly isSlow?: boolean;
}

const folder = import.meta.dirname;

/** A newer Node from the competitors' folder, for the build with fused multiply-add. */
export const newNode = join(folder, 'node_modules', 'node', 'bin', 'node');

function adjoint(node: string, name: string, threads: number): Contender {
  return {
    name: `Adjoint, ${name}`, threads, command: node,
    arguments: (row) => ['--conditions=@adjoint/source', '--import', 'tsx', join(folder, isFamily(row) ? 'adjointFamilies.ts' : 'adjoint.ts'), row],
    environment: { ADJOINT_THREADS: String(threads) },
  };
}

/** The largest that the C library takes: it keeps memory instead of giving it back after each tensor. */
const keptBytes = String(32 * 2 ** 20);

function pytorch(python: string, mode: 'plain' | 'tuned', threads: number): Contender {
  const allocator = { MALLOC_MMAP_THRESHOLD_: keptBytes, MALLOC_TRIM_THRESHOLD_: String(2 ** 31), MALLOC_TOP_PAD_: String(2 ** 28) };
  return {
    name: mode === 'plain' ? 'PyTorch' : 'PyTorch tuned', threads, command: python,
    arguments: (row) => [join(folder, 'pytorch.py'), row, mode, String(threads)],
    environment: { OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads), ...(mode === 'tuned' ? allocator : {}) },
  };
}

/** The version of torch that a Python has, or null. */
export function torchVersion(python: string): string | null {
  try {
    return execFileSync(python, ['-c', 'import torch; print(torch.__version__)'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}

/** The first Python that has torch. */
export function findPython(): string | null {
  return ['python3', '/usr/bin/python3', '/usr/bin/python3.11'].find((python) => torchVersion(python) !== null) ?? null;
}

/** Whoever can be measured here. */
export function findContenders(): readonly Contender[] {
  const node = `Node ${process.versions.node.split('.')[0]!}`;
  const contenders = [adjoint(process.execPath, node, 1), adjoint(process.execPath, node, 2)];
  if (existsSync(newNode)) {
    const newName = `Node ${execFileSync(newNode, ['--version'], { encoding: 'utf8' }).slice(1).split('.')[0]!}`;
    contenders.push(adjoint(newNode, newName, 1), adjoint(newNode, newName, 2));
  }
  const python = findPython();
  if (python !== null) {
    for (const threads of [1, 2]) contenders.push(pytorch(python, 'plain', threads), pytorch(python, 'tuned', threads));
  }
  const fastNode = existsSync(newNode) ? newNode : process.execPath;
  contenders.push({ name: 'jax-js wasm', threads: 1, command: fastNode, arguments: (row) => [join(folder, isFamily(row) ? 'jaxjsFamilies.mjs' : 'jaxjs.mjs'), row], isSlow: true });
  for (const backend of ['wasm', 'cpu']) {
    contenders.push({
      name: `tfjs ${backend}`, threads: 1, command: fastNode, arguments: (row) => [join(folder, isFamily(row) ? 'tfjsFamilies.mjs' : 'tfjs.mjs'), row, backend], isSlow: true,
    });
  }
  return contenders;
}
