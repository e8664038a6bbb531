import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { runProgram } from '../runProgram.js';

const lossOf = (out: string) => Number(/Loss of digits held out: (\S+)\n$/.exec(out)![1]);
const heading = (index: number) => ['Digits that were held out', 'The same, from 4 numbers each', 'Digits that nobody wrote'][index]!;

describe('examples/autoencoder.ts', () => {
  test('costs less the longer it trains, the same for the same seed, and draws with a dot a pixel', async () => {
    const options = ['--quiet', '--latent', '4'];
    const [short, long, again] = await Promise.all(['2', '40', '2'].map((steps) => runProgram('autoencoder.ts', [...options, '--steps', steps])));
    expect([long!.code, long!.errors]).toEqual([0, '']);
    expect(again!.out).toBe(short!.out);
    expect(lossOf(long!.out)).toBeLessThan(260);
    expect(lossOf(short!.out)).toBeGreaterThan(300);
    const lines = long!.out.split('\n');
    const rows = [0, 1, 2].map((index) => lines.indexOf(heading(index)));
    expect(rows).toEqual([0, 8, 16]);
    expect(lines.slice(1, 8).join('\n')).toMatch(/[\u2801-\u28FF]/);
    for (const line of [...lines.slice(1, 8), ...lines.slice(9, 16), ...lines.slice(17, 31)]) expect(line).toMatch(/^[\u2800-\u28FF]{14}( {2}[\u2800-\u28FF]{14}){4}$/);
  });

  test('tells how it goes, and draws what it can when Ctrl-C ends it', async () => {
    const { code, out, errors } = await runProgram('autoencoder.ts', ['--steps', '1000000'], /step +1 /);
    expect([code, errors]).toEqual([130, '']);
    expect(out).toMatch(/^step +1 {3}of digits held out: loss \S+ = pixels \S+ \+ divergence \S+\n/);
    expect(out).toContain(heading(2));
  });

  test.each<[string, string[], RegExp]>([
    ['a folder that is not there', ['--data', join(tmpdir(), 'adjoint-nowhere')], /adjoint-nowhere: the folder cannot be read \(ENOENT: there is no such file or folder/],
    ['no numbers', ['--latent', '0'], /latent.*0.*integer >= 1/],
  ])('says what is wrong with %s, without a stack', async (_, options, message) => {
    const { code, errors } = await runProgram('autoencoder.ts', options);
    expect(code).toBe(1);
    expect(errors).toMatch(message);
    expect(errors).not.toMatch(/\n\s+at /);
  });
});
