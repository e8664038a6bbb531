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

/** Interrupts the program from inside: a signal that is sent when the output has arrived may come after the end. */
const interrupting = (at: RegExp) => `
  const write = process.stdout.write;
  let out = '';
  process.stdout.write = function (text, ...rest) {
    out += text;
    if (${String(at)}.test(out)) {
      process.stdout.write = write;
      process.kill(process.pid, 'SIGINT');
    }
    return write.call(this, text, ...rest);
  };
`;

/** Runs a program of `examples/` to its end; with `interruptAt`, it gets SIGINT when its output has come so far. */
export function runProgram(program: string, options: readonly string[], interruptAt?: RegExp): Promise<ProgramRun> {
  const path = fileURLToPath(new URL(`../examples/${program}`, import.meta.url));
  const interruption = interruptAt === undefined ? [] : ['--import', `data:text/javascript,${encodeURIComponent(interrupting(interruptAt))}`];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--conditions=@adjoint/source', '--import', 'tsx', ...interruption, path, ...options], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, errors] = ['', ''];
    child.stdout.on('data', (text: Buffer) => (out += String(text)));
    child.stderr.on('data', (text: Buffer) => (errors += String(text)));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, errors }));
  });
}
