import { bytesPerElement, contiguousStrides, type Strided } from '@adjoint/core';
import { addressOf, dtypeCodes, type Device } from './device.js';
import { divide, divideRows, elementUnit, fewElements } from './divide.js';
import { denseBytes, mergeAxes, rowsIn, writeOuterAxes } from './layout.js';

export function fill(device: Device, value: number, out: Strided): void {
  const { address } = out.storage;
  const dtype = dtypeCodes[out.dtype];
  if (out.size <= fewElements) {
    device.kernels.fill(dtype, value, address, out.size);
    return;
  }
  const bytes = bytesPerElement(out.dtype);
  divide(device, 'fill', { total: out.size, unit: elementUnit, nanoseconds: out.size / 4 }, (first, count) => [
    dtype, value, address + first * bytes, count,
  ]);
}

export function copy(device: Device, input: Strided, out: Strided): void {
  if (out.size === 0) return;
  if (input.dtype === out.dtype) {
    copyStrided(device, input, out.storage.address);
    return;
  }
  const [source] = denseAddresses(device, [input]);
  const { address } = out.storage;
  const bytes = bytesPerElement(input.dtype);
  const outBytes = bytesPerElement(out.dtype);
  divide(device, 'cast', { total: out.size, unit: elementUnit, nanoseconds: out.size }, (first, count) => [
    dtypeCodes[input.dtype], dtypeCodes[out.dtype], source! + first * bytes, address + first * outBytes, count,
  ]);
}

/** A stripe of a transposed matrix has as many rows as elements take so many bytes, as in assembly/copy.ts. */
const stripeLineBytes = 256;

/** The elements of `input` in row-major order at `address`. */
export function copyStrided(device: Device, input: Strided, address: number): void {
  if (input.size === 0) return;
  const bytes = bytesPerElement(input.dtype);
  const source = addressOf(input);
  if (input.isContiguous) {
    divide(device, 'copyRows', { total: input.size, unit: elementUnit, nanoseconds: input.size / 4 }, (first, count) => [
      bytes, source + first * bytes, bytes, address + first * bytes, count, 0, 0, 1,
    ]);
    return;
  }
  const layout = mergeAxes(input.shape, [input.strides]);
  const { lengths } = layout;
  const strides = layout.strides[0]!;
  const last = lengths.length - 1;
  if (last > 0 && strides[last] !== 1 && strides[last - 1] === 1) {
    writeOuterAxes(device, layout, last - 1, [bytes]);
    const matrices = rowsIn(layout, last - 1);
    const rows = lengths[last - 1]!;
    const columns = lengths[last]!;
    const stripes = matrices * Math.ceil(rows / (stripeLineBytes / bytes));
    divide(device, 'transposeMatrices', { total: stripes, unit: 1, nanoseconds: input.size / 4 }, (first, count) => [
      bytes, source, strides[last]! * bytes, address, rows, columns, last - 1, first, count,
    ]);
  } else {
    writeOuterAxes(device, layout, last, [bytes]);
    const count = lengths[last]!;
    divideRows(device, 'copyRows', rowsIn(layout, last), count * bytes, input.size, (firstRow, rows) => [
      bytes, source, strides[last]! * bytes, address, count, last, firstRow, rows,
    ]);
  }
}

/** Writes `input` into a view of the same shape and dtype, and nothing else. */
export function assign(device: Device, input: Strided, view: Strided): void {
  if (input.size === 0) return;
  const bytes = bytesPerElement(input.dtype);
  const layout = mergeAxes(input.shape, [input.strides, view.strides]);
  const last = Math.max(layout.lengths.length - 1, 0);
  const [stride, viewStride] = layout.strides.map((strides) => (strides[last] ?? 1) * bytes);
  writeOuterAxes(device, layout, last, [bytes, bytes]);
  device.kernels.assignRows(
    bytes, addressOf(input), stride!, addressOf(view), viewStride!, layout.lengths[last] ?? 1, last,
    rowsIn(layout, last),
  );
}

/**
 * Where the elements of each input lie in row-major order: where they are if they do already, else copied to the
 * workspace, behind `extraBytes` of it that are the caller's.
 */
export function denseAddresses(device: Device, inputs: readonly Strided[], extraBytes = 0): number[] {
  let needed = scratchRoom(extraBytes);
  for (const input of inputs) if (!input.isContiguous) needed += scratchRoom(denseBytes(input));
  if (needed === 0) return inputs.map(addressOf);
  let free = device.workspace.reserve(needed) + scratchRoom(extraBytes);
  return inputs.map((input) => {
    if (input.isContiguous) return addressOf(input);
    const address = free;
    copyStrided(device, input, address);
    free += scratchRoom(denseBytes(input));
    return address;
  });
}

/** Up to a multiple of 64, with room for what a kernel writes past the end. */
function scratchRoom(byteLength: number): number {
  return byteLength === 0 ? 0 : (Math.floor(byteLength / 64) + 2) * 64;
}

/** `input` as a contiguous tensor whose elements lie at `address`. */
export function denseAt(input: Strided, address: number): Strided {
  return {
    dtype: input.dtype,
    shape: input.shape,
    strides: contiguousStrides(input.shape),
    offset: 0,
    size: input.size,
    storage: { address },
    isContiguous: true,
  };
}
