import type { Allocation, Backend } from '../backend.js';
import { AdjointError, BackendError } from '../errors.js';
import { beforeAllocation, hold, letGo, makeRoom, restore, visit } from './collectable.js';
import { survived, type Survivor } from './collector/collector.js';
import { clock, living, Residence } from './residence.js';

/** What a storage without bytes knows of the transform that computes with its tensors. */
export interface SymbolicOwner {
  /** The transform's name, for messages. */
  readonly transform: string;
  /** Called when the last tensor of one of its storages was released. */
  forget(storage: Storage): void;
}

function allocate(backend: Backend, byteLength: number): Allocation {
  beforeAllocation();
  try {
    try {
      return backend.allocate(byteLength);
    } catch (error) {
      const isFull = error instanceof BackendError || error instanceof RangeError;
      if (!isFull || !makeRoom(backend)) throw error;
      return backend.allocate(byteLength);
    }
  } catch (cause) {
    if (cause instanceof AdjointError) throw cause;
    throw new BackendError(`the ${backend.name} backend has no room for a tensor of ${byteLength} bytes, beside the ${living.bytes} bytes of those that live; expected smaller shapes, or fewer tensors at a time`, { cause });
  }
}

/** Bytes on a backend, shared by the views that count as its references; the last one to go frees them. */
export class Storage implements Survivor {
  /** @internal Of a symbolic storage, the tensor that holds what it stands for. */
  content: { readonly storage: Storage } | null = null;

  private constructor(
    /** Where the bytes are; of a storage without any, where constants beside its tensors are made. */
    readonly backend: Backend,
    /** Null of what stands for a tensor and has nothing but its type. */
    private readonly home: Residence | null,
    /** @internal What computes with tensors that have no bytes, as inside `trace` and `vmap`; null for all others. */
    readonly interpreter: SymbolicOwner | null,
  ) {}

  static allocate(backend: Backend, byteLength: number): Storage {
    return new Storage(backend, new Residence(backend, byteLength, allocate(backend, byteLength)), null);
  }

  /** @internal A storage without bytes. */
  static symbolic(backend: Backend, interpreter: SymbolicOwner): Storage {
    return new Storage(backend, new Residence(backend, 0, null), interpreter);
  }

  /** @internal The storage of what stands for a tensor and has nothing but its type. */
  static none(backend: Backend): Storage {
    return new Storage(backend, null, null);
  }

  /** @internal Whether this is a storage at all. */
  get exists(): boolean {
    return this.home !== null;
  }

  /** Where the bytes are now, until the next allocation: they may move in between. */
  get address(): number {
    const { residence } = this;
    residence.used = clock.time;
    if (residence.allocation === null) restore(this, residence);
    return residence.allocation === null ? -1 : residence.allocation.address;
  }

  get byteLength(): number {
    return this.home === null ? 0 : this.home.byteLength;
  }

  /** @internal Whether more than one tensor counts. */
  get isShared(): boolean {
    return this.residence.references > 1;
  }

  private get residence(): Residence {
    return this.home!;
  }

  /** Counts a tensor. */
  addReference(): void {
    this.residence.addReference();
  }

  /** Counts a tensor less; the last one frees the bytes. */
  dropReference(): void {
    const { residence } = this;
    residence.dropReference();
    if (residence.references > 0) return;
    residence.free();
    this.interpreter?.forget(this);
  }

  /** @internal The garbage collector became the owner of one of the tensors. */
  becomeCollectable(): void {
    hold(this, this.residence);
  }

  /** @internal The garbage collector no longer owns one of the tensors. */
  becomeOwned(): void {
    letGo(this.residence);
  }

  /** Node prints a storage by this, and visits by it what lives. */
  [survived](): string {
    if (this.home !== null) visit(this, this.home);
    return `Storage(${this.byteLength} bytes on ${this.backend.name})`;
  }
}
