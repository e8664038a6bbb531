import { requireTensor } from './arguments.js';
import type { Backend } from './backend.js';
import { defaultBackend } from './defaultBackend.js';
import { allocateArray, checkDtype, type DType, type TypedArray } from './dtype.js';
import { ArgumentError, DTypeError, ShapeError } from './errors.js';
import { formatValue } from './formatValue.js';
import { requireOptions, type OptionNames } from './options.js';
import { release } from './memory/ownership.js';
import { checkShape, formatShape, sizeOf, type Shape, type TensorType } from './shape.js';
import { empty, Tensor, type NestedArray } from './tensor.js';

/** What a new tensor shall be. */
export interface CreateOptions {
  /** Default: `float32`; for booleans `bool`; for a typed array its own. */
  readonly dtype?: DType;
}

/** {@link CreateOptions}, and the shape of flat values. */
export interface TensorOptions extends CreateOptions {
  /** Default: that of the nesting; for a typed array one axis. */
  readonly shape?: Shape;
}

/** A new tensor whose elements `write` sets; freed at once if that fails. */
export function written(backend: Backend, type: TensorType, write: (out: Tensor) => void): Tensor {
  const out = empty(backend, type);
  try {
    // Inside `shapeOf` it is a type, which has nowhere to write to.
    if (out.storage.interpreter === null) write(out);
    return out;
  } catch (error) {
    release(out, 'the call that failed to make it');
    throw error;
  }
}

/**
 * A tensor whose elements are these, row-major. The typed array, which is the dtype's own, is copied.
 *
 * @throws {@link ShapeError} when the shape does not take that many values.
 */
export function fromTypedArray(values: TypedArray, shape: Shape, dtype: DType): Tensor {
  checkLength('fromTypedArray', values.length, shape);
  return generated(shape, dtype, () => values);
}

/** A new tensor whose elements the host computes, row-major; inside `shapeOf` it doesn't. */
export function generated(shape: Shape, dtype: DType, compute: () => TypedArray): Tensor {
  return written(defaultBackend(), { shape: [...shape], dtype }, (out) => {
    const values = compute();
    out.backend.write(out.storage.address, values);
  });
}

const tensorOptionNames: OptionNames<TensorOptions> = { shape: true, dtype: true };

/**
 * A tensor of numbers, nested arrays of them, or a typed array (which is copied).
 *
 * Numbers give `float32` (JavaScript cannot tell 1 from 1.0), booleans `bool`, a typed array its own dtype;
 * `Uint8Array` needs a `dtype`, since its bytes may be booleans or numbers.
 *
 * @throws {@link ShapeError} when the nesting is ragged, or `shape` does not fit the number of values.
 * @throws {@link DTypeError} when a value does not fit the dtype.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 *
 * tensor([[1, 2], [3, 4]]).shape; // [2, 2]
 * tensor([true, false]).dtype; // 'bool'
 * tensor(new Float64Array([1, 2, 3, 4]), { shape: [2, 2] }).dtype; // 'float64'
 * ```
 */
export function tensor(values: NestedArray | TypedArray | Uint8ClampedArray, options: TensorOptions = {}): Tensor {
  requireOptions('tensor', options, tensorOptionNames);
  if (options.shape !== undefined) checkShape('tensor', options.shape);
  if (ArrayBuffer.isView(values)) {
    if (!Number.isInteger(values.length) || typeof values[0] === 'bigint') throw new DTypeError(`tensor: values is ${formatValue(values)}; expected a typed array of numbers (convert bigints with Number)`);
    const dtype = options.dtype ?? dtypeOfArray(values);
    const { shape = [values.length] } = options;
    checkLength('tensor', values.length, shape);
    return fromTypedArray(convert('tensor', values, dtype), shape, dtype);
  }
  const nested = values;
  const inferred = nestedShape(nested);
  const flat = new Array<number | boolean>();
  flatten(nested, inferred, 0, flat);
  const dtype = options.dtype ?? (flat.length > 0 && flat.every((value) => typeof value === 'boolean') ? 'bool' : 'float32');
  const { shape = inferred } = options;
  checkLength('tensor', flat.length, shape);
  return fromTypedArray(convert('tensor', flat, dtype), shape, dtype);
}

