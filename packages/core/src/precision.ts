import { fromTypedArray } from './create.js';
import { withBackend } from './defaultBackend.js';
import { isFloat, type FloatDType } from './dtype.js';
import type { Primitive } from './primitive.js';
import { recordingTo, type Recorder } from './recording.js';
import type { Tensor } from './tensor.js';
import { mapTensors, visitTensors } from './tree.js';

/** Hears in which dtype a function computes with its arguments, calls that are differentiated as a whole included. */
class PrecisionObserver implements Recorder {
  private readonly known = new Set<Tensor>();
  precision: FloatDType = 'float64';

  constructor(args: unknown) {
    visitTensors(args, (tensor) => this.know(tensor));
  }

  append(_primitive: Primitive<unknown>, inputs: readonly Tensor[], _attrs: unknown, output: Tensor): void {
    // A mask or an index is exact, whatever it is converted to.
    if (isFloat(output.dtype) && inputs.some((input) => this.known.has(input))) this.know(output);
  }

  private know(tensor: Tensor): void {
    this.known.add(tensor);
    if (tensor.dtype === 'float32') this.precision = 'float32';
  }
}

/** Runs a function; gives also the lowest precision of what it computes from its arguments. */
export function withPrecision<R>(args: unknown, fn: () => R): { readonly result: R; readonly precision: FloatDType } {
  const observer = new PrecisionObserver(args);
  const result = recordingTo(observer, fn);
  return { result, precision: observer.precision };
}

/** A value with `float64` in the place of all `float32` tensors. */
export function inDouble<T>(value: T): T {
  return mapTensors(value, (leaf) => {
    if (leaf.dtype !== 'float32' || leaf.isReleased) return leaf;
    return withBackend(leaf.backend, () => fromTypedArray(Float64Array.from(leaf.data()), leaf.shape, 'float64'));
  }) as T;
}
