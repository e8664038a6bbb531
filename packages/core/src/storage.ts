import type { Allocation, Backend } from './backend.js';
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

/** Of a storage without bytes. */
const nowhere: Allocation = { address: -1 };

function allocateOn(backend: Backend, byteLength: number): Allocation {
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
    private readonly allocation: Allocation,
    readonly byteLength: number,
    /** @internal What computes with tensors that have no bytes, as inside of `trace` and `vmap`; null for all others. */
    readonly interpreter: SymbolicOwner | null,
  ) {}

  static allocate(backend: Backend, byteLength: number): Storage {
    const storage = new Storage(backend, allocateOn(backend, byteLength), byteLength, null);
    livingBytes += byteLength;
    return storage;
  }

  /** @internal A storage without bytes. */
  static symbolic(backend: Backend, interpreter: SymbolicOwner): Storage {
    return new Storage(backend, nowhere, 0, interpreter);
  }

  /** Where the bytes are now; the backend may move them between calls, so read it anew for every call. */
  get address(): number {
    return this.allocation.address;
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
    this.backend.free(this.allocation);
  }
}
