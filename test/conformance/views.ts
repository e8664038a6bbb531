import fc from 'fast-check';
import {
  allocateArray, broadcastStrides, empty, sizeOf, view,
  type Backend, type DType, type Shape, type Tensor, type TensorType, type TypedArray,
} from '@adjoint/core';

/** A strided view that can be made on any backend. */
export interface View extends TensorType {
  /** The whole storage: what the view does not reach is filled with other elements, so that reading it shows. */
  readonly memory: TypedArray;
  readonly strides: readonly number[];
  readonly offset: number;
}

/** Puts a view's storage on a backend. */
export function materialise(backend: Backend, { dtype, memory, shape, strides, offset }: View): Tensor {
  const storage = empty(backend, { dtype, shape: [memory.length] });
  backend.write(storage.storage.address, memory);
  return view(storage, shape, strides, offset);
}

/** A view of a larger shape, repeated along the axes that it has not. */
export function broadcastView(source: View, shape: Shape): View {
  return { ...source, shape, strides: broadcastStrides(source.shape, source.strides, shape) };
}

/** The same view of other elements. */
export function mapElements(source: View, change: (x: number) => number): View {
  return { ...source, memory: source.memory.map(change) };
}

/** Bounds of random shapes. */
export interface ShapeBounds {
  readonly minRank?: number;
  readonly maxRank?: number;
}

/** More than two cache lines of any dtype but the widest, so that every remainder of a SIMD loop occurs. */
const longest = 40;

/** Up to four axes of few elements, or few axes of which the last is as long as the loops of a kernel are wide. */
export function shapes({ minRank = 0, maxRank = 4 }: ShapeBounds = {}): fc.Arbitrary<Shape> {
  const small = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: minRank, maxLength: maxRank });
  const outerRanks = { minLength: Math.max(0, minRank - 1), maxLength: Math.min(2, maxRank - 1) };
  const few = fc.array(fc.integer({ min: 1, max: 3 }), outerRanks);
  const wide = fc.tuple(few, fc.integer({ min: 0, max: longest })).map(([outer, last]) => [...outer, last]);
  return fc.oneof(small, wide);
}

/** A shape that broadcasts to `target`: without some of its leading axes, and 1 in place of some of the others. */
export function shapesThatBroadcastTo(target: Shape): fc.Arbitrary<Shape> {
  const repeats = fc.array(fc.boolean(), { minLength: target.length, maxLength: target.length });
  return fc
    .tuple(fc.nat({ max: target.length }), repeats)
    .map(([dropped, ones]) => target.map((length, axis) => (ones[axis] === true ? 1 : length)).slice(dropped));
}

/** Some of the axes of a shape, in rising order. */
export function axesOf(shape: Shape): fc.Arbitrary<number[]> {
  return fc.subarray(shape.map((_, axis) => axis));
}

const ordinary = [0, -0, 1, -1, 0.5, 1.5, 2.5, -2.5];
const notFinite = [NaN, Infinity, -Infinity];

const special: Record<DType, readonly number[]> = {
  bool: [0, 1],
  int32: [0, 1, -1, 2, 3, 7, 65537, 2 ** 31 - 1, -(2 ** 31)],
  // With the least and the greatest number, the least normal one, and the first from which on all are whole.
  float32: [...ordinary, 2 ** -149, 2 ** -126, 2 ** 23, -(2 ** 24), 2 ** 128 - 2 ** 104, ...notFinite],
  float64: [...ordinary, 2 ** -1074, 2 ** -1022, 2 ** 52, -(2 ** 53), Number.MAX_VALUE, ...notFinite],
};

/** Any element of a dtype: NaN, infinities, both zeros, denormal and huge numbers often. */
export function anyElement(dtype: DType): fc.Arbitrary<number> {
  return fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...special[dtype]) }, wholeRange(dtype), moderate(dtype));
}

function wholeRange(dtype: DType): fc.Arbitrary<number> {
  switch (dtype) {
    case 'bool': return fc.nat({ max: 1 });
    case 'int32': return fc.integer();
    case 'float32': return fc.float();
    case 'float64': return fc.double();
  }
}

