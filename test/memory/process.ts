/*
 * A program in a process of its own: the arguments are its name, the form and the steps. Prints lines of JSON: how far it is, and at last what it came to.
 */
import { readFileSync } from 'node:fs';
import { memoryStats } from '@adjoint/core';
import type { Form } from './program.js';
import { programOf } from './programs.js';
import { runHere } from './runs.js';

/** Beyond this much the machine itself could be in trouble. */
const most = 8 * 2 ** 30;

/** The most that was resident. `maxRSS` begins at that of the process which started this one, so Linux is asked for the mark of this one. */
function peakBytes(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  return Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024;
}

function print(line: object): void {
  console.log(JSON.stringify(line));
}

let taken = 0;
let lastLook = performance.now();

function look(steps: number): void {
  taken = steps;
  const now = performance.now();
  if (now - lastLook < 500) return;
  lastLook = now;
  print({ taken });
  const resident = process.memoryUsage.rss();
  if (resident > most) throw new Error(`stopped at ${(resident / 2 ** 30).toFixed(1)} GiB`);
}

const [name = '', form = '', steps = ''] = process.argv.slice(2);
try {
  const outcome = await runHere(programOf(name), form as Form, Number(steps), look);
  const { bytes, tensors } = memoryStats();
  print({ ...outcome, countedBytes: bytes, countedTensors: tensors, peakBytes: peakBytes() });
} catch (error) {
  print({ failure: error instanceof Error ? error.message : String(error), taken, peakBytes: peakBytes() });
  process.exitCode = 1;
}
