/*
 * Shapes and strides that tensors share. Users can reach them, so they are frozen; freezing an array takes longer than a small
 * operation, so each is frozen once and found again by its content.
 */
import { contiguousStrides, isContiguous, sizeOf, type Shape } from './shape.js';

/** What follows from a shape alone. */
export interface Layout {
  readonly shape: Shape;
  /** Of a row-major tensor. */
  readonly strides: readonly number[];
  readonly size: number;
}

/** A power of 2. A list that finds its slot taken replaces what is there, so the tables never grow. */
const slots = 512;
const layouts = new Array<Layout | undefined>(slots).fill(undefined);
const stridesOfViews = new Array<readonly number[] | undefined>(slots).fill(undefined);

/** The layouts asked for last: programs use few shapes at a time, and most shapes that come are one of these arrays. */
const recent: Layout[] = [];
const recentCount = 4;
let oldest = 0;

/** The layout of a shape. */
export function layoutOf(shape: Shape): Layout {
  for (let index = 0; index < recent.length; index++) if (recent[index]!.shape === shape) return recent[index]!;
  const slot = slotOf(shape);
  let layout = layouts[slot];
  if (layout === undefined || !equals(layout.shape, shape)) {
    layout = { shape: frozenCopy(shape), strides: frozenCopy(contiguousStrides(shape)), size: sizeOf(shape) };
    layouts[slot] = layout;
  }
  recent[oldest] = layout;
  oldest = (oldest + 1) % recentCount;
  return layout;
}

/** The strides of a view of a layout's shape: the layout's own where they mean the same. */
export function stridesOf(layout: Layout, shape: Shape, strides: readonly number[]): readonly number[] {
  if (strides === layout.strides || isContiguous(shape, strides)) return layout.strides;
  const slot = slotOf(strides);
  const known = stridesOfViews[slot];
  if (known !== undefined && equals(known, strides)) return known;
  const own = frozenCopy(strides);
  stridesOfViews[slot] = own;
  return own;
}

function slotOf(list: readonly number[]): number {
  let hash = list.length;
  for (let index = 0; index < list.length; index++) hash = (Math.imul(hash, 31) + list[index]!) | 0;
  return (hash ^ (hash >>> 9)) & (slots - 1);
}

/** Apart from `sameShape`, since engines read frozen arrays more slowly, and then all arrays at the places that read both. */
function equals(frozen: readonly number[], list: readonly number[]): boolean {
  if (frozen.length !== list.length) return false;
  for (let index = 0; index < list.length; index++) if (frozen[index] !== list[index]) return false;
  return true;
}

function frozenCopy(list: readonly number[]): readonly number[] {
  const copy: number[] = [];
  for (let index = 0; index < list.length; index++) copy.push(list[index]!);
  return Object.freeze(copy);
}
