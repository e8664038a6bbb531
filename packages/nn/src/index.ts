/**
 * Layers, losses, optimizers and the training loop: pure functions over Immutable values.
 *
 * @packageDocumentation
 */
export { registerInitializer } from './definition/initializerConfig.js';
export { type LayerMaker } from './definition/builtinLayers.js';
export { layerFromConfig, layerToConfig, registeredLayers, registerLayer, type LayerConfig } from './definition/layerConfig.js';
export {
  constant, fansOf, glorotNormal, glorotUniform, heNormal, heUniform, identityMatrix, lecunNormal, lecunUniform, ones, orthogonal,
  randomNormal, randomUniform, truncatedNormal, varianceScaling, zeros,
  type GainOptions, type Initializer, type InitializerConfig, type InitializerOptions, type RandomNormalOptions, type RandomUniformOptions,
  type VarianceScalingOptions,
} from './initializers.js';
export { fromPyTorch, toPyTorch, type PyTorchOptions } from './interop/pyTorch.js';
export {
  Layer, type ApplyOptions, type Initialized, type InitOptions, type LayerContext, type LayerOptions, type LayerResult, type NeededVariables,
} from './layer.js';
export {
  elu, gelu, glu, hardSigmoid, hardSwish, leakyRelu, logSigmoid, logSoftmax, mish, prelu, relu, relu6, selu, sigmoid, silu, softmax,
  softplus, softsign, tanh,
  type AxisLayerOptions, type EluOptions, type GeluLayerOptions, type LeakyReluOptions, type PreluOptions,
} from './layers/activations.js';
export { bidirectional, type BidirectionalOptions } from './layers/bidirectional.js';
export { addBranches, concatBranches, residual } from './layers/branches.js';
export {
  conv1d, conv2d, conv3d, type Conv1dOptions, type Conv2dOptions, type Conv3dOptions, type ConvolutionOptions,
} from './layers/convolution.js';
export { type ConvolutionalOptions } from './layers/convolutional.js';
export {
  lambda, layer, type CallContext, type CallResult, type LambdaOptions, type LayerDefinition, type SequenceOptions, type VariableDefinition, type VariableDefinitions,
} from './layers/custom.js';
export { dense, type DenseOptions } from './layers/dense.js';
export {
  depthwiseConv1d, depthwiseConv2d, separableConv1d, separableConv2d,
  type DepthwiseConv1dOptions, type DepthwiseConv2dOptions, type DepthwiseConvolutionOptions, type DepthwiseOptions,
  type SeparableConv1dOptions, type SeparableConv2dOptions, type SeparableConvolutionOptions,
} from './layers/depthwiseConvolution.js';
export {
  alphaDropout, dropout, gaussianDropout, gaussianNoise, spatialDropout1d, spatialDropout2d, spatialDropout3d,
  type DropoutLayerOptions, type GaussianNoiseOptions,
} from './layers/dropout.js';
export { embedding, type EmbeddingOptions } from './layers/embedding.js';
export { gru, type GruOptions } from './layers/gru.js';
export { lstm, type LstmOptions } from './layers/lstm.js';
export { multiHeadAttention, type MultiHeadAttentionOptions } from './layers/multiHeadAttention.js';
export {
  batchNorm, groupNorm, instanceNorm, layerNorm, rmsNorm,
  type BatchNormLayerOptions, type GroupNormLayerOptions, type InstanceNormLayerOptions, type LayerNormLayerOptions,
  type NormalizationOptions, type RmsNormLayerOptions, type ScaleOptions,
} from './layers/normalization.js';
export {
  avgPool1d, avgPool2d, avgPool3d, globalAvgPool, globalMaxPool, maxPool1d, maxPool2d, maxPool3d,
  type GlobalPoolLayerOptions, type Pool1dLayerOptions, type Pool2dLayerOptions, type Pool3dLayerOptions, type PoolingOptions,
} from './layers/pooling.js';
export {
  learnedPositions, sinusoidalPositions, type LearnedPositionsOptions, type SinusoidalPositionsOptions,
} from './layers/positionEncoding.js';
export type { RecurrentOptions } from './layers/recurrent.js';
export {
  cropping1d, cropping2d, cropping3d, resize, upSampling1d, upSampling2d, upSampling3d, zeroPadding1d, zeroPadding2d, zeroPadding3d,
  type Around1d, type Around2d, type Around3d, type CroppingOptions, type ResizeLayerOptions, type ResizeMethod, type UpSamplingOptions,
  type ZeroPaddingOptions,
} from './layers/resizing.js';
export { rotatePositions, type RotatePositionsOptions } from './layers/rotatePositions.js';
export { sequential } from './layers/sequential.js';
export { flatten, identity, permute, reshape, type PermuteOptions, type ReshapeOptions } from './layers/shaping.js';
export { simpleRnn, type SimpleRnnOptions } from './layers/simpleRnn.js';
export type { TransformerBlockOptions } from './layers/transformerBlock.js';
export { transformerDecoderBlock } from './layers/transformerDecoderBlock.js';
export { transformerEncoderBlock } from './layers/transformerEncoderBlock.js';
export {
  conv1dTranspose, conv2dTranspose, conv3dTranspose,
  type Conv1dTransposeOptions, type Conv2dTransposeOptions, type Conv3dTransposeOptions, type TransposedConvolutionOptions,
} from './layers/transposedConvolution.js';
export { crossEntropy, meanSquaredError, type Loss } from './losses.js';
export { binaryAccuracy, topKAccuracy, type TopKAccuracyOptions } from './metrics/accuracy.js';
export { accuracy } from './metrics/classAccuracy.js';
export { type ThresholdOptions } from './metrics/classes.js';
export { confusionMatrix } from './metrics/confusionMatrix.js';
export { type Direction } from './metrics/direction.js';
export {
  meanOf, measure, type MeanOfOptions, type Metric, type Metrics, type MetricState, type MetricValue, type MetricValues,
} from './metrics/metric.js';
export { perplexity, type PerplexityOptions } from './metrics/perplexity.js';
export { f1Score, precision, recall, type Average, type Score, type ScoreOptions } from './metrics/precisionAndRecall.js';
export { r2Score, rootMeanSquaredError } from './metrics/regression.js';
export { rocAuc } from './metrics/rocAuc.js';
export { matchVariables, type MatchVariablesOptions } from './saving/matchVariables.js';
export { decodeVariables, encodeVariables, type DecodeVariablesOptions } from './saving/variables.js';
export { accumulateGradients, type AccumulateGradientsOptions } from './optimizers/accumulateGradients.js';
export { adadelta, scaleByAdadelta, type AdadeltaOptions, type ScaleByAdadeltaOptions } from './optimizers/adadelta.js';
export { adagrad, scaleByAdagrad, type AdagradOptions, type ScaleByAdagradOptions } from './optimizers/adagrad.js';
export {
  adam, adamW, scaleByAdam, type AdamOptions, type AdamWOptions, type MomentOptions, type ScaleByAdamOptions,
} from './optimizers/adam.js';
export { adamax, scaleByAdamax, type AdamaxOptions } from './optimizers/adamax.js';
export { averagedWeights, averageWeights, type AverageWeightsOptions } from './optimizers/averageWeights.js';
export { chain, type GradientTransformation } from './optimizers/chain.js';
export { clipByGlobalNorm, clipByNorm, clipByValue, globalNorm } from './optimizers/clipping.js';
export { type DecoupledDecayOptions } from './optimizers/descent.js';
export { leafwise, type UpdateOne, type UpdateRule } from './optimizers/leafwise.js';
export { lion, scaleByLion, type LionOptions, type ScaleByLionOptions } from './optimizers/lion.js';
export { nadam, scaleByNadam, type NadamOptions, type ScaleByNadamOptions } from './optimizers/nadam.js';
export { Optimizer, type LearningRate, type TreeRule, type Updated } from './optimizers/optimizer.js';
export { OptimizerState, withLearningRateScale } from './optimizers/optimizerState.js';
export { type ParameterFilter } from './optimizers/parameterFilter.js';
export { freeze, partition } from './optimizers/partition.js';
export { radam, scaleByRadam, type RadamOptions } from './optimizers/radam.js';
export { rmsProp, scaleByRms, type RmsPropOptions, type ScaleByRmsOptions } from './optimizers/rmsProp.js';
export { scaleByLearningRate } from './optimizers/scaleByLearningRate.js';
export { scaleByMomentum, sgd, type MomentumOptions, type SgdOptions } from './optimizers/sgd.js';
export { skipNonFinite } from './optimizers/skipNonFinite.js';
export { addDecayedWeights, type AddDecayedWeightsOptions } from './optimizers/weightDecay.js';
export { constantSchedule } from './schedules/constantSchedule.js';
export {
  cosineDecay, cosineRestarts, type CosineDecayOptions, type CosineRestartsOptions,
} from './schedules/cosineDecay.js';
export {
  exponentialDecay, inverseTimeDecay, stepDecay,
  type ExponentialDecayOptions, type InverseTimeDecayOptions, type StepDecayOptions,
} from './schedules/decay.js';
export { oneCycle, type OneCycleOptions } from './schedules/oneCycle.js';
export {
  joinSchedules, piecewiseConstant, warmup, type JoinSchedulesOptions, type PiecewiseConstantOptions, type WarmupOptions,
} from './schedules/piecewise.js';
export {
  linearSchedule, polynomialDecay, type LinearScheduleOptions, type PolynomialDecayOptions,
} from './schedules/polynomialDecay.js';
export {
  PlateauState, reduceOnPlateau, type PlateauReduction, type ReduceOnPlateauOptions,
} from './schedules/reduceOnPlateau.js';
export { type Schedule, type ScheduleConfig } from './schedules/schedule.js';
export { decodeTrainingState, encodeTrainingState, type SavedTrainingState } from './saving/trainingStateFile.js';
export { LayerSpecification, VariableSpecification, type LayerPart, type SpecificationTree } from './specification.js';
export { summary } from './summary.js';
export {
  countParameters, filterTree, getAt, mergeTrees, partitionTree, setAt, unflattenTree,
  type LayerState, type Params, type PathFilter, type TensorTree, type Variables,
} from './tensorTree.js';
export {
  type AsyncBatches, type Batch, type Batches, type Dataset, type Examples, type TrainingData,
} from './training/batches.js';
export {
  type BatchReport, type Callback, type Decision, type EpochReport, type FinishReport, type FitResult, type Listener,
} from './training/callback.js';
export { DivergenceError, type DivergenceOrigin } from './training/divergence.js';
export { earlyStopping, type EarlyStoppingOptions } from './training/earlyStopping.js';
export type { AbortSignalLike } from './training/abortSignal.js';
export { evaluate, type Evaluated, type EvaluateOptions } from './training/evaluate.js';
export { fit, type FitOptions } from './training/fit.js';
export { EpochRecord, type History } from './training/history.js';
export { type Monitor } from './training/monitor.js';
export { predict, predictBatches, type InputBatch, type InputBatches, type PredictBatchesOptions, type PredictOptions } from './training/predict.js';
export { EpochProgress, type Evaluation } from './training/progress.js';
export { reduceLearningRate, type ReduceLearningRateOptions } from './training/reduceLearningRate.js';
export { createTrainingState, TrainingState, type TrainingStateOptions } from './training/trainingState.js';
export {
  makeTrainingStep, type TrainingStep, type TrainingStepOptions, type TrainingStepResult,
} from './training/trainingStep.js';