function dtypeOfArray(values: TypedArray | Uint8ClampedArray): DType {
  if (values instanceof Float32Array) return 'float32';
  if (values instanceof Float64Array) return 'float64';
  if (values instanceof Int32Array) return 'int32';
  throw new DTypeError(
    `tensor: ${formatValue(values)} has no dtype of its own; say which is meant, as in tensor(bytes, { dtype: 'float32' })`,
  );
}

function checkLength(operation: string, length: number, shape: Shape): void {
  if (sizeOf(shape) === length) return;
  throw new ShapeError(`${operation}: shape ${formatShape(shape)} takes ${sizeOf(shape)} values; got ${length}`);
}

/** An array of more axes contains itself, as a rule. */
const deepest = 64;

function nestedShape(values: NestedArray): number[] {
  const shape: number[] = [];
  for (let level: NestedArray | undefined = values; Array.isArray(level); level = level[0] as NestedArray | undefined) {
    if (shape.push(level.length) > deepest) throw new ShapeError(`tensor: the values nest deeper than ${deepest} levels, or an array contains itself; expected numbers, or nested arrays of them`);
  }
  return shape;
}

function flatten(values: NestedArray, shape: Shape, axis: number, into: (number | boolean)[]): void {
  if (Array.isArray(values)) {
    if (axis >= shape.length || values.length !== shape[axis]) {
      throw new ShapeError(
        `tensor: the nesting is ragged at depth ${axis}: an array of ${values.length} where ${shape[axis] ?? 'a number'} was expected`,
      );
    }
    for (const value of values as readonly NestedArray[]) flatten(value, shape, axis + 1, into);
    return;
  }
  if (axis !== shape.length) {
    throw new ShapeError(`tensor: the nesting is ragged at depth ${axis}: a value where an array of ${shape[axis]} was expected`);
  }
  if (typeof values !== 'number' && typeof values !== 'boolean') {
    const advice = (values as unknown) instanceof Tensor ? ' (stack makes one tensor of several)' : '';
    throw new DTypeError(`tensor: expected numbers or booleans; got ${formatValue(values)}${advice}`);
  }
  into.push(values);
}

function convert(operation: string, values: ArrayLike<number | boolean>, dtype: DType): TypedArray {
  return generate(operation, values.length, dtype, (index) => Number(values[index]));
}

/** The elements of a function of the position. */
function generate(operation: string, length: number, dtype: DType, valueAt: (index: number) => number): TypedArray {
  checkDtype(operation, dtype);
  const array = allocateArray(dtype, length);
  for (let index = 0; index < length; index++) array[index] = element(operation, valueAt(index), dtype, index);
  return array;
}

/** A number as an element of `dtype`: 0 or 1 for `bool`. */
function element(operation: string, value: number, dtype: DType, position: number): number {
  if (dtype === 'int32' && value !== (value | 0)) {
    throw new DTypeError(`${operation}: value ${value} at position ${position} is not an int32; expected an integer from -2147483648 to 2147483647`);
  }
  return dtype === 'bool' ? Number(value !== 0) : value;
}

/**
 * A tensor of which every element is `value`.
 *
 * @throws {@link ShapeError} when the shape holds anything but whole numbers from 0.
 * @throws {@link DTypeError} when the value does not fit the dtype.
 *
 * @example
 * ```ts
 * import { full } from '@adjoint/core';
 *
 * full([2], 7).toArray(); // [7, 7]
 * ```
 */
export function full(shape: Shape, value: number | boolean, options: CreateOptions = {}): Tensor {
  return fullAs('full', shape, value, options);
}

