import { baseline, relaxed } from './generated/kernelBytes.js';

/** One step of `count` elements from `input` to `out`; both contiguous. */
type MapKernel = (operation: number, input: number, out: number, count: number) => void;

/** Without a cotangent (0) the values, else the gradients. */
type ActivationKernel = (
  activation: number, cotangent: number, input: number, out: number, count: number, first: number, second: number,
) => void;

type ReduceRowsKernel = (
  operation: number, dtype: number, input: number, out: number, outer: number, length: number,
) => void;

type SoftmaxKernel = (input: number, out: number, rows: number, count: number) => void;

type RandomKernel = (high: number, low: number, out: number, first: number, count: number) => void;

type DropoutKernel = (
  high: number, low: number, threshold: number, scale: number, input: number, out: number, first: number, count: number,
) => void;

type AdamKernel = (
  parameter: number, gradient: number, firstMoment: number, secondRoot: number, out: number,
  size: number, first: number, count: number,
  stepSize: number, beta1: number, beta2: number, epsilon: number,
) => void;

/** Of a depthwise convolution: two operands, and the lines that are made or read. */
type DepthwiseKernel = (
  dtype: number, image: number, other: number, out: number, firstLine: number, lines: number,
) => void;

type PoolKernel = (input: number, out: number, firstImage: number, images: number) => void;

type PoolPairKernel = (input: number, other: number, out: number, firstImage: number, images: number) => void;

/**
 * The functions that the compiled module exports. Addresses and strides are in bytes, counts in elements, and a
 * dtype is its number in `dtypeCodes`; the sources in `assembly/` say what each does.
 */
export interface Kernels {
  heapBase(): number;

  threadBytes(): number;
  parameterBytes(): number;
  enterThread(index: number, area: number, parameters: number): void;

  unaryBool: MapKernel;
  unaryInt32: MapKernel;
  unaryFloat32: MapKernel;
  unaryFloat64: MapKernel;
  binaryRow(
    operation: number, dtype: number, left: number, leftRepeats: number, right: number, rightRepeats: number,
    out: number, count: number,
  ): void;
  binaryRows(
    operation: number, dtype: number, left: number, leftRepeats: number, right: number, rightRepeats: number,
    out: number, count: number, outRowBytes: number, rank: number, firstRow: number, rows: number,
  ): void;
  activationFloat32: ActivationKernel;
  activationFloat64: ActivationKernel;
  selectRows(
    elementBytes: number, condition: number, conditionRepeats: number, whenTrue: number, trueRepeats: number,
    whenFalse: number, falseRepeats: number, out: number, count: number, rank: number,
    firstRow: number, rows: number,
  ): void;

  fill(dtype: number, value: number, out: number, count: number): void;
  cast(from: number, to: number, input: number, out: number, count: number): void;
  copyRows(
    elementBytes: number, input: number, stride: number, out: number, count: number, rank: number,
    firstRow: number, rows: number,
  ): void;
  assignRows(
    elementBytes: number, input: number, stride: number, view: number, viewStride: number, count: number, rank: number,
    rows: number,
  ): void;
  transposeMatrices(
    elementBytes: number, input: number, stride: number, out: number, rows: number, columns: number, rank: number,
    firstStripe: number, stripes: number,
  ): void;

  reduceRows: ReduceRowsKernel;
  squareReduceRows: ReduceRowsKernel;
  reduceColumns(
    operation: number, dtype: number, input: number, out: number,
    outer: number, rows: number, inner: number, firstColumn: number, columns: number,
    scratch: number, scratchBytes: number,
  ): void;
  argReduceRows: ReduceRowsKernel;
  argReduceColumns(
    operation: number, dtype: number, input: number, out: number,
    outer: number, rows: number, inner: number, firstColumn: number, columns: number,
  ): void;
  scan(
    operation: number, dtype: number, input: number, out: number, outer: number, rows: number, inner: number,
    firstColumn: number, columns: number, reverse: number, exclusive: number, scratch: number, scratchBytes: number,
  ): void;

  softmaxFloat32: SoftmaxKernel;
  softmaxFloat64: SoftmaxKernel;
  logSoftmaxFloat32: SoftmaxKernel;
  logSoftmaxFloat64: SoftmaxKernel;
  crossEntropyRows(dtype: number, logits: number, labels: number, out: number, rows: number, count: number): void;
  crossEntropyGradientRows(
    dtype: number, cotangent: number, logits: number, labels: number, out: number, rows: number, count: number,
  ): void;

  standardizeRows(
    dtype: number, input: number, out: number, rows: number, count: number, centred: number, epsilon: number,
  ): void;
  standardizeGradientRows(
    dtype: number, cotangent: number, input: number, out: number, rows: number, count: number, centred: number, epsilon: number,
  ): void;

  randomBits: RandomKernel;
  randomUniformFloat32: RandomKernel;
  randomUniformFloat64: RandomKernel;
  dropoutFloat32: DropoutKernel;
  dropoutFloat64: DropoutKernel;
  adamFloat32: AdamKernel;
  adamFloat64: AdamKernel;

