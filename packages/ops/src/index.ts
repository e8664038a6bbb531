/**
 * The differentiable operations. Importing them makes the WASM backend the default one.
 *
 * @packageDocumentation
 */
import './installBackend.js';

export { conv2d } from './convolution/conv2d.js';
export type { Padding2d, Pair, WindowOptions } from './convolution/window2d.js';
export { elu, gelu, leakyRelu, relu, sigmoid, silu, softplus, tanh } from './elementwise/activation.js';
export { abs, add, div, exp, log, maximum, minimum, mul, neg, pow, sign, sqrt, square, sub } from './elementwise/arithmetic.js';
export { cast } from './elementwise/cast.js';
export { equal, greater, greaterEqual, less, lessEqual, notEqual } from './elementwise/comparison.js';
export { logicalAnd, logicalNot, logicalOr } from './elementwise/logical.js';
export { where } from './elementwise/where.js';
export { gather } from './indexing/gather.js';
export { oneHot } from './indexing/oneHot.js';
export { matmul } from './linear/matmul.js';
export type { TensorLike } from './operand.js';
export { adamUpdate } from './optimizer/adamUpdate.js';
export { avgPool2d, maxPool2d, type Pool2dOptions } from './pooling/pool2d.js';
export { dropout, type DropoutOptions } from './random/dropout.js';
export { argMax, argMin, max, min, type ArgOptions } from './reduce/extremum.js';
export { mean } from './reduce/mean.js';
export { broadcastTo, sum, sumTo, type ReduceOptions } from './reduce/sum.js';
export { concat, stack } from './shape/concat.js';
export { contiguous } from './shape/contiguous.js';
export { flip } from './shape/flip.js';
export { expandDims, flatten, reshape, squeeze } from './shape/reshape.js';
export { pad, slice, type SliceRange } from './shape/slice.js';
export { swapAxes, transpose } from './shape/transpose.js';
export { logSoftmax, softmax, type SoftmaxOptions } from './softmax/softmax.js';
export { softmaxCrossEntropy, type Reduction } from './softmax/softmaxCrossEntropy.js';
