import { viewBytes, type DType, type TypedArrayOf } from '@adjoint/core';

const pageBytes = 65536;
/** Of a shared memory all that it may grow to is reserved at once, which not every host grants. */
const maximumPages = [65536, 32768, 16384, 8192];

/** Kernels read whole vectors, so past the last element by less than this many bytes. */
const readAhead = 256;

/** The memory of a module instance, and typed views of it that stay right when it grows. */
export class LinearMemory {
  private buffer: ArrayBufferLike;
  private octets: Uint8Array;
  private words: Int32Array;
  private doubles: Float64Array;

  private constructor(
    readonly memory: WebAssembly.Memory,
    /** How far it can grow. */
    readonly maximumPages: number,
    /** Whether threads can work in it. */
    readonly isShared: boolean,
  ) {
    this.buffer = memory.buffer;
    this.octets = new Uint8Array(this.buffer);
    this.words = new Int32Array(this.buffer);
    this.doubles = new Float64Array(this.buffer);
  }

  /** A shared memory where the host has any, unless `shared` is false. */
  static create(shared = true): LinearMemory {
    const [most] = maximumPages;
    if (!shared || typeof SharedArrayBuffer === 'undefined') {
      return new LinearMemory(new WebAssembly.Memory({ initial: 16, maximum: most! }), most!, false);
    }
    for (const maximum of maximumPages) {
      try {
        return new LinearMemory(new WebAssembly.Memory({ initial: 16, maximum, shared: true }), maximum, true);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
    }
    return LinearMemory.create(false);
  }

  /** All of the memory as bytes. */
  get bytes(): Uint8Array {
    if (this.buffer !== this.memory.buffer) this.remake();
    return this.octets;
  }

  /** All of the memory as 32-bit words. */
  get int32(): Int32Array {
    if (this.buffer !== this.memory.buffer) this.remake();
    return this.words;
  }

  /** All of the memory as doubles. */
  get float64(): Float64Array {
    if (this.buffer !== this.memory.buffer) this.remake();
    return this.doubles;
  }

  /** Where the heap can end without growth. */
  get heapEnd(): number {
    return this.memory.buffer.byteLength - readAhead;
  }

  /** A view, not a copy, of `length` elements; good until the memory grows. */
  view<D extends DType>(dtype: D, address: number, length: number): TypedArrayOf[D] {
    return viewBytes(dtype, this.memory.buffer, address, length);
  }

  /** Grows until the heap can end at `atLeast`, if possible at `preferred`; returns where it can end now. */
  growHeap(atLeast: number, preferred: number): number {
    for (const end of [preferred, atLeast]) {
      if (this.heapEnd >= end) break;
      const pages = Math.ceil((end - this.heapEnd) / pageBytes);
      try {
        this.memory.grow(pages);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
    }
    return this.heapEnd;
  }

  private remake(): void {
    this.buffer = this.memory.buffer;
    this.octets = new Uint8Array(this.buffer);
    this.words = new Int32Array(this.buffer);
    this.doubles = new Float64Array(this.buffer);
  }
}
