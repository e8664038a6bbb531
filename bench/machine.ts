import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { findPython, torchVersion } from './contenders.js';

/** On what, and with which versions, the figures were measured. */
export interface Machine {
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  readonly memory: string;
  readonly system: string;
  readonly versions: Readonly<Record<string, string>>;
}

function competitors(): Record<string, string> {
  const { dependencies } = JSON.parse(readFileSync(join(import.meta.dirname, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  return dependencies;
}

export function describeMachine(): Machine {
  const python = findPython();
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    system: `${platform()} ${release()}`,
    versions: {
      node: process.versions.node, 'node, newer': competitors()['node'] ?? 'none',
      torch: python === null ? 'none' : torchVersion(python) ?? 'none',
      '@jax-js/jax': competitors()['@jax-js/jax'] ?? 'none', '@tensorflow/tfjs': competitors()['@tensorflow/tfjs'] ?? 'none',
    },
  };
}
