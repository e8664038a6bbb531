import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { formatTable, type Outcome } from '../src/table.js';

const program = fileURLToPath(new URL('../bin/adjoint-check.js', import.meta.url));

/** Runs the program from its source, in the folder of the files. */
function adjointCheck(...args: string[]): { readonly status: number | null; readonly out: string; readonly err: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=@adjoint/source', '--import', 'tsx', program, ...args],
    { cwd: fileURLToPath(new URL('files', import.meta.url)), encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } },
  );
  return { status, out: stdout, err: stderr };
}

/** The cells of the table's row of a case. */
const row = (out: string, name: string) => out.split('\n').find((line) => line.split('│')[1]?.trim() === name)?.split('│').slice(1, -1).map((cell) => cell.trim());

describe('adjoint-check', () => {
  test('tells that all is right, with the worst element and the kinks of each', () => {
    const { status, out, err } = adjointCheck('right.ts');
    expect(err).toBe('');
    expect(row(out, 'point')?.slice(-2)).toEqual(['1', 'ok']);
    expect(row(out, 'point')?.at(-3)).toMatch(/^\d\S* %$/);
    expect(row(out, 'random')?.slice(-2)).toEqual(['12', 'ok']);
    expect(row(out, 'kink')?.at(-1)).toBe('ok, 1 at kinks');
    expect(out).toContain('not smooth, so that there is no derivative:\n  order 1, 0[0]: slope');
    expect(out).toContain('3 right');
    expect(status).toBe(0);
  });

  test('tells what is wrong, where, and at which arguments', () => {
    const { status, out } = adjointCheck('wrong.mjs');
    expect(row(out, 'point')).toMatchObject(['point', '1', expect.stringMatching(/^0\[0,[01]\]$/), expect.anything(), expect.anything(), expect.anything(), expect.anything(), '1', 'wrong']);
    expect(out).toMatch(/point: gradients differ in 5 of 5 comparisons/);
    expect(out).toMatch(/random: gradients differ[^]*\nat \[float64 \[1\]/);
    expect(row(out, 'throws')?.at(-1)).toBe('threw');
    expect(out).toContain('throws: DTypeError: checkGradients: argument 0 is int32 [1]');
    expect(out).toContain('0 right, 3 wrong');
    expect(status).toBe(1);
  });

  test('tells what proves nothing, and fails for it', () => {
    const { status, out } = adjointCheck('unproven.ts');
    for (const name of ['empty', 'alwaysEmpty', 'constant', 'coarse']) expect(row(out, name)?.at(-1), out).toBe('not proven');
    expect(out).toContain('empty: gradients were not compared\nnot proven:\n  order 1: the result has no elements; nothing was compared (a warning)');
    expect(out).toMatch(/order 1, argument 0: an error below \S+ % of its gradient would not be found in float32/);
    expect(out).toContain('0 right, 4 not proven');
    expect(status).toBe(1);
  });

  test('takes several files, and options instead of what their cases say', () => {
    const { status, out } = adjointCheck('--order', '2', '--runs', '2', 'right.ts', 'wrong.mjs');
    expect(row(out, 'right.ts random')?.at(-2)).toBe('2');
    expect(out).toContain('wrong.mjs point');
    expect(status).toBe(1);
  });

  test.each([
    [['nowhere.ts'], 'adjoint-check: there is no file nowhere.ts'],
    [['.'], 'adjoint-check: . is a folder; name the files in it'],
    [['throws.mjs'], 'adjoint-check: throws.mjs cannot be imported: Error: this file fails'],
    [['nothing.ts'], 'adjoint-check: nothing.ts exports nothing to check. Export cases'],
    [[], "error: missing required argument 'files'"],
    [['--order', 'two', 'right.ts'], "error: option '--order <n>' argument 'two' is invalid. Expected an integer >= 1."],
    [['--unknown', 'right.ts'], "error: unknown option '--unknown'"],
  ])('%j cannot be checked', (args, message) => {
    const { status, out, err } = adjointCheck(...args);
    expect(err).toContain(message);
    expect(out).toBe('');
    expect(status).toBe(2);
  });

  test('--help tells how a file says what to check', () => {
    const { status, out } = adjointCheck('--help');
    expect(out).toMatch(/gradientCase\(fn,\s+args,\s+options\)/);
    expect(status).toBe(0);
  });
});

test('the table fits a terminal of 80 columns', () => {
  const worst = { order: 2, where: 'argument 0[12,3]', analytic: -0.123456, numeric: -0.123457, error: 1.2e-10 };
  const result = { report: { ok: true, worst, kinks: [], detectable: [{ relative: 1e-7 }], unproven: [], notFinite: [], comparisons: [] }, isProven: true, runs: 100 };
  const outcomes = [{ name: 'softplus', result }] as unknown as Outcome[];
  const widthAt = (columns?: number) => Math.max(...formatTable(outcomes, columns).split('\n').map((line) => stripVTControlCharacters(line).length));
  expect(widthAt()).toBeGreaterThan(80);
  expect(widthAt(80)).toBeLessThanOrEqual(80);
  expect(widthAt(200)).toBe(widthAt());
});
