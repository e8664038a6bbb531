/*
 * A convolution in groups, group by group: the operands of each are dense copies, so that it takes the fastest path there
 * is, and its result is copied to its place.
 */
import { bytesPerElement, isContiguous, type ConvolutionPrecision, type Strided, type Window2d } from '@adjoint/core';
import { assign, denseAt } from './copy.js';
import type { Device } from './device.js';

type Convolution = (device: Device, left: Strided, right: Strided, out: Strided, window: Window2d, precision: ConvolutionPrecision) => void;

/** Part `index` of `count` equal ones of the last axis. */
function partOf(operand: Strided, index: number, count: number): Strided {
  const { dtype, strides, offset, storage } = operand;
  const length = operand.shape[3]! / count;
  const shape = [...operand.shape.slice(0, 3), length];
  return {
    dtype, shape, strides, storage, offset: offset + index * length * strides[3]!,
    size: operand.size / count, isContiguous: isContiguous(shape, strides),
  };
}

/** Each of `groups` parts of the last axes of all three. */
export function convolveGroups(
  device: Device, convolution: Convolution, groups: number, left: Strided, right: Strided, out: Strided, window: Window2d,
  precision: ConvolutionPrecision,
): void {
  const address = device.staging.reserve((out.size / groups) * bytesPerElement(out.dtype));
  for (let group = 0; group < groups; group++) {
    const place = partOf(out, group, groups);
    const result = denseAt(place, address);
    convolution(device, partOf(left, group, groups), partOf(right, group, groups), result, window, precision);
    assign(device, result, place);
  }
}
