import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../runProgram.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adjoint-table-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileOf(name: string, content: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, content);
  return file;
}

const weightOf = (out: string, feature: string) => Number(new RegExp(`│ ${feature} +│ +(-?[\\d.]+) │`).exec(out)![1]);

describe('examples/logisticRegression.ts', () => {
  test('finds the rule that the flowers were made by, the same for the same seed', async () => {
    const [first, again, other] = await Promise.all([[], [], ['--seed', '7']].map((options) => runProgram('logisticRegression.ts', ['--quiet', '--epochs', '20', ...options])));
    expect([first!.code, first!.errors]).toEqual([0, '']);
    expect(again!.out).toBe(first!.out);
    expect(other!.out).not.toBe(first!.out);
    const rule = { petalLength: 2, petalWidth: -3, stalkLength: 1, dayOfBloom: 0, '\\(bias\\)': 0.5 };
    for (const [feature, weight] of Object.entries(rule)) expect(Math.abs(weightOf(first!.out, feature) - weight)).toBeLessThan(0.5);
    const [, accuracy, f1, auc] = /held out: accuracy (\S+) % {3}F1 (\S+) {3}AUC (\S+)\n$/.exec(first!.out)!;
    expect(Number(accuracy)).toBeGreaterThan(85);
    expect(Number(f1)).toBeGreaterThan(0.85);
    expect(Number(auc)).toBeGreaterThan(0.93);
  });

  test('reads other files, with quoted names, a mark at the beginning, empty lines, and a column that never changes', async () => {
    const rows = Array.from({ length: 40 }, (_, index) => `${index},3,${index < 20 ? 'no' : '"yes, it is"'}\n`).join('\n');
    const file = await fileOf('good.csv', `\uFEFF"a, b", same ,answer\n${rows}`);
    const { code, out, errors } = await runProgram('logisticRegression.ts', ['--data', file, '--target', 'answer', '--epochs', '100']);
    expect([code, errors]).toEqual([0, '']);
    expect(out).toMatch(/^epoch {3}1 {3}loss \d/);
    expect(out).toContain('weight towards yes, it is');
    expect(weightOf(out, 'a, b')).toBeGreaterThan(1);
    expect(out).toContain('Of 10 rows');
  });

  test('shows what it has when Ctrl-C ends it', async () => {
    const { code, out, errors } = await runProgram('logisticRegression.ts', ['--epochs', '1000000'], /epoch +10 /);
    expect([code, errors]).toEqual([130, '']);
    expect(out).toMatch(/Interrupted after \d+ steps\./);
    expect(out).toContain('Of 250 rows');
  });

  test.each<[string, string, RegExp]>([
    ['a column that is not there', 'a,b\n1,x\n2,y\n', /no column 'target' with a row; its columns are a, b\n/],
    ['no row', 'a,target\n', /no column 'target' with a row; its columns are none/],
    ['nothing to go by', 'target\nx\ny\n', /no column but 'target'/],
    ['one class', 'a,target\n1,x\n2,x\n', /column 'target' holds 1 different values; expected 2/],
    ['words for numbers', 'a,target\n1,x\nmany,y\n', /column 'a' of row 2 is 'many'; expected a number/],
    ['a number that is missing', 'a,target\n1,x\n,y\n', /column 'a' of row 2 is ''; expected a number/],
    ['a row that is too short', 'a,b,target\n1,2,x\n1,y\n', /line 3/],
    ['too few rows', 'a,target\n1,x\n2,y\n', /has 2 rows; expected 4 or more/],
  ])('says what is wrong with %s, without a stack', async (name, content, message) => {
    const file = await fileOf(`${name}.csv`, content);
    const { code, errors } = await runProgram('logisticRegression.ts', ['--data', file, '--target', 'target']);
    expect(code).toBe(1);
    expect(errors).toContain(file);
    expect(errors).toMatch(message);
    expect(errors).not.toMatch(/\n\s+at /);
  });

  test('says when the file is not there', async () => {
    const { code, errors } = await runProgram('logisticRegression.ts', ['--data', join(folder, 'nowhere.csv')]);
    expect([code, errors]).toEqual([1, expect.stringMatching(/nowhere\.csv/)]);
  });
});
