/*
 * Equal eigenvalues and singular values. Their vectors span a space together and are arbitrary within it, so the gradient of a
 * function of them cannot be recovered from the vectors and their cotangents: V V^T and V diag(w) V^T have the same ones at
 * w = 1. The rules give NaN there, and only there.
 */
import { apply, constantLike, definePrimitive, empty, scope, stopGradient, type Primitive, type Shape, type Tensor } from '@adjoint/core';
import { abs, add, mul, sub } from '../elementwise/arithmetic.js';
import { lessEqual } from '../elementwise/comparison.js';
import { where } from '../elementwise/where.js';
import { max } from '../reduce/extremum.js';
import { broadcastTo, sum } from '../reduce/sum.js';
import { identityLike, transposed, unitRoundoff } from './matrices.js';

// NaN times x where 0 times NaN is 0: linear, and its own transpose, so that jvp and higher derivatives are NaN at the same places.
const undefinedPrimitive: Primitive = definePrimitive({
  name: 'undefinedUnlessZero',
  keeps: {},
  infer: ([input]) => input!,
  forward: (backend, [input], _, type) => scope(() => {
    const isZero = empty(backend, { shape: type.shape, dtype: 'bool' });
    const out = empty(backend, type);
    const zero = constantLike(0, input!, type.dtype);
    backend.binary('equal', input!, zero, isZero);
    backend.select(isZero, zero, constantLike(Number.NaN, input!, type.dtype), out);
    return out;
  }),
  vjp: ({ cotangent }) => [undefinedUnlessZero(cotangent)],
  batch: 'leading',
});

/** 0 where the input is 0, else NaN. */
function undefinedUnlessZero(input: Tensor): Tensor {
  return apply(undefinedPrimitive, [input], {});
}

/** How far apart rounding moves equal values, for each row `[..., 1, n]` of them: `[..., 1, 1]`. */
export function tieTolerance(values: Tensor): Tensor {
  return mul((values.shape.at(-1)! + 8) * unitRoundoff(values.dtype), max(abs(values), { axes: -1, keepDims: true }));
}

/** Which values of a row `[..., 1, n]` are equal within rounding, `[..., n, n]`; each equals itself. */
export function tiesOf(values: Tensor): Tensor {
  return lessEqual(abs(sub(values, transposed(values))), tieTolerance(values));
}

/** For each column of cotangents NaN if it is not all 0, else 0: `[..., 1, n]`. */
function undefinedColumns(cotangents: Tensor): Tensor {
  return sum(undefinedUnlessZero(cotangents), { axes: -2, keepDims: true });
}

/** NaN for each pair of ties of which one has a cotangent of its vector, which is a column; else 0. */
export function undefinedPairs(ties: Tensor, ...cotangents: readonly Tensor[]): Tensor {
  const columns = cotangents.map(undefinedColumns).reduce((left, right) => add(left, right));
  const pairs = where(ties, add(columns, transposed(columns)), 0);
  return undefinedUnlessZero(where(identityLike(pairs, pairs.shape.at(-1)!), 0, pairs));
}

/** NaN in the columns of cotangents that `isFree` selects and that are not all 0, else 0. */
export function undefinedWhere(isFree: Tensor, cotangents: Tensor): Tensor {
  return undefinedUnlessZero(broadcastTo(where(isFree, undefinedColumns(cotangents), 0), cotangents.shape));
}

/** NaN throughout the matrices of a shape that `isUndefined`, `[..., 1, 1]`, selects, if their cotangents are not all 0, else 0. */
export function undefinedThroughout(isUndefined: Tensor, cotangents: Tensor, shape: Shape): Tensor {
  const any = sum(undefinedColumns(cotangents), { axes: -1, keepDims: true });
  return undefinedUnlessZero(broadcastTo(where(isUndefined, any, 0), shape));
}

/** The values as they are, whose derivative is NaN where `isKink` says so. */
export function withoutDerivative(isKink: Tensor, values: Tensor): Tensor {
  const zero = sub(values, stopGradient(values));
  return add(where(isKink, stopGradient(values), values), undefinedUnlessZero(where(isKink, zero, 0)));
}
