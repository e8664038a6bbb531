import type { Backend, Strided } from './backend.js';
import { markClass, ownCopy } from './copies.js';
import { allocateArray, bytesPerElement, type DType, type TypedArray } from './dtype.js';
import { ArgumentError, BackendError, ReleasedTensorError, TransformError } from './errors.js';
import { formatArray } from './format.js';
import { describesItself } from './formatValue.js';
import { abstract } from './memory/abstract.js';
import { adopt, release, type Member, type Scope } from './memory/ownership.js';
import { watching } from './memory/watcher.js';
import { layoutOf, stridesOf, type Layout } from './layout.js';
import { formatType, type Shape, type TensorType } from './shape.js';
import { Storage } from './memory/storage.js';

/** The number of a tensor on a tape, and those on other tapes. It names the tape and does not hold it: that may be garbage before the tensor. */
export interface Track {
  readonly tape: TapeName;
  readonly node: number;
  readonly next: Track | null;
}

/** Identifies a tape. */
export interface TapeName {
  isClosed: boolean;
}

/** The elements of a tensor as nested arrays: a number (a boolean for `bool`) for a scalar, an array an axis otherwise. */
export type NestedArray = number | boolean | readonly NestedArray[];

let tensorCount = 0;

/** The number of the tensor that was made last. */
export function lastSerial(): number {
  return tensorCount;
}

/**
 * An n-dimensional array: a type, and a strided view of a storage that other tensors may share.
 *
 * A tensor never changes. Operations are functions (`add(x, y)`), not methods; the methods here read it out.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 *
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * x.shape; // [2, 3]
 * x.toArray(); // [[1, 2, 3], [4, 5, 6]]
 * ```
 */
export class Tensor implements TensorType, Strided, Member {
  readonly shape: Shape;
  readonly size: number;
  /** Whether the elements lie in row-major order without gaps. */
  readonly isContiguous: boolean;
  /** @internal Tensors that were made later have a greater number. */
  readonly serial: number;
  // Private names can change even if a caller froze the tensor.
  #owner: Scope | null = null;
  #pins = 0;
  #releasedBy: string | null = null;
  #track: Track | null = null;
  #standIn: Tensor | null = null;

  /** @internal Made by the functions that create tensors, by kernels and by views. */
  constructor(
    readonly storage: Storage,
    readonly dtype: DType,
    layout: Layout,
    readonly strides: readonly number[],
    readonly offset: number,
  ) {
    this.serial = ++tensorCount;
    this.shape = layout.shape;
    this.size = layout.size;
    this.isContiguous = strides === layout.strides;
    if (storage.exists) adopt(this);
    else this.#releasedBy = 'the scope that made it';
  }

  /** @internal A tensor of this type without elements, always the same one: it identifies this tensor and does not keep it alive. */
  get standIn(): Tensor {
    if (!this.storage.exists) return this;
    if (this.#standIn === null) {
      const layout = layoutOf(this.shape);
      this.#standIn = new Tensor(Storage.none(this.backend), this.dtype, layout, layout.strides, 0);
    }
    return this.#standIn;
  }

  /** @internal Its number on each tape that tracks it. */
  get track(): Track | null {
    return this.#track;
  }

  /** @internal */
  set track(track: Track | null) {
    this.#track = track;
  }

