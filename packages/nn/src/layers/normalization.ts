import { AxisError, normalizeAxes, normalizeAxis, ShapeError, stopGradient, type OptionNames, type Shape, type Tensor } from '@adjoint/core';
import * as ops from '@adjoint/ops';
import { add, mean, mul, variance } from '@adjoint/ops';
import { OrderedMap } from 'immutable';
import { formatBatch } from '../formatBatch.js';
import { ones, zeros, type Initializer } from '../initializers.js';
import { layerFields, Layer, parameter, statelessLayer, withFixedShapes, type LayerOptions } from '../layer.js';
import { ownOptions, requireAxes, requireAxis, requireCount, requireFlag, requireFraction, requireFunctions, requireNumber } from '../options.js';
import { LayerSpecification, VariableSpecification, type SpecificationTree } from '../specification.js';
import type { LayerState, Params } from '../tensorTree.js';
import { requireChannels } from './spatial.js';

/** What a normalization learns to multiply with, and how it keeps away from a division by 0. */
export interface ScaleOptions extends LayerOptions {
  /** Whether the result is multiplied by the parameter `scale`. Default: true. */
  readonly useScale?: boolean;
  /** Default: {@link ones}. */
  readonly scaleInitializer?: Initializer;
  /** Added to the variance, or to the mean square. */
  readonly epsilon?: number;
}

/** What a normalization learns to multiply with and to add. */
export interface NormalizationOptions extends ScaleOptions {
  /** Whether the parameter `bias` is added to the result. Default: true. */
  readonly useBias?: boolean;
  /** Default: {@link zeros}. */
  readonly biasInitializer?: Initializer;
}

/** Scale and bias: their config, their specification and their values; and what is added to the variance. */
interface Rescaling {
  readonly epsilon: number;
  readonly config: object;
  readonly specify: (lengths: Shape) => SpecificationTree;
  readonly values: (params: Params, path: string) => { readonly scale?: Tensor; readonly bias?: Tensor };
}

function rescaling(type: string, options: NormalizationOptions, { withBias = true, epsilon: usual = 1e-5 } = {}): Rescaling {
  const { useScale = true, scaleInitializer = ones, useBias = withBias, biasInitializer = zeros, epsilon = usual } = options;
  requireFlag(type, 'useScale', useScale);
  requireFlag(type, 'useBias', useBias);
  requireFunctions(type, { scaleInitializer, biasInitializer });
  requireNumber(type, 'epsilon', epsilon, 0);
  return {
    epsilon,
    config: { epsilon, useScale, scaleInitializer, ...(withBias ? { useBias, biasInitializer } : {}) },
    specify: (shape) => OrderedMap({
      ...(useScale ? { scale: new VariableSpecification({ shape, initializer: scaleInitializer }) } : {}),
      ...(useBias ? { bias: new VariableSpecification({ shape, initializer: biasInitializer }) } : {}),
    }),
    values: (params, path) => ({
      ...(useScale ? { scale: parameter(params, 'scale', path) } : {}),
      ...(useBias ? { bias: parameter(params, 'bias', path) } : {}),
    }),
  };
}

/** A batch normalization. */
export interface BatchNormLayerOptions extends NormalizationOptions {
  /** The channels' axis, counted with the batch as axis 0. Default: the last. */
  readonly axis?: number;
  /** How much of the running mean and variance stays at each step of training, from 0 to below 1. Default: 0.99. */
  readonly momentum?: number;
  /** Added to the variance. Default: 1e-5. */
  readonly epsilon?: number;
  /** Of the running mean. Default: {@link zeros}. */
  readonly meanInitializer?: Initializer;
  /** Of the running variance. Default: {@link ones}. */
  readonly varianceInitializer?: Initializer;
}

const batchNormLayerOptionNames: OptionNames<BatchNormLayerOptions> = {
  axis: true, momentum: true, epsilon: true, meanInitializer: true, varianceInitializer: true, useBias: true, biasInitializer: true,
  useScale: true, scaleInitializer: true, name: true, trainable: true,
};

/**
 * Batch normalization (Ioffe and Szegedy 2015) of `[n, ..., channels]`: each channel minus its mean, over its standard deviation,
 * times `scale`, plus `bias`. In training mean and variance are those of the batch, and the state keeps running ones,
 * `running = momentum * running + (1 - momentum) * batch`, which are used outside of training.
 *
 * The momentum is named as in Keras: PyTorch's `momentum=0.1` is `momentum: 0.9` here. As in PyTorch the running variance is that
 * of a sample (divided by `count - 1`), while a batch is normalized by that of the population. Keras's defaults are
 * `momentum: 0.99, epsilon: 1e-3`, PyTorch's `momentum: 0.9, epsilon: 1e-5`. A frozen layer uses its running mean and variance, and
 * leaves them as they are, in training too.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { batchNorm, getAt } from '@adjoint/nn';
 *
 * const layer = batchNorm({ momentum: 0.5, epsilon: 0 });
 * const variables = layer.init(key(0), [1]);
 * const x = tensor([[1], [3]]);
 * const { output, state } = layer.apply(variables, x, { training: true });
 * output.toArray(); // [[-1], [1]]
 * getAt(state, 'mean').toArray(); // [1]
 * getAt(state, 'variance').toArray(); // [1.5]
 * layer.apply(variables, x).output.toArray(); // [[1], [3]]
 * ```
 */
