import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileError, makeFolder, readBytes, writeAtomically } from '../src/node.js';
import { fillDisk } from './fullDisk.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adjoint-write-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const failureOf = async (promise: Promise<unknown>): Promise<Error> => promise.then(() => expect.fail('nothing was thrown'), (error: unknown) => error as Error);

describe('writeAtomically', () => {
  test('writes chunks of bytes and of text, made at once or one after the other', async () => {
    const file = join(folder, 'file');
    await writeAtomically(file, [Uint8Array.of(104), 'ä']);
    expect(await readFile(file, 'utf8')).toBe('hä');
    await writeAtomically(file, (async function* () {
      yield 'later';
    })());
    expect(await readFile(file, 'utf8')).toBe('later');
    await writeAtomically(file, []);
    expect(await readFile(file, 'utf8')).toBe('');
    expect(await readdir(folder)).toEqual(['file']);
  });

  test('leaves the old file and nothing beside it when a chunk cannot be made', async () => {
    const file = join(folder, 'file');
    await writeFile(file, 'old');
    const reason = new Error('no more');
    await expect(writeAtomically(file, (function* () {
      yield 'new';
      throw reason;
    })())).rejects.toBe(reason);
    expect(await readFile(file, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['file']);
  });

  test('keeps the old content in place until the new one is whole', async () => {
    const file = join(folder, 'file');
    await writeFile(file, 'old');
    await writeAtomically(file, (async function* () {
      yield 'new';
      expect(await readFile(file, 'utf8')).toBe('old');
      expect((await readdir(folder)).filter((name) => name.endsWith('.partial'))).toHaveLength(1);
    })());
    expect(await readFile(file, 'utf8')).toBe('new');
  });

  test('says so when another process takes away what it writes', async () => {
    const failure = await failureOf(writeAtomically(join(folder, 'file'), (async function* () {
      yield 'new';
      for (const name of await readdir(folder)) await rm(join(folder, name));
    })()));
    expect(failure).toBeInstanceOf(FileError);
    expect(failure.message).toMatch(/file: it cannot be written \(.*file\.adjoint-[0-9a-f]{8}\.partial was taken away meanwhile; let one process at a time write in this folder\)$/);
    expect(await readdir(folder)).toEqual([]);
  });

  test('writers of one file at a time do not mix', async () => {
    const file = join(folder, 'file');
    const contents = Array.from({ length: 8 }, (_, writer) => String(writer).repeat(1000));
    await Promise.all(contents.map((content) => writeAtomically(file, content.split(''))));
    expect(contents).toContain(await readFile(file, 'utf8'));
    expect(await readdir(folder)).toEqual(['file']);
  });

  test('says what to do when the folder is missing, or a file, or the name is a folder', async () => {
    const missing = await failureOf(writeAtomically(join(folder, 'none', 'file'), ['x']));
    expect(missing).toBeInstanceOf(FileError);
    expect(missing.message).toBe(`${join(folder, 'none', 'file')}: it cannot be written (ENOENT: there is no such file or folder; look at the path, or make the folder first)`);
    await writeFile(join(folder, 'file'), '');
    expect((await failureOf(writeAtomically(join(folder, 'file', 'below'), ['x']))).message).toMatch(/ENOTDIR: a part of the path is a file/);
    await mkdir(join(folder, 'taken'));
    const taken = await failureOf(writeAtomically(join(folder, 'taken'), ['x']));
    expect(taken).toBeInstanceOf(FileError);
    expect(await readdir(folder)).toEqual(['file', 'taken']);
  });

  test('says so when the folder cannot be written', async () => {
    await chmod(folder, 0o500);
    // Nothing is forbidden to root, so that another user writes for it.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid!(65534);
    const failure = await failureOf(writeAtomically(join(folder, 'file'), ['x'])).finally(() => {
      if (isRoot) process.seteuid!(0);
    });
    expect(failure.message).toMatch(/EACCES: the permissions forbid it/);
    await chmod(folder, 0o700);
  });

  test('says so when the disk is full, and leaves the old file and nothing beside it', async () => {
    const file = join(folder, 'file');
    await writeFile(file, 'old');
    const restore = await fillDisk();
    const failure = await failureOf(writeAtomically(file, ['x']));
    restore();
    expect(failure.message).toBe(`${file}: it cannot be written (ENOSPC: the disk is full; make room or choose another folder)`);
    expect(await readFile(file, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['file']);
  });

  test('refuses anything but a list of chunks before it replaces the file', async () => {
    const file = join(folder, 'file');
    await writeFile(file, 'old');
    await expect(writeAtomically(file, Uint8Array.of(1, 2) as unknown as Uint8Array[])).rejects.toThrow(/writeAtomically: a chunk is 1; expected a Uint8Array or a string; put the content into a list, \[content\]/);
    expect(await readFile(file, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['file']);
  });

  test('names a link that leads nowhere, a name that is too long, a circle of links, a pipe and a folder', async () => {
    await symlink(join(folder, 'none'), join(folder, 'link'));
    await symlink(join(folder, 'circle'), join(folder, 'circle'));
    expect((await failureOf(readBytes(join(folder, 'link')))).message).toBe(`${join(folder, 'link')}: it cannot be opened (ENOENT: it is a symbolic link to ${join(folder, 'none')}, which doesn't exist; restore that, or remove the link)`);
    expect((await failureOf(readBytes(join(folder, 'circle')))).message).toContain('ELOOP: its symbolic links lead in a circle');
    expect((await failureOf(readBytes(join(folder, 'x'.repeat(300))))).message).toContain('ENAMETOOLONG: the name is too long');
    expect((await failureOf(readBytes(folder))).message).toBe(`${folder}: it cannot be opened (EISDIR: it is a folder; name a file)`);
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    expect((await failureOf(readBytes(join(folder, 'pipe')))).message).toBe(`${join(folder, 'pipe')}: it is a pipe, a socket or a device; expected a file; write its content to a file first`);
  });

  if (existsSync('/proc/self')) {
    test('makes no folder where the system takes none, and says so at once', async () => {
      await mkdir(join(folder, 'a'));
      await makeFolder(join(folder, 'a', 'b', 'c'));
      await makeFolder(join(folder, 'a', 'b', 'c'));
      expect(await failureOf(makeFolder('/proc/none/folder'))).toBeInstanceOf(FileError);
    });

    test('says so when the system takes no files there', async () => {
      expect(await failureOf(writeAtomically('/proc/self/file', ['x']))).toBeInstanceOf(FileError);
    });
  }
});
