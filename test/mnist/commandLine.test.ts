import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeIdx } from '@adjoint/data';
import { runProgram } from '../runProgram.js';

let folder: string;
let data: string;

/** Images that a network learns in an epoch: bright in a band that the label chooses. */
async function writeDigits(): Promise<void> {
  for (const [part, count] of [['train', 400], ['t10k', 100]] as const) {
    const labels = Uint8Array.from({ length: count }, (_, index) => index % 10);
    const images = Uint8Array.from({ length: count * 784 }, (_, index) => {
      const row = Math.floor((index % 784) / 28);
      return Math.floor(row / 2.8) === labels[Math.floor(index / 784)]! ? 255 : (index * 7919) % 40;
    });
    await writeFile(join(data, `${part}-images-idx3-ubyte.gz`), await encodeIdx({ type: 'ubyte', shape: [count, 28, 28], data: images }));
    await writeFile(join(data, `${part}-labels-idx1-ubyte`), await encodeIdx({ type: 'ubyte', shape: [count], data: labels }, { gzip: false }));
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adjoint-cli-'));
  data = await mkdtemp(join(tmpdir(), 'adjoint-digits-'));
  await writeDigits();
});
afterAll(() => Promise.all([folder, data].map((path) => rm(path, { recursive: true, force: true }))));

const run = (options: readonly string[], interruptAt?: RegExp) => runProgram('mnist/main.ts', options, interruptAt);

const quick = () => ['--data', data, '--model', 'mlp', '--epochs', '2'];

