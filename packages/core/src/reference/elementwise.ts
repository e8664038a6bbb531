import type { BinaryOperation, UnaryOperation } from '../backend.js';
import type { DType } from '../dtype.js';
import { erf } from './erf.js';
import { unknownOperation } from '../unknownOperation.js';
import { rowMajor, type Operand } from './rowMajor.js';
import { sigmoid } from './sigmoid.js';

const unaryFunctions: Record<UnaryOperation, (x: number) => number> = {
  negate: (x) => -x,
  abs: Math.abs,
  sign: Math.sign,
  reciprocal: (x) => 1 / x,
  square: (x) => x * x,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  log2: Math.log2,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  sigmoid,
  relu: (x) => Math.max(x, 0),
  erf,
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundHalfToEven,
  isNaN: (x) => Number(Number.isNaN(x)),
  isFinite: (x) => Number(Number.isFinite(x)),
  not: (x) => Number(x === 0),
};

const binaryFunctions: Record<BinaryOperation, (left: number, right: number) => number> = {
  add: (left, right) => left + right,
  subtract: (left, right) => left - right,
  multiply: (left, right) => left * right,
  divide: (left, right) => left / right,
  power,
  remainder,
  minimum: Math.min,
  maximum: Math.max,
  atan2: Math.atan2,
  hypot: Math.hypot,
  reluGradient: (left, right) => (right > 0 ? left : 0),
  tanhGradient: (left, right) => left * ((1 - right) * (1 + right)),
  sigmoidGradient: (left, right) => left * (right * (1 - right)),
  equal: (left, right) => Number(left === right),
  notEqual: (left, right) => Number(left !== right),
  less: (left, right) => Number(left < right),
  lessEqual: (left, right) => Number(left <= right),
  greater: (left, right) => Number(left > right),
  greaterEqual: (left, right) => Number(left >= right),
  and: (left, right) => Number(left !== 0 && right !== 0),
  or: (left, right) => Number(left !== 0 || right !== 0),
};

/*
 * The int32 operations whose exact result may lie beyond 2^53, where a number loses the low bits that the
 * wrapped result needs, and the one that differs at zero. All others wrap when they are stored.
 */
const unaryInt32: Partial<typeof unaryFunctions> = { square: (x) => Math.imul(x, x) };

const binaryInt32: Partial<typeof binaryFunctions> = {
  multiply: Math.imul,
  power: powerInt32,
  remainder: (left, right) => (right === 0 ? 0 : remainder(left, right)),
};

/** What differs for two `bool`: their sum is their `or`, as in NumPy. */
const binaryBool: Partial<typeof binaryFunctions> = { add: binaryFunctions.or };

const binarySpecial: Partial<Record<DType, Partial<typeof binaryFunctions>>> = { int32: binaryInt32, bool: binaryBool };

export function unary(operation: UnaryOperation, input: Operand, out: Operand): void {
  if (!Object.hasOwn(unaryFunctions, operation)) throw unknownOperation('reference', operation, Object.keys(unaryFunctions));
  const f = (input.dtype === 'int32' ? unaryInt32[operation] : undefined) ?? unaryFunctions[operation];
  rowMajor(input).forEach((x, index) => {
    out.elements[index] = f(x);
  });
}

export function binary(operation: BinaryOperation, left: Operand, right: Operand, out: Operand): void {
  if (!Object.hasOwn(binaryFunctions, operation)) throw unknownOperation('reference', operation, Object.keys(binaryFunctions));
  const f = binarySpecial[left.dtype]?.[operation] ?? binaryFunctions[operation];
  const rights = rowMajor(right, out.shape);
  rowMajor(left, out.shape).forEach((x, index) => {
    out.elements[index] = f(x, rights[index]!);
  });
}

export function select(condition: Operand, whenTrue: Operand, whenFalse: Operand, out: Operand): void {
  const trues = rowMajor(whenTrue, out.shape);
  const falses = rowMajor(whenFalse, out.shape);
  rowMajor(condition, out.shape).forEach((chosen, index) => {
    out.elements[index] = chosen !== 0 ? trues[index]! : falses[index]!;
  });
}

function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  const fraction = x - below;
  if (fraction < 0.5 || (fraction === 0.5 && below % 2 === 0)) return below;
  return Math.ceil(x);
}

/** As C99 and NumPy have it. `Math.pow` gives NaN for 1 to the NaN and for 1 and -1 to an infinity. */
function power(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Infinity)) return 1;
  return Math.pow(base, exponent);
}

/** By repeated squaring, modulo 2^32. A negative exponent gives the reciprocal, truncated; of 0 it gives 0. */
function powerInt32(base: number, exponent: number): number {
  if (exponent < 0) return Math.abs(base) === 1 ? power(base, exponent) : 0;
  let result = 1;
  for (let square = base, bits = exponent; bits > 0; bits >>>= 1, square = Math.imul(square, square)) {
    if (bits & 1) result = Math.imul(result, square);
  }
  return result;
}

/** With the sign of the divisor, a zero too. */
function remainder(left: number, right: number): number {
  const truncated = left % right;
  if (truncated === 0) return right < 0 ? -0 : 0;
  return truncated < 0 !== right < 0 ? truncated + right : truncated;
}
