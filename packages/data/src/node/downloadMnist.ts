import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  AdjointError, ArgumentError, formatValue, refuseArgument, requireFunction, requireList, requireOptions, requirePositive, requireSignal, requireText,
  type OptionNames,
} from '@adjoint/core';
import { exists, FileError, makeFolder } from './fileError.js';
import { readBytes } from './readBytes.js';
import { requirePath } from './requirePath.js';
import { writeAtomically } from './writeAtomically.js';

/** A file that was not fetched: no mirror gave it, or it could not be written. */
export class DownloadError extends AdjointError {
  override readonly name: string = 'DownloadError';
}

/** A file on a server, and how to tell that it came whole. */
export interface RemoteFile {
  /** What to append to a mirror's address; the name in the folder too. */
  readonly name: string;
  readonly byteLength: number;
  /** The SHA-256 of its bytes, in hexadecimal. */
  readonly sha256: string;
}

/** The four files of MNIST, as the public mirrors have them. */
export const mnistRemoteFiles: readonly RemoteFile[] = Object.freeze([
  { name: 'train-images-idx3-ubyte.gz', byteLength: 9912422, sha256: '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609' },
  { name: 'train-labels-idx1-ubyte.gz', byteLength: 28881, sha256: '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c' },
  { name: 't10k-images-idx3-ubyte.gz', byteLength: 1648877, sha256: '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6' },
  { name: 't10k-labels-idx1-ubyte.gz', byteLength: 4542, sha256: 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6' },
].map((file) => Object.freeze(file)));

/** Where the files of MNIST are, tried in turn. */
export const mnistMirrors: readonly string[] = Object.freeze([
  'https://storage.googleapis.com/cvdf-datasets/mnist/',
  'https://ossci-datasets.s3.amazonaws.com/mnist/',
]);

/** How far a download has come. */
export interface DownloadProgress {
  readonly file: RemoteFile;
  /** Of this file so far. */
  readonly receivedBytes: number;
}

/** From where to where. */
export interface DownloadOptions {
  /** Is made where it does not exist. Default: `mnist` in {@link cacheFolder}. */
  readonly folder?: string;
  /** Addresses that end in `/`, tried in turn. Default: {@link mnistMirrors}. */
  readonly mirrors?: readonly string[];
  /** Default: {@link mnistRemoteFiles}. */
  readonly files?: readonly RemoteFile[];
  /** Milliseconds without a byte after which a mirror is given up. Default: 30,000. */
  readonly idleTimeout?: number;
  /** Ends the download; what came of the present file is removed. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DownloadProgress) => void;
}

/**
 * Where Adjoint keeps what it fetched: `adjoint` in `XDG_CACHE_HOME`, or else in the platform's folder for caches
 * (`~/.cache`, `~/Library/Caches`, `%LOCALAPPDATA%`).
 */
export function cacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, 'adjoint');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'adjoint');
  if (process.platform === 'win32' && LOCALAPPDATA) return join(LOCALAPPDATA, 'adjoint');
  return join(homedir(), '.cache', 'adjoint');
}

const downloadOptionNames: OptionNames<DownloadOptions> = {
  folder: true, mirrors: true, files: true, idleTimeout: true, signal: true, onProgress: true,
};

/**
 * Fetches the four files of MNIST into a folder that `readMnistFolder` reads, and gives the folder. A file that is there
 * and whole is not fetched again. Each is checked by its SHA-256 and written by
 * {@link writeAtomically}, so that the folder never holds half a file.
 *
 * @throws `ArgumentError` when an option is wrong, before anything is fetched.
 * @throws {@link DownloadError} that names the file, what each mirror said, and what to do.
 * @throws the reason of `signal` when that ends the download.
 *
 * @example
 * ```ts no-run
 * import { downloadMnist, readMnistFolder } from '@adjoint/data/node';
 *
 * const { train, test } = await readMnistFolder(await downloadMnist());
 * ```
 */
export async function downloadMnist(options: DownloadOptions = {}): Promise<string> {
  checkDownload(options);
  const { folder = join(cacheFolder(), 'mnist'), files = mnistRemoteFiles } = options;
  await makeFolder(folder).catch(throwAsDownload);
  for (const file of files) {
    if (!(await isWhole(join(folder, file.name), file))) await downloadFile(file, folder, options);
  }
  return folder;
}