export function batchNorm(options: BatchNormLayerOptions = {}): Layer {
  options = ownOptions('batchNorm', options, batchNormLayerOptionNames);
  const { axis = -1, momentum = 0.99, meanInitializer = zeros, varianceInitializer = ones } = options;
  const { config, epsilon, specify, values } = rescaling('batchNorm', options);
  requireAxis('batchNorm', 'axis', axis);
  requireFraction('batchNorm', 'momentum', momentum);
  requireFunctions('batchNorm', { meanInitializer, varianceInitializer });
  return withFixedShapes(new Layer({
    ...layerFields('batchNorm', options, { axis, momentum, ...config, meanInitializer, varianceInitializer }),
    specify: (inputShape, path) => {
      const shape = [inputShape[channelsAxis(path, axis, inputShape.length + 1) - 1]!];
      return new LayerSpecification({
        outputShape: inputShape,
        params: specify(shape),
        state: OrderedMap({
          mean: new VariableSpecification({ shape, initializer: meanInitializer }),
          variance: new VariableSpecification({ shape, initializer: varianceInitializer }),
        }),
      });
    },
    forward: ({ params, state }, input, { training, trainable, path }) => {
      const rescale = { axis, epsilon, ...values(params, path) };
      if (training && trainable) return { output: ops.batchNorm(input, rescale), state: runningState(state, input, axis, momentum, path) };
      const running = { mean: parameter(state, 'mean', path, 'state'), variance: parameter(state, 'variance', path, 'state') };
      return { output: ops.batchNorm(input, { ...rescale, ...running }), state };
    },
  }));
}

function channelsAxis(path: string, axis: number, rank: number): number {
  const at = normalizeAxis(path, axis, rank);
  if (at === 0) throw new AxisError(`${path}: axis ${axis} of an input of ${rank} axes is the batch; expected the axis of the channels`);
  return at;
}

/** The running mean and variance after a batch. An empty batch changes nothing. */
function runningState(state: LayerState, input: Tensor, axis: number, momentum: number, path: string): LayerState {
  const at = normalizeAxis(path, axis, input.shape.length);
  const axes = input.shape.map((_, other) => other).filter((other) => other !== at);
  const count = axes.reduce((product, other) => product * input.shape[other]!, 1);
  if (count === 0) return state;
  const batch = stopGradient(input);
  const blend = (name: string, value: Tensor) => add(mul(momentum, parameter(state, name, path, 'state')), mul(1 - momentum, value));
  return state
    .set('mean', blend('mean', mean(batch, { axes })))
    // A single element has no spread to tell; the variance of the population, 0, is the only finite answer.
    .set('variance', blend('variance', variance(batch, { axes, correction: count > 1 ? 1 : 0 })));
}

/** A layer normalization. */
export interface LayerNormLayerOptions extends NormalizationOptions {
  /** The axes that share a mean and a variance, counted with the batch as axis 0. Default: the last. */
  readonly axes?: number | readonly number[];
  /** Added to the variance. Default: 1e-5. */
  readonly epsilon?: number;
}

const layerNormLayerOptionNames: OptionNames<LayerNormLayerOptions> = {
  axes: true, epsilon: true, useBias: true, biasInitializer: true, useScale: true, scaleInitializer: true, name: true, trainable: true,
};

/**
 * Layer normalization (Ba, Kiros and Hinton 2016) of `[n, ...]`: each example minus its mean, over its standard deviation, both over
 * `axes`, times `scale`, plus `bias`, which have the lengths of the axes. Keras's default of `epsilon` is 1e-3, PyTorch's is 1e-5.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { layerNorm } from '@adjoint/nn';
 *
 * const layer = layerNorm({ epsilon: 0 });
 * layer.apply(layer.init(key(0), [2]), tensor([[1, 3]])).output.toArray(); // [[-1, 1]]
 * ```
 */
export function layerNorm(options: LayerNormLayerOptions = {}): Layer {
  options = ownOptions('layerNorm', options, layerNormLayerOptionNames);
  return normalizationOverAxes('layerNorm', ops.layerNorm, options, rescaling('layerNorm', options));
}

/** A root mean square normalization. */
export interface RmsNormLayerOptions extends ScaleOptions {
  /** The axes that share a mean square, counted with the batch as axis 0. Default: the last. */
  readonly axes?: number | readonly number[];
  /** Added to the mean square. Default: 1e-6. */
  readonly epsilon?: number;
}

const rmsNormLayerOptionNames: OptionNames<RmsNormLayerOptions> = {
  axes: true, epsilon: true, useScale: true, scaleInitializer: true, name: true, trainable: true,
};

/**
 * Root mean square normalization (Zhang and Sennrich 2019) of `[n, ...]`: each example over the root of its mean square over
 * `axes`, times `scale`, which has the lengths of the axes.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { rmsNorm } from '@adjoint/nn';
 *
 * const layer = rmsNorm({ epsilon: 0 });
 * layer.apply(layer.init(key(0), [2]), tensor([[1, 7]])).output.toArray(); // [[0.2, 1.4]]
 * ```
 */
