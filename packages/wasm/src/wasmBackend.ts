import {
  viewBytes,
  type AdamCoefficients, type Backend, type BinaryOperation, type DType, type KeyWords, type PoolWindow2d,
  type ReduceOperation, type Strided, type TypedArray, type TypedArrayOf, type UnaryOperation, type Window2d,
} from '@adjoint/core';
import { Allocator } from './allocator.js';
import { conv2d, conv2dInputGradient, conv2dKernelGradient } from './conv2d.js';
import { assign, copy, fill } from './copy.js';
import { addressOf, type Device } from './device.js';
import { binary, select, unary } from './elementwise.js';
import { gather, scatterAdd } from './indexing.js';
import { instantiateKernels, type SimdBuild } from './kernels.js';
import { LinearMemory } from './linearMemory.js';
import { matmul } from './matmul.js';
import {
  averagePool2d, averagePool2dGradient, maxPool2d, maxPool2dGather, maxPool2dScatter,
} from './pool2d.js';
import { dropout, randomBits, randomUniform } from './random.js';
import { reduce } from './reduce.js';
import { logSoftmax, softmax } from './softmax.js';
import { spillBytes, Workspace } from './workspace.js';

/** SIMD kernels over one linear memory. The families live in files of their own; this hands each call on. */
export class WasmBackend implements Backend {
  readonly name = 'wasm';

  private readonly memory = new LinearMemory();
  private readonly allocator: Allocator;
  private readonly device: Device;

  constructor(readonly simd: SimdBuild) {
    const { memory } = this;
    const kernels = instantiateKernels(simd, memory.memory);
    this.allocator = new Allocator(kernels.heapBase(), (atLeast, preferred) => memory.growHeap(atLeast, preferred));
    this.device = { kernels, memory, workspace: new Workspace(this.allocator), parameters: kernels.parameters() / 4 };
  }

  allocate(byteLength: number): number {
    return this.allocator.allocate(byteLength + spillBytes);
  }

  free(address: number): void {
    this.allocator.free(address);
  }

  write(address: number, values: TypedArray): void {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    new Uint8Array(this.memory.memory.buffer, address, values.byteLength).set(bytes);
  }

  readSync<D extends DType>(address: number, dtype: D, offset: number, length: number): TypedArrayOf[D] {
    const view = viewBytes(dtype, this.memory.memory.buffer, address, offset + length);
    return view.slice(offset) as TypedArrayOf[D];
  }

  async read<D extends DType>(address: number, dtype: D, offset: number, length: number): Promise<TypedArrayOf[D]> {
    return this.readSync(address, dtype, offset, length);
  }

  reservedBytes(): number {
    return this.allocator.reservedBytes;
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

  select(condition: Strided, whenTrue: Strided, whenFalse: Strided, out: Strided): void {
    select(this.device, condition, whenTrue, whenFalse, out);
  }

  reduce(operation: ReduceOperation, input: Strided, axes: readonly number[], out: Strided): void {
    reduce(this.device, operation, input, axes, out);
  }

  matmul(left: Strided, right: Strided, out: Strided): void {
    matmul(this.device, left, right, out);
  }

  conv2d(input: Strided, kernel: Strided, out: Strided, window: Window2d): void {
    conv2d(this.device, input, kernel, out, window);
  }

  conv2dInputGradient(cotangent: Strided, kernel: Strided, out: Strided, window: Window2d): void {
    conv2dInputGradient(this.device, cotangent, kernel, out, window);
  }

  conv2dKernelGradient(input: Strided, cotangent: Strided, out: Strided, window: Window2d): void {
    conv2dKernelGradient(this.device, input, cotangent, out, window);
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

  softmax(input: Strided, out: Strided): void {
    softmax(this.device, input, out);
  }

  logSoftmax(input: Strided, out: Strided): void {
    logSoftmax(this.device, input, out);
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
    parameter: Strided, gradient: Strided, firstMoment: Strided, secondMoment: Strided, out: Strided,
    { stepSize, beta1, beta2, epsilon }: AdamCoefficients,
  ): void {
    const { adamFloat32, adamFloat64 } = this.device.kernels;
    const kernel = parameter.dtype === 'float64' ? adamFloat64 : adamFloat32;
    kernel(
      addressOf(parameter), addressOf(gradient), addressOf(firstMoment), addressOf(secondMoment), out.storage.address,
      parameter.size, stepSize, beta1, beta2, epsilon,
    );
  }
}
