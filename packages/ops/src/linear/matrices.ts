/* What the operations on matrices share: their arguments, and the factors that a kernel gives one below the other. */
import {
  apply, definePrimitive, empty, eye, formatType, isFloat, DTypeError, ShapeError, withBackend,
  type DType, type Factorization, type Primitive, type Tensor, type VjpContext,
} from '@adjoint/core';
import { add, mul } from '../elementwise/arithmetic.js';
import { asFloat, type TensorLike } from '../operand.js';
import { slice } from '../shape/slice.js';
import { swapAxes } from '../shape/transpose.js';

/** Matrices `[..., m, n]` of a float dtype; integers and booleans become `float32`. */
export function matricesOf(operation: string, argument: string, value: TensorLike): Tensor {
  const operand = asFloat(operation, value);
  if (operand.shape.length >= 2) return operand;
  throw new ShapeError(`${operation}: ${argument} is ${formatType(operand)}; expected matrices [..., rows, columns]`);
}

/** Square matrices `[..., n, n]` of a float dtype. */
export function squareMatricesOf(operation: string, argument: string, value: TensorLike): Tensor {
  const operand = matricesOf(operation, argument, value);
  if (operand.shape.at(-1) === operand.shape.at(-2)) return operand;
  throw new ShapeError(`${operation}: ${argument} is ${formatType(operand)}; expected square matrices [..., n, n]`);
}

/** Each matrix transposed. */
export function transposed(matrix: Tensor): Tensor {
  return swapAxes(matrix, -1, -2);
}

/** `(A + A^T) / 2`. */
export function symmetricPart(matrix: Tensor): Tensor {
  return mul(0.5, add(matrix, transposed(matrix)));
}

/** The identity matrix of a tensor's backend and dtype. */
export function identityLike({ backend, dtype }: Tensor, size: number): Tensor {
  return withBackend(backend, () => eye(size, size, { dtype }));
}

/** The distance from 1 to the next number of a float dtype. */
export function unitRoundoff(dtype: DType): number {
  return dtype === 'float32' ? 2 ** -23 : 2 ** -52;
}

/** Some rows of each matrix; a view. */
export function rowsOf(matrix: Tensor, start: number, stop: number): Tensor {
  return slice(matrix, [...new Array<null>(matrix.shape.length - 2).fill(null), [start, stop]]);
}

/**
 * A primitive that gives a matrix's factors one below the other, as `Backend.factorize` packs them: one result, of which
 * the factors are views.
 */
export function factorizationPrimitive(
  operation: Factorization, rowsFor: (rows: number, columns: number) => number,
  vjp: ((context: VjpContext<Record<string, never>>) => Tensor) | 'none',
): Primitive {
  return definePrimitive({
    name: operation,
    keeps: { output: vjp !== 'none' },
    infer: ([matrix]) => {
      const { shape, dtype } = matrix!;
      if (!isFloat(dtype)) throw new DTypeError(`${operation}: the matrix is ${formatType(matrix!)}; expected a float dtype`);
      const [rows, columns] = shape.slice(-2) as [number, number];
      return { shape: [...shape.slice(0, -2), rowsFor(rows, columns), columns], dtype };
    },
    forward: (backend, [matrix], _, type) => {
      const out = empty(backend, type);
      backend.factorize(operation, matrix!, out);
      return out;
    },
    vjp: vjp === 'none' ? vjp : (context) => [vjp(context)],
    batch: 'leading',
  });
}

/** The packed factors of each matrix. */
export function factorsOf(primitive: Primitive, matrix: Tensor): Tensor {
  return apply(primitive, [matrix], {});
}
