/*
 * Systems by L and U. The factors are a constant to every tape; what differentiates takes the matrix itself beside them, so
 * that a rule uses them again instead of going through the factorization.
 */
import {
  apply, definePrimitive, empty, fromTypedArray, scope, sizeOf, view, withBackend, type Backend, type Primitive, type Shape, type Tensor,
} from '@adjoint/core';
import { allBatched } from '../allBatched.js';
import { neg } from '../elementwise/arithmetic.js';
import { contiguous } from '../shape/contiguous.js';
import { factorizationPrimitive, factorsOf, transposed } from './matrices.js';
import { matmul } from './matmul.js';
import { overBatch } from './systems.js';

const luPrimitive = factorizationPrimitive('lu', (rows) => rows + 1, 'none');

/** L and U in one matrix, and one row more that tells which row of A each of theirs is. */
export function luFactors(matrix: Tensor): Tensor {
  return factorsOf(luPrimitive, matrix);
}

/** L and U in one matrix. */
function triangles(factors: Tensor): Tensor {
  const shape = [...factors.shape.slice(0, -2), factors.shape.at(-1)!, factors.shape.at(-1)!];
  return view(factors, shape, factors.strides);
}

/** For each row of all L U, counted through the batch, the row of all A that it is. */
function rowNumbers(backend: Backend, factors: Tensor): Tensor {
  const lead = factors.shape.slice(0, -2);
  const size = factors.shape.at(-1)!;
  const last = factors.strides.at(-2)!;
  const order = empty(backend, { shape: [...lead, size], dtype: 'int32' });
  backend.copy(view(factors, order.shape, [...factors.strides.slice(0, -2), factors.strides.at(-1)!], factors.offset + size * last), order);
  const count = sizeOf(lead);
  const starts = withBackend(backend, () => fromTypedArray(Int32Array.from({ length: count }, (_, matrix) => matrix * size), [...lead, 1], 'int32'));
  const numbers = empty(backend, { shape: order.shape, dtype: 'int32' });
  backend.binary('add', order, starts, numbers);
  return view(numbers, [count * size], [1]);
}

const solvePrimitive: Primitive<{ readonly transpose: boolean }> = definePrimitive({
  name: 'solve',
  keeps: { inputs: [0, 1], output: true },
  infer: ([, , right]) => right!,
  forward: (backend, [, factors, right], { transpose }, type) => scope(() => {
    const out = empty(backend, type);
    if (type.shape.includes(0)) return out;
    const [first, second] = [empty(backend, type), empty(backend, type)];
    const both = triangles(factors!);
    const flat: Shape = [sizeOf(type.shape, 0, -1), type.shape.at(-1)!];
    const asRows = (tensor: Tensor) => view(tensor, flat, [flat[1]!, 1]);
    const rows = rowNumbers(backend, factors!);
    if (transpose) {
      backend.triangularSolve(both, right!, first, { lower: false, transpose, unitDiagonal: false });
      backend.triangularSolve(both, first, second, { lower: true, transpose, unitDiagonal: true });
      backend.scatterAdd(asRows(second), rows, asRows(out), 0);
    } else {
      backend.gather(asRows(right!), rows, asRows(first), 0);
      backend.triangularSolve(both, first, second, { lower: true, transpose, unitDiagonal: true });
      backend.triangularSolve(both, second, out, { lower: false, transpose, unitDiagonal: false });
    }
    return out;
  }),
  // B' = A^-T X', and A' = -B' X^T (its transpose for a transposed A).
  vjp: ({ inputs: [matrix, factors], output, cotangent, attrs: { transpose }, needs }) => {
    const right = solveWith(matrix!, factors!, cotangent, !transpose);
    return [needs[0] ? neg(transpose ? matmul(output, transposed(right)) : matmul(right, transposed(output))) : null, null, right];
  },
  // As its forward, which reads the right sides as they lie.
  batch: (context) => {
    const [matrix, factors, right] = allBatched(context);
    return apply(solvePrimitive, [matrix!, factors!, contiguous(right!)], context.attrs);
  },
});

/** The solution X of A X = B, or of A^T X = B, by A's factors; B has all leading axes, to which those of A broadcast. */
export function solveWith(matrix: Tensor, factors: Tensor, right: Tensor, transpose: boolean): Tensor {
  const batch = right.shape.slice(0, -2);
  return apply(solvePrimitive, [overBatch(matrix, batch), overBatch(factors, batch), contiguous(right)], { transpose });
}