function fullAs(operation: string, shape: Shape, value: number | boolean, options: CreateOptions): Tensor {
  requireOptions(operation, options, createOptionNames);
  checkShape(operation, shape);
  return filled(operation, defaultBackend(), shape, value, options.dtype ?? (typeof value === 'boolean' ? 'bool' : 'float32'));
}

function filled(operation: string, backend: Backend, shape: Shape, value: number | boolean, dtype: DType): Tensor {
  if (typeof value !== 'number' && typeof value !== 'boolean') throw new ArgumentError(`${operation}: value is ${formatValue(value)}; expected a number or a boolean`);
  checkDtype(operation, dtype);
  const filling = element(operation, Number(value), dtype, 0);
  return written(backend, { shape: [...shape], dtype }, (out) => out.backend.fill(filling, out));
}

/**
 * A tensor of zeros.
 *
 * @example
 * ```ts
 * import { zeros } from '@adjoint/core';
 *
 * zeros([2]).toArray(); // [0, 0]
 * ```
 */
export function zeros(shape: Shape, options: CreateOptions = {}): Tensor {
  return fullAs('zeros', shape, 0, options);
}

/**
 * A tensor of ones.
 *
 * @example
 * ```ts
 * import { ones } from '@adjoint/core';
 *
 * ones([2]).toArray(); // [1, 1]
 * ```
 */
export function ones(shape: Shape, options: CreateOptions = {}): Tensor {
  return fullAs('ones', shape, 1, options);
}

/** Where {@link arange} starts and how far it steps. */
export interface ArangeOptions extends CreateOptions {
  /** Default: 0. */
  readonly start?: number;
  /** Default: 1. */
  readonly step?: number;
}

const arangeOptionNames: OptionNames<ArangeOptions> = { start: true, step: true, dtype: true };

/**
 * Evenly spaced numbers up to `stop`, which is not among them; `float32` unless said otherwise.
 *
 * @throws {@link ArgumentError} when the step is 0, or a number is not finite.
 * @throws {@link DTypeError} when `int32` is asked for and a number is not whole.
 *
 * @example
 * ```ts
 * import { arange } from '@adjoint/core';
 *
 * arange(3).toArray(); // [0, 1, 2]
 * arange(10, { start: 4, step: 2, dtype: 'int32' }).toArray(); // [4, 6, 8]
 * ```
 */
export function arange(stop: number, options: ArangeOptions = {}): Tensor {
  requireOptions('arange', options, arangeOptionNames);
  const { start = 0, step = 1, dtype = 'float32' } = options;
  if (![start, stop, step].every(Number.isFinite) || step === 0) {
    throw new ArgumentError(`arange: start ${formatValue(start)}, stop ${formatValue(stop)}, step ${formatValue(step)}; expected finite numbers and a step other than 0`);
  }
  const length = Math.max(0, Math.ceil((stop - start) / step));
  return fromTypedArray(generate('arange', length, dtype, (index) => start + index * step), [length], dtype);
}

/**
 * `count` evenly spaced numbers from `start` to `stop`, both among them.
 *
 * @throws {@link ArgumentError} when `count` is not an integer >= 0.
 * @throws {@link DTypeError} when `int32` is asked for and a number is not whole.
 *
 * @example
 * ```ts
 * import { linspace } from '@adjoint/core';
 *
 * linspace(0, 1, 5).toArray(); // [0, 0.25, 0.5, 0.75, 1]
 * ```
 */
export function linspace(start: number, stop: number, count: number, options: CreateOptions = {}): Tensor {
  requireOptions('linspace', options, createOptionNames);
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new ArgumentError(`linspace: count is ${formatValue(count)}; expected an integer >= 0`);
  }
  const step = count > 1 ? (stop - start) / (count - 1) : 0;
  const dtype = options.dtype ?? 'float32';
  const values = generate('linspace', count, dtype, (index) => (index > 0 && index === count - 1 ? stop : start + index * step));
  return fromTypedArray(values, [count], dtype);
}

const createOptionNames: OptionNames<CreateOptions> = { dtype: true };