export function rmsNorm(options: RmsNormLayerOptions = {}): Layer {
  options = ownOptions('rmsNorm', options, rmsNormLayerOptionNames);
  return normalizationOverAxes('rmsNorm', ops.rmsNorm, options, rescaling('rmsNorm', options, { withBias: false, epsilon: 1e-6 }));
}

type Normalize = (input: Tensor, options: { readonly axes: number | readonly number[]; readonly epsilon: number; readonly scale?: Tensor; readonly bias?: Tensor }) => Tensor;

function normalizationOverAxes(
  type: string, operation: Normalize, options: LayerOptions & { readonly axes?: number | readonly number[] },
  { config, epsilon, specify, values }: Rescaling,
): Layer {
  const { axes = -1 } = options;
  requireAxes(type, 'axes', axes);
  return statelessLayer({
    ...layerFields(type, options, { axes, ...config }),
    specify: (inputShape, path) => {
      const lengths = normalizeAxes(path, axes, inputShape.length + 1).map((axis) => inputShape[channelsAxis(path, axis, inputShape.length + 1) - 1]!);
      return new LayerSpecification({ outputShape: inputShape, params: specify(lengths) });
    },
    forward: (params, input, { path }) => operation(input, { axes, epsilon, ...values(params, path) }),
  });
}

/** A group normalization. */
export interface GroupNormLayerOptions extends NormalizationOptions {
  /** Into how many groups of neighbours the channels fall. Default: 32. */
  readonly groups?: number;
  /** Added to the variance. Default: 1e-5. */
  readonly epsilon?: number;
}

const groupNormLayerOptionNames: OptionNames<GroupNormLayerOptions> = {
  groups: true, epsilon: true, useBias: true, biasInitializer: true, useScale: true, scaleInitializer: true, name: true, trainable: true,
};

/**
 * Group normalization (Wu and He 2018) of `[n, ..., channels]`: each group of channels of each example minus its mean, over its
 * standard deviation, times `scale`, plus `bias`, both `[channels]`. Keras's default of `epsilon` is 1e-3, PyTorch's is 1e-5.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { groupNorm } from '@adjoint/nn';
 *
 * const layer = groupNorm({ groups: 2, epsilon: 0 });
 * layer.apply(layer.init(key(0), [4]), tensor([[1, 3, 10, 30]])).output.toArray(); // [[-1, 1, -1, 1]]
 * ```
 */
export function groupNorm(options: GroupNormLayerOptions = {}): Layer {
  options = ownOptions('groupNorm', options, groupNormLayerOptionNames);
  const { groups = 32 } = options;
  requireCount('groupNorm', 'groups', groups);
  const { config, epsilon, specify, values } = rescaling('groupNorm', options);
  return statelessLayer({
    ...layerFields('groupNorm', options, { groups, ...config }),
    specify: (inputShape, path) => {
      const channels = inputShape.at(-1);
      if (channels === undefined || channels % groups !== 0) {
        throw new ShapeError(`${path}: the input is ${formatBatch(inputShape)}; expected [n, ..., channels] with channels in ${groups} equal groups`);
      }
      return new LayerSpecification({ outputShape: inputShape, params: specify([channels]) });
    },
    forward: (params, input, { path }) => ops.groupNorm(input, { groups, epsilon, ...values(params, path) }),
  });
}

/** An instance normalization. */
export interface InstanceNormLayerOptions extends NormalizationOptions {
  /** Added to the variance. Default: 1e-5. */
  readonly epsilon?: number;
}

const instanceNormLayerOptionNames: OptionNames<InstanceNormLayerOptions> = {
  epsilon: true, useBias: true, biasInitializer: true, useScale: true, scaleInitializer: true, name: true, trainable: true,
};

/**
 * Instance normalization (Ulyanov et al. 2016) of `[n, ..., channels]`: each channel of each example minus its mean, over its standard
 * deviation, times `scale`, plus `bias`. PyTorch's has neither by default: `{ useScale: false, useBias: false }`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { instanceNorm } from '@adjoint/nn';
 *
 * const layer = instanceNorm({ epsilon: 0 });
 * layer.apply(layer.init(key(0), [2, 1]), tensor([[[1], [3]]])).output.toArray(); // [[[-1], [1]]]
 * ```
 */
export function instanceNorm(options: InstanceNormLayerOptions = {}): Layer {
  options = ownOptions('instanceNorm', options, instanceNormLayerOptionNames);
  const { config, epsilon, specify, values } = rescaling('instanceNorm', options);
  return statelessLayer({
    ...layerFields('instanceNorm', options, config),
    specify: (inputShape, path) => {
      requireChannels(inputShape, path);
      return new LayerSpecification({ outputShape: inputShape, params: specify([inputShape.at(-1)!]) });
    },
    forward: (params, input, { path }) => ops.groupNorm(input, { groups: input.shape.at(-1)!, epsilon, ...values(params, path) }),
  });
}
