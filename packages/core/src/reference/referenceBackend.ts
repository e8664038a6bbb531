import type {
  Activation,
  AdamCoefficients,
  Allocation,
  Backend,
  BinaryOperation,
  EvictedBytes,
  Factorization,
  KeyWords,
  PoolWindow2d,
  ReduceOperation,
  ScanOperation,
  ScanOrder,
  Standardization,
  Strided,
  Triangle,
  UnaryOperation,
  Window2d,
} from '../backend.js';
import { bytesPerElement, viewBytes, type DType, type TypedArray, type TypedArrayOf } from '../dtype.js';
import { BackendError } from '../errors.js';
import { activation, activationGradient } from './activation.js';
import { adam } from './adam.js';
import { conv2d, conv2dInputGradient, conv2dKernelGradient } from './conv2d.js';
import { convert } from './convert.js';
import { binary, select, unary } from './elementwise.js';
import { factorize } from './factorize.js';
import { gather, scatterAdd } from './indexing.js';
import { matmul } from './matmul.js';
import { averagePool2d, averagePool2dGradient, maxPool2d, maxPool2dGather, maxPool2dScatter } from './pool2d.js';
import { dropout, randomBits, randomUniform } from './random.js';
import { reduce } from './reduce.js';
import { positions, rowMajor, type Operand } from './rowMajor.js';
import { scan } from './scan.js';
import { crossEntropy, crossEntropyGradient, logSoftmax, softmax } from './softmax.js';
import { argSort } from './sort.js';
import { standardize, standardizeGradient } from './standardize.js';
import { triangularSolve } from './triangularSolve.js';

/** A buffer that the backend handed over; null once it was restored. */
class EvictedBuffer implements EvictedBytes {
  buffer: ArrayBuffer | null;
  readonly byteLength: number;

  constructor(bytes: ArrayBuffer) {
    this.buffer = bytes;
    this.byteLength = bytes.byteLength;
  }
}

/** Plain loops over array buffers, each storage a buffer of its own whose address is a running number. */
class ReferenceBackend implements Backend {
  readonly name = 'reference';
  private readonly buffers = new Map<number, ArrayBuffer>();
  private nextAddress = 1;

  allocate(byteLength: number): Allocation {
    return this.place(new ArrayBuffer(byteLength));
  }

  free({ address }: Allocation): void {
    this.buffer(address);
    this.buffers.delete(address);
  }

  evict(allocation: Allocation): EvictedBytes {
    const evicted = new EvictedBuffer(this.buffer(allocation.address));
    this.free(allocation);
    return evicted;
  }

  restore(evicted: EvictedBytes): Allocation {
    if (!(evicted instanceof EvictedBuffer) || evicted.buffer === null) {
      throw new BackendError("restore: the bytes were restored before, or are another backend's; expected bytes that evict of the reference backend returned");
    }
    const { buffer } = evicted;
    evicted.buffer = null;
    return this.place(buffer);
  }

  write(address: number, values: TypedArray): void {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    new Uint8Array(this.buffer(address)).set(bytes);
  }

  readSync<D extends DType>(address: number, dtype: D, offset: number, length: number): TypedArrayOf[D] {
    const width = bytesPerElement(dtype);
    const bytes = this.buffer(address).slice(offset * width, (offset + length) * width);
    return viewBytes(dtype, bytes, 0, length);
  }

  async read<D extends DType>(address: number, dtype: D, offset: number, length: number): Promise<TypedArrayOf[D]> {
    return this.readSync(address, dtype, offset, length);
  }

  reservedBytes(): number {
    let total = 0;
    for (const buffer of this.buffers.values()) total += buffer.byteLength;
    return total;
  }

  fill(value: number, out: Strided): void {
    const { elements, dtype } = this.result(out);
    elements.fill(convert(value, dtype));
  }

  copy(input: Strided, out: Strided): void {
    const { elements, dtype } = this.result(out);
    rowMajor(this.operand(input)).forEach((value, index) => {
      elements[index] = convert(value, dtype);
    });
  }

  assign(input: Strided, view: Strided): void {
    const values = rowMajor(this.operand(input));
    const { elements } = this.operand(view);
    positions(view).forEach((position, index) => {
      elements[position] = values[index]!;
    });
  }

  unary(operation: UnaryOperation, input: Strided, out: Strided): void {
    unary(operation, this.operand(input), this.result(out));
  }

  binary(operation: BinaryOperation, left: Strided, right: Strided, out: Strided): void {
    binary(operation, this.operand(left), this.operand(right), this.result(out));
  }

  activation(of: Activation, input: Strided, out: Strided): void {
    activation(of, this.operand(input), this.result(out));
  }

  activationGradient(of: Activation, cotangent: Strided, input: Strided, out: Strided): void {
    activationGradient(of, this.operand(cotangent), this.operand(input), this.result(out));
  }

  select(condition: Strided, whenTrue: Strided, whenFalse: Strided, out: Strided): void {
    select(this.operand(condition), this.operand(whenTrue), this.operand(whenFalse), this.result(out));
  }

  reduce(operation: ReduceOperation, input: Strided, axes: readonly number[], out: Strided): void {
    reduce(operation, this.operand(input), axes, this.result(out));
  }

  scan(operation: ScanOperation, input: Strided, out: Strided, axis: number, order: ScanOrder): void {
    scan(operation, this.operand(input), this.result(out), axis, order);
  }

