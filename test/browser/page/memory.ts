import { memoryStats } from '@adjoint/core';
import { wasm } from '@adjoint/wasm';
import type { Form } from '../../memory/program.js';
import { programOf } from '../../memory/programs.js';
import { runHere, type Outcome } from '../../memory/runs.js';

/** What a program came to in a page. */
export interface PageOutcome extends Outcome {
  /** What `memoryStats` counts at the end: what is alive, and what waits to be collected. */
  readonly countedBytes: number;
  /** What the backend has taken. */
  readonly reservedBytes: number;
}

/** Runs a program of `test/memory` in this page. */
export async function runInPage(name: string, form: Form, steps: number): Promise<PageOutcome> {
  const outcome = await runHere(programOf(name), form, steps);
  return { ...outcome, countedBytes: memoryStats().bytes, reservedBytes: wasm.reservedBytes() };
}

Object.assign(globalThis, { runInPage });
