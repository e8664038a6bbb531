import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FileError } from '@adjoint/data/node';
import { fitRun, readRun } from '@adjoint/nn/node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockRun } from '../../src/node/runLock.js';
import { optionsOf } from './training.js';

let folder: string;
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'adjoint-folders-')); });
afterEach(() => rm(folder, { recursive: true, force: true }));

const options = () => ({ ...optionsOf(join(folder, 'log')), epochs: 1 });
const failureOf = async (promise: Promise<unknown>): Promise<FileError> => {
  const error: unknown = await promise.then(() => 'nothing was thrown', (reason: unknown) => reason);
  expect(error).toBeInstanceOf(FileError);
  return error as FileError;
};

describe('a folder that is something else', () => {
  test('is named by fitRun and readRun', async () => {
    const file = join(folder, 'file');
    await writeFile(file, 'mine');
    expect((await failureOf(fitRun(file, options()))).message).toBe(`${file}: the folder cannot be made (EEXIST: there is a file of this name; expected a folder; choose another one)`);
    expect((await failureOf(fitRun(join(file, 'run'), options()))).message).toContain(`ENOTDIR: a part of the path is a file: ${file}`);
    expect((await failureOf(readRun(file))).message).toContain('ENOTDIR: a part of the path is a file');
    expect(await readFile(file, 'utf8')).toBe('mine');
    await symlink(join(folder, 'none'), join(folder, 'link'));
    expect((await failureOf(fitRun(join(folder, 'link'), options()))).message).toContain(`a symbolic link to ${join(folder, 'none')}, which doesn't exist`);
  });

  test('keeps the files that are not of the run', async () => {
    const run = join(folder, 'run');
    await mkdir(run);
    const mine = ['notes.partial', 'history.jsonl.partial', 'movie.adjoint-0123abcd.partial', 'history.jsonl.0123abcd.partial', 'training-mine.lock', 'checkpoint-1.safetensors'];
    const left = ['history.jsonl.adjoint-0123abcd.partial', 'checkpoint-00000001-0123456789abcdef.safetensors.adjoint-0123abcd.partial'];
    for (const name of [...mine, ...left]) await writeFile(join(run, name), 'mine');
    await fitRun(run, options());
    const names = await readdir(run);
    expect(names).toEqual(expect.arrayContaining(mine));
    expect(names.filter((name) => left.includes(name))).toEqual([]);
  });

  test("is refused with another program's history", async () => {
    const run = join(folder, 'run');
    await mkdir(run);
    await writeFile(join(run, 'history.jsonl'), '{"event":"login"}\n');
    expect((await failureOf(fitRun(run, options()))).message).toContain('history.jsonl: it is not the history of a run, and fitRun would replace it');
    expect(await readFile(join(run, 'history.jsonl'), 'utf8')).toBe('{"event":"login"}\n');
    expect(await readdir(run)).toEqual(['history.jsonl']);
  });
});

describe('the lock of a folder', () => {
  const settled = (count: number) => Promise.allSettled(Array.from({ length: count }, () => lockRun(folder)));

  test('goes to exactly one of many who want it at once', async () => {
    for (let round = 0; round < 20; round++) {
      const won = (await settled(6)).filter((result) => result.status === 'fulfilled');
      expect(won).toHaveLength(1);
      await won[0]!.value();
      expect(await readdir(folder)).toEqual([]);
    }
  });

  test('goes to exactly one of many processes that start together, and to one again when that is killed', { timeout: 60_000 }, async () => {
    const program = fileURLToPath(new URL('claim.ts', import.meta.url));
    for (let round = 0; round < 2; round++) {
      const children = Array.from({ length: 3 }, () => spawn(process.execPath, ['--conditions=@adjoint/source', '--import', 'tsx', program, folder], { stdio: ['pipe', 'pipe', 'inherit'] }));
      await Promise.all(children.map((child) => once(child.stdout, 'data')));
      const answers = children.map((child) => once(child.stdout, 'data').then(([data]) => String(data)));
      for (const child of children) child.stdin.write('go\n');
      const said = await Promise.all(answers);
      expect(said.filter((answer) => answer === 'held\n')).toHaveLength(1);
      const holder = children[said.indexOf('held\n')]!;
      expect(said.filter((answer) => answer.includes(`process ${holder.pid} trains there already`))).toHaveLength(2);
      const closed = children.map((child) => once(child, 'close'));
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(closed);
    }
    await (await lockRun(folder))();
    expect(await readdir(folder)).toEqual([]);
  });

  test('is free of what another process of the same number left, of another machine, and of half a line', async () => {
    const claim = { id: 'a', host: (await import('node:os')).hostname(), pid: process.pid, started: 'long ago', time: 0, withdrawn: false };
    await appendFile(join(folder, 'training.lock'), `${JSON.stringify(claim)}\n${JSON.stringify({ ...claim, id: 'b', pid: 1, started: null })}\n${JSON.stringify({ ...claim, host: 'elsewhere' })}\nnull\n{"id":"c","pi`);
    const release = await lockRun(folder);
    await expect(lockRun(folder)).rejects.toThrow(/this process trains there already/);
    await release();
    expect(await readdir(folder)).toEqual([]);
  });

  test('is one by any path to the folder', async () => {
    await symlink(folder, `${folder}-link`);
    const release = await lockRun(folder);
    await expect(lockRun(`${folder}-link`)).rejects.toThrow(/this process trains there already/);
    await rm(`${folder}-link`);
    await release();
  });

  test('that somebody deleted and another took stays', async () => {
    const release = await lockRun(folder);
    await rm(join(folder, 'training.lock'));
    const other = await lockRun(folder);
    await release();
    expect(await readdir(folder)).toEqual(['training.lock']);
    await other();
    expect(await readdir(folder)).toEqual([]);
  });
});
