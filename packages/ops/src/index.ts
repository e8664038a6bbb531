/**
 * The differentiable operations. Importing them makes the WASM backend the default one.
 *
 * @packageDocumentation
 */
import './installBackend.js';

// A file below exports what is public and nothing else; what operations share stands in files that are not listed.
export type { TensorLike } from './operand.js';
export * from './attention/scaledDotProductAttention.js';
export * from './convolution/conv2d.js';
export type { Padding2d, Pair, WindowOptions } from './convolution/window2d.js';
export * from './elementwise/activation.js';
export * from './elementwise/arithmetic.js';
export * from './elementwise/cast.js';
export * from './elementwise/classification.js';
export * from './elementwise/comparison.js';
export * from './elementwise/erf.js';
export * from './elementwise/exponential.js';
export * from './elementwise/extremum.js';
export * from './elementwise/hyperbolic.js';
export * from './elementwise/logical.js';
export * from './elementwise/polar.js';
export * from './elementwise/power.js';
export * from './elementwise/rounding.js';
export * from './elementwise/trigonometric.js';
export * from './elementwise/where.js';
export * from './indexing/gather.js';
export * from './indexing/oneHot.js';
export * from './linear/einsum.js';
export * from './linear/kron.js';
export * from './linear/matmul.js';
export * from './linear/outer.js';
export * from './linear/tensordot.js';
export * from './linear/trace.js';
export * from './loss/binaryCrossEntropyWithLogits.js';
export * from './loss/cosineSimilarity.js';
export * from './loss/klDivergence.js';
export type { LossOptions, Reduction } from './loss/reduction.js';
export * from './loss/regression.js';
export * from './loss/softmaxCrossEntropy.js';
export * from './normalization/batchNorm.js';
export * from './normalization/groupNorm.js';
export * from './normalization/layerNorm.js';
export type { RescaleOptions } from './normalization/rescale.js';
export * from './optimizer/adamUpdate.js';
export * from './pooling/pool2d.js';
export * from './random/categorical.js';
export * from './random/dropout.js';
export * from './random/shuffle.js';
export * from './reduce/anyAll.js';
export * from './reduce/cumulative.js';
export * from './reduce/extremum.js';
export * from './reduce/logSumExp.js';
export * from './reduce/mean.js';
export * from './reduce/norm.js';
export * from './reduce/prod.js';
export type { ReduceOptions } from './reduce/rules.js';
export * from './reduce/sum.js';
export * from './reduce/variance.js';
export * from './shape/concat.js';
export * from './shape/contiguous.js';
export * from './shape/diagonal.js';
export * from './shape/flip.js';
export * from './shape/meshgrid.js';
export * from './shape/pad.js';
export type { SliceRange } from './shape/ranges.js';
export * from './shape/repeat.js';
export * from './shape/reshape.js';
export * from './shape/roll.js';
export * from './shape/slice.js';
export * from './shape/split.js';
export * from './shape/transpose.js';
export * from './shape/triangle.js';
export * from './softmax/softmax.js';
