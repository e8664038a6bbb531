import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { cacheFolder, downloadMnist, DownloadError, mnistRemoteFiles, type RemoteFile } from '../src/node.js';
import { fillDisk } from './fullDisk.js';

const contents = { 'first.gz': Buffer.alloc(200_000, 'first'), 'second.gz': Buffer.from('second') };
const files: RemoteFile[] = Object.entries(contents).map(([name, bytes]) => ({
  name, byteLength: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex'),
}));
const contentOf = (url: string | undefined) => contents[url?.slice(1) as keyof typeof contents];

let folder: string;
const servers: Server[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adjoint-download-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
});

/** A mirror on this machine; gives its address and counts what is asked of it. */
async function serve(listener: RequestListener): Promise<{ readonly url: string; readonly requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url!);
    listener(request, response);
  });
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests };
}

const good: RequestListener = (request, response) => response.end(contentOf(request.url));
const missing: RequestListener = (_, response) => response.writeHead(404).end('not here');
const cut: RequestListener = (request, response) => {
  const content = contentOf(request.url);
  response.writeHead(200, { 'content-length': content.length });
  response.write(content.subarray(0, content.length / 2), () => response.destroy());
};
const short: RequestListener = (request, response) => response.end(contentOf(request.url).subarray(1));
const long: RequestListener = (request, response) => response.end(Buffer.concat([contentOf(request.url), contentOf(request.url)]));
const wrong: RequestListener = (request, response) => response.end(Buffer.alloc(contentOf(request.url).length));
const stalledAfter = 3;
const stalled: RequestListener = (request, response) => {
  response.write(contentOf(request.url).subarray(0, stalledAfter));
};
const silent: RequestListener = () => idleTimeIsOver();

/** Its time comes when a test says so: a real one could be over for a mirror that answers, where the machine is busy. */
const idleTimeout = 200_000;
let idleTimeIsOver: () => void;
beforeEach(() => {
  const start = setTimeout;
  vi.spyOn(globalThis, 'setTimeout').mockImplementation((action: () => void, delay?: number) => {
    if (delay === idleTimeout) idleTimeIsOver = action;
    return start(action, delay);
  });
  return () => vi.restoreAllMocks();
});

const held = () => readdir(folder).then((names) => names.sort());

