import {
  BackendError, bytesPerElement, isContiguous, sizeOf, type DType, type ReduceOperation, type Strided,
} from '@adjoint/core';
import { denseAddresses } from './copy.js';
import { addressOf, dtypeCodes, type Device } from './device.js';
import { divide, fewElements } from './divide.js';
import { spillBytes } from './workspace.js';

/** The number of each operation in assembly/reduce.ts. */
const codes: Record<ReduceOperation, number> = { sum: 0, product: 1, max: 2, min: 3, argMax: 4, argMin: 5 };

export function reduce(
  device: Device, operation: ReduceOperation, input: Strided, axes: readonly number[], out: Strided,
): void {
  if (out.size === 0) return;
  if (input.dtype === 'bool' && (operation === 'sum' || operation === 'product')) {
    throw new BackendError(`${operation}: the wasm backend has no kernel for bool; convert to int32 first`);
  }
  const isArg = operation === 'argMax' || operation === 'argMin';
  if (!isArg && input.isContiguous && areNeighbours(axes)) reduceBlock(device, operation, input, axes, out);
  else reduceAsRows(device, operation, input, axes, out);
}

function areNeighbours(axes: readonly number[]): boolean {
  return axes.every((axis, place) => axis === axes[0]! + place);
}

/** A contiguous input seen as `[outer, rows, inner]`, of which `rows` goes. */
function reduceBlock(
  device: Device, operation: ReduceOperation, input: Strided, axes: readonly number[], out: Strided,
): void {
  const { pool, workspace } = device;
  const { shape } = input;
  const first = axes[0] ?? shape.length;
  const end = first + axes.length;
  const outer = sizeOf(shape.slice(0, first));
  const rows = sizeOf(shape.slice(first, end));
  const inner = sizeOf(shape.slice(end));
  const code = codes[operation];
  const dtype = dtypeCodes[input.dtype];
  if (inner === 1) {
    divideReduction(device, 'reduceRows', code, input.dtype, addressOf(input), out, outer, rows);
    return;
  }
  const scratchBytes = Math.ceil((inner * bytesPerElement(input.dtype) + spillBytes) / 64) * 64;
  const scratch = workspace.reserve(scratchBytes * pool.threads);
  // Columns that one thread writes end where another's begin: only for a single matrix is nothing written past them.
  const unit = outer === 1 ? 16 : inner;
  divide(device, 'reduceColumns', { total: inner, unit, nanoseconds: input.size / 2, perThread: 1 }, (first, count) => [
    code, dtype, addressOf(input), out.storage.address, outer, rows, inner, first, count, scratch, scratchBytes,
  ]);
}

/** Each of `outer` rows of `length` elements from `address` on becomes one element. */
function divideReduction(
  device: Device, kernel: 'reduceRows' | 'argReduceRows', code: number, dtype: DType, address: number, out: Strided,
  outer: number, length: number,
): void {
  if (outer * length <= fewElements) {
    device.kernels[kernel](code, dtypeCodes[dtype], address, out.storage.address, outer, length);
    return;
  }
  const rowBytes = length * bytesPerElement(dtype);
  const outBytes = bytesPerElement(out.dtype);
  divide(device, kernel, { total: outer, unit: 1, nanoseconds: (outer * length) / 2 }, (first, count) => [
    code, dtypeCodes[dtype], address + first * rowBytes, out.storage.address + first * outBytes, count, length,
  ]);
}

/** The reduced axes last; what cannot be read as rows so is copied. */
function reduceAsRows(
  device: Device, operation: ReduceOperation, input: Strided, axes: readonly number[], out: Strided,
): void {
  const isArg = operation === 'argMax' || operation === 'argMin';
  const rows = reducedAxesLast(input, axes);
  const [address] = denseAddresses(device, [rows]);
  const kernel = isArg ? 'argReduceRows' : 'reduceRows';
  divideReduction(device, kernel, codes[operation], input.dtype, address!, out, out.size, input.size / out.size);
}

/** The order of the reduced axes does not matter to the result: they go from the farthest stride to the nearest. */
function reducedAxesLast(input: Strided, axes: readonly number[]): Strided {
  const reduced = new Set(axes);
  const kept = Array.from(input.shape.keys()).filter((axis) => !reduced.has(axis));
  const farFirst = [...axes].sort((a, b) => Math.abs(input.strides[b]!) - Math.abs(input.strides[a]!));
  const order = [...kept, ...farFirst];
  const shape = order.map((axis) => input.shape[axis]!);
  const strides = order.map((axis) => input.strides[axis]!);
  const { dtype, offset, size, storage } = input;
  return { dtype, shape, strides, offset, size, storage, isContiguous: isContiguous(shape, strides) };
}
