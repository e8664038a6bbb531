import type { DType, TypedArray, TypedArrayOf } from './dtype.js';
import type { TensorType } from './shape.js';

/** What a kernel sees of a tensor: its type and where its elements lie. */
export interface Strided extends TensorType {
  /** In elements, one an axis; 0 repeats, negative walks backwards. */
  readonly strides: readonly number[];
  /** Of the first element, in elements from the storage's start. */
  readonly offset: number;
  readonly size: number;
  readonly storage: { readonly address: number };
  readonly isContiguous: boolean;
}

/** Elementwise, one input. The result has the input's dtype, or is `bool` for `isNaN`, `isFinite` and `not`. */
export type UnaryOperation =
  | 'negate' | 'abs' | 'sign' | 'reciprocal' | 'square' | 'sqrt' | 'rsqrt'
  | 'exp' | 'expm1' | 'log' | 'log1p' | 'log2'
  | 'sin' | 'cos' | 'tan' | 'asin' | 'acos' | 'atan' | 'sinh' | 'cosh' | 'tanh' | 'asinh' | 'acosh' | 'atanh'
  | 'sigmoid' | 'relu' | 'erf'
  | 'floor' | 'ceil' | 'round'
  | 'isNaN' | 'isFinite' | 'not';

/** Elementwise, two inputs of one dtype. Those from `equal` on give `bool`. */
export type BinaryOperation =
  | 'add' | 'subtract' | 'multiply' | 'divide' | 'power' | 'remainder' | 'minimum' | 'maximum' | 'atan2' | 'hypot'
  /** `left` where `right > 0`, else 0: the gradient of relu by its output. */
  | 'reluGradient'
  /** `left * (1 - right ** 2)` and `left * right * (1 - right)`: the gradients of tanh and sigmoid by their outputs. */
  | 'tanhGradient' | 'sigmoidGradient'
  | 'equal' | 'notEqual' | 'less' | 'lessEqual' | 'greater' | 'greaterEqual'
  | 'and' | 'or';

/** Functions of one float that have a kernel for their derivative too. At a kink the derivative is that of the side below, but for `relu6`'s at 6 and `hardSwish`'s at 3. */
export type ActivationName = 'leakyRelu' | 'relu6' | 'elu' | 'softplus' | 'silu' | 'hardSwish' | 'gelu' | 'geluTanh';

/** An activation, and its constants: of `leakyRelu` the slope below 0, of `elu` alpha and the scale of the whole. */
export interface Activation {
  readonly name: ActivationName;
  readonly constants?: readonly number[];
}

/**
 * Along axes. `argMax` and `argMin` take one axis and give `int32`, the first index of the extreme. `mean`, `norm` (the root
 * of the sum of squares) and `rootMeanSquare` are for floats, and right wherever the result is a number of the dtype.
 */
export type ReduceOperation = 'sum' | 'product' | 'max' | 'min' | 'argMax' | 'argMin' | 'mean' | 'norm' | 'rootMeanSquare';

/** Along one axis: what joins an element with those before it. */
export type ScanOperation = 'sum' | 'product';

/** Which elements a scan joins into one. */
export interface ScanOrder {
  /** Those behind an element instead of those before it. */
  readonly reverse: boolean;
  /** Without the element itself: the first is 0, or 1 for a product. */
  readonly exclusive: boolean;
}

/** What a matrix is taken apart into. */
export type Factorization = 'cholesky' | 'lu' | 'qr' | 'eigh' | 'svd';

/** Which triangle of a matrix a system of equations is made of. */
export interface Triangle {
  /** The lower triangle; else the upper one. Nothing is read of the other. */
  readonly lower: boolean;
  /** Solve with the transpose of the triangle. */
  readonly transpose: boolean;
  /** Take the diagonal for ones, and do not read it. */
  readonly unitDiagonal: boolean;
}

/** How a window walks over an image; `height` before `width` in each pair. */
export interface Window2d {
  readonly strides: readonly [number, number];
  /** Rows and columns of zeros before and after: `[[top, bottom], [left, right]]`. */
  readonly padding: readonly [readonly [number, number], readonly [number, number]];
  /** Distance between the taps of a kernel; 1 is a dense one. */
  readonly dilation: readonly [number, number];
}

/**
 * How exact a `float32` convolution is. `default` may compute by a transform, which is faster, and whose error is relative to the
 * largest values nearby; `highest` sums the products directly, so that the error of each result is relative to its own terms.
 */
export type ConvolutionPrecision = 'default' | 'highest';

/** The window of a pooling. Padding never wins a maximum and does not count in an average. */
export interface PoolWindow2d extends Window2d {
  readonly size: readonly [number, number];
}

/** Two 32-bit words from which random numbers are made. */
export interface KeyWords {
  readonly high: number;
  readonly low: number;
}

/** What {@link Backend.standardize} makes of the elements of a row. */
export interface Standardization {
  /** Whether the mean is taken off first. */
  readonly centred: boolean;
  /** Added to the mean of the squares. */
  readonly epsilon: number;
}

