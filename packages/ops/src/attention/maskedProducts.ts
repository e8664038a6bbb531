/*
 * The two products of attention, for weights and scores some of which a mask takes out. Each one's rule is written with these
 * alone, so that no derivative multiplies what is masked out by 0, which of NaN or infinity would be NaN.
 */
import { apply, definePrimitive, empty, scope, type Backend, type BinaryOperation, type DType, type Tensor, type TensorType, type UnaryOperation } from '@adjoint/core';
import { alignBatch, broadcastBatch, inferMatmul } from '../linear/products.js';
import { sumTo } from '../reduce/sum.js';
import { swapAxes } from '../shape/transpose.js';

const weightedSumsPrimitive = definePrimitive({
  name: 'weightedSums',
  keeps: { inputs: [0, 1] },
  infer: ([weights, values]) => inferMatmul(weights!, values!),
  forward: (backend, [weights, values], _, type) => sumsOf(backend, broadcastBatch(weights!, type.shape), broadcastBatch(values!, type.shape), type),
  vjp: ({ inputs: [weights, values], cotangent, needs }) => [
    needs[0] ? sumTo(weightedSums(cotangent, swapAxes(values!, -1, -2)), weights!.shape) : null,
    needs[1] ? sumTo(weightedSums(swapAxes(weights!, -1, -2), cotangent), values!.shape) : null,
  ],
  batch: ({ inputs, batched }) => weightedSums(...alignBatch(inputs, batched)),
});

/**
 * Multiplies matrices `[..., m, k]` of weights by `[..., k, n]` of values, like `matmul`, but a weight of 0 hides the value, whatever
 * it is.
 */
export function weightedSums(weights: Tensor, values: Tensor): Tensor {
  return apply(weightedSumsPrimitive, [weights, values], {});
}

const maskedScoresPrimitive = definePrimitive({
  name: 'maskedScores',
  keeps: { inputs: [0, 1] },
  infer: ([query, keys]) => inferMatmul(query!, keys!),
  forward: (backend, [query, keys], _, type) => {
    const out = empty(backend, type);
    backend.matmul(broadcastBatch(query!, type.shape), broadcastBatch(keys!, type.shape), out);
    return out;
  },
  vjp: ({ inputs: [query, keys], cotangent, needs }) => [
    needs[0] ? sumTo(weightedSums(cotangent, swapAxes(keys!, -1, -2)), query!.shape) : null,
    needs[1] ? sumTo(swapAxes(weightedSums(swapAxes(cotangent, -1, -2), query!), -1, -2), keys!.shape) : null,
  ],
  batch: ({ inputs, batched }) => maskedScores(...alignBatch(inputs, batched)),
});

/**
 * Multiplies queries `[..., m, k]` by transposed keys `[..., k, n]`, like `matmul`, but where the cotangent of a score is 0, as it is
 * where the score is masked out afterwards, neither query nor key enters a gradient, whatever it is.
 */
export function maskedScores(query: Tensor, keys: Tensor): Tensor {
  return apply(maskedScoresPrimitive, [query, keys], {});
}

/** The kernels that the sums below need, as functions. They stay below `apply`: to a tape the whole is one operation. */
function kernelsOf(backend: Backend) {
  const fill = (value: number, dtype: DType): Tensor => {
    const out = empty(backend, { shape: [], dtype });
    backend.fill(value, out);
    return out;
  };
  const unary = (operation: UnaryOperation, x: Tensor, dtype = x.dtype): Tensor => {
    const out = empty(backend, { shape: x.shape, dtype });
    backend.unary(operation, x, out);
    return out;
  };
  const binary = (operation: BinaryOperation, x: Tensor, y: Tensor, dtype = x.dtype): Tensor => {
    const out = empty(backend, { shape: x.shape, dtype });
    backend.binary(operation, x, y, out);
    return out;
  };
  const select = (condition: Tensor, x: Tensor, y: Tensor): Tensor => {
    const out = empty(backend, { shape: condition.shape, dtype: x.dtype });
    backend.select(condition, x, y, out);
    return out;
  };
  return { fill, unary, binary, select };
}

/** The product of the kernel where that has no NaN: then nothing hidden was multiplied by an infinity or NaN. */
function sumsOf(backend: Backend, weights: Tensor, values: Tensor, type: TensorType): Tensor {
  return scope(() => {
    const out = empty(backend, type);
    backend.matmul(weights, values, out);
    return out.size === 0 || !hasNaN(backend, out) ? out : carefulSums(backend, weights, values, type);
  });
}

function hasNaN(backend: Backend, x: Tensor): boolean {
  const largest = empty(backend, { shape: [], dtype: x.dtype });
  backend.reduce('max', x, x.shape.map((_, axis) => axis), largest);
  return Number.isNaN(largest.item());
}

/** The sums of finite values, plus the infinities and NaN that have a weight other than 0. */
function carefulSums(backend: Backend, weights: Tensor, values: Tensor, type: TensorType): Tensor {
  const { dtype } = type;
  const { fill, unary, binary, select } = kernelsOf(backend);
  const [zero, one] = [fill(0, dtype), fill(1, dtype)];
  const multiply = (left: Tensor, right: Tensor): Tensor => {
    const out = empty(backend, type);
    backend.matmul(left, right, out);
    return out;
  };
  const isFinite = unary('isFinite', values, 'bool');
  const isNaN = unary('isNaN', values, 'bool');
  const counts = select(binary('notEqual', weights, zero, 'bool'), one, zero);
  const nans = multiply(counts, select(isNaN, one, zero));
  const signs = select(binary('or', isFinite, isNaN), zero, unary('sign', values));
  // Each infinity adds its weight to the one sum, and its weight with its sign to the other.
  const infinities = multiply(unary('abs', weights), unary('abs', signs));
  const signed = multiply(weights, signs);
  const added = (sums: Tensor, amount: number, isAdded: Tensor): Tensor =>
    binary('add', sums, select(binary('greater', isAdded, zero, 'bool'), fill(amount, dtype), zero));
  const finite = multiply(weights, select(isFinite, values, zero));
  const withPositive = added(finite, Infinity, binary('add', infinities, signed));
  const withBoth = added(withPositive, -Infinity, binary('subtract', infinities, signed));
  return added(withBoth, NaN, nans);
}
