import { BackendError, type EvictedBytes } from '@adjoint/core';

/** A new buffer costs a page fault for each of its pages; buffers of this size mostly get memory that the process used before. */
const pieceBytes = 512 * 1024;

/** An array this small is part of a JavaScript object, without a buffer of its own; a loop copies it faster than `set`. */
const smallBytes = 64;

/** Bytes outside the linear memory, where the garbage collector sees them. */
export class EvictedPieces implements EvictedBytes {
  private pieces: readonly Uint8Array[] | null;

  /** Copies `byteLength` bytes from `address` on. */
  constructor(memory: Uint8Array, address: number, readonly byteLength: number) {
    this.pieces = byteLength <= smallBytes ? [copySmall(memory, address, byteLength)] : copyPieces(memory, address, byteLength);
  }

  get isRestored(): boolean {
    return this.pieces === null;
  }

  /** Writes the bytes to `address`, and lets go of them. */
  moveTo(memory: Uint8Array, address: number): void {
    let to = address;
    for (const piece of this.pieces!) {
      if (piece.length <= smallBytes) for (let index = 0; index < piece.length; index++) memory[to + index] = piece[index]!;
      else memory.set(piece, to);
      to += piece.length;
    }
    this.pieces = null;
  }
}

/** Throws when these are not bytes that `evict` returned, or when they were restored before. */
export function assertRestorable(evicted: EvictedBytes): asserts evicted is EvictedPieces {
  if (evicted instanceof EvictedPieces && !evicted.isRestored) return;
  throw new BackendError("restore: the bytes were restored before, or are another backend's; expected bytes that evict of a wasm backend returned");
}

function copySmall(memory: Uint8Array, address: number, byteLength: number): Uint8Array {
  const copy = new Uint8Array(byteLength);
  for (let index = 0; index < byteLength; index++) copy[index] = memory[address + index]!;
  return copy;
}

function copyPieces(memory: Uint8Array, address: number, byteLength: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < byteLength; start += pieceBytes) {
    const piece = new Uint8Array(Math.min(pieceBytes, byteLength - start));
    piece.set(memory.subarray(address + start, address + start + piece.length));
    pieces.push(piece);
  }
  return pieces;
}