describe('downloadMnist', () => {
  test('fetches every file, and none a second time', async () => {
    const { url, requests } = await serve(good);
    const into = join(folder, 'new', 'folder');
    expect(await downloadMnist({ folder: into, mirrors: [url], files })).toBe(into);
    for (const [name, bytes] of Object.entries(contents)) expect((await readFile(join(into, name))).equals(bytes)).toBe(true);
    expect((await readdir(into)).sort()).toEqual(['first.gz', 'second.gz']);
    await downloadMnist({ folder: into, mirrors: [url], files });
    expect(requests).toEqual(['/first.gz', '/second.gz']);
  });

  test('fetches a file again that is damaged', async () => {
    const { url, requests } = await serve(good);
    await writeFile(join(folder, 'first.gz'), contents['first.gz']);
    await writeFile(join(folder, 'second.gz'), 'seconds');
    await downloadMnist({ folder, mirrors: [url], files });
    expect(requests).toEqual(['/second.gz']);
    expect(await readFile(join(folder, 'second.gz'), 'utf8')).toBe('second');
  });

  test('tells how far it has come', async () => {
    const { url } = await serve(good);
    const received = new Map<string, number[]>();
    const onProgress = ({ file, receivedBytes }: { file: RemoteFile; receivedBytes: number }) =>
      void received.set(file.name, [...(received.get(file.name) ?? []), receivedBytes]);
    await downloadMnist({ folder, mirrors: [url], files, onProgress });
    for (const { name, byteLength } of files) {
      const steps = received.get(name)!;
      expect(steps.at(-1)).toBe(byteLength);
      expect([...steps].sort((a, b) => a - b)).toEqual(steps);
    }
  });

  test.each([
    ['answers 404', missing, /the server answered 404/],
    ['cuts the connection', cut, /terminated|cut|aborted/],
    ['gives too little', short, /the connection was cut after 199999 of 200000 bytes/],
    ['gives too much', long, /more than 200000 bytes came/],
    ['gives other bytes', wrong, new RegExp(`the SHA-256 is [0-9a-f]{64}, expected ${files[0]!.sha256}`)],
    ['stalls in the middle', stalled, /nothing came for 200 s/],
    ['never answers', silent, /nothing came for 200 s/],
  ])('says so when a mirror %s, leaves nothing, and takes the next one', async (_, listener, reason) => {
    const bad = await serve(listener);
    const options = { folder, files, idleTimeout, onProgress: ({ receivedBytes }: { receivedBytes: number }) => { if (receivedBytes === stalledAfter) idleTimeIsOver(); } };
    const failure = await downloadMnist({ ...options, mirrors: [bad.url] }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DownloadError);
    expect((failure as Error).message).toMatch(reason);
    expect((failure as Error).message).toContain(`first.gz: no mirror gave it (${bad.url}first.gz: `);
    expect(await held()).toEqual([]);
    const next = await serve(good);
    await downloadMnist({ ...options, mirrors: [bad.url, next.url] });
    expect(next.requests).toEqual(['/first.gz', '/second.gz']);
    expect(await held()).toEqual(['first.gz', 'second.gz']);
  });

  test('names every mirror when there is no network', async () => {
    const { url } = await serve(good);
    const server = servers.pop()!;
    await new Promise((closed) => server.close(closed));
    const mirrors = [url, 'http://nowhere.invalid/'];
    const failure = await downloadMnist({ folder, mirrors, files }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DownloadError);
    expect((failure as Error).message).toMatch(/ECONNREFUSED/);
    for (const mirror of mirrors) expect((failure as Error).message).toContain(`${mirror}first.gz: fetch failed`);
    expect((failure as Error).message).toMatch(/put the four files into a folder yourself/);
    expect(await held()).toEqual([]);
  });

  test('keeps the old file when the new one fails', async () => {
    const { url } = await serve(cut);
    await writeFile(join(folder, 'first.gz'), 'old');
    await expect(downloadMnist({ folder, mirrors: [url], files })).rejects.toThrow(DownloadError);
    expect(await held()).toEqual(['first.gz']);
    expect(await readFile(join(folder, 'first.gz'), 'utf8')).toBe('old');
  });

  test('says when the folder cannot be made', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(downloadMnist({ folder: join(file, 'below'), files })).rejects.toThrow(/the folder cannot be made \(.*ENOTDIR/);
  });

  test('says when the disk is full, asks no other mirror, and leaves nothing', async () => {
    const { url, requests } = await serve(good);
    const restore = await fillDisk();
    const failure = await downloadMnist({ folder, mirrors: [url, url], files }).catch((error: unknown) => error);
    restore();
    expect(failure).toBeInstanceOf(DownloadError);
    expect((failure as Error).message).toMatch(/first\.gz: it cannot be written \(.*ENOSPC.*make room/);
    expect(requests).toEqual(['/first.gz']);
    expect(await held()).toEqual([]);
  });

  test('ends with the reason of its signal, and leaves nothing half written', async () => {
    const { url } = await serve(stalled);
    const controller = new AbortController();
    const reason = new Error('enough');
    const download = downloadMnist({ folder, mirrors: [url, url], files, signal: controller.signal, onProgress: () => controller.abort(reason) });
    await expect(download).rejects.toBe(reason);
    expect(await held()).toEqual([]);
  });

  test('knows the four files of MNIST', () => {
    expect(mnistRemoteFiles.map(({ name }) => name)).toEqual([
      'train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz', 't10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz',
    ]);
    for (const { sha256 } of mnistRemoteFiles) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test('caches where XDG_CACHE_HOME says', () => {
    const before = process.env['XDG_CACHE_HOME'];
    process.env['XDG_CACHE_HOME'] = folder;
    try {
      expect(cacheFolder()).toBe(join(folder, 'adjoint'));
    } finally {
      if (before === undefined) delete process.env['XDG_CACHE_HOME'];
      else process.env['XDG_CACHE_HOME'] = before;
    }
  });
});

describe('downloadMnist refuses wrong options before it asks a mirror or makes a folder', () => {
  const remote = files[0]!;
  test.each<[string, unknown, RegExp]>([
    ['a folder that is not a string', { folder: 5 }, /^downloadMnist: folder is 5; expected a path as a string$/],
    ['an empty folder', { folder: '' }, /folder is ""; expected a path without null characters that is not empty$/],
    ['a URL', { folder: new URL('file:///tmp/mnist') }, /folder is a URL; expected a path as a string; convert the URL with fileURLToPath/],
    ['one mirror', { mirrors: 'https://example.org/' }, /mirrors is "https:\/\/example.org\/"; expected a list$/],
    ['a mirror that is not a string', { mirrors: [new URL('https://example.org/')] }, /mirrors\[0\] is a URL; expected a string$/],
    ['names of files', { files: ['first.gz'] }, /files\[0\] is "first.gz"; expected \{ name, byteLength, sha256 \}$/],
    ['a checksum in capitals', { files: [{ ...remote, sha256: remote.sha256.toUpperCase() }] }, /files\[0\].sha256 is "[0-9A-F]{64}"; expected 64 lowercase hexadecimal digits$/],
    ['no time', { idleTimeout: 0 }, /idleTimeout is 0; expected a finite number above 0$/],
    ['a controller', { signal: new AbortController() }, /signal is an AbortController; expected an AbortSignal/],
    ['no function', { onProgress: true }, /onProgress is true; expected a function$/],
    ['a misspelled option', { mirror: [] }, /unknown option 'mirror'/],
  ])('%s', async (_, options, message) => {
    const fetched = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('no network'));
    try {
      const target = join(folder, 'made');
      const given = Object.hasOwn(options as object, 'folder') ? options : { folder: target, ...(options as object) };
      await expect(downloadMnist(given as never)).rejects.toThrow(message);
      expect(fetched).not.toHaveBeenCalled();
      expect(await readdir(folder)).toEqual([]);
    } finally {
      fetched.mockRestore();
    }
  });
});
