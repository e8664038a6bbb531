import type { Backend } from './backend.js';

let livingBytes = 0;

/** The bytes of all storages that live. */
export function bytesInUse(): number {
  return livingBytes;
}

/** Bytes on a backend, shared by the views that count as its references; the last one to go frees them. */
export class Storage {
  private references = 0;

  private constructor(
    readonly backend: Backend,
    readonly address: number,
    readonly byteLength: number,
  ) {}

  static allocate(backend: Backend, byteLength: number): Storage {
    const storage = new Storage(backend, backend.allocate(byteLength), byteLength);
    livingBytes += byteLength;
    return storage;
  }

  addReference(): void {
    this.references++;
  }

  dropReference(): void {
    this.references--;
    if (this.references > 0) return;
    livingBytes -= this.byteLength;
    this.backend.free(this.address, this.byteLength);
  }
}
