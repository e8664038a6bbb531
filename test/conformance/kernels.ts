import { expect } from 'vitest';
import {
  allocateArray, bytesPerElement, empty, reference, scope, sizeOf,
  type Backend, type DType, type Tensor, type TensorType, type TypedArray,
} from '@adjoint/core';
import { mapElements, materialise, type View } from './views.js';

/** One call of a kernel, written so that it can be made on any backend. */
export type Call = (on: Backend, out: Tensor, ...inputs: Tensor[]) => void;

/** A case to run on several backends. */
export interface Case {
  readonly inputs: readonly View[];
  readonly out: TensorType;
  readonly call: Call;
}

/** What fills memory that a kernel must write, or must not. */
const filler = 85;

/**
 * Runs a kernel and gives what it wrote. The result's memory is not clear before; its neighbours and the inputs must
 * be the same after.
 */
export function run(on: Backend, { inputs, out, call }: Case): TypedArray {
  return scope(() => {
    const tensors = inputs.map((input) => materialise(on, input));
    const before = filled(on, 'int32', 16);
    const result = filled(on, out.dtype, sizeOf(out.shape), out);
    const after = filled(on, 'int32', 16);
    call(on, result, ...tensors);
    for (const neighbour of [before, after]) {
      if (neighbour.data().some((value) => value !== filler)) expect.fail('the kernel wrote beyond its result');
    }
    tensors.forEach((tensor, index) => assertSameBytes(storageOf(tensor), inputs[index]!.memory));
    return result.data();
  });
}

function filled(on: Backend, dtype: DType, size: number, type: TensorType = { dtype, shape: [size] }): Tensor {
  const tensor = empty(on, type);
  on.write(tensor.storage.address, allocateArray(dtype, size).fill(filler));
  return tensor;
}

function storageOf({ backend, dtype, storage }: Tensor): TypedArray {
  return backend.readSync!(storage.address, dtype, 0, storage.byteLength / bytesPerElement(dtype));
}

function assertSameBytes(actual: TypedArray, expected: TypedArray): void {
  actual.forEach((value, index) => {
    if (!Object.is(value, expected[index])) expect.fail(`the kernel changed an input: element ${index} of its storage`);
  });
}

/** What the reference gives for the magnitudes of the inputs: for a sum of products, the scale of its rounding errors. */
export function magnitudes({ inputs, ...rest }: Case): TypedArray {
  return run(reference, { ...rest, inputs: inputs.map((input) => mapElements(input, Math.abs)) });
}

/** The elements of a view in row-major order. */
export function elementsOf(view: View): TypedArray {
  return run(reference, { inputs: [view], out: view, call: (on, out, x) => on.copy(x, out) });
}

/** How far from the expected element an actual one may be. */
export type Bound = (expected: number, index: number) => number;

/** Asserts that `backend` gives every bit that the reference gives; which NaN does not matter. */
export function expectSame(backend: Backend, test: Case): void {
  const expected = run(reference, test);
  run(backend, test).forEach((value, index) => {
    if (!Object.is(value, expected[index])) fail(value, expected[index]!, index, 'every bit');
  });
}

/**
 * Asserts that `backend` gives the reference's elements within a bound. NaN and infinities must be the same; a zero
 * may have any sign.
 */
export function expectNear(backend: Backend, test: Case, bound: Bound): void {
  const expected = run(reference, test);
  run(backend, test).forEach((value, index) => {
    const target = expected[index]!;
    if (Object.is(value, target) || value === target) return;
    const allowed = bound(target, index);
    const isNear = Number.isFinite(value) && Math.abs(value - target) <= allowed;
    if (!isNear) fail(value, target, index, `within ${allowed}`);
  });
}

/** Asserts that `backend` gives the reference's elements within `units` units in the last place. */
export function expectWithinUnits(backend: Backend, test: Case, units: number): void {
  const { dtype } = test.out;
  const greatest = dtype === 'float32' ? 2 ** 128 - 2 ** 104 : Number.MAX_VALUE;
  // An infinity counts as a neighbour of the greatest number: a result may overflow in one and just not in the other.
  const finite = (x: number): number => (units === 0 ? x : Math.min(Math.max(x, -greatest), greatest));
  const expected = run(reference, test);
  run(backend, test).forEach((value, index) => {
    const target = expected[index]!;
    if (Object.is(value, target) || value === target) return;
    const difference = Math.abs(finite(value) - finite(target));
    const isNear = difference <= units * spacing(finite(target), dtype);
    if (!isNear) fail(value, target, index, `within ${units} units in the last place`);
  });
}

function fail(value: number, target: number, index: number, accuracy: string): never {
  const show = (x: number): string => (Object.is(x, -0) ? '-0' : String(x));
  expect.fail(`element ${index} is ${show(value)}; the reference has ${show(target)}, expected the same ${accuracy}`);
}

/** The distance between two neighbouring numbers of a dtype near `x`. */
export function spacing(x: number, dtype: DType): number {
  if (dtype === 'int32' || dtype === 'bool') return 0;
  const [leastExponent, fractionBits] = dtype === 'float32' ? [-126, 23] : [-1022, 52];
  const exponent = x === 0 ? leastExponent : Math.floor(Math.log2(Math.abs(x)));
  return 2 ** (Math.max(exponent, leastExponent) - fractionBits);
}

/** By how much of itself a number changes at most when it is rounded to a float dtype. */
export function roundoff(dtype: DType): number {
  return spacing(1, dtype) / 2;
}

/** For the rounding of the reference's own result, and of the factors of a scaled sum. */
const extraRoundings = 4;

/**
 * The bound of a sum of `terms` products, added in any order, in the dtype of the result: each addition and each
 * product loses at most one roundoff of the sum of all magnitudes (Higham, "Accuracy and stability of numerical
 * algorithms", section 4.2), or what lies below the least number. An `int32` wraps, and so is exact in any order.
 */
export function sumBound(test: Case, terms: number): Bound {
  const { dtype } = test.out;
  if (dtype === 'int32') return () => 0;
  const sums = magnitudes(test);
  const relative = (terms + extraRoundings) * roundoff(dtype);
  return (_, index) => relative * sums[index]! + terms * spacing(0, dtype);
}