function checkDownload(options: DownloadOptions): void {
  const operation = 'downloadMnist';
  requireOptions(operation, options, downloadOptionNames);
  const { folder, mirrors = mnistMirrors, files = mnistRemoteFiles, idleTimeout, signal, onProgress } = options;
  if (folder !== undefined) requirePath(operation, 'folder', folder);
  requireList(operation, 'mirrors', mirrors);
  mirrors.forEach((mirror, index) => requireText(operation, `mirrors[${index}]`, mirror));
  requireList(operation, 'files', files);
  files.forEach((file, index) => requireRemoteFile(operation, `files[${index}]`, file));
  if (idleTimeout !== undefined) requirePositive(operation, 'idleTimeout', idleTimeout);
  requireSignal(operation, signal);
  if (onProgress !== undefined) requireFunction(operation, 'onProgress', onProgress);
}

function requireRemoteFile(operation: string, argument: string, file: unknown): void {
  const { name, byteLength, sha256 } = Object(file) as Partial<RemoteFile>;
  const hasTypes = typeof name === 'string' && Number.isSafeInteger(byteLength) && typeof sha256 === 'string';
  if (!hasTypes) refuseArgument(operation, argument, file, '{ name, byteLength, sha256 }');
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new ArgumentError(`${operation}: ${argument}.sha256 is ${formatValue(sha256)}; expected 64 lowercase hexadecimal digits`);
}

/** Another mirror can't help if the disk fails. */
function throwAsDownload(error: unknown): never {
  throw error instanceof FileError ? new DownloadError(error.message, { cause: error }) : error;
}

async function isWhole(path: string, { sha256 }: RemoteFile): Promise<boolean> {
  if (!(await exists(path))) return false;
  const bytes = await readBytes(path).catch(throwAsDownload);
  return createHash('sha256').update(bytes).digest('hex') === sha256;
}

/** From the first mirror that gives it whole. */
async function downloadFile(file: RemoteFile, folder: string, options: DownloadOptions): Promise<void> {
  const { mirrors = mnistMirrors, signal } = options;
  const reasons: string[] = [];
  for (const mirror of mirrors) {
    const url = mirror + file.name;
    try {
      return await downloadFrom(url, file, join(folder, file.name), options);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof DownloadError) throw error;
      reasons.push(`${url}: ${reasonOf(error)}`);
    }
  }
  throw new DownloadError(
    `${file.name}: no mirror gave it (${reasons.join('; ')}); check the connection and try again, or put the four files into a folder yourself and read it with readMnistFolder`,
  );
}

async function downloadFrom(url: string, file: RemoteFile, path: string, options: DownloadOptions): Promise<void> {
  await writeAtomically(path, receive(url, file, options)).catch(throwAsDownload);
}

/** The bytes as they come; throws at the end unless they are the file's, so that nobody takes them for it. */
async function* receive(
  url: string,
  file: RemoteFile,
  { idleTimeout = 30_000, signal, onProgress }: DownloadOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const idle = new AbortController();
  const timer = setTimeout(() => idle.abort(new Error(`nothing came for ${idleTimeout / 1000} s`)), idleTimeout);
  try {
    const response = await fetch(url, { signal: signal === undefined ? idle.signal : AbortSignal.any([idle.signal, signal]) });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`the server answered ${response.status} ${response.statusText}`.trimEnd());
    }
    const hash = createHash('sha256');
    let receivedBytes = 0;
    // The type of the web's streams lacks what Node's have: to be walked.
    for await (const piece of (response.body ?? []) as unknown as AsyncIterable<Uint8Array>) {
      timer.refresh();
      receivedBytes += piece.length;
      if (receivedBytes > file.byteLength) throw new Error(`more than ${file.byteLength} bytes came`);
      hash.update(piece);
      onProgress?.({ file, receivedBytes });
      yield piece;
    }
    if (receivedBytes < file.byteLength) throw new Error(`the connection was cut after ${receivedBytes} of ${file.byteLength} bytes`);
    const sha256 = hash.digest('hex');
    if (sha256 !== file.sha256) throw new Error(`the SHA-256 is ${sha256}, expected ${file.sha256}`);
  } finally {
    clearTimeout(timer);
  }
}

/** What went wrong, with the cause that `fetch` hides behind "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause === undefined) return error.message;
  const cause = reasonOf(error.cause) || (error.cause as { readonly code?: string }).code;
  return `${error.message} (${cause})`;
}