/**
 * The identity matrix, or a rectangular one with ones on its main diagonal.
 *
 * @throws {@link ShapeError} when a side is not an integer >= 0.
 *
 * @example
 * ```ts
 * import { eye } from '@adjoint/core';
 *
 * eye(2).toArray(); // [[1, 0], [0, 1]]
 * ```
 */
export function eye(rows: number, columns: number = rows, options: CreateOptions = {}): Tensor {
  requireOptions('eye', options, createOptionNames);
  checkShape('eye', [rows, columns]);
  const dtype = options.dtype ?? 'float32';
  checkDtype('eye', dtype);
  return generated([rows, columns], dtype, () => {
    const values = allocateArray(dtype, rows * columns);
    for (let index = 0; index < Math.min(rows, columns); index++) values[index * columns + index] = 1;
    return values;
  });
}

/** A number as a scalar of `dtype` on the backend of `like`. */
export function constantLike(value: number, like: Tensor, dtype: DType): Tensor {
  return written(like.backend, { shape: [], dtype }, (out) => out.backend.fill(value, out));
}

/** What differs from the given tensor. */
export interface LikeOptions {
  /** Default: the dtype of the given tensor. */
  readonly dtype?: DType;
}

const likeOptionNames: OptionNames<LikeOptions> = { dtype: true };

/**
 * Creates a tensor of zeros with the shape and dtype of another tensor, on its backend. Only the type of that tensor is used: inside `vmap`,
 * the shape is the one of an example.
 *
 * @throws {@link ArgumentError} when `x` is not a tensor.
 * @throws {@link DTypeError} when the dtype does not exist.
 *
 * @numpy np.zeros_like
 * @jax jnp.zeros_like
 * @torch torch.zeros_like
 *
 * @example
 * ```ts
 * import { tensor, zerosLike } from '@adjoint/core';
 *
 * zerosLike(tensor([[1, 2], [3, 4]])).toArray(); // [[0, 0], [0, 0]]
 * zerosLike(tensor([1, 2]), { dtype: 'int32' }).dtype; // 'int32'
 * ```
 */
export function zerosLike(x: Tensor, options: LikeOptions = {}): Tensor {
  return filledLike('zerosLike', x, 0, options);
}

/**
 * Creates a tensor of ones with the shape and dtype of another tensor, on its backend.
 *
 * @throws as {@link zerosLike} does.
 *
 * @numpy np.ones_like
 * @jax jnp.ones_like
 * @torch torch.ones_like
 *
 * @example
 * ```ts
 * import { onesLike, tensor } from '@adjoint/core';
 *
 * onesLike(tensor([5, 6])).toArray(); // [1, 1]
 * ```
 */
export function onesLike(x: Tensor, options: LikeOptions = {}): Tensor {
  return filledLike('onesLike', x, 1, options);
}

/**
 * Creates a tensor of which every element is `value`, with the shape and dtype of another tensor, on its backend.
 *
 * @throws as {@link zerosLike} does.
 * @throws {@link ArgumentError} when the value is not a number or a boolean.
 * @throws {@link DTypeError} when the value does not fit the dtype: with an `int32` tensor, pass `{ dtype: 'float32' }` for 0.5.
 *
 * @numpy np.full_like
 * @jax jnp.full_like
 * @torch torch.full_like
 *
 * @example
 * ```ts
 * import { fullLike, tensor } from '@adjoint/core';
 *
 * fullLike(tensor([5, 6]), 7).toArray(); // [7, 7]
 * fullLike(tensor([true, false]), 0.5, { dtype: 'float64' }).toArray(); // [0.5, 0.5]
 * ```
 */
export function fullLike(x: Tensor, value: number | boolean, options: LikeOptions = {}): Tensor {
  return filledLike('fullLike', x, value, options);
}

function filledLike(operation: string, x: Tensor, value: number | boolean, options: LikeOptions): Tensor {
  requireTensor(operation, 'x', x);
  requireOptions(operation, options, likeOptionNames);
  return filled(operation, x.backend, x.shape, value, options.dtype ?? x.dtype);
}
