import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../runProgram.js';

let folder: string;
let short: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adjoint-text-'));
  short = join(folder, 'short.txt');
  await writeFile(short, 'too short');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(['characterGru.ts', 'tinyGpt.ts'])('examples/%s', (program) => {
  test('writes as many characters as it is told to, the same for the same seed', async () => {
    const options = ['--quiet', '--steps', '3', '--length', '80', '--prompt', 'Maren '];
    const [first, again, other] = await Promise.all([[], [], ['--seed', '7']].map((seed) => runProgram(program, [...options, ...seed])));
    expect([first!.code, first!.errors]).toEqual([0, '']);
    expect(first!.out).toMatch(/^Maren [^]{81}$/);
    expect(again!.out).toBe(first!.out);
    expect(other!.out).not.toBe(first!.out);
  });
});

describe('the examples that learn to write', () => {
  test('show the model and a loss that has fallen in plain lines; Ctrl-C ends the training, and they still write', async () => {
    const { code, out, errors } = await runProgram('characterGru.ts', ['--steps', '100000', '--length', '5', '--prompt', 'A'], /step +50\//);
    expect([code, errors]).toEqual([130, '']);
    expect(out).toContain('gru ');
    expect(out).not.toContain(String.fromCharCode(27));
    const [, loss] = /step +50\/100000 {3}loss (\d+\.\d+) {3}A/.exec(out)!;
    // Who has learned nothing has the logarithm of 52 characters, 3.95.
    expect(Number(loss)).toBeLessThan(3);
    expect(out).toMatch(/Interrupted after \d+ steps\.\n\nA/);
  });

  test('list their options', async () => {
    const { code, out } = await runProgram('tinyGpt.ts', ['--help']);
    expect(code).toBe(0);
    for (const option of ['--steps', '--length', '--temperature', '--prompt', '--seed', '--text', '--quiet', '--help']) expect(out).toContain(option);
  });

  test.each<[string, () => string[], RegExp]>([
    ['no steps', () => ['--steps', '0'], /steps.*0.*integer >= 1/],
    ['a temperature of 0', () => ['--temperature', '0'], /temperature.*0.*above 0/],
    ['a text that is not there', () => ['--text', join(folder, 'nowhere.txt')], /nowhere\.txt/],
    ['a text that is too short', () => ['--text', short], /short\.txt has 9 characters; expected more than 64/],
    ['a prompt of unknown characters', () => ['--prompt', '@@'], /no character of the prompt '@@' occurs/],
  ])('say what is wrong with %s, without a stack', async (_, options, message) => {
    const { code, errors } = await runProgram('tinyGpt.ts', options());
    expect(code).toBe(1);
    expect(errors).toMatch(message);
    expect(errors).not.toMatch(/\n\s+at /);
  });
});
