/**
 * Tensors, the tape, the transforms and what a backend must do.
 *
 * @packageDocumentation
 */
export { apply } from './apply.js';
export {
  isListOf, refuseArgument, requireCount, requireFlag, requireFunction, requireList, requireNumberOrList, requireObject, requirePositive, requireSignal, requireTensor, requireTensors,
  requireText,
} from './arguments.js';
export type {
  Activation, ActivationName, AdamCoefficients, Allocation, Backend, BinaryOperation, ConvolutionPrecision, EvictedBytes, Factorization, KeyWords, PoolWindow2d,
  ReduceOperation, ScanOperation, ScanOrder, Standardization, Strided, Triangle, UnaryOperation, Window2d,
} from './backend.js';
export { checkpoint } from './checkpoint.js';
export { checkGradients, type CheckGradientsOptions } from './checkGradients.js';
export {
  defaultConvolutionPrecision, requireConvolutionPrecision, setDefaultConvolutionPrecision, withConvolutionPrecision,
} from './convolutionPrecision.js';
export {
  arange, constantLike, eye, fromTypedArray, full, fullLike, linspace, ones, onesLike, tensor, zeros, zerosLike,
  type ArangeOptions, type CreateOptions, type LikeOptions, type TensorOptions,
} from './create.js';
export { markClass, registerCopy, type Copy } from './copies.js';
export { customVjp, type Cotangents, type CustomVjpContext } from './customVjp.js';
export { defaultBackend, setDefaultBackend, withBackend } from './defaultBackend.js';
export {
  allocateArray, bytesPerElement, checkDtype, isFloat, promote, viewBytes,
  type DType, type FloatDType, type TypedArray, type TypedArrayOf,
} from './dtype.js';
export {
  AdjointError, ArgumentError, AxisError, BackendError, DataFormatError, DTypeError, ReleasedTensorError, ShapeError, TransformError,
} from './errors.js';
export { formatText, formatValue } from './formatValue.js';
export { Graph, type GraphViewOptions } from './graph/graph.js';
export { GraphOutput } from './graph/graphFields.js';
export { GraphNode, type GraphNodeKind } from './graph/graphNode.js';
export type { KinkPolicy, MeasureOptions } from './gradientMeasure.js';
export type { DetectableError, GradientComparison, GradientReport, NotFinite, Unproven } from './gradientReport.js';
export { accumulate, stopGradient } from './identity.js';
export {
  grad, valueAndGrad,
  type Argnums, type GradientAndAux, type GradientOf, type Gradients, type GradOptions, type GradWithAuxOptions, type ValueAndGradient,
} from './grad.js';
export { hessian, hvp, jacobian, type ArgnumsOptions, type JacobianOf } from './jacobian.js';
export { valuesBehind } from './interpreter.js';
export { jvp, type Jvp } from './jvp.js';
export { foldIn, key, Key, requireKey, split } from './key.js';
export { currentModule, withModule, type Phase } from './modules.js';
export { observeReductions, reportReduction, type Reduction } from './reductions.js';
export type { OneSidedSlopes } from './numericDerivative.js';
export { redefine } from './redefinition.js';
export { requireOptions, type OptionNames } from './options.js';
export { definePrimitive, registeredPrimitives, type BatchContext, type BatchRule, type Keeps, type Primitive, type VjpContext } from './primitive.js';
export { formatCall, formatFields, showAs, showCollection } from './printing.js';
export {
  bernoulli, exponential, gumbel, normal, permutation, permutationIndices, randomInteger, truncatedNormal, uniform,
  type ExponentialOptions, type NormalOptions, type RandomIntegerOptions, type RandomOptions, type TruncatedNormalOptions, type UniformOptions,
} from './random.js';
export { reference } from './reference/referenceBackend.js';
export type { LivingReport, LivingStack, LivingTensors } from './memory/livingReport.js';
export { memoryStats, type MemoryStats } from './memory/memoryStats.js';
export { dispose, keep, openScope, scope, type OpenScope } from './memory/scope.js';
export { watchTensors, type TensorWatch } from './memory/tensorWatch.js';
export {
  broadcastShapes, broadcastStrides, checkShape, contiguousStrides, formatShape, formatType, isContiguous,
  normalizeAxes, normalizeAxis, sameShape, sizeOf, type Shape, type TensorType,
} from './shape.js';
export { Storage } from './memory/storage.js';
export { Tape, type TapeGraphOptions } from './tape.js';
export { assertAlive, empty, Tensor, view, type NestedArray } from './tensor.js';
export { shapeOf, type AbstractArgument, type AbstractFunction, type AbstractResult } from './shapeOf.js';
export { trace, type TypesOf } from './trace.js';
export { unrecorded } from './recording.js';
export { type Repeated } from './repeated.js';
export { flattenTree, inOrderOf, mapTree, placesOf, zipTrees, type PathAndLeaf, type Tree } from './tree.js';
export { vjp, type Vjp } from './vjp.js';
export { vmap, type BatchAxis, type VmapOptions } from './vmap.js';
export { unknownOperation } from './unknownOperation.js';
