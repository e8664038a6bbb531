import { BackendError } from '@adjoint/core';
import { alignUp } from './allocator.js';
import type { Device } from './device.js';
import { compileKernels, instantiateKernels, type SimdBuild } from './kernels.js';
import { LinearMemory } from './linearMemory.js';
import { controlBytes, maximumThreads, ThreadPool } from './threadPool.js';

/** The part of a device that belongs to one memory. */
export interface Machine extends Pick<Device, 'kernels' | 'memory' | 'parameters' | 'pool'> {
  /** Where what kernels, threads and the host talk by ends, and tensors may begin; the same in each memory of a build. */
  readonly heapStart: number;
}

/**
 * Instantiates the kernels over a new memory.
 *
 * @throws `BackendError` when the memory cannot grow by what the kernels need for themselves.
 */
export function buildMachine(simd: SimdBuild, memory: LinearMemory): Machine {
  const module = compileKernels(simd, memory.isShared);
  const kernels = instantiateKernels(module, memory.memory);
  const areaBytes = kernels.threadBytes();
  const areas = alignUp(kernels.heapBase());
  const parameters = areas + alignUp(areaBytes * maximumThreads);
  const control = parameters + alignUp(kernels.parameterBytes());
  const heapStart = control + alignUp(controlBytes);
  if (memory.growHeap(heapStart, heapStart) < heapStart) throw new BackendError(`wasm: the engine refused ${heapStart} bytes of memory for the kernels themselves`);
  kernels.enterThread(0, areas, parameters);
  const pool = new ThreadPool(kernels, { module, memory: memory.memory, areas, areaBytes, parameters, control });
  return { kernels, memory, pool, parameters: parameters / 4, heapStart };
}

/** The same over a new memory of the kind of `old`, with room for `heapBytes` and a little more; null when the engine refuses it. */
export function smallMachine(simd: SimdBuild, old: LinearMemory, heapBytes: number): Machine | null {
  const memory = createMemory(old.isShared);
  if (memory === null || memory.isShared !== old.isShared || memory.maximumPages < old.maximumPages) return null;
  const machine = buildMachine(simd, memory);
  const end = machine.heapStart + heapBytes;
  return memory.growHeap(end, end + (heapBytes >> 3)) < end ? null : machine;
}

function createMemory(isShared: boolean): LinearMemory | null {
  try {
    return LinearMemory.create(isShared);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