  /** @internal */
  get owner(): Scope | null {
    if (!(#owner in this)) throw notItself();
    return this.#owner;
  }

  /** @internal */
  set owner(scope: Scope | null) {
    this.#owner = scope;
  }

  /** @internal */
  get pins(): number {
    return this.#pins;
  }

  /** @internal */
  set pins(count: number) {
    this.#pins = count;
  }

  /** @internal */
  get releasedBy(): string | null {
    if (!(#releasedBy in this)) throw notItself();
    return this.#releasedBy;
  }

  /** @internal */
  set releasedBy(name: string | null) {
    this.#releasedBy = name;
    watching.by?.released(this);
  }

  /** The backend that holds the elements. */
  get backend(): Backend {
    return this.storage.backend;
  }

  /** Whether its memory went back to the pool; any use of a released tensor throws. */
  get isReleased(): boolean {
    return this.releasedBy !== null;
  }

  /**
   * A copy of the elements in row-major order.
   *
   * @throws {@link ReleasedTensorError} when the tensor was released.
   * @throws {@link BackendError} on a backend that can only be read asynchronously.
   * @throws {@link TransformError} inside `trace` and `vmap`, where a tensor stands for many values.
   *
   * @example
   * ```ts
   * import { tensor } from '@adjoint/core';
   *
   * tensor([1, 2, 3]).data(); // Float32Array [1, 2, 3]
   * ```
   */
  data(): TypedArray {
    assertReadable('data', this);
    const { backend } = this;
    if (backend.readSync === undefined) {
      throw new BackendError(`data: the ${backend.name} backend can only be read asynchronously; await tensor.read() instead`);
    }
    const [start, length] = this.span();
    return this.gatherSpan(backend.readSync(this.storage.address, this.dtype, start, length), start);
  }

  /**
   * A copy of the elements in row-major order, on any backend.
   *
   * @throws {@link ReleasedTensorError} when the tensor was released.
   * @throws {@link TransformError} inside `trace` and `vmap`.
   */
  async read(): Promise<TypedArray> {
    assertReadable('read', this);
    const [start, length] = this.span();
    return this.gatherSpan(await this.backend.read(this.storage.address, this.dtype, start, length), start);
  }

  /**
   * The elements as nested arrays; a scalar's is a number. A `bool` gives booleans.
   *
   * @throws as {@link Tensor.data} does.
   */
  toArray(): NestedArray {
    const data = this.data();
    const bool = this.dtype === 'bool';
    const build = (axis: number, offset: number, stride: number): NestedArray => {
      if (axis === this.shape.length) return bool ? data[offset] !== 0 : data[offset]!;
      const length = this.shape[axis]!;
      const inner = length === 0 ? 0 : stride / length;
      return Array.from({ length }, (_, index) => build(axis + 1, offset + index * inner, inner));
    };
    return build(0, 0, this.size);
  }

  /**
   * The only element, as a number (a `bool` as 0 or 1).
   *
   * @throws {@link ArgumentError} when there is more than one element, or none.
   */
  item(): number {
    assertReadable('item', this);
    if (this.size !== 1) {
      throw new ArgumentError(`item: ${formatType(this)} has ${this.size} elements; expected exactly one, use toArray() or data() for more`);
    }
    return this.data()[0]!;
  }

  /** Frees the tensor, as {@link dispose} does, at the end of the block where it was declared with `using`. */
  [Symbol.dispose](): void {
    release(this, 'using');
  }

  /** The tensor as NumPy prints it, with dtype and shape, and with long axes elided. */
  toString(): string {
    if (this.releasedBy !== null) return `Tensor(released by ${this.releasedBy}, ${formatType(this)})`;
    if (this.storage.interpreter !== null) return `Tensor(inside ${this.storage.interpreter.transform}, ${formatType(this)})`;
    if (this.backend.readSync === undefined) return `Tensor(on ${this.backend.name}, ${formatType(this)})`;
    return formatArray(this.data(), this);
  }

  /**
   * Returns the tensor as text where JavaScript asks for text, as a template literal does.
   *
   * @throws {@link ArgumentError} for operators, as in `x > 0`, `x + 1`, `x == 1` or `'loss ' + x`: the result would quietly be
   * false, NaN or a text.
   */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === 'string') return this.toString();
    throw new ArgumentError(
      `an operator of JavaScript (as +, <, * or ==) is applied to the tensor ${formatType(this)}; ` +
        'expected an operation (add(x, y), less, mul, equal; where in place of if), the number itself, read by item(), or for text a template literal: `${x}`',
    );
  }

  /** What `JSON.stringify` writes: the type, as messages show it. Values are saved as {@link Tensor.toArray} or by a file format. */
  toJSON(): string {
    return `Tensor(${formatType(this)})`;
  }

  /** @internal What messages show. */
  get [describesItself](): string {
    return `Tensor(${formatType(this)})`;
  }

  /** Node prints a tensor by this. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** The stretch of the storage that the view touches: its first element and how many there are from it. */
  private span(): [start: number, length: number] {
    if (this.size === 0) return [this.offset, 0];
    let low = this.offset;
    let high = this.offset;
    for (let axis = 0; axis < this.shape.length; axis++) {
      const reach = (this.shape[axis]! - 1) * this.strides[axis]!;
      if (reach < 0) low += reach;
      else high += reach;
    }
    return [low, high - low + 1];
  }

  private gatherSpan(span: TypedArray, start: number): TypedArray {
    if (this.isContiguous) return span;
    const data = allocateArray(this.dtype, this.size);
    const index = new Array<number>(this.shape.length).fill(0);
    let position = this.offset - start;
    for (let element = 0; element < data.length; element++) {
      data[element] = span[position]!;
      for (let axis = index.length - 1; axis >= 0; axis--) {
        position += this.strides[axis]!;
        if (++index[axis]! < this.shape[axis]!) break;
        position -= this.strides[axis]! * this.shape[axis]!;
        index[axis] = 0;
      }
    }
    return data;
  }
}

markClass(ownCopy, Tensor);

/** Such an object is a tensor to `instanceof`, but nothing would know it by identity: gradients would be zeros. */
function notItself(): ArgumentError {
  return new ArgumentError(
    "a proxy of a tensor, or an object made from one, is used as a tensor; expected the tensor itself (with Vue's reactive data: keep tensors in a shallowRef or in markRaw, or take toRaw(x))",
  );
}

// Not a member of the class, so that TypeScript, too, refuses to iterate over a tensor.
Object.defineProperty(Tensor.prototype, Symbol.iterator, {
  value(this: Tensor): never {
    throw new ArgumentError(
      `a tensor (${formatType(this)}) is spread, destructured or iterated over; expected unstack(x) for its parts along the first axis, ` +
        'x.data() for a typed array of its elements, or x.toArray() for nested arrays; toEqual in tests compares tensors by the tester equalTensors of @adjoint/core/testing',
    );
  },
});

/**
 * A new tensor whose elements are not set yet: for a primitive's `forward`, which has a kernel write them.
 */
export function empty(backend: Backend, type: TensorType): Tensor {
  const layout = layoutOf(type.shape);
  const storage = abstract.by === null ? Storage.allocate(backend, layout.size * bytesPerElement(type.dtype)) : Storage.symbolic(backend, abstract.by);
  return new Tensor(storage, type.dtype, layout, layout.strides, 0);
}

/**
 * Another view of the same elements: for a primitive's `forward` that moves no bytes.
 */
export function view(tensor: Tensor, shape: Shape, strides: readonly number[], offset: number = tensor.offset): Tensor {
  const layout = layoutOf(shape);
  return new Tensor(tensor.storage, tensor.dtype, layout, stridesOf(layout, shape, strides), offset);
}

/** Throws when a tensor has no elements to read, or not any more. */
function assertReadable(operation: string, tensor: Tensor): void {
  assertAlive(operation, tensor);
  const { interpreter } = tensor.storage;
  if (interpreter === null) return;
  throw new TransformError(
    `${operation}: ${formatType(tensor)} has no values inside ${interpreter.transform}, where it stands for many; ` +
      'compute with operations (where in place of if), or read values outside',
  );
}

/**
 * Throws when the tensor was released.
 *
 * @throws {@link ReleasedTensorError} that says by which scope, and what to do.
 */
export function assertAlive(operation: string, tensor: Tensor, argument = 'the tensor'): void {
  if (tensor.releasedBy === null) return;
  throw new ReleasedTensorError(
    `${operation}: ${argument} (${formatType(tensor)}) was released by ${tensor.releasedBy}; ` +
      'to use it longer, return it from that scope, keep(tensor) it there, or dispose of it later',
    { tensor },
  );
}

