import * as fc from 'fast-check';
import { fromTypedArray } from '../create.js';
import { allocateArray, type DType, type TypedArray } from '../dtype.js';
import { contiguousStrides, formatType, sizeOf, type Shape } from '../shape.js';
import { view, type Tensor } from '../tensor.js';
import { broadcastableShapes, type ShapeConstraints } from './shapes.js';

/** How one axis lies in memory: every `step`-th element (0: one element repeated), after `before` that do not belong to it. */
interface AxisLayout {
  readonly step: number;
  readonly before: number;
  readonly after: number;
}

/**
 * A tensor to be: what a property prints, shrinks, and makes as often as it wants.
 */
export class TensorSample {
  constructor(
    readonly shape: Shape,
    readonly dtype: DType,
    /** Row-major. */
    readonly values: readonly number[],
    private readonly layout: readonly AxisLayout[],
    /** The axes from the outermost in memory to the innermost. */
    private readonly order: readonly number[],
  ) {}

  /** A new tensor on the default backend. Memory that does not belong to it holds NaN, so that reading it shows. */
  make(): Tensor {
    const strides = new Array<number>(this.shape.length).fill(0);
    let offset = 0;
    let size = 1;
    for (const axis of [...this.order].reverse()) {
      const { step, before, after } = this.layout[axis]!;
      const length = this.shape[axis]!;
      const extent = step === 0 ? 1 : Math.max(0, (length - 1) * Math.abs(step) + 1);
      strides[axis] = step * size;
      offset += (before + (step < 0 ? Math.max(0, extent - 1) : 0)) * size;
      size *= before + extent + after;
    }
    const memory = allocateArray(this.dtype, size).fill(this.dtype === 'bool' || this.dtype === 'int32' ? 1 : Number.NaN);
    let next = 0;
    const write = (axis: number, position: number): void => {
      if (axis === this.shape.length) {
        memory[position] = this.values[next++]!;
        return;
      }
      for (let index = 0; index < this.shape[axis]!; index++) write(axis + 1, position + index * strides[axis]!);
    };
    write(0, offset);
    return view(fromTypedArray(memory, [size], this.dtype), this.shape, strides, Math.min(offset, Math.max(0, size - 1)));
  }

  /** The same elements in row-major order. */
  makeContiguous(): Tensor {
    return fromTypedArray(this.typedValues(), this.shape, this.dtype);
  }

  /** The elements as the tensor holds them. */
  typedValues(): TypedArray {
    const values = allocateArray(this.dtype, this.values.length);
    values.set(this.values);
    return values;
  }

  toString(): string {
    const steps = this.layout.map(({ step }) => step).join(',');
    return `${formatType(this)} (order [${this.order.join(',')}], steps [${steps}]) of [${this.values.join(', ')}]`;
  }

  [fc.toStringMethod](): string {
    return this.toString();
  }
}

/** What the elements of a random tensor are. */
export interface TensorConstraints {
  /** Default: `float64`. */
  readonly dtype?: DType;
  /** Default: -3. */
  readonly min?: number;
  /** Default: 3. */
  readonly max?: number;
  /** Keep at least this far from 0, where `abs` and `relu` have a kink. Default: 0. */
  readonly awayFromZero?: number;
  /** No two elements nearer than a hundredth, so that a maximum does not change hands under a small step. Default: false. */
  readonly distinct?: boolean;
  /** Only row-major layouts. Default: false. */
  readonly contiguous?: boolean;
}

