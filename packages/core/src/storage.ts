import type { Backend } from './backend.js';
import { AdjointError, BackendError } from './errors.js';

let livingBytes = 0;

/** The bytes of all storages that live. */
export function bytesInUse(): number {
  return livingBytes;
}

/** What a storage without bytes knows of the transform that computes with its tensors. */
export interface SymbolicOwner {
  /** The transform's name, for messages. */
  readonly transform: string;
  /** Called when the last tensor of one of its storages was released. */
  forget(storage: Storage): void;
}

function addressOf(backend: Backend, byteLength: number): number {
  try {
    return backend.allocate(byteLength);
  } catch (cause) {
    if (cause instanceof AdjointError) throw cause;
    throw new BackendError(`the ${backend.name} backend has no room for a tensor of ${byteLength} bytes, beside the ${livingBytes} bytes of those that live; expected smaller shapes, or fewer tensors at a time`, { cause });
  }
}

/** Bytes on a backend, shared by the views that count as its references; the last one to go frees them. */
export class Storage {
  private references = 0;

  private constructor(
    /** Where the bytes are; of a storage without any, where constants beside its tensors are made. */
    readonly backend: Backend,
    readonly address: number,
    readonly byteLength: number,
    /** @internal What computes with tensors that have no bytes, as inside of `trace` and `vmap`; null for all others. */
    readonly interpreter: SymbolicOwner | null,
  ) {}

  static allocate(backend: Backend, byteLength: number): Storage {
    const storage = new Storage(backend, addressOf(backend, byteLength), byteLength, null);
    livingBytes += byteLength;
    return storage;
  }

  /** @internal A storage without bytes. */
  static symbolic(backend: Backend, interpreter: SymbolicOwner): Storage {
    return new Storage(backend, -1, 0, interpreter);
  }

  addReference(): void {
    this.references++;
  }

  dropReference(): void {
    this.references--;
    if (this.references > 0) return;
    if (this.interpreter !== null) {
      this.interpreter.forget(this);
      return;
    }
    livingBytes -= this.byteLength;
    this.backend.free(this.address, this.byteLength);
  }
}