  gather(
    input: number, indices: number, out: number, length: number, taken: number, sliceBytes: number, first: number, count: number,
  ): void;
  scatterAdd(
    dtype: number, updates: number, indices: number, out: number,
    outer: number, length: number, taken: number, inner: number, first: number, count: number,
  ): void;
  argSortScratchBytes(length: number, taken: number, elementBytes: number): number;
  argSortRows(
    dtype: number, input: number, out: number, rows: number, length: number, taken: number, descending: number,
    scratch: number, scratchBytes: number,
  ): void;

  gemmScratchBytes(): number;
  gemm(
    method: number, dtype: number, rows: number, columns: number, depth: number,
    a: number, aRowStride: number, aColumnStride: number, b: number, bRowStride: number, bColumnStride: number,
    c: number, cRowStride: number, cColumnStride: number, scratch: number,
    rank: number, firstMatrix: number, matrices: number,
  ): void;

  factorizeScratchBytes(operation: number, rows: number, columns: number): number;
  factorize(
    operation: number, dtype: number, a: number, count: number, matrixBytes: number, rows: number, columns: number,
    scratch: number, scratchBytes: number, gemmScratch: number,
  ): void;
  triangularSolveScratchBytes(columns: number, elementBytes: number): number;
  triangularSolve(
    dtype: number, isLower: number, isUnit: number, count: number, size: number, columns: number,
    a: number, aMatrix: number, aRow: number, aColumn: number, b: number,
    scratch: number, scratchBytes: number, gemmScratch: number,
  ): void;

  conv2dScratchBytes(
    taps: number, channels: number, filters: number, padded: number, elementBytes: number,
  ): number;
  conv2dForward(
    dtype: number, image: number, kernel: number, out: number, firstLine: number, lines: number,
    scratch: number, scratchBytes: number,
  ): void;
  conv2dInputGradientScratchBytes(
    kernelHeight: number, kernelWidth: number, channels: number, filters: number, outWidth: number, elementBytes: number,
  ): number;
  conv2dInputGradient(
    dtype: number, cotangent: number, kernel: number, out: number, firstLine: number, lines: number,
    scratch: number, scratchBytes: number,
  ): void;
  conv2dKernelGradient(
    dtype: number, image: number, cotangent: number, out: number, firstLine: number, lines: number,
    scratch: number, scratchBytes: number,
  ): void;
  conv2dTransposeKernel(
    dtype: number, kernel: number, taps: number, channels: number, filters: number, out: number,
  ): void;

  depthwiseForward: DepthwiseKernel;
  depthwiseInputGradient: DepthwiseKernel;
  depthwiseKernelGradient: DepthwiseKernel;

  winogradKernelBytes(channels: number, filters: number): number;
  winogradPartialBytes(channels: number, filters: number): number;
  winogradScratchBytes(channels: number, filters: number): number;
  winogradKernel(kernel: number, channels: number, filters: number, first: number, count: number, out: number): void;
  winogradForward(
    image: number, kernel: number, panels: number, out: number, firstTile: number, tiles: number,
    scratch: number, scratchBytes: number,
  ): void;
  winogradKernelGradient(
    image: number, cotangent: number, out: number, firstTile: number, tiles: number,
    scratch: number, scratchBytes: number,
  ): void;
  winogradCombine(gradient: number, channels: number, filters: number, out: number): number;
  winogradReplace(out: number, direct: number, channels: number, filters: number): void;

  maxPool2dInt32: PoolKernel;
  maxPool2dFloat32: PoolKernel;
  maxPool2dFloat64: PoolKernel;
  maxPool2dGatherFloat32: PoolPairKernel;
  maxPool2dGatherFloat64: PoolPairKernel;
  maxPool2dScatterFloat32: PoolPairKernel;
  maxPool2dScatterFloat64: PoolPairKernel;
  averagePool2dFloat32: PoolKernel;
  averagePool2dFloat64: PoolKernel;
  averagePool2dGradientFloat32: PoolKernel;
  averagePool2dGradientFloat64: PoolKernel;
}

export const simdBuilds = ['baseline', 'relaxed'] as const;

/** Which instructions the kernels may use: `relaxed` has fused multiply-add. */
export type SimdBuild = (typeof simdBuilds)[number];

const moduleByName = new Map<string, WebAssembly.Module>();

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** The best build that this engine runs. */
export const bestBuild: SimdBuild = WebAssembly.validate(decode(relaxed.bytes)) ? 'relaxed' : 'baseline';

/** Where a memory is imported, this bit of a byte says that it is shared. */
const sharedBit = 2;

/** Compiles a build on its first use, synchronously; for a memory that is shared between threads or not. */
export function compileKernels(build: SimdBuild, isShared: boolean): WebAssembly.Module {
  const name = isShared ? build : `${build} alone`;
  let module = moduleByName.get(name);
  if (module === undefined) {
    const { bytes, memoryFlags } = build === 'relaxed' ? relaxed : baseline;
    const code = decode(bytes);
    if (!isShared) code[memoryFlags]! &= ~sharedBit;
    module = new WebAssembly.Module(code);
    moduleByName.set(name, module);
  }
  return module;
}

/** An instance of the kernels over `memory`. */
export function instantiateKernels(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
}
