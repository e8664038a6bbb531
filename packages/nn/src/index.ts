/**
 * Layers, losses, optimisers and the training loop: pure functions over Immutable values.
 *
 * @packageDocumentation
 */
export { accuracy } from './accuracy.js';
export { registerInitializer } from './definition/initializerConfig.js';
export { type LayerMaker } from './definition/builtinLayers.js';
export { layerFromConfig, layerToConfig, registeredLayers, registerLayer, type LayerConfig } from './definition/layerConfig.js';
export {
  constant, fansOf, glorotNormal, glorotUniform, heNormal, heUniform, identityMatrix, lecunNormal, lecunUniform, ones, orthogonal,
  randomNormal, randomUniform, truncatedNormal, varianceScaling, zeros,
  type GainOptions, type Initializer, type InitializerConfig, type InitializerOptions, type RandomNormalOptions, type RandomUniformOptions,
  type VarianceScalingOptions,
} from './initializers.js';
export {
  Layer, type ApplyOptions, type Initialized, type InitOptions, type LayerContext, type LayerOptions, type LayerResult,
} from './layer.js';
export {
  elu, gelu, leakyRelu, relu, sigmoid, silu, softmax, softplus, tanh,
  type EluOptions, type LeakyReluOptions, type SoftmaxLayerOptions,
} from './layers/activations.js';
export { bidirectional, type BidirectionalOptions } from './layers/bidirectional.js';
export { conv2d, type Conv2dOptions } from './layers/conv2d.js';
export { dense, type DenseOptions } from './layers/dense.js';
export { dropout, type DropoutLayerOptions } from './layers/dropout.js';
export { embedding, type EmbeddingOptions } from './layers/embedding.js';
export { flatten } from './layers/flatten.js';
export { gru, type GruOptions } from './layers/gru.js';
export { lstm, type LstmOptions } from './layers/lstm.js';
export { multiHeadAttention, type MultiHeadAttentionOptions } from './layers/multiHeadAttention.js';
export { avgPool2d, maxPool2d, type Pool2dLayerOptions } from './layers/pooling.js';
export {
  learnedPositions, sinusoidalPositions, type LearnedPositionsOptions, type SinusoidalPositionsOptions,
} from './layers/positionEncoding.js';
export type { RecurrentOptions } from './layers/recurrent.js';
export { rotatePositions, type RotatePositionsOptions } from './layers/rotatePositions.js';
export { sequential } from './layers/sequential.js';
export { simpleRnn, type SimpleRnnOptions } from './layers/simpleRnn.js';
export { crossEntropy, meanSquaredError, type Loss } from './losses.js';
export { adam, type AdamOptions } from './optimizers/adam.js';
export {
  Optimizer, OptimizerState, type LearningRate, type Updated, type UpdateOne, type UpdateRule,
} from './optimizers/optimizer.js';
export { sgd, type SgdOptions } from './optimizers/sgd.js';
export { LayerSpecification, VariableSpecification, type LayerPart, type SpecificationTree } from './specification.js';
export { summary } from './summary.js';
export {
  countParameters, filterTree, getAt, mergeTrees, partitionTree, setAt, unflattenTree,
  type LayerState, type Params, type PathFilter, type TensorTree, type Variables,
} from './tensorTree.js';
export { type Batch, type Batches, type TrainingData } from './training/batches.js';
export { evaluate, type EvaluateOptions } from './training/evaluate.js';
export { fit, type BatchReport, type FitOptions, type FitResult } from './training/fit.js';
export { EpochRecord, type History } from './training/history.js';
export { predict, type PredictOptions } from './training/predict.js';
export { type Evaluation } from './training/runningMeans.js';
export { createTrainingState, TrainingState, type TrainingStateOptions } from './training/trainingState.js';
export {
  makeTrainingStep, type TrainingStep, type TrainingStepOptions, type TrainingStepResult,
} from './training/trainingStep.js';
