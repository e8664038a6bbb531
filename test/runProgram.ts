import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a program came to. */
export interface ProgramRun {
  readonly code: number | null;
  readonly out: string;
  readonly errors: string;
}

// Both make programs colour what goes into a pipe.
const { CI: _ci, FORCE_COLOR: _colour, ...env } = process.env;

/** Runs a program of `examples/` to its end; `interruptAt` sends it SIGINT when its output has come so far. */
export function runProgram(program: string, options: readonly string[], interruptAt?: RegExp): Promise<ProgramRun> {
  const path = fileURLToPath(new URL(`../examples/${program}`, import.meta.url));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--conditions=@adjoint/source', '--import', 'tsx', path, ...options], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, errors, interrupted] = ['', '', false];
    child.stdout.on('data', (text: Buffer) => {
      out += String(text);
      if (interruptAt?.test(out) === true && !interrupted) {
        interrupted = true;
        child.kill('SIGINT');
      }
    });
    child.stderr.on('data', (text: Buffer) => (errors += String(text)));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, errors }));
  });
}
