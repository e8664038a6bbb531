import {
  ArgumentError, BackendError,
  type Activation, type AdamCoefficients, type Allocation, type Backend, type BinaryOperation, type ConvolutionPrecision, type DType, type EvictedBytes, type Factorization, type KeyWords,
  type PoolWindow2d, type ReduceOperation, type ScanOperation, type ScanOrder, type Standardization, type Strided, type Triangle,
  type TypedArray, type TypedArrayOf, type UnaryOperation, type Window2d,
} from '@adjoint/core';
import { platform } from '#platform';
import { activation, activationGradient } from './activation.js';
import { adam } from './adam.js';
import { Allocator } from './allocator.js';
import { assertInUse } from './block.js';
import { conv2d, conv2dInputGradient, conv2dKernelGradient } from './conv2d.js';
import { assign, copy, fill } from './copy.js';
import { crossEntropy, crossEntropyGradient } from './crossEntropy.js';
import type { Device } from './device.js';
import { binary, select, unary } from './elementwise.js';
import { assertRestorable, EvictedPieces } from './evictedPieces.js';
import { factorize } from './factorize.js';
import { gather, scatterAdd } from './indexing.js';
import type { SimdBuild } from './kernels.js';
import { LinearMemory } from './linearMemory.js';
import { buildMachine, smallMachine } from './machine.js';
import { matmul } from './matmul.js';
import {
  averagePool2d, averagePool2dGradient, maxPool2d, maxPool2dGather, maxPool2dScatter,
} from './pool2d.js';
import { dropout, randomBits, randomUniform } from './random.js';
import { reduce } from './reduce.js';
import { scan } from './scan.js';
import { logSoftmax, softmax } from './softmax.js';
import { argSort } from './sort.js';
import { standardize, standardizeGradient } from './standardize.js';
import { maximumThreads } from './threadPool.js';
import { triangularSolve } from './triangularSolve.js';
import { spillBytes, Workspace } from './workspace.js';

/** How many threads a backend has unless it is told. */
export function defaultThreads(): number {
  const setting = platform.setting('ADJOINT_THREADS');
  if (setting === undefined || setting === '') return Math.max(1, Math.min(platform.processors(), maximumThreads));
  const threads = Number(setting);
  if (Number.isInteger(threads) && threads >= 1 && threads <= maximumThreads) return threads;
  throw new BackendError(`ADJOINT_THREADS is '${setting}'; expected an integer from 1 to ${maximumThreads}`);
}

/** Besides twice what is in use, so much may be reserved before `trim` moves everything to a smaller memory. */
const keptBytes = 128 << 20;

/** More does not make the collector run sooner, and not every engine makes larger buffers. */
const mostBallast = 1 << 30;

/** A collection that is under way already may have seen the old memory in use, so a second one is called for a moment later. */
function callForCollection(byteLength: number): void {
  makeBallast(byteLength);
  platform.later(() => makeBallast(byteLength), 100);
}

/**
 * Makes an untouched buffer and drops it. It takes no memory, but its length makes the engine's garbage collector run soon, which
 * a dropped WebAssembly memory of that size does not.
 */