/** The constants of one Adam step; the bias corrections are worked out by the caller. */
export interface AdamCoefficients {
  /** Learning rate times the square root of the second bias correction, over the first. */
  readonly stepSize: number;
  readonly beta1: number;
  readonly beta2: number;
  /** Added to the square root of the second moment, scaled as `stepSize` is. */
  readonly epsilon: number;
}

/**
 * Bytes that a backend allocated. The backend makes the object, and knows it again in {@link Backend.free}. It may move the
 * bytes between calls and change the address, so read the address anew for every call.
 */
export interface Allocation {
  /** Means something to the backend alone. */
  readonly address: number;
}

/** Bytes that {@link Backend.evict} took out of a backend's memory. The garbage collector frees them unless they are restored. */
export interface EvictedBytes {
  readonly byteLength: number;
}

/**
 * What a device can do: hold bytes, and a small set of kernel families.
 *
 * Every kernel but `assign` writes all of `out`, which is contiguous, starts at offset 0, has the right shape and
 * dtype and shares no bytes with an input. Inputs have any strides unless a method says otherwise.
 * Shapes and dtypes were checked by the primitive that calls; a backend does not check them again.
 */
export interface Backend {
  readonly name: string;

  /** Makes room for `byteLength` bytes, not cleared. No kernel runs meanwhile, so a backend may move other allocations. */
  allocate(byteLength: number): Allocation;
  /**
   * Takes an allocation back.
   *
   * @throws `BackendError` when the allocation is not in use: it was freed or evicted before, or is another backend's.
   */
  free(allocation: Allocation): void;
  /** Moves the bytes of an allocation out of the backend's memory, and frees it. Missing where a device can only be read asynchronously. */
  evict?(allocation: Allocation): EvictedBytes;
  /**
   * Moves evicted bytes back into the backend's memory, once. If they do not fit, it throws, and they stay as they are. It
   * moves no other allocation, so it may be called while a kernel reads the addresses of its operands.
   *
   * @throws `BackendError` when they were restored before.
   */
  restore?(evicted: EvictedBytes): Allocation;
  /** Copies elements in, from the storage's start. */
  write(address: number, values: TypedArray): void;
  /** Copies elements out; `offset` and `length` in elements. Missing where a device can only be read asynchronously. */
  readSync?<D extends DType>(address: number, dtype: D, offset: number, length: number): TypedArrayOf[D];
  read<D extends DType>(address: number, dtype: D, offset: number, length: number): Promise<TypedArrayOf[D]>;
  /** Bytes taken from the system, free ones in the pool included. */
  reservedBytes(): number;
  /** Gives memory back to the system if much more is reserved than in use. It may move all allocations; no kernel runs meanwhile. */
  trim?(): void;

  fill(value: number, out: Strided): void;
  /** Any strides to contiguous; converts between dtypes (to `int32` truncates, to `bool` is `!= 0`). */
  copy(input: Strided, out: Strided): void;
  /** Writes a tensor into a view of another one of its shape and dtype, both of any strides, and leaves the rest of it as it is. */
  assign(input: Strided, view: Strided): void;
  unary(operation: UnaryOperation, input: Strided, out: Strided): void;
  /** The inputs broadcast to `out`'s shape. */
  binary(operation: BinaryOperation, left: Strided, right: Strided, out: Strided): void;
  activation(activation: Activation, input: Strided, out: Strided): void;
  /** The cotangent times the activation's derivative at the input; all of one shape. */
  activationGradient(activation: Activation, cotangent: Strided, input: Strided, out: Strided): void;
  /** `whenTrue` where `condition`, else `whenFalse`; all three broadcast. */
  select(condition: Strided, whenTrue: Strided, whenFalse: Strided, out: Strided): void;
  /** `axes` rise; `out` has the input's shape without them. An empty sum or norm is 0, an empty product 1, an empty mean or root mean square NaN; of no `bool` the max is 0, the min 1. NaN wins a max or min. */
  reduce(operation: ReduceOperation, input: Strided, axes: readonly number[], out: Strided): void;
  /** Each element joined with all before it along the axis; out has the input's type. Floats are joined in double precision. */
  scan(operation: ScanOperation, input: Strided, out: Strided, axis: number, order: ScanOrder): void;
  /** `[..., m, k]` times `[..., k, n]`; the leading axes are `out`'s for both, repeated by stride 0 where they were broadcast. */
  matmul(left: Strided, right: Strided, out: Strided): void;

  /**
   * Takes apart each matrix A of the last two axes, which is a float. `out` has the factors one below the other, all
   * of A's columns:
   *
   * - `cholesky`, of `[n, n]`: L with A = L L^T, read of the lower triangle; NaN where A is not positive definite.
   * - `lu`, of `[n, n]`: L, whose diagonal is ones, below the diagonal and U from it on; then one row, which tells for
   *   each row of L U which row of A it is. The pivot is the first that is largest.
   * - `qr`, of `[m, n]` with m >= n, by Householder's reflections: Q, then R^T.
   * - `eigh`, of `[n, n]`, symmetric: one row of eigenvalues that rise, then the eigenvectors in columns.
   * - `svd`, of `[m, n]` with m >= n: U, then one row of singular values that fall, then V.
   *
   * Where a matrix holds NaN or an infinity, so do its factors; for `eigh` and `svd` they are NaN throughout.
   */
  factorize(operation: Factorization, input: Strided, out: Strided): void;
  /** The solution X `[..., n, k]` of A X = B, with A a triangle of `matrix` `[..., n, n]`; leading axes as for `matmul`. */
  triangularSolve(matrix: Strided, right: Strided, out: Strided, triangle: Triangle): void;

