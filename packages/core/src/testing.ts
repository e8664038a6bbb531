/**
 * Arbitraries for property-based tests of operations, with fast-check: shapes, tensors in every memory layout, and a
 * property that proves a gradient rule. Adjoint's own suite is written with them.
 *
 * @packageDocumentation
 */
import * as fc from 'fast-check';
import { checkGradients, type CheckGradientsOptions } from './checkGradients.js';
import { fromTypedArray } from './create.js';
import { allocateArray, type DType } from './dtype.js';
import { AdjointError } from './errors.js';
import { alias } from './identity.js';
import { scope } from './scope.js';
import { contiguousStrides, formatType, sizeOf, type Shape } from './shape.js';
import { view, type Tensor } from './tensor.js';
import { mapTree } from './tree.js';

/** Bounds of random shapes. */
export interface ShapeConstraints {
  /** Default: 0. */
  readonly minRank?: number;
  /** Default: 4. */
  readonly maxRank?: number;
  /** Default: 0. */
  readonly minLength?: number;
  /** Default: 4. */
  readonly maxLength?: number;
}

/** Shapes, with axes of length 0 and 1 among them. */
export function shapes(constraints: ShapeConstraints = {}): fc.Arbitrary<number[]> {
  const { minRank = 0, maxRank = 4, minLength = 0, maxLength = 4 } = constraints;
  const length = fc.oneof({ weight: 8, arbitrary: fc.integer({ min: Math.max(1, minLength), max: maxLength }) }, { weight: 1, arbitrary: fc.constant(minLength) });
  return fc.array(length, { minLength: minRank, maxLength: maxRank });
}

/** `count` shapes that broadcast to one. */
export function broadcastableShapes(count: number, constraints: ShapeConstraints = {}): fc.Arbitrary<number[][]> {
  return shapes(constraints).chain((shape) => {
    const variant = fc
      .tuple(fc.nat({ max: shape.length }), fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }))
      .map(([dropped, ones]) => shape.map((length, axis) => (ones[axis] === true && length !== 0 ? 1 : length)).slice(dropped));
    return fc.tuple(fc.constant(shape), ...Array.from({ length: count - 1 }, () => variant)).chain((list) => fc.shuffledSubarray(list, { minLength: count, maxLength: count }));
  });
}

/** Axes of a tensor of `rank` axes: a rising list, perhaps empty, perhaps counted from the end. */
export function axesOf(rank: number): fc.Arbitrary<number[]> {
  return fc.tuple(fc.subarray(Array.from({ length: rank }, (_, axis) => axis)), fc.boolean()).map(([axes, negative]) => (negative ? axes.map((axis) => axis - rank) : axes));
}

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

/** Tensors whose shapes broadcast to one. */
export function broadcastableTensors(count: number, constraints: TensorConstraints & ShapeConstraints = {}): fc.Arbitrary<TensorSample[]> {
  return broadcastableShapes(count, { maxRank: 3, maxLength: 3, ...constraints }).chain((list) =>
    fc.tuple(...list.map((shape) => tensors(shape, constraints))),
  );
}

/** What a gradient property draws: the tensors to differentiate with respect to, the function of them, and how to compare. */
export interface GradientCase {
  readonly inputs: readonly TensorSample[];
  readonly fn: (...inputs: Tensor[]) => unknown;
  readonly options?: CheckGradientsOptions;
}

/** An error of {@link assertGradients}: the report of the comparison that failed. */
export class GradientError extends AdjointError {
  override readonly name: string = 'GradientError';
}

/**
 * Throws when a gradient rule is wrong: first and second derivatives against central differences.
 *
 * The function is run in a scope of its own, on copies that end with it and to a result that is not returned itself, so
 * that a rule which reads what its primitive does not declare to keep fails.
 *
 * @throws {@link GradientError} with the worst comparisons.
 *
 * @example
 * ```ts
 * import * as fc from 'fast-check';
 * import { assertGradients, shapes, tensors } from '@adjoint/core/testing';
 * import { exp } from '@adjoint/ops';
 *
 * fc.assert(fc.property(shapes().chain((shape) => tensors(shape)), (x) => assertGradients({ inputs: [x], fn: exp })));
 * ```
 */
export function assertGradients({ inputs, fn, options }: GradientCase): void {
  scope(() => {
    const args = inputs.map((sample) => sample.make());
    const scoped = (...tensors: Tensor[]) => scope(() => mapTree(fn(...tensors.map(alias)), alias));
    const report = checkGradients(scoped, args, { order: 2, directions: 1, ...options });
    if (!report.ok) throw new GradientError(report.toString());
  }, 'assertGradients()');
}