function values(size: number, { dtype = 'float64', min = -3, max = 3, awayFromZero = 0, distinct = false }: TensorConstraints): fc.Arbitrary<number[]> {
  if (dtype === 'bool') return fc.array(fc.integer({ min: 0, max: 1 }), { minLength: size, maxLength: size });
  if (dtype === 'int32') return fc.array(fc.integer({ min: Math.ceil(min), max: Math.floor(max) }), { minLength: size, maxLength: size });
  const steps = Math.max(size, 600);
  const grid = (index: number) => min + ((max - min) * (index + 0.5)) / steps;
  const far = Array.from({ length: steps }, (_, index) => index).filter((index) => Math.abs(grid(index)) >= awayFromZero);
  const list = distinct
    ? fc.shuffledSubarray(far, { minLength: size, maxLength: size })
    : fc.array(fc.constantFrom(...far), { minLength: size, maxLength: size });
  return list.map((indices) => indices.map(grid));
}

/**
 * Tensors of a shape, in every memory layout: transposed, sliced with a step, flipped, and repeated by a stride of 0.
 *
 * @example
 * ```ts
 * import * as fc from 'fast-check';
 * import { tensors } from '@adjoint/core/testing';
 * import { abs } from '@adjoint/ops';
 *
 * fc.assert(fc.property(tensors([2, 3], { awayFromZero: 0.1 }), (x) => abs(x.make()).data().every((value) => value >= 0.1)));
 * ```
 */
export function tensors(shape: Shape, constraints: TensorConstraints = {}): fc.Arbitrary<TensorSample> {
  const rank = shape.length;
  const step = constraints.distinct === true ? fc.constantFrom(1, 2, -1) : fc.constantFrom(1, 1, 2, -1, -2, 0);
  const plain = fc.constant<AxisLayout>({ step: 1, before: 0, after: 0 });
  const axis = constraints.contiguous === true ? plain : fc.oneof(plain, fc.record({ step, before: fc.nat({ max: 2 }), after: fc.nat({ max: 2 }) }));
  const inOrder = Array.from({ length: rank }, (_, index) => index);
  const order = constraints.contiguous === true ? fc.constant(inOrder) : fc.shuffledSubarray(inOrder, { minLength: rank, maxLength: rank });
  return fc
    .tuple(values(sizeOf(shape), constraints), fc.array(axis, { minLength: rank, maxLength: rank }), order)
    .map(([list, layout, memoryOrder]) => new TensorSample(shape, constraints.dtype ?? 'float64', repeated(list, shape, layout), layout, memoryOrder));
}

/** Row-major values with the first one of each axis that repeats one element in the place of the others. */
function repeated(list: readonly number[], shape: Shape, layout: readonly AxisLayout[]): number[] {
  const strides = contiguousStrides(shape);
  const source = (element: number): number =>
    layout.reduce((position, { step }, axis) => (step === 0 ? position - (Math.floor(element / strides[axis]!) % shape[axis]!) * strides[axis]! : position), element);
  return list.map((_, element) => list[source(element)]!);
}

/**
 * Tensors whose shapes broadcast to one.
 *
 * @example
 * ```ts
 * import * as fc from 'fast-check';
 * import { assertGradients, broadcastableTensors } from '@adjoint/core/testing';
 * import { mul } from '@adjoint/ops';
 *
 * fc.assert(fc.property(broadcastableTensors(2), (inputs) => assertGradients({ inputs, fn: (x, y) => mul(x!, y!) })));
 * ```
 */
export function broadcastableTensors(count: number, constraints: TensorConstraints & ShapeConstraints = {}): fc.Arbitrary<TensorSample[]> {
  return broadcastableShapes(count, { maxRank: 3, maxLength: 3, ...constraints }).chain((list) =>
    fc.tuple(...list.map((shape) => tensors(shape, constraints))),
  );
}

/**
 * `int32` labels of classes, from 0 to below `classes`, in every memory layout.
 *
 * @example
 * ```ts
 * import * as fc from 'fast-check';
 * import { labels } from '@adjoint/core/testing';
 *
 * fc.assert(fc.property(labels([4], 3), (classes) => classes.values.every((label) => label >= 0 && label < 3)));
 * ```
 */
export function labels(shape: Shape, classes: number): fc.Arbitrary<TensorSample> {
  return tensors(shape, { dtype: 'int32', min: 0, max: classes - 1 });
}
