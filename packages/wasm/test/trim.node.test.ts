import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** Fills 1 GB and frees it; prints the resident megabytes before, at the peak and a while after `trim`. */
const program = (threads: number): string => `
  import { createWasmBackend } from '@adjoint/wasm';
  const backend = createWasmBackend({ threads: ${threads} });
  const resident = () => Math.round(process.memoryUsage.rss() / 2 ** 20);
  const evaluate = (size) => {
    const storage = backend.allocate(4 * size);
    const out = { dtype: 'float32', shape: [size], strides: [1], offset: 0, size, storage, isContiguous: true };
    backend.fill(7, out);
    backend.unary('square', out, out);
    const last = backend.readSync(storage.address, 'float32', size - 1, 1)[0];
    backend.free(storage);
    return last;
  };
  const values = [evaluate(2 ** 20)];
  const before = resident();
  values.push(evaluate(2 ** 28));
  const peak = resident();
  backend.trim();
  values.push(evaluate(2 ** 20));
  let after = resident();
  for (let turn = 0; turn < 200 && after > before + 200; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    values.push(evaluate(2 ** 20));
    after = resident();
  }
  console.log(JSON.stringify({ before, peak, after, values: [...new Set(values)], threads: backend.threads }));
`;

it.each([1, 2])('trim gives memory back to the system, with %i threads', (threads) => {
  const output = execFileSync(
    process.execPath, ['--conditions=@adjoint/source', '--import', 'tsx', '--input-type=module', '--eval', program(threads)],
    { cwd: fileURLToPath(new URL('../../..', import.meta.url)), encoding: 'utf8', timeout: 60_000, stdio: 'pipe' },
  );
  const { before, peak, after, ...rest } = JSON.parse(output) as { before: number; peak: number; after: number };
  expect(rest).toEqual({ values: [49], threads });
  expect(peak).toBeGreaterThan(before + 900);
  expect(after).toBeLessThanOrEqual(before + 200);
}, 90_000);