function makeBallast(byteLength: number): void {
  try {
    new ArrayBuffer(Math.min(byteLength, mostBallast));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
}

/** SIMD kernels over one linear memory. The families live in files of their own; this hands each call on. */
export class WasmBackend implements Backend {
  readonly name = 'wasm';

  private readonly allocator: Allocator;
  private readonly device: { -readonly [Part in keyof Device]: Device[Part] };

  // The types in this signature are public: none is of the platform, since users may compile without the types of the DOM.
  constructor(readonly simd: SimdBuild, threads: number, sharesMemory = true) {
    const { heapStart, ...machine } = buildMachine(simd, LinearMemory.create(sharesMemory));
    this.allocator = new Allocator(heapStart, {
      grow: (atLeast, preferred) => this.device.memory.growHeap(atLeast, preferred),
      move: (from, to, byteLength) => this.device.memory.bytes.copyWithin(to, from, from + byteLength),
      releaseScratch: () => {
        for (const scratch of [workspace, staging, standby]) scratch.release();
      },
    });
    const [workspace, staging, standby] = [new Workspace(this.allocator), new Workspace(this.allocator), new Workspace(this.allocator)];
    this.device = { ...machine, workspace, staging, standby };
    this.setThreads(threads);
  }

  /** How many threads share the work of large operations. */
  get threads(): number {
    return this.device.pool.threads;
  }

  /**
   * Changes how many threads share the work of large operations; 1 ends all but the thread that calls. Where memory cannot
   * be shared, it stays at 1.
   *
   * @throws `ArgumentError` for anything but an integer from 1 to 64.
   *
   * @example
   * ```ts
   * import { createWasmBackend } from '@adjoint/wasm';
   *
   * const backend = createWasmBackend({ threads: 2 });
   * backend.setThreads(1);
   * backend.threads; // 1
   * ```
   */
  setThreads(threads: number): void {
    if (!Number.isInteger(threads) || threads < 1 || threads > maximumThreads) {
      throw new ArgumentError(`setThreads: threads is ${threads}; expected an integer from 1 to ${maximumThreads}`);
    }
    this.device.pool.resize(this.device.memory.isShared ? threads : 1);
  }

  allocate(byteLength: number): Allocation {
    return this.allocator.allocate(byteLength + spillBytes);
  }

  free(allocation: Allocation): void {
    this.allocator.free(allocation);
  }

  evict(allocation: Allocation): EvictedBytes {
    assertInUse('evict', allocation);
    const { address, byteLength } = allocation;
    const evicted = new EvictedPieces(this.device.memory.bytes, address, byteLength - spillBytes);
    this.allocator.free(allocation);
    return evicted;
  }

  restore(evicted: EvictedBytes): Allocation {
    assertRestorable(evicted);
    const allocation = this.allocator.allocateInPlace(evicted.byteLength + spillBytes);
    evicted.moveTo(this.device.memory.bytes, allocation.address);
    return allocation;
  }

  write(address: number, values: TypedArray): void {
    this.device.memory.bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), address);
  }

  readSync<D extends DType>(address: number, dtype: D, offset: number, length: number): TypedArrayOf[D] {
    return this.device.memory.view(dtype, address, offset + length).slice(offset) as TypedArrayOf[D];
  }

  async read<D extends DType>(address: number, dtype: D, offset: number, length: number): Promise<TypedArrayOf[D]> {
    return this.readSync(address, dtype, offset, length);
  }

  reservedBytes(): number {
    return this.allocator.reservedBytes;
  }

  /**
   * Gives memory back to the system after a peak. A WebAssembly memory cannot shrink, so if more than twice the bytes in use and
   * 128 MiB are reserved, the tensors move to a new memory, and new threads start with the next large operation. The
   * engine frees the old memory when its garbage collector finds it. Tensors stay valid.
   *
   * @example
   * ```ts
   * import { wasm } from '@adjoint/wasm';
   *
   * wasm.trim();
   * wasm.reservedBytes() <= 2 ** 28; // true
   * ```
   */
  trim(): void {
    const { allocator, device } = this;
    const scratch = [device.workspace, device.staging, device.standby];
    const inUse = scratch.reduce((rest, { size }) => rest - size, allocator.inUseBytes);
    if (allocator.reservedBytes <= 2 * inUse + keptBytes) return;
    const freed = this.moveToSmallerMemory(inUse);
    // Only now that no local variable holds the old memory: the collector may run at once.
    if (freed > 0) callForCollection(freed);
  }

  fill(value: number, out: Strided): void {
    fill(this.device, value, out);
  }

  copy(input: Strided, out: Strided): void {
    copy(this.device, input, out);
  }

  assign(input: Strided, view: Strided): void {
    assign(this.device, input, view);
  }

  unary(operation: UnaryOperation, input: Strided, out: Strided): void {
    unary(this.device, operation, input, out);
  }

  binary(operation: BinaryOperation, left: Strided, right: Strided, out: Strided): void {
    binary(this.device, operation, left, right, out);
  }

  activation(of: Activation, input: Strided, out: Strided): void {
    activation(this.device, of, input, out);
  }

  activationGradient(of: Activation, cotangent: Strided, input: Strided, out: Strided): void {
    activationGradient(this.device, of, cotangent, input, out);
  }

  select(condition: Strided, whenTrue: Strided, whenFalse: Strided, out: Strided): void {
    select(this.device, condition, whenTrue, whenFalse, out);
  }

  reduce(operation: ReduceOperation, input: Strided, axes: readonly number[], out: Strided): void {
    reduce(this.device, operation, input, axes, out);
  }

  scan(operation: ScanOperation, input: Strided, out: Strided, axis: number, order: ScanOrder): void {
    scan(this.device, operation, input, out, axis, order);
  }

  matmul(left: Strided, right: Strided, out: Strided): void {
    matmul(this.device, left, right, out);
  }

  factorize(operation: Factorization, input: Strided, out: Strided): void {
    factorize(this.device, operation, input, out);
  }

  triangularSolve(matrix: Strided, right: Strided, out: Strided, triangle: Triangle): void {
    triangularSolve(this.device, matrix, right, out, triangle);
  }

  conv2d(input: Strided, kernel: Strided, out: Strided, window: Window2d, precision: ConvolutionPrecision): void {
    conv2d(this.device, input, kernel, out, window, precision);
  }

  conv2dInputGradient(cotangent: Strided, kernel: Strided, out: Strided, window: Window2d, precision: ConvolutionPrecision): void {
    conv2dInputGradient(this.device, cotangent, kernel, out, window, precision);
  }

  conv2dKernelGradient(input: Strided, cotangent: Strided, out: Strided, window: Window2d, precision: ConvolutionPrecision): void {
    conv2dKernelGradient(this.device, input, cotangent, out, window, precision);
  }

  maxPool2d(input: Strided, out: Strided, window: PoolWindow2d): void {
    maxPool2d(this.device, input, out, window);
  }

  maxPool2dGather(input: Strided, values: Strided, out: Strided, window: PoolWindow2d): void {
    maxPool2dGather(this.device, input, values, out, window);
  }

  maxPool2dScatter(input: Strided, cotangent: Strided, out: Strided, window: PoolWindow2d): void {
    maxPool2dScatter(this.device, input, cotangent, out, window);
  }

  averagePool2d(input: Strided, out: Strided, window: PoolWindow2d): void {
    averagePool2d(this.device, input, out, window);
  }

  averagePool2dGradient(cotangent: Strided, out: Strided, window: PoolWindow2d): void {
    averagePool2dGradient(this.device, cotangent, out, window);
  }

  gather(input: Strided, indices: Strided, out: Strided, axis: number): void {
    gather(this.device, input, indices, out, axis);
  }

  scatterAdd(updates: Strided, indices: Strided, out: Strided, axis: number): void {
    scatterAdd(this.device, updates, indices, out, axis);
  }

  argSort(input: Strided, out: Strided, descending: boolean): void {
    argSort(this.device, input, out, descending);
  }

  softmax(input: Strided, out: Strided): void {
    softmax(this.device, input, out);
  }

  logSoftmax(input: Strided, out: Strided): void {
    logSoftmax(this.device, input, out);
  }

  crossEntropy(logits: Strided, labels: Strided, out: Strided): void {
    crossEntropy(this.device, logits, labels, out);
  }

  crossEntropyGradient(cotangent: Strided, logits: Strided, labels: Strided, out: Strided): void {
    crossEntropyGradient(this.device, cotangent, logits, labels, out);
  }

  standardize(input: Strided, out: Strided, options: Standardization): void {
    standardize(this.device, input, out, options);
  }

  standardizeGradient(cotangent: Strided, input: Strided, out: Strided, options: Standardization): void {
    standardizeGradient(this.device, cotangent, input, out, options);
  }

  randomBits(key: KeyWords, out: Strided): void {
    randomBits(this.device, key, out);
  }

  randomUniform(key: KeyWords, out: Strided): void {
    randomUniform(this.device, key, out);
  }

  dropout(input: Strided, out: Strided, key: KeyWords, rate: number): void {
    dropout(this.device, input, out, key, rate);
  }

  adam(
    parameter: Strided, gradient: Strided, firstMoment: Strided, secondRoot: Strided, out: Strided,
    coefficients: AdamCoefficients,
  ): void {
    adam(this.device, [parameter, gradient, firstMoment, secondRoot], out, coefficients);
  }

  /** Returns how large the old memory was; 0 when the engine has no other. */
  private moveToSmallerMemory(inUse: number): number {
    const { allocator, device, threads } = this;
    const old = device.memory;
    const machine = smallMachine(this.simd, old, inUse);
    if (machine === null) return 0;
    for (const scratch of [device.workspace, device.staging, device.standby]) scratch.release();
    // Ends the threads, which hold the old memory.
    device.pool.resize(1);
    const [from, to] = [old.bytes, machine.memory.bytes];
    allocator.moveTo(machine.memory.heapEnd, (source, target, byteLength) => to.set(from.subarray(source, source + byteLength), target));
    device.kernels = machine.kernels;
    device.memory = machine.memory;
    device.parameters = machine.parameters;
    device.pool = machine.pool;
    this.setThreads(threads);
    return from.length;
  }
}
