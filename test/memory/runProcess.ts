import { spawn } from 'node:child_process';
import type { Bundle } from './bundle.js';
import type { Form, MemoryProgram } from './program.js';
import type { Outcome } from './runs.js';

/** What a process came to that ran a program to its end. */
export interface Finished extends Outcome {
  /** The most that was resident of the process. */
  readonly peakBytes: number;
  /** What `memoryStats` counts at the end: what is alive, and what waits to be collected. */
  readonly countedBytes: number;
  readonly countedTensors: number;
}

/** A process that did not reach the end. */
export interface Died {
  /** Why. */
  readonly failure: string;
  /** After how many steps, as far as is known. */
  readonly taken: number;
  readonly peakBytes?: number;
}

export interface ProcessOptions {
  readonly steps: number;
  /** The Node that runs it. Default: this one. */
  readonly node?: string;
  /** How many threads the kernels have. Default: the backend's. */
  readonly threads?: number;
  /** The process ends after so many seconds. */
  readonly patience: number;
}

/** Runs a program in a process of its own. How that ends is always a result. */
export function runProcess(bundle: Bundle, program: MemoryProgram, form: Form, options: ProcessOptions): Promise<Finished | Died> {
  const { steps, node = process.execPath, threads, patience } = options;
  // Nothing that changes how Node collects.
  const { NODE_OPTIONS: _flags, ...environment } = process.env;
  const child = spawn(node, [bundle.path, program.name, form, String(steps)], {
    env: { ...environment, ...(threads === undefined ? {} : { ADJOINT_THREADS: String(threads) }) }, stdio: ['ignore', 'pipe', 'pipe'],
    timeout: patience * 1000, killSignal: 'SIGKILL',
  });
  let [out, errors] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (out += String(text)));
  child.stderr.on('data', (text: Buffer) => (errors += String(text)));
  return new Promise((resolve) => {
    child.on('error', ({ message }) => resolve({ failure: message, taken: 0 }));
    child.on('close', (code, signal) => {
      const last = out.split('\n').filter((line) => line.startsWith('{')).at(-1) ?? '{}';
      const { taken = 0, ...result } = JSON.parse(last) as { taken?: number; failure?: string; peakBytes?: number };
      if (result.failure !== undefined) resolve({ failure: result.failure, taken, ...result });
      else if (code === 0 && result.peakBytes !== undefined) resolve(result as Finished);
      else resolve({ failure: child.killed ? `over ${patience} s` : reasonOf(errors, code, signal), taken });
    });
  });
}

function reasonOf(errors: string, code: number | null, signal: string | null): string {
  const reason = errors.split('\n').find((line) => /error/i.test(line)) ?? '';
  return `${signal ?? `code ${code}`}${reason === '' ? '' : `: ${reason.trim().slice(0, 200)}`}`;
}
