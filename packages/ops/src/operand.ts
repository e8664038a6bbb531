import { ArgumentError, constantLike, DTypeError, formatType, formatValue, isFloat, promote, Tensor, tensor, type DType } from '@adjoint/core';
import { cast } from './elementwise/cast.js';

export { requireFunction, requireList, requireNumberOrList, requireTensor, requireTensors } from '@adjoint/core';

/** What elementwise operations take: a tensor, or a number or boolean that adapts to the other operand's dtype. */
export type TensorLike = Tensor | number | boolean;

/** A tensor as it is; a number becomes a `float32` scalar, a boolean a `bool` one. */
export function asTensor(operation: string, value: TensorLike): Tensor {
  return value instanceof Tensor ? value : tensor(scalar(operation, value));
}

/**
 * A number or boolean as it is.
 *
 * @throws `ArgumentError` that names the operation, for anything else, which JavaScript would quietly make a number of.
 */
function scalar(operation: string, value: unknown): number | boolean {
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  throw new ArgumentError(`${operation}: an operand is ${formatValue(value)}; expected a tensor, a number or a boolean (arrays become one with tensor(values))`);
}

/** The dtype that a plain number takes beside a tensor: the tensor's, unless that cannot hold it. */
function weakDtype(value: number | boolean, dtype: DType): DType {
  if (typeof value === 'boolean' || isFloat(dtype)) return dtype;
  return promote(dtype, value === (value | 0) ? 'int32' : 'float32');
}

/** Two operands as tensors of one dtype, by the rules of promotion. */
export function operands(operation: string, left: TensorLike, right: TensorLike): [Tensor, Tensor] {
  if (left instanceof Tensor && right instanceof Tensor) {
    if (left.dtype === right.dtype) return [left, right];
    const dtype = promote(left.dtype, right.dtype);
    return [cast(left, dtype), cast(right, dtype)];
  }
  if (left instanceof Tensor) {
    const weak = scalar(operation, right);
    const dtype = weakDtype(weak, left.dtype);
    return [cast(left, dtype), constantLike(Number(weak), left, dtype)];
  }
  if (right instanceof Tensor) {
    const weak = scalar(operation, left);
    const dtype = weakDtype(weak, right.dtype);
    return [constantLike(Number(weak), right, dtype), cast(right, dtype)];
  }
  return operands(operation, asTensor(operation, left), right);
}

/** Two operands of one float dtype: integers and booleans become `float32`. */
export function floatOperands(operation: string, left: TensorLike, right: TensorLike): [Tensor, Tensor] {
  const [a, b] = operands(operation, left, right);
  return [asFloat(operation, a), asFloat(operation, b)];
}

/** A tensor of a float dtype: integers and booleans become `float32`. */
export function asFloat(operation: string, value: TensorLike): Tensor {
  const operand = asTensor(operation, value);
  return isFloat(operand.dtype) ? operand : cast(operand, 'float32');
}

/** A tensor that arithmetic is defined for: booleans become `int32`. */
export function asNumeric(operation: string, value: TensorLike): Tensor {
  const operand = asTensor(operation, value);
  return operand.dtype === 'bool' ? cast(operand, 'int32') : operand;
}

/**
 * Two operands of one dtype that arithmetic is defined for: booleans become `int32`.
 */
export function numericOperands(operation: string, left: TensorLike, right: TensorLike): [Tensor, Tensor] {
  const [a, b] = operands(operation, left, right);
  return [asNumeric(operation, a), asNumeric(operation, b)];
}

/**
 * Checks the dtype of an argument.
 *
 * @throws `DTypeError` that names the operation and the argument.
 */
export function requireDtype(operation: string, argument: string, type: { readonly shape: readonly number[]; readonly dtype: DType }, expected: readonly DType[]): void {
  if (expected.includes(type.dtype)) return;
  throw new DTypeError(`${operation}: ${argument} is ${formatType(type)}; expected ${expected.join(' or ')} (convert it with cast)`);
}
