import {
  BackendError, bytesPerElement, isContiguous, sizeOf, type ReduceOperation, type Strided,
} from '@adjoint/core';
import { denseAddresses } from './copy.js';
import { addressOf, dtypeCodes, type Device } from './device.js';
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
  const { kernels, workspace } = device;
  const { shape } = input;
  const first = axes[0] ?? shape.length;
  const end = first + axes.length;
  const outer = sizeOf(shape.slice(0, first));
  const rows = sizeOf(shape.slice(first, end));
  const inner = sizeOf(shape.slice(end));
  const code = codes[operation];
  const dtype = dtypeCodes[input.dtype];
  if (inner === 1) {
    kernels.reduceRows(code, dtype, addressOf(input), out.storage.address, outer, rows);
    return;
  }
  const scratch = workspace.reserve(inner * bytesPerElement(input.dtype) + spillBytes);
  kernels.reduceColumns(code, dtype, addressOf(input), out.storage.address, outer, rows, inner, scratch);
}

/** The reduced axes last; what cannot be read as rows so is copied. */
function reduceAsRows(
  device: Device, operation: ReduceOperation, input: Strided, axes: readonly number[], out: Strided,
): void {
  const { kernels } = device;
  const isArg = operation === 'argMax' || operation === 'argMin';
  const rows = reducedAxesLast(input, axes);
  const [address] = denseAddresses(device, [rows]);
  const kernel = isArg ? kernels.argReduceRows : kernels.reduceRows;
  kernel(codes[operation], dtypeCodes[input.dtype], address!, out.storage.address, out.size, input.size / out.size);
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