describe('npm run mnist', () => {
  test('learns, shows what it learned in plain lines, and writes the result; the same seed gives the same', async () => {
    const file = join(folder, 'result.json');
    const { code, out, errors } = await run([...quick(), '--json', file]);
    expect([code, errors]).toEqual([0, '']);
    expect(out).not.toContain(String.fromCharCode(27));
    expect(out).toMatch(/400 digits to learn from, 100 to test with/);
    expect(out).toMatch(/Test accuracy: \d+\.\d+ % of 100 digits, after \d+\.\d s\./);
    const result = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown> & { readonly epochs: Record<string, unknown>[] };
    expect(result).toMatchObject({ model: 'mlp', optimizer: 'adam', batchSize: 64, seed: 42, steps: 14, aborted: false });
    expect(result['testAccuracy']).toBeGreaterThan(0.9);
    expect(result['seconds']).toBeGreaterThan(0);
    expect(result.epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect((result['confusion'] as number[][]).flat().reduce((sum, count) => sum + count)).toBe(100);
    expect(await readdir(folder)).toEqual(['result.json']);

    const again = join(folder, 'again.json');
    await run([...quick(), '--json', again]);
    const { seconds: _, epochs, ...rest } = JSON.parse(await readFile(again, 'utf8')) as typeof result;
    expect(result).toMatchObject(rest);
    expect(epochs.map(({ loss }) => loss)).toEqual(result.epochs.map(({ loss }) => loss));
    expect(epochs[0]!['loss']).toBeTypeOf('number');
  });

  test('a recipe sets what other options leave open', async () => {
    const file = join(folder, 'recipe.json');
    const { code, errors } = await run(['--data', data, '--recipe', 'best', '--epochs', '1', '--json', file]);
    expect([code, errors]).toEqual([0, '']);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ model: 'wide', batchSize: 96, optimizer: 'adam', steps: 5 });
    await rm(file);
  });

  test('ends cleanly when it is interrupted, and tells what was reached', async () => {
    const file = join(folder, 'interrupted.json');
    const { code, out, errors } = await run(['--data', data, '--model', 'mlp', '--epochs', '100000', '--json', file], /epoch +2/);
    expect([code, errors]).toEqual([130, '']);
    expect(out).toMatch(/Interrupted after \d+ epochs? and \d+ steps in all\./);
    expect(out).toMatch(/Test accuracy: /);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ aborted: true });
  });

  test('goes on with a run that was interrupted, to the result of one that was not', async () => {
    const [whole, interrupted, resumed] = ['whole', 'first', 'second'].map((name) => join(folder, `${name}.json`)) as [string, string, string];
    const options = ['--data', data, '--model', 'mlp', '--epochs', '12'];
    await run([...options, '--json', whole]);
    const place = ['--run', join(folder, 'run')];
    const first = await run([...options, ...place, '--json', interrupted], /epoch +3/);
    expect([first.code, first.errors]).toEqual([130, '']);
    expect(first.out).toMatch(/the same command goes on with it/);
    const second = await run([...options, ...place, '--json', resumed]);
    expect([second.code, second.errors]).toEqual([0, '']);
    const read = async (file: string) => JSON.parse(await readFile(file, 'utf8')) as { readonly testAccuracy: number; readonly steps: number; readonly epochs: { readonly loss: number }[] };
    const [expected, got] = [await read(whole), await read(resumed)];
    expect([got.testAccuracy, got.steps, got.epochs.map(({ loss }) => loss)]).toEqual([expected.testAccuracy, expected.steps, expected.epochs.map(({ loss }) => loss)]);
    await rm(join(folder, 'run'), { recursive: true });
    for (const file of [whole, interrupted, resumed]) await rm(file);
  });

  test('names what the images show as the folder does', async () => {
    const fashion = join(folder, 'fashion-mnist');
    await symlink(data, fashion);
    const { out, errors } = await run(['--data', fashion, '--model', 'mlp', '--epochs', '1']);
    await rm(fashion);
    expect(errors).toBe('');
    expect(out).toMatch(/is \\ read as.*T-shirt.*trouser.*boot/);
    expect(out).toMatch(/of 100 images, after/);
  });

  test('lists its options', async () => {
    const { code, out } = await run(['--help']);
    expect(code).toBe(0);
    for (const option of ['--data', '--download', '--classes', '--recipe', '--epochs', '--batch-size', '--learning-rate', '--optimizer', '--seed', '--model', '--run', '--json', '--help']) {
      expect(out).toContain(option);
    }
  });

  test.each<[string, () => string[], RegExp]>([
    ['an unknown model', () => ['--model', 'transformer'], /model.*transformer.*cnn, wide, mlp, article/],
    ['an unknown recipe', () => ['--recipe', 'worst'], /recipe.*worst.*default, best/],
    ['no epochs', () => ['--epochs', '0'], /epochs.*0.*integer >= 1/],
    ['a learning rate below 0', () => ['--learning-rate', '-1'], /learning-rate.*-1.*above 0/],
    ['an option that there is not', () => ['--epoch', '1'], /unknown option '--epoch'/],
    ['two sources of digits', () => ['--download', '--data', data], /--download.*cannot be used with.*--data/],
    ['a folder that is not there', () => ['--data', join(folder, 'nowhere')], /nowhere: the folder cannot be read \(ENOENT: there is no such file or folder/],
    ['a place for the result that is not there', () => [...quick(), '--epochs', '1', '--json', join(folder, 'nowhere', 'result.json')], /nowhere/],
  ])('says what is wrong with %s, without a stack', async (_, options, message) => {
    const { code, out, errors } = await run(options());
    expect(code).toBe(1);
    expect(errors).toMatch(message);
    expect(errors).not.toMatch(/\n\s+at /);
    expect(out).not.toMatch(/epoch +1/);
  });

  test('names a damaged file', async () => {
    const damaged = await mkdtemp(join(folder, 'damaged-'));
    await Promise.all((await readdir(data)).map(async (name) => writeFile(join(damaged, name), await readFile(join(data, name)))));
    const file = join(damaged, 't10k-labels-idx1-ubyte');
    await writeFile(file, (await readFile(file)).subarray(0, 50));
    const { code, errors } = await run(['--data', damaged]);
    expect(code).toBe(1);
    expect(errors).toMatch(/t10k-labels-idx1-ubyte: at byte \d+: .*; expected/);
    expect(errors).not.toMatch(/\n\s+at /);
  });
});