  matmul(left: Strided, right: Strided, out: Strided): void {
    matmul(this.operand(left), this.operand(right), this.result(out));
  }

  factorize(operation: Factorization, input: Strided, out: Strided): void {
    factorize(operation, this.operand(input), this.result(out));
  }

  triangularSolve(matrix: Strided, right: Strided, out: Strided, triangle: Triangle): void {
    triangularSolve(this.operand(matrix), this.operand(right), this.result(out), triangle);
  }

  conv2d(input: Strided, kernel: Strided, out: Strided, window: Window2d): void {
    conv2d(this.operand(input), this.operand(kernel), this.result(out), window);
  }

  conv2dInputGradient(cotangent: Strided, kernel: Strided, out: Strided, window: Window2d): void {
    conv2dInputGradient(this.operand(cotangent), this.operand(kernel), this.result(out), window);
  }

  conv2dKernelGradient(input: Strided, cotangent: Strided, out: Strided, window: Window2d): void {
    conv2dKernelGradient(this.operand(input), this.operand(cotangent), this.result(out), window);
  }

  maxPool2d(input: Strided, out: Strided, window: PoolWindow2d): void {
    maxPool2d(this.operand(input), this.result(out), window);
  }

  maxPool2dGather(input: Strided, values: Strided, out: Strided, window: PoolWindow2d): void {
    maxPool2dGather(this.operand(input), this.operand(values), this.result(out), window);
  }

  maxPool2dScatter(input: Strided, cotangent: Strided, out: Strided, window: PoolWindow2d): void {
    maxPool2dScatter(this.operand(input), this.operand(cotangent), this.result(out), window);
  }

  averagePool2d(input: Strided, out: Strided, window: PoolWindow2d): void {
    averagePool2d(this.operand(input), this.result(out), window);
  }

  averagePool2dGradient(cotangent: Strided, out: Strided, window: PoolWindow2d): void {
    averagePool2dGradient(this.operand(cotangent), this.result(out), window);
  }

  gather(input: Strided, indices: Strided, out: Strided, axis: number): void {
    gather(this.operand(input), this.operand(indices), this.result(out), axis);
  }

  scatterAdd(updates: Strided, indices: Strided, out: Strided, axis: number): void {
    scatterAdd(this.operand(updates), this.operand(indices), this.result(out), axis);
  }

  argSort(input: Strided, out: Strided, descending: boolean): void {
    argSort(this.operand(input), this.result(out), descending);
  }

  softmax(input: Strided, out: Strided): void {
    softmax(this.operand(input), this.result(out));
  }

  logSoftmax(input: Strided, out: Strided): void {
    logSoftmax(this.operand(input), this.result(out));
  }

  crossEntropy(logits: Strided, labels: Strided, out: Strided): void {
    crossEntropy(this.operand(logits), this.operand(labels), this.result(out));
  }

  crossEntropyGradient(cotangent: Strided, logits: Strided, labels: Strided, out: Strided): void {
    crossEntropyGradient(this.operand(cotangent), this.operand(logits), this.operand(labels), this.result(out));
  }

  standardize(input: Strided, out: Strided, options: Standardization): void {
    standardize(this.operand(input), this.result(out), options);
  }

  standardizeGradient(cotangent: Strided, input: Strided, out: Strided, options: Standardization): void {
    standardizeGradient(this.operand(cotangent), this.operand(input), this.result(out), options);
  }

  randomBits(key: KeyWords, out: Strided): void {
    randomBits(key, this.result(out));
  }

  randomUniform(key: KeyWords, out: Strided): void {
    randomUniform(key, this.result(out));
  }

  dropout(input: Strided, out: Strided, key: KeyWords, rate: number): void {
    dropout(this.operand(input), this.result(out), key, rate);
  }

  adam(
    parameter: Strided,
    gradient: Strided,
    firstMoment: Strided,
    secondRoot: Strided,
    out: Strided,
    coefficients: AdamCoefficients,
  ): void {
    const inputs = [parameter, gradient, firstMoment, secondRoot].map((input) => this.operand(input));
    adam(...(inputs as [Operand, Operand, Operand, Operand]), this.result(out), coefficients);
  }

  private place(buffer: ArrayBuffer): Allocation {
    const address = this.nextAddress++;
    this.buffers.set(address, buffer);
    return { address };
  }

  private buffer(address: number): ArrayBuffer {
    const buffer = this.buffers.get(address);
    if (buffer === undefined) {
      throw new BackendError(
        `reference: nothing is allocated at address ${address}; it was freed, or is another backend's`,
      );
    }
    return buffer;
  }

  private operand({ shape, strides, offset, dtype, storage }: Strided): Operand {
    const buffer = this.buffer(storage.address);
    const length = Math.floor(buffer.byteLength / bytesPerElement(dtype));
    return { shape, strides, offset, dtype, elements: viewBytes(dtype, buffer, 0, length) };
  }

  /** As an operand whose elements are exactly the result's: kernels run through them by index. */
  private result({ shape, strides, offset, dtype, storage, size }: Strided): Operand {
    return { shape, strides, offset, dtype, elements: viewBytes(dtype, this.buffer(storage.address), 0, size) };
  }
}

/**
 * A backend to compare others with: loops in plain TypeScript that follow the contract word by word, with sums
 * in double precision. It is slow.
 */
export const reference: Backend = new ReferenceBackend();
