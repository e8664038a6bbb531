import { ArgumentError, checkShape, ShapeError, formatValue, type ConvolutionPrecision, type Shape, type Tensor } from '@adjoint/core';
import { convolutionCall, shapesOf, type CallOptions } from './convolution.js';
import { lengthsOf, reach, resolveWindow, type Window, type WindowOptions } from './window.js';

/** Options of any number of axes. */
interface TransposedOptions extends WindowOptions, CallOptions {
  readonly outputPadding?: number | readonly number[];
}

/** A transposed convolution: its operands, the convolution's window, and the lengths of the result. */
export interface Transposed {
  readonly input: Tensor;
  readonly kernel: Tensor;
  readonly groups: number;
  readonly precision: ConvolutionPrecision;
  readonly window: Window;
  readonly outLengths: Shape;
  readonly filters: number;
}

/**
 * The operands and the geometry of a transposed convolution along `rank` axes.
 *
 * @throws `ShapeError` when axes, channels or groups do not fit, or nothing would be left of the result.
 * @throws `ArgumentError` when an option is out of range.
 */
export function resolveTransposed(
  operation: string, rank: number, input: Tensor, kernel: Tensor, { outputPadding, ...options }: TransposedOptions,
): Transposed {
  const layout = ['[length, filters / groups, c]', '[h, w, filters / groups, c]', '[d, h, w, filters / groups, c]'][rank - 1]!;
  const call = convolutionCall(operation, rank, input, kernel, options, layout);
  const { groups, precision } = call;
  const [depth, channels] = call.kernel.shape.slice(-2) as [number, number];
  const both = shapesOf(call.input, call.kernel);
  if (call.input.shape.at(-1) !== channels) {
    throw new ShapeError(`${operation}: input has ${call.input.shape.at(-1)} channels, kernel expects ${channels} as its last axis ${both}`);
  }
  if (channels % groups !== 0) throw new ShapeError(`${operation}: ${channels} channels do not make ${groups} equal groups ${both}`);
  const strides = lengthsOf(operation, 'strides', options.strides ?? 1, rank);
  const isSame = options.padding === 'same';
  if (isSame && outputPadding !== undefined) {
    throw new ArgumentError(`${operation}: outputPadding is ${formatValue(outputPadding)}, but padding 'same' alone says how long the result is; leave one of them out`);
  }
  const extra = lengthsOf(operation, 'outputPadding', outputPadding ?? 0, rank, 0);
  if (extra.some((length, axis) => length >= strides[axis]!)) {
    throw new ArgumentError(`${operation}: outputPadding is ${formatValue(outputPadding)}; expected less than the strides ${formatValue(strides)}`);
  }
  // Of 'same', the convolution's window over images that are the stride times as long.
  const window = resolveWindow(operation, call.lengths.map((length, axis) => length * strides[axis]!), call.taps, options);
  const outLengths = call.lengths.map((length, axis) => {
    if (isSame) return length * strides[axis]!;
    const [before, after] = window.padding[axis]!;
    return (length - 1) * strides[axis]! + reach(call.taps[axis]!, window.dilation[axis]!) - before - after + extra[axis]!;
  });
  if (outLengths.some((length, axis) => length < 1 || call.lengths[axis]! < 1)) {
    throw new ShapeError(`${operation}: the result's lengths would be ${formatValue(outLengths)} ${both}; expected at least 1 (use less padding)`);
  }
  checkShape(operation, [call.input.shape[0]!, ...outLengths, depth * groups]);
  return { input: call.input, kernel: call.kernel, groups, precision, window, outLengths, filters: depth * groups };
}
