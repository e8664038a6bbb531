import type { ActivationName, BinaryOperation, DType, UnaryOperation } from '@adjoint/core';

export const dtypes: readonly DType[] = ['bool', 'int32', 'float32', 'float64'];

/** A record has each name exactly once, so that a new operation cannot be left out. */
function namesOf<Name extends string>(names: Record<Name, true>): Name[] {
  return Object.keys(names) as Name[];
}

const allUnary = namesOf<UnaryOperation>({
  negate: true, abs: true, sign: true, reciprocal: true, square: true, sqrt: true, rsqrt: true,
  exp: true, expm1: true, log: true, log1p: true, log2: true,
  sin: true, cos: true, tan: true, asin: true, acos: true, atan: true,
  sinh: true, cosh: true, tanh: true, asinh: true, acosh: true, atanh: true,
  sigmoid: true, relu: true, erf: true, floor: true, ceil: true, round: true,
  isNaN: true, isFinite: true, not: true,
});

const allBinary = namesOf<BinaryOperation>({
  add: true, subtract: true, multiply: true, divide: true, power: true, remainder: true,
  minimum: true, maximum: true, atan2: true, hypot: true,
  reluGradient: true, tanhGradient: true, sigmoidGradient: true,
  equal: true, notEqual: true, less: true, lessEqual: true, greater: true, greaterEqual: true, and: true, or: true,
});

export const activations = namesOf<ActivationName>({
  leakyRelu: true, relu6: true, elu: true, softplus: true, silu: true, hardSwish: true, gelu: true, geluTanh: true,
});

const comparisons: readonly BinaryOperation[] = [
  'equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual', 'and', 'or',
];
const tests: readonly string[] = [...comparisons, 'isNaN', 'isFinite', 'not'];

/** The operations of the other dtypes. As in NumPy, a sum of two `bool` is their `or`, a product their `and`. */
const unaryOperationsOf: Partial<Record<DType, readonly UnaryOperation[]>> = {
  int32: ['negate', 'abs', 'sign', 'square', 'relu', 'floor', 'ceil', 'round', 'isNaN', 'isFinite', 'not'],
  bool: ['not'],
};
const binaryOperationsOf: Partial<Record<DType, readonly BinaryOperation[]>> = {
  int32: [...comparisons, 'add', 'subtract', 'multiply', 'power', 'remainder', 'minimum', 'maximum', 'reluGradient'],
  bool: [...comparisons, 'add', 'multiply', 'minimum', 'maximum'],
};

function pairs<Operation extends string>(
  all: readonly Operation[], operationsOf: Partial<Record<DType, readonly Operation[]>>,
): [Operation, DType][] {
  return dtypes.flatMap((dtype) => (operationsOf[dtype] ?? all).map((name): [Operation, DType] => [name, dtype]));
}

/** Every operation on one tensor, with each dtype that it takes. */
export const unaryOperations = pairs(allUnary, unaryOperationsOf);

/** Every operation on two tensors, with each dtype that it takes. */
export const binaryOperations = pairs(allBinary, binaryOperationsOf);

/** The dtype of an operation's result. */
export function resultOf(operation: string, dtype: DType): DType {
  return tests.includes(operation) ? 'bool' : dtype;
}