  /**
   * Input `[n, h, w, c]`, kernel `[kh, kw, c / groups, f]`, out `[n, oh, ow, f]`: of `groups` equal parts of the filters, each
   * reads its own part of the channels.
   *
   * In all three, an infinity or NaN affects only the results that have it as a term, whatever the precision. Padding adds no
   * term: next to it, an infinite weight gives no NaN. The method of computation may depend on shapes and precision, but not on
   * finite values. A backend that always sums directly ignores the precision.
   */
  conv2d(input: Strided, kernel: Strided, out: Strided, window: Window2d, precision: ConvolutionPrecision): void;
  /** The cotangent `[n, oh, ow, f]` and the kernel give the input's gradient, `out` `[n, h, w, c]`. */
  conv2dInputGradient(cotangent: Strided, kernel: Strided, out: Strided, window: Window2d, precision: ConvolutionPrecision): void;
  /** The input and the cotangent give the kernel's gradient, `out` `[kh, kw, c / groups, f]`. */
  conv2dKernelGradient(input: Strided, cotangent: Strided, out: Strided, window: Window2d, precision: ConvolutionPrecision): void;

  maxPool2d(input: Strided, out: Strided, window: PoolWindow2d): void;
  /** The value of `values` (shaped as `input`) where `input` has each window's first maximum; out is shaped as the pooled. */
  maxPool2dGather(input: Strided, values: Strided, out: Strided, window: PoolWindow2d): void;
  /** Adds each of `cotangent` (shaped as the pooled) to where `input` has that window's first maximum; out is shaped as `input`. */
  maxPool2dScatter(input: Strided, cotangent: Strided, out: Strided, window: PoolWindow2d): void;
  averagePool2d(input: Strided, out: Strided, window: PoolWindow2d): void;
  averagePool2dGradient(cotangent: Strided, out: Strided, window: PoolWindow2d): void;

  /** NumPy's `take`: out's shape is the input's with `axis` replaced by all of the `int32` indices' axes. Indices lie in range. */
  gather(input: Strided, indices: Strided, out: Strided, axis: number): void;
  /** The transpose of `gather`: adds each slice of `updates` at its index; out has the input's shape. */
  scatterAdd(updates: Strided, indices: Strided, out: Strided, axis: number): void;
  /**
   * The `int32` positions that would sort the last axis; of them the first ones, as many as out's last axis is long.
   * Equal elements keep their order, 0 and -0 are equal, and NaN counts as the greatest.
   */
  argSort(input: Strided, out: Strided, descending: boolean): void;

  /** Over the last axis, minus the maximum first. */
  softmax(input: Strided, out: Strided): void;
  /** Over the last axis, as `x - max - log(sum(exp(x - max)))`. */
  logSoftmax(input: Strided, out: Strided): void;
  /** Minus the logarithm of the softmax at the label: logits `[..., classes]`, `int32` labels in range and out `[...]`. */
  crossEntropy(logits: Strided, labels: Strided, out: Strided): void;
  /** The cotangent `[...]` times what the softmax is above 1 at the label and above 0 elsewhere; out is shaped as the logits. */
  crossEntropyGradient(cotangent: Strided, logits: Strided, labels: Strided, out: Strided): void;

  /** Over the last axis: minus the mean if `centred`, over the root of what the mean of the squares then is, plus `epsilon`. */
  standardize(input: Strided, out: Strided, options: Standardization): void;
  /** The cotangent of the standardized input, and the input, give the input's gradient. */
  standardizeGradient(cotangent: Strided, input: Strided, out: Strided, options: Standardization): void;

  /** The 32-bit words of Threefry-2x32-20: element `2 j` and `2 j + 1` are the two words of counter `j`; out is `int32`. */
  randomBits(key: KeyWords, out: Strided): void;
  /** Uniform in `[0, 1)`: the top 24 bits of element `i`'s word (`float32`), or 53 bits of counter `i`'s two words (`float64`). */
  randomUniform(key: KeyWords, out: Strided): void;
  /** Zero where a uniform of the key (`float32` rule, whatever the dtype) is below `rate`, else the input over `1 - rate`. */
  dropout(input: Strided, out: Strided, key: KeyWords, rate: number): void;

  /**
   * One Adam step, all four inputs of one shape and contiguous; `out` is `[3, ...shape]`:
   * the new parameter, first moment and root of the second moment.
   */
  adam(parameter: Strided, gradient: Strided, firstMoment: Strided, secondRoot: Strided, out: Strided, coefficients: AdamCoefficients): void;
}
