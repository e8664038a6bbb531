import { zeros } from '@adjoint/core';
import * as ops from '../../src/index.js';

/** Wrong calls of the operations of this family, by name; what follows in brackets tells several of one operation apart. */
export const elementwise: Record<string, () => unknown> = {
  add: () => ops.add(zeros([2]), zeros([3], { dtype: 'float64' })),
  sub: () => ops.sub(zeros([2]), zeros([3])),
  mul: () => ops.mul(zeros([2]), zeros([3])),
  div: () => ops.div(zeros([2], { dtype: 'int32' }), zeros([3])),
  mod: () => ops.mod(zeros([2]), zeros([3])),
  pow: () => ops.pow(zeros([2]), zeros([3])),
  hypot: () => ops.hypot(zeros([2]), zeros([3])),
  atan2: () => ops.atan2(zeros([2]), zeros([3])),
  clip: () => ops.clip(zeros([2]), zeros([3]), null),
  'clip (maximum)': () => ops.clip(zeros([2]), null, zeros([3])),
  'clip (both bounds)': () => ops.clip(zeros([1]), zeros([2]), zeros([3])),
  maximum: () => ops.maximum(zeros([2]), zeros([3])),
  minimum: () => ops.minimum(zeros([2]), zeros([3])),
  equal: () => ops.equal(zeros([2]), zeros([3])),
  notEqual: () => ops.notEqual(zeros([2]), zeros([3])),
  less: () => ops.less(zeros([2]), zeros([3])),
  lessEqual: () => ops.lessEqual(zeros([2]), zeros([3])),
  greater: () => ops.greater(zeros([2]), zeros([3])),
  greaterEqual: () => ops.greaterEqual(zeros([2]), zeros([3])),
  logicalAnd: () => ops.logicalAnd(zeros([2]), zeros([3])),
  logicalOr: () => ops.logicalOr(zeros([2]), zeros([3])),
  logicalXor: () => ops.logicalXor(zeros([2]), zeros([3])),
  where: () => ops.where(zeros([2]), zeros([3]), 0),
  cast: () => ops.cast(zeros([2]), 'float16' as 'float32'),
  leakyRelu: () => ops.leakyRelu(zeros([2]), NaN),
  elu: () => ops.elu(zeros([2]), Infinity),
};

/** The operations of this family that take any tensor. */
export const elementwiseOfAny: readonly string[] = [
  'neg', 'abs', 'sign', 'square', 'reciprocal', 'sqrt', 'rsqrt', 'floor', 'ceil', 'round', 'exp', 'expm1', 'log', 'log1p', 'log2',
  'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'erf', 'isNaN', 'isFinite', 'logicalNot',
  'sigmoid', 'relu', 'relu6', 'softplus', 'logSigmoid', 'selu', 'silu', 'hardSwish', 'gelu',
];
