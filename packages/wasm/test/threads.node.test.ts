import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

function runProgram(program: string, environment: Record<string, string>): string {
  return execFileSync(
    process.execPath, ['--conditions=@adjoint/source', '--import', 'tsx', '--input-type=module', '--eval', program],
    { cwd: fileURLToPath(new URL('../../..', import.meta.url)), env: { ...process.env, ...environment }, encoding: 'utf8', timeout: 30_000, stdio: 'pipe' },
  );
}

describe('threads of a process', () => {
  it.each(['2', '1'])('ADJOINT_THREADS=%s is heeded, and no thread keeps the process alive', (threads) => {
    const program = `
      import { tensor } from '@adjoint/core';
      import { wasm } from '@adjoint/wasm';
      import { matmul } from '@adjoint/ops';
      const x = tensor(Array.from({ length: 400 }, () => new Array(400).fill(1)));
      console.log(wasm.threads, matmul(x, x).data()[0]);
    `;
    const output = runProgram(program, { ADJOINT_THREADS: threads });
    expect(output.trim()).toBe(`${threads} 400`);
  });

  it('a wrong ADJOINT_THREADS is an error that says what is expected', () => {
    expect(() => runProgram("import '@adjoint/wasm';", { ADJOINT_THREADS: 'many' }))
      .toThrow(/ADJOINT_THREADS is 'many'; expected an integer from 1 to 64/);
  });
});