/** Elements whose products and sums of thousands stay far from overflow and underflow. */
export function moderate(dtype: DType): fc.Arbitrary<number> {
  switch (dtype) {
    case 'bool': return fc.nat({ max: 1 });
    case 'int32': return fc.integer({ min: -100, max: 100 });
    // Multiples of 2^-16, which float32 holds exactly and which have none of the denormals that `fc.float` likes.
    default: return fc.integer({ min: -(2 ** 23), max: 2 ** 23 }).map((steps) => steps * 2 ** -16);
  }
}

/** How one axis lies in memory: every `step`-th element (0: one repeated) after `before` and before `after` others. */
interface AxisLayout {
  readonly step: number;
  readonly before: number;
  readonly after: number;
}

interface Layout {
  readonly axes: readonly AxisLayout[];
  /** The axes from the outermost in memory to the innermost. */
  readonly order: readonly number[];
  /** How many elements lie before all others, so that vectors are not aligned. */
  readonly lead: number;
}

const dense: AxisLayout = { step: 1, before: 0, after: 0 };
const margin = fc.nat({ max: 2 });

function inOrder(rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => axis);
}

function contiguousLayouts(rank: number): fc.Arbitrary<Layout> {
  return margin.map((lead) => ({ axes: inOrder(rank).map(() => dense), order: inOrder(rank), lead }));
}

function anyLayouts(rank: number): fc.Arbitrary<Layout> {
  const all = { minLength: rank, maxLength: rank };
  const order = fc.shuffledSubarray(inOrder(rank), all);
  const apart = fc.record({ step: fc.constantFrom(1, 2, 3, -1, -2, 0), before: margin, after: margin });
  const axes = fc.array(fc.oneof(fc.constant(dense), apart), all);
  const strided = fc.record({ axes, order, lead: margin });
  const transposed = fc.record({ axes: fc.constant(inOrder(rank).map(() => dense)), order, lead: margin });
  return fc.oneof(contiguousLayouts(rank), transposed, strided);
}

/** Where the elements of a shape lie under a layout, and how many the memory holds. */
function place(shape: Shape, { axes, order, lead }: Layout): { strides: number[]; offset: number; size: number } {
  const strides = new Array<number>(shape.length).fill(0);
  let offset = lead;
  let size = 1;
  for (const axis of [...order].reverse()) {
    const { step, before, after } = axes[axis]!;
    const reach = Math.max(shape[axis]! - 1, 0) * Math.abs(step);
    strides[axis] = step * size;
    offset += (before + (step < 0 ? reach : 0)) * size;
    size *= before + reach + 1 + after;
  }
  return { strides, offset, size: sizeOf(shape) === 0 ? offset : lead + size };
}

/**
 * Fills memory from a few elements in an order without a pattern. So a counterexample shrinks to few different
 * elements, and an element of large memory costs no draw of its own.
 */
function scatter(dtype: DType, size: number, pool: readonly number[]): TypedArray {
  const memory = allocateArray(dtype, size);
  for (let index = 0; index < size; index++) {
    memory[index] = pool[(Math.imul(index + 1, 0x9e3779b1) >>> 12) % pool.length]!;
  }
  return memory;
}

/** Views of a shape: contiguous, transposed, sliced, flipped, repeated by a stride of 0, with elements around them. */
export function views(dtype: DType, shape: Shape, element = anyElement(dtype)): fc.Arbitrary<View> {
  return viewsOf(dtype, shape, element, anyLayouts(shape.length));
}

/** Views in row-major order that begin anywhere. */
export function contiguousViews(dtype: DType, shape: Shape, element: fc.Arbitrary<number>): fc.Arbitrary<View> {
  return viewsOf(dtype, shape, element, contiguousLayouts(shape.length));
}

function viewsOf(
  dtype: DType, shape: Shape, element: fc.Arbitrary<number>, layouts: fc.Arbitrary<Layout>,
): fc.Arbitrary<View> {
  const pool = fc.array(element, { minLength: 1, maxLength: 30, size: 'max' });
  return fc.tuple(layouts, pool).map(([layout, elements]) => {
    const { strides, offset, size } = place(shape, layout);
    return { dtype, shape, strides, offset, memory: scatter(dtype, size, elements) };
  });
}

/** Numbers from `-limit` to `limit`. */
export function near(dtype: DType, limit: number): fc.Arbitrary<number> {
  const bounds = { min: -limit, max: limit, noNaN: true };
  return dtype === 'float32' ? fc.float(bounds) : fc.double(bounds);
}
