import type { FileHandle } from 'node:fs/promises';
import { ArgumentError, formatFields, formatValue, fromTypedArray, refuseArgument, showAs, type Shape, type Tensor } from '@adjoint/core';
import { bytesPerStored, readElements, type ElementType } from '../elements.js';
import { wrongKindError } from '../fileKind.js';
import { lengthError, readIdxHeader, type IdxType } from '../idx.js';
import { formatError } from '../namedBytes.js';
import { isNpy, npyHeaderEnd, readNpyHeader } from '../npyHeader.js';
import { openFile, readRange } from './readBytes.js';
import { requirePath } from './requirePath.js';

/** How the elements of a file lie. */
interface Layout {
  readonly type: ElementType;
  readonly littleEndian: boolean;
  /** Of all records. */
  readonly shape: Shape;
  readonly headerLength: number;
}

const idxElementTypes: Readonly<Record<IdxType, ElementType>> = {
  ubyte: 'uint8', byte: 'int8', short: 'int16', int: 'int32', float: 'float32', double: 'float64',
};

/**
 * An array in a file that is open: its records, which are what stands along the first axis, are read from their places when they are
 * asked for. Made by {@link openRecords}.
 */
export class RecordFile {
  /** How many records there are. */
  readonly count: number;
  /** The shape of one record. */
  readonly shape: Shape;
  private readonly recordLength: number;

  /** @internal */
  constructor(readonly path: string, private readonly handle: FileHandle, private readonly layout: Layout) {
    [this.count = 0, ...this.shape] = layout.shape as [number, ...number[]];
    Object.freeze(this.shape);
    this.recordLength = this.shape.reduce((product, length) => product * length, bytesPerStored(layout.type));
  }

  /**
   * Reads records, and nothing else of the file: `[rows.length, ...shape]`, all integers as `int32`.
   *
   * @param rows - the records' numbers, in any order.
   * @throws `ArgumentError` when there is no record of a number.
   * @throws `DataFormatError` when no dtype holds an element, or the file was cut meanwhile.
   */
  async read(rows: ArrayLike<number>): Promise<Tensor> {
    if (!Array.isArray(rows) && !ArrayBuffer.isView(rows)) refuseArgument('read', 'rows', rows, 'a list of integers');
    return this.tensorOf(await this.readBytes(rows));
  }

  /** @internal The bytes of records; those next to each other are read at once. */
  async readBytes(rows: ArrayLike<number>): Promise<Uint8Array> {
    const bytes = new Uint8Array(rows.length * this.recordLength);
    for (let first = 0; first < rows.length; ) {
      const from = rows[first]!;
      this.requireRow(from);
      let end = first + 1;
      for (; end < rows.length && rows[end] === from + end - first; end++) this.requireRow(rows[end]!);
      const start = this.layout.headerLength + from * this.recordLength;
      bytes.set(await readRange(this.handle, start, start + (end - first) * this.recordLength, this.path), first * this.recordLength);
      first = end;
    }
    return bytes;
  }

  /** @internal The records of {@link RecordFile.readBytes} as a tensor. */
  tensorOf(bytes: Uint8Array): Tensor {
    const { dtype, data } = readElements(this.layout.type, bytes, this.layout.littleEndian, this.path);
    return fromTypedArray(data, [this.recordLength === 0 ? 0 : bytes.length / this.recordLength, ...this.shape], dtype);
  }

  private requireRow(row: number): void {
    if (Number.isInteger(row) && row >= 0 && row < this.count) return;
    throw new ArgumentError(`read: ${this.path} has no record ${formatValue(row)}; expected an integer from 0 to ${this.count - 1}`);
  }

  /** Closes the file; no record can be read any more. */
  async close(): Promise<void> {
    await this.handle.close();
  }

  /** Closes the file at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

showAs(RecordFile.prototype, ({ path, count, shape }) => formatFields('RecordFile', { path, count, shape }));

/**
 * Opens an array in a file, `.npy` or IDX (not compressed), and reads its header, so that records can be read from their places: the
 * file may be larger than memory. {@link recordDataset} makes batches of them.
 *
 * @throws {@link FileError} when the file cannot be opened.
 * @throws `DataFormatError` when it is no such file, or the header is damaged or does not fit its length.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { tensor } from '@adjoint/core';
 * import { encodeNpy } from '@adjoint/data';
 * import { openRecords, writeAtomically } from '@adjoint/data/node';
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'adjoint-')), 'points.npy');
 * await writeAtomically(path, [encodeNpy(tensor([[1, 2], [3, 4], [5, 6]]))]);
 * const points = await openRecords(path);
 * points.count; // 3
 * await points.read([2, 0]); // [[5, 6], [1, 2]]
 * await points.close();
 * ```
 */
export async function openRecords(path: string): Promise<RecordFile> {
  requirePath('openRecords', 'path', path);
  const { handle, size } = await openFile(path);
  try {
    const start = await readRange(handle, 0, Math.min(size, npyHeaderEnd), path);
    const isIdx = start[0] === 0 && start[1] === 0;
    if (!isIdx && !isNpy(start)) throw wrongKindError(path, start, 'npy', 'idx') ?? formatError(path, 0, 'the start of an unknown format', 'a .npy or an IDX file');
    return new RecordFile(path, handle, isIdx ? idxLayout(start, size, path) : npyLayout(start, size, path));
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function idxLayout(start: Uint8Array, size: number, path: string): Layout {
  const header = readIdxHeader(start, path);
  if (size !== header.byteLength) throw lengthError(path, header, size);
  return withRecords({ ...header, type: idxElementTypes[header.type], littleEndian: false }, path);
}

function npyLayout(start: Uint8Array, size: number, path: string): Layout {
  const header = readNpyHeader(start, path, size);
  if (header.fortranOrder && header.shape.length > 1) {
    throw formatError(path, 0, 'the array is in Fortran order, where a record lies scattered', "C order; save it with np.save(path, np.ascontiguousarray(array))");
  }
  return withRecords(header, path);
}

function withRecords(layout: Layout, path: string): Layout {
  if (layout.shape.length > 0) return layout;
  throw formatError(path, 0, 'the array has no axes', 'records along a first axis');
}
