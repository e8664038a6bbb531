import type { Device } from './device.js';
import type { KernelArguments, KernelName } from './threadPool.js';

/** Work that can be cut into stretches. */
export interface Divisible {
  readonly total: number;
  /** The length of a stretch is a multiple of this. */
  readonly unit: number;
  /** About how long one thread takes for all of it. */
  readonly nanoseconds: number;
  /** The most stretches for each thread; more than one evens out what disturbs a thread. Default 2. */
  readonly perThread?: number;
}

/** A stretch that takes less is not worth a thread's attention. */
const leastNanoseconds = 10_000;

/** Calls a kernel for `[0, total)`, in stretches on several threads when there is enough to do. */
export function divide<Name extends KernelName>(
  { pool }: Device, name: Name, { total, unit, nanoseconds, perThread = 2 }: Divisible,
  argumentsOf: (first: number, count: number) => KernelArguments<Name>,
): void {
  if (total === 0) return;
  const most = pool.threads === 1 ? 1 : Math.min(pool.threads * perThread, Math.floor(nanoseconds / leastNanoseconds));
  const stretch = Math.ceil(total / Math.max(most, 1) / unit) * unit;
  const parts = Math.ceil(total / stretch);
  pool.run(name, parts, (part) => argumentsOf(part * stretch, Math.min(stretch, total - part * stretch)));
}

/**
 * As {@link divide}, for kernels that write rows of whole vectors: what they write past a row must not reach a row that
 * another thread has written.
 */
export function divideRows<Name extends KernelName>(
  device: Device, name: Name, rows: number, rowBytes: number, nanoseconds: number,
  argumentsOf: (first: number, count: number) => KernelArguments<Name>,
): void {
  divide(device, name, { total: rows, unit: rowBytes % 16 === 0 ? 1 : rows, nanoseconds }, argumentsOf);
}

/** Stretches of single elements begin at multiples of this, so that no kernel writes into the next one. */
export const elementUnit = 64;

/** Elements up to which an elementwise kernel is called without further ado. */
export const fewElements = 1 << 15;
