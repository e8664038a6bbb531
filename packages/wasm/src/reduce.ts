import {
  BackendError, bytesPerElement, isContiguous, sizeOf, unknownOperation, type DType, type ReduceOperation, type Strided,
} from '@adjoint/core';
import { denseAddresses } from './copy.js';
import { addressOf, dtypeCodes, type Device } from './device.js';
import { divide, fewElements } from './divide.js';
import { spillBytes } from './workspace.js';

/** The number of each operation in assembly/reduce.ts and squares.ts. */
const codes: Record<ReduceOperation, number> = { sum: 0, product: 1, max: 2, min: 3, argMax: 4, argMin: 5, mean: 6, norm: 7, rootMeanSquare: 8 };

export function reduce(
  device: Device, operation: ReduceOperation, input: Strided, axes: readonly number[], out: Strided,
): void {
  if (!Object.hasOwn(codes, operation)) throw unknownOperation('wasm', operation, Object.keys(codes));
  if (out.size === 0) return;
  if (input.dtype === 'bool' && (operation === 'sum' || operation === 'product')) {
    throw new BackendError(`${operation}: the wasm backend has no kernel for bool; convert to int32 first`);
  }
  const block = inMemoryOrder(input, axes);
  if (block !== null && rowKernel(operation) !== 'squareReduceRows') reduceBlock(device, operation, block.input, block.axes, out);
  else reduceAsRows(device, operation, input, axes, out);
}

function isArg(operation: ReduceOperation): operation is 'argMax' | 'argMin' {
  return operation === 'argMax' || operation === 'argMin';
}

/** The kernel that reduces rows; `squareReduceRows` has none beside it for columns. */
function rowKernel(operation: ReduceOperation): 'reduceRows' | 'argReduceRows' | 'squareReduceRows' {
  if (isArg(operation)) return 'argReduceRows';
  return operation === 'norm' || operation === 'rootMeanSquare' ? 'squareReduceRows' : 'reduceRows';
}

function areNeighbours(axes: readonly number[]): boolean {
  return axes.every((axis, place) => axis === axes[0]! + place);
}

/**
 * The input with its axes in the order in which they lie in memory, and where the reduced ones are then; null where its
 * elements have gaps, the reduced axes are not adjacent, or the others would change their order.
 */
function inMemoryOrder(input: Strided, axes: readonly number[]): { readonly input: Strided; readonly axes: readonly number[] } | null {
  if (input.isContiguous) return areNeighbours(axes) ? { input, axes } : null;
  const order = [...input.shape.keys()].sort((a, b) => input.strides[b]! - input.strides[a]!);
  const kept = order.filter((axis) => !axes.includes(axis));
  const places = order.flatMap((axis, place) => (axes.includes(axis) ? [place] : []));
  const ordered = permuted(input, order);
  const isBlock = ordered.isContiguous && areNeighbours(places) && kept.every((axis, place) => place === 0 || axis > kept[place - 1]!);
  return isBlock ? { input: ordered, axes: places } : null;
}

/** A contiguous input seen as `[outer, rows, inner]`, of which `rows` goes. */
function reduceBlock(
  device: Device, operation: ReduceOperation, input: Strided, axes: readonly number[], out: Strided,
): void {
  const { pool, workspace } = device;
  const { shape } = input;
  const first = axes[0] ?? shape.length;
  const end = first + axes.length;
  const outer = sizeOf(shape, 0, first);
  const rows = sizeOf(shape, first, end);
  const inner = sizeOf(shape, end);
  const code = codes[operation];
  const dtype = dtypeCodes[input.dtype];
  if (inner === 1) {
    divideReduction(device, operation, input.dtype, addressOf(input), out, outer, rows);
    return;
  }
  const nanoseconds = input.size / 2;
  if (isArg(operation)) {
    const byMatrices = outer > 1;
    const matrixBytes = rows * inner * bytesPerElement(input.dtype);
    const rowBytes = inner * bytesPerElement(out.dtype);
    divide(device, 'argReduceColumns', { total: byMatrices ? outer : inner, unit: byMatrices ? 1 : 16, nanoseconds }, (first, count) => {
      const matrix = byMatrices ? first : 0;
      return [
        code, dtype, addressOf(input) + matrix * matrixBytes, out.storage.address + matrix * rowBytes,
        byMatrices ? count : 1, rows, inner, byMatrices ? 0 : first, byMatrices ? inner : count,
      ];
    });
    return;
  }
  const scratchBytes = Math.ceil((inner * (bytesPerElement(input.dtype) + 8) + 2 * spillBytes) / 64) * 64;
  const scratch = workspace.reserve(scratchBytes * pool.threads);
  // Columns that one thread writes end where another's begin: only for a single matrix is nothing written past them.
  const unit = outer === 1 ? 16 : inner;
  divide(device, 'reduceColumns', { total: inner, unit, nanoseconds, perThread: 1 }, (first, count) => [
    code, dtype, addressOf(input), out.storage.address, outer, rows, inner, first, count, scratch, scratchBytes,
  ]);
}

/** Each of `outer` rows of `length` elements from `address` on becomes one element. */
function divideReduction(
  device: Device, operation: ReduceOperation, dtype: DType, address: number, out: Strided, outer: number, length: number,
): void {
  const kernel = rowKernel(operation);
  const code = codes[operation];
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
  const rows = reducedAxesLast(input, axes);
  const [address] = denseAddresses(device, [rows]);
  divideReduction(device, operation, input.dtype, address!, out, out.size, input.size / out.size);
}

/** The order of the reduced axes does not matter to the result: they go from the farthest stride to the nearest. */
function reducedAxesLast(input: Strided, axes: readonly number[]): Strided {
  const kept = Array.from(input.shape.keys()).filter((axis) => !axes.includes(axis));
  const farFirst = [...axes].sort((a, b) => Math.abs(input.strides[b]!) - Math.abs(input.strides[a]!));
  return permuted(input, [...kept, ...farFirst]);
}

function permuted(input: Strided, order: readonly number[]): Strided {
  const { dtype, offset, size, storage } = input;
  const shape = order.map((axis) => input.shape[axis]!);
  const strides = order.map((axis) => input.strides[axis]!);
  return { dtype, shape, strides, offset, size, storage, isContiguous: isContiguous(shape, strides) };
}
