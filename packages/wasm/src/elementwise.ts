import {
  BackendError, bytesPerElement, unknownOperation, type BinaryOperation, type DType, type Strided, type UnaryOperation,
} from '@adjoint/core';
import { copyStrided, denseAddresses, denseAt } from './copy.js';
import { addressOf, dtypeCodes, type Device } from './device.js';
import { divide, divideRows, elementUnit, fewElements } from './divide.js';
import { broadcastLayout, rowsIn, writeOuterAxes, type Layout } from './layout.js';

/** In the order of the numbers in assembly/unary.ts. */
const unaryOperations = [
  'negate', 'abs', 'sign', 'reciprocal', 'square', 'sqrt', 'rsqrt',
  'exp', 'expm1', 'log', 'log1p', 'log2',
  'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh',
  'sigmoid', 'relu', 'erf',
  'floor', 'ceil', 'round',
  'isNaN', 'isFinite', 'not',
] as const satisfies readonly UnaryOperation[];

/** In the order of the numbers in assembly/binary.ts. */
const binaryOperations = [
  'add', 'subtract', 'multiply', 'divide', 'power', 'remainder', 'minimum', 'maximum', 'atan2', 'hypot',
  'reluGradient', 'tanhGradient', 'sigmoidGradient',
  'equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual',
  'and', 'or',
] as const satisfies readonly BinaryOperation[];

const unaryCodes = codesOf<UnaryOperation>(unaryOperations);
const binaryCodes = codesOf<BinaryOperation>(binaryOperations);

/** What the kernels of dtypes that are no floats can do; the floats' can do everything. */
const unarySupport: Partial<Record<DType, ReadonlySet<UnaryOperation>>> = {
  bool: new Set<UnaryOperation>(['not']),
  int32: new Set<UnaryOperation>([
    'negate', 'abs', 'sign', 'square', 'relu', 'floor', 'ceil', 'round', 'isNaN', 'isFinite', 'not',
  ]),
};

const comparisons: readonly BinaryOperation[] = [
  'equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual', 'and', 'or',
];

const binarySupport: Partial<Record<DType, ReadonlySet<BinaryOperation>>> = {
  bool: new Set<BinaryOperation>([...comparisons, 'add', 'multiply', 'minimum', 'maximum']),
  int32: new Set<BinaryOperation>([
    ...comparisons, 'add', 'subtract', 'multiply', 'power', 'remainder', 'minimum', 'maximum', 'reluGradient',
  ]),
};

const unaryKernels = {
  bool: 'unaryBool',
  int32: 'unaryInt32',
  float32: 'unaryFloat32',
  float64: 'unaryFloat64',
} as const satisfies Record<DType, string>;

function codesOf<Operation extends string>(operations: readonly Operation[]): ReadonlyMap<Operation, number> {
  return new Map(operations.map((operation, code) => [operation, code]));
}

/** The number of an operation that the kernels of a dtype have. */
function codeFor<Operation extends string>(
  operation: Operation, codes: ReadonlyMap<Operation, number>, dtype: DType, support: Partial<Record<DType, ReadonlySet<Operation>>>,
): number {
  const code = codes.get(operation);
  if (code === undefined) throw unknownOperation('wasm', operation, codes.keys());
  if (support[dtype]?.has(operation) === false) {
    throw new BackendError(
      `${operation}: the wasm backend has no kernel for ${dtype}; convert to a float first`,
    );
  }
  return code;
}

export function unary(device: Device, operation: UnaryOperation, input: Strided, out: Strided): void {
  const code = codeFor(operation, unaryCodes, input.dtype, unarySupport);
  const target = out.storage.address;
  let source: number;
  if (input.isContiguous) {
    source = addressOf(input);
  } else if (input.dtype === out.dtype) {
    copyStrided(device, input, target);
    source = target;
  } else {
    source = denseAddresses(device, [input])[0]!;
  }
  const kernel = unaryKernels[input.dtype];
  if (out.size <= fewElements) {
    device.kernels[kernel](code, source, target, out.size);
    return;
  }
  const bytes = bytesPerElement(input.dtype);
  const outBytes = bytesPerElement(out.dtype);
  divide(device, kernel, { total: out.size, unit: elementUnit, nanoseconds: out.size }, (first, count) => [
    code, source + first * bytes, target + first * outBytes, count,
  ]);
}

