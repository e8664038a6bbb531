import { viewBytes, type DType, type TypedArrayOf } from '@adjoint/core';

const pageBytes = 65536;
const maximumPages = 65536;

/** Kernels read whole vectors, so past the last element by less than this many bytes. */
const readAhead = 256;

/** The memory of a module instance, and typed views of it that stay right when it grows. */
export class LinearMemory {
  readonly memory = new WebAssembly.Memory({ initial: 16, maximum: maximumPages });

  private buffer = this.memory.buffer;
  private words = new Int32Array(this.buffer);
  private doubles = new Float64Array(this.buffer);

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

  /** A view, not a copy, of `length` elements; good until the memory grows. */
  view<D extends DType>(dtype: D, address: number, length: number): TypedArrayOf[D] {
    return viewBytes(dtype, this.memory.buffer, address, length);
  }

  /** Grows until the heap can end at `atLeast`, if possible at `preferred`; returns where it can end now. */
  growHeap(atLeast: number, preferred: number): number {
    for (const end of [preferred, atLeast]) {
      if (this.heapEnd() >= end) break;
      const pages = Math.ceil((end - this.heapEnd()) / pageBytes);
      try {
        this.memory.grow(pages);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
    }
    return this.heapEnd();
  }

  private heapEnd(): number {
    return this.memory.buffer.byteLength - readAhead;
  }

  private remake(): void {
    this.buffer = this.memory.buffer;
    this.words = new Int32Array(this.buffer);
    this.doubles = new Float64Array(this.buffer);
  }
}
