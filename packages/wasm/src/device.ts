import { bytesPerElement, type DType, type Strided } from '@adjoint/core';
import type { Kernels } from './kernels.js';
import type { LinearMemory } from './linearMemory.js';
import type { ThreadPool } from './threadPool.js';
import type { Workspace } from './workspace.js';

/** What a kernel family needs to run: the compiled functions, the memory they work in, and scratch bytes. */
export interface Device {
  readonly kernels: Kernels;
  readonly memory: LinearMemory;
  readonly workspace: Workspace;
  /** Room for a result that another kernel brings to its place. */
  readonly staging: Workspace;
  /** Memory for a result that is later copied into parts of another. */
  readonly standby: Workspace;
  readonly pool: ThreadPool;
  /** The index, in 32-bit words, of the area by which lists of numbers are handed to kernels. */
  readonly parameters: number;
}

/** The number by which kernels know a dtype. */
export const dtypeCodes: Record<DType, number> = { bool: 0, int32: 1, float32: 2, float64: 3 };

/** Where in memory the first element lies. */
export function addressOf(operand: Strided): number {
  return operand.storage.address + operand.offset * bytesPerElement(operand.dtype);
}