export function binary(device: Device, operation: BinaryOperation, left: Strided, right: Strided, out: Strided): void {
  const code = codeFor(operation, binaryCodes, left.dtype, binarySupport);
  const { size } = out;
  if (size === 0) return;
  const { kernels } = device;
  const dtype = dtypeCodes[left.dtype];
  const target = out.storage.address;
  const bytes = bytesPerElement(left.dtype);
  const outBytes = bytesPerElement(out.dtype);
  if (isWholeOrSingle(left, size) && isWholeOrSingle(right, size)) {
    const leftStep = left.size < size ? 0 : bytes;
    const rightStep = right.size < size ? 0 : bytes;
    const leftRepeats = Number(leftStep === 0);
    const rightRepeats = Number(rightStep === 0);
    const leftStart = addressOf(left);
    const rightStart = addressOf(right);
    if (size <= fewElements) {
      kernels.binaryRow(code, dtype, leftStart, leftRepeats, rightStart, rightRepeats, target, size);
      return;
    }
    divide(device, 'binaryRow', { total: size, unit: elementUnit, nanoseconds: size / 2 }, (first, count) => [
      code, dtype, leftStart + first * leftStep, leftRepeats, rightStart + first * rightStep, rightRepeats,
      target + first * outBytes, count,
    ]);
    return;
  }
  for (const { addresses, layout, rank, count, start } of piecesOf(device, [left, right], out)) {
    const [leftRepeats, rightRepeats] = repeats(layout);
    writeOuterAxes(device, layout, rank, [bytes, bytes]);
    const rows = rowsIn(layout, rank);
    const rowBytes = count * outBytes;
    divideRows(device, 'binaryRows', rows, rowBytes, (rows * count) / 2, (firstRow, rowCount) => [
      code, dtype, addresses[0]!, leftRepeats!, addresses[1]!, rightRepeats!,
      target + start * outBytes, count, rowBytes, rank, firstRow, rowCount,
    ]);
  }
}

export function select(device: Device, condition: Strided, whenTrue: Strided, whenFalse: Strided, out: Strided): void {
  if (out.size === 0) return;
  const { addresses, layout, rank, count } = rowsOf(device, [condition, whenTrue, whenFalse], out);
  const [conditionRepeats, trueRepeats, falseRepeats] = repeats(layout);
  const bytes = bytesPerElement(out.dtype);
  writeOuterAxes(device, layout, rank, [1, bytes, bytes]);
  const rows = rowsIn(layout, rank);
  divideRows(device, 'selectRows', rows, count * bytes, rows * count, (firstRow, rowCount) => [
    bytes, addresses[0]!, conditionRepeats!, addresses[1]!, trueRepeats!, addresses[2]!, falseRepeats!,
    out.storage.address, count, rank, firstRow, rowCount,
  ]);
}

function isWholeOrSingle(input: Strided, size: number): boolean {
  return input.isContiguous && (input.size === size || input.size === 1);
}

/** Where inputs lie, and the axes by which a kernel walks them: `rank` outer ones, and rows of `count` elements. */
interface Rows {
  readonly addresses: readonly number[];
  readonly layout: Layout;
  readonly rank: number;
  readonly count: number;
}

/** Rows of a part of the result, which begins at element `start`. */
interface Piece extends Rows {
  readonly start: number;
}

/** Inputs whose rows have any other stride than 1 or 0 are copied first. */
function rowsOf(device: Device, inputs: readonly Strided[], out: Strided): Rows {
  let layout = broadcastLayout(out.shape, inputs);
  let addresses = inputs.map(addressOf);
  if (layout.strides.some((strides) => ![0, 1].includes(strides.at(-1) ?? 0))) {
    addresses = denseAddresses(device, inputs);
    const denseInputs = inputs.map((input, k) => (input.isContiguous ? input : denseAt(input, addresses[k]!)));
    layout = broadcastLayout(out.shape, denseInputs);
  }
  const rank = Math.max(layout.lengths.length - 1, 0);
  return { addresses, layout, rank, count: layout.lengths[rank] ?? 1 };
}

/** Rows shorter than this are put together when they meet the same row each time, as a bias is. */
const shortRow = 256;
const tiledRow = 1024;

/** The rows of a broadcast; for short ones, those of the tiled row and those that are left. */
function piecesOf(device: Device, inputs: readonly Strided[], out: Strided): readonly Piece[] {
  const rows = rowsOf(device, inputs, out);
  const { addresses, layout, rank, count } = rows;
  const outer = layout.lengths[0]!;
  const tiles = Math.floor(tiledRow / count);
  const untiled: Piece = { addresses, layout, rank, count, start: 0 };
  if (rank !== 1 || count >= shortRow || outer < 2 * tiles) return [untiled];
  if (!inputs.every((input) => input.isContiguous)) return [untiled];
  const repeated = layout.strides.findIndex((strides) => strides[0] === 0);
  const isWhole = (strides: readonly number[]): boolean => strides[0] === count && strides[1] === 1;
  if (!layout.strides.every((strides, k) => (k === repeated ? strides[1] === 1 : isWhole(strides)))) return [untiled];

  const bytes = bytesPerElement(inputs[repeated]!.dtype);
  const tiled = device.workspace.reserve(tiles * count * bytes);
  writeOuterAxes(device, { lengths: [tiles], strides: [[0]] }, 1, [bytes]);
  device.kernels.copyRows(bytes, addresses[repeated]!, bytes, tiled, count, 1, 0, tiles);

  const whole = Math.floor(outer / tiles);
  const start = whole * tiles * count;
  const piece = (lengths: [number, number], first: number): Piece => ({
    addresses: addresses.map((address, k) => (k === repeated ? tiled : address + first * bytes)),
    layout: { lengths, strides: layout.strides.map((strides, k) => [k === repeated ? 0 : lengths[1], strides[1]!]) },
    rank,
    count: lengths[1],
    start: first,
  });
  const tiledRows = piece([whole, tiles * count], 0);
  return outer % tiles === 0 ? [tiledRows] : [tiledRows, piece([outer % tiles, count], start)];
}

/** For each operand, 1 where one element is the whole row. */
function repeats(layout: Layout): number[] {
  return layout.strides.map((strides) => Number((strides.at(-1) ?? 0) === 0));
}
