import type { FileHandle } from 'node:fs/promises';
import { ArgumentError, dispose, formatFields, requireOptions, requireText, showAs, type OptionNames, type Tensor, type Tree } from '@adjoint/core';
import { OrderedMap } from 'immutable';
import { chosenNames, listNames, withOthers, type NamesOption } from '../chosenNames.js';
import { fileKindLength } from '../fileKind.js';
import { readTensor, safetensorsChunks, type Safetensors, type SafetensorsEncodeOptions } from '../safetensors.js';
import {
  describeTensor, readSafetensorsHeader, safetensorsHeaderLength, type SafetensorsEntry, type SafetensorsHeader,
} from '../safetensorsHeader.js';
import { openFile, readRange } from './readBytes.js';
import { requirePath } from './requirePath.js';
import { writeAtomically } from './writeAtomically.js';

/**
 * A safetensors file that is open: its header is in memory, and each tensor is read when it is asked for. Made by
 * {@link openSafetensors}.
 */
export class SafetensorsFile {
  /** @internal */
  constructor(
    readonly path: string,
    private readonly handle: FileHandle,
    private readonly header: SafetensorsHeader,
  ) {}

  /** The types and places of the tensors by name, in the order of the file. */
  get entries(): OrderedMap<string, SafetensorsEntry> {
    return this.header.entries;
  }

  /** What the writer said of the file. */
  get metadata(): OrderedMap<string, string> {
    return this.header.metadata;
  }

  /**
   * Reads one tensor, and nothing else of the file.
   *
   * @throws `ArgumentError` when the file has no tensor of this name.
   * @throws `DataFormatError` when no dtype holds its elements, or the file was cut meanwhile.
   */
  async read(name: string): Promise<Tensor> {
    requireText('read', 'name', name);
    const entry = this.entries.get(name);
    if (entry === undefined) {
      throw new ArgumentError(`read: ${this.path} has no tensor '${name}'; expected one of [${listNames([...this.entries.keys()])}]`);
    }
    return readTensor(await readRange(this.handle, entry.start, entry.end, this.path), entry, describeTensor(this.path, name));
  }

  /** Closes the file; no tensor can be read any more. */
  async close(): Promise<void> {
    await this.handle.close();
  }

  /** Closes the file at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

showAs(SafetensorsFile.prototype, ({ path, entries, metadata }) => formatFields('SafetensorsFile', { path, tensors: entries.size, metadata }));

/**
 * Opens a safetensors file and reads its header, so that single tensors can be read from their places; a file may be
 * larger than memory. (Node has no memory-mapped files; a read copies the bytes of its tensor and no others.)
 *
 * @throws {@link FileError} when the file cannot be opened.
 * @throws `DataFormatError` when the header is damaged or does not fit the file's length.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { tensor } from '@adjoint/core';
 * import { openSafetensors, writeSafetensors } from '@adjoint/data/node';
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'adjoint-')), 'model.safetensors');
 * await writeSafetensors(path, { kernel: tensor([[1, 2]]), bias: tensor([3]) });
 * const file = await openSafetensors(path);
 * file.entries.get('kernel')!.shape; // [1, 2]
 * await file.read('bias'); // [3]
 * await file.close();
 * ```
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  requirePath('openSafetensors', 'path', path);
  const { handle, size } = await openFile(path);
  try {
    const length = safetensorsHeaderLength(await readRange(handle, 0, Math.min(size, fileKindLength), path), size, path);
    return new SafetensorsFile(path, handle, readSafetensorsHeader(await readRange(handle, 0, length, path), size, path));
  } catch (error) {
    await handle.close();
    throw error;
  }
}

const namesOptionNames: OptionNames<NamesOption> = { names: true };

/**
 * Reads the tensors of a safetensors file, all or those that you name, one at a time.
 *
 * @throws as {@link openSafetensors} and {@link SafetensorsFile.read} do.
 * @throws `ArgumentError` when the file has no tensor of one of the names.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { tensor } from '@adjoint/core';
 * import { readSafetensors, writeSafetensors } from '@adjoint/data/node';
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'adjoint-')), 'model.safetensors');
 * await writeSafetensors(path, { bias: tensor([3]) }, { metadata: { epoch: '7' } });
 * const { tensors, metadata } = await readSafetensors(path);
 * tensors.get('bias'); // [3]
 * metadata.get('epoch'); // '7'
 * ```
 */
export async function readSafetensors(path: string, options: NamesOption = {}): Promise<Safetensors> {
  requirePath('readSafetensors', 'path', path);
  requireOptions('readSafetensors', options, namesOptionNames);
  const tensors: [string, Tensor][] = [];
  try {
    const metadata = await readInto(tensors, path, options);
    return { tensors: OrderedMap(tensors), metadata };
  } catch (error) {
    // No scope can be open across an await.
    dispose(tensors);
    throw error;
  }
}

/** Reads the tensors of a file one after the other, so that those before one that can't be read are known. */
async function readInto(tensors: [string, Tensor][], path: string, { names }: NamesOption): Promise<OrderedMap<string, string>> {
  const file = await openSafetensors(path);
  try {
    const chosen = chosenNames('readSafetensors', path, file.entries.keys(), names);
    for (const name of chosen) {
      tensors.push([name, await file.read(name).catch((error: unknown) => { throw withOthers(error, name, chosen); })]);
    }
    return file.metadata;
  } finally {
    await file.close();
  }
}

const safetensorsEncodeOptionNames: OptionNames<SafetensorsEncodeOptions> = { metadata: true };

/**
 * Writes the tensors of a tree by their dotted paths to a safetensors file, whole or not at all, a tensor at a time.
 *
 * @throws {@link FileError} as {@link writeAtomically} does.
 * @throws `ArgumentError` as `encodeSafetensors` does.
 *
 * @example
 * ```ts
 * import { mkdtemp, readdir } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { tensor } from '@adjoint/core';
 * import { writeSafetensors } from '@adjoint/data/node';
 *
 * const folder = await mkdtemp(join(tmpdir(), 'adjoint-'));
 * await writeSafetensors(join(folder, 'model.safetensors'), { bias: tensor([3]) });
 * await readdir(folder); // ['model.safetensors']
 * ```
 */
export async function writeSafetensors(path: string, tensors: Tree, options: SafetensorsEncodeOptions = {}): Promise<void> {
  requirePath('writeSafetensors', 'path', path);
  requireOptions('writeSafetensors', options, safetensorsEncodeOptionNames);
  await writeAtomically(path, safetensorsChunks('writeSafetensors', tensors, options));
}
