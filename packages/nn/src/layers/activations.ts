import { normalizeAxis, ShapeError, type OptionNames, type Tensor } from '@adjoint/core';
import * as ops from '@adjoint/ops';
import { OrderedMap } from 'immutable';
import { formatBatch } from '../formatBatch.js';
import { constant, type Initializer } from '../initializers.js';
import { layerFields, layerOptionNames, parameter, statelessLayer, type Layer, type LayerOptions } from '../layer.js';
import { ownOptions, requireAxis, requireFlag, requireFunctions, requireNumber } from '../options.js';
import { LayerSpecification, VariableSpecification } from '../specification.js';

/** A layer without parameters that keeps its input's shape. */
function activation(type: string, operation: (input: Tensor) => Tensor, options: LayerOptions, config: object = {}): Layer {
  return statelessLayer({ ...layerFields(type, options, config), forward: (_, input) => operation(input) });
}

/**
 * The layer `max(x, 0)`, for inputs of any shape.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { relu } from '@adjoint/nn';
 *
 * const layer = relu();
 * layer.apply(layer.init(key(0), [2]), tensor([[-1, 2]])).output.toArray(); // [[0, 2]]
 * ```
 */
export function relu(options: LayerOptions = {}): Layer {
  options = ownOptions('relu', options, layerOptionNames);
  return activation('relu', ops.relu, options);
}

/**
 * The layer `1 / (1 + exp(-x))`, for inputs of any shape.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { sigmoid } from '@adjoint/nn';
 *
 * const layer = sigmoid();
 * layer.apply(layer.init(key(0), [1]), tensor([[0]])).output.toArray(); // [[0.5]]
 * ```
 */
export function sigmoid(options: LayerOptions = {}): Layer {
  options = ownOptions('sigmoid', options, layerOptionNames);
  return activation('sigmoid', ops.sigmoid, options);
}

/**
 * The layer `tanh(x)`, for inputs of any shape.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { tanh } from '@adjoint/nn';
 *
 * const layer = tanh();
 * layer.apply(layer.init(key(0), [1]), tensor([[0]])).output.toArray(); // [[0]]
 * ```
 */
export function tanh(options: LayerOptions = {}): Layer {
  options = ownOptions('tanh', options, layerOptionNames);
  return activation('tanh', ops.tanh, options);
}

/**
 * The layer `log(1 + exp(x))`, for inputs of any shape.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { softplus } from '@adjoint/nn';
 *
 * const layer = softplus();
 * layer.apply(layer.init(key(0), [1]), tensor([[0]])).output.item().toFixed(4); // '0.6931'
 * ```
 */
export function softplus(options: LayerOptions = {}): Layer {
  options = ownOptions('softplus', options, layerOptionNames);
  return activation('softplus', ops.softplus, options);
}

/**
 * The layer `x * sigmoid(x)`, for inputs of any shape.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { silu } from '@adjoint/nn';
 *
 * const layer = silu();
 * layer.apply(layer.init(key(0), [1]), tensor([[0]])).output.toArray(); // [[0]]
 * ```
 */
export function silu(options: LayerOptions = {}): Layer {
  options = ownOptions('silu', options, layerOptionNames);
  return activation('silu', ops.silu, options);
}

/**
 * The layer `min(max(x, 0), 6)`, for inputs of any shape.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { relu6 } from '@adjoint/nn';
 *
 * const layer = relu6();
 * layer.apply(layer.init(key(0), [2]), tensor([[-1, 9]])).output.toArray(); // [[0, 6]]
 * ```
 */
export function relu6(options: LayerOptions = {}): Layer {
  options = ownOptions('relu6', options, layerOptionNames);
  return activation('relu6', ops.relu6, options);
}

/**
 * The layer of {@link @adjoint/ops!selu}, for inputs of any shape. Goes with {@link lecunNormal} and {@link alphaDropout}.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { selu } from '@adjoint/nn';
 *
 * const layer = selu();
 * layer.apply(layer.init(key(0), [2]), tensor([[0, -200]])).output.toArray(); // [[0, -1.7580993175506592]]
 * ```
 */
export function selu(options: LayerOptions = {}): Layer {
  options = ownOptions('selu', options, layerOptionNames);
  return activation('selu', ops.selu, options);
}

/**
 * The layer `x * relu6(x + 3) / 6`, for inputs of any shape.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { hardSwish } from '@adjoint/nn';
 *
 * const layer = hardSwish();
 * layer.apply(layer.init(key(0), [2]), tensor([[-3, 3]])).output.toArray(); // [[0, 3]]
 * ```
 */
export function hardSwish(options: LayerOptions = {}): Layer {
  options = ownOptions('hardSwish', options, layerOptionNames);
  return activation('hardSwish', ops.hardSwish, options);
}

/**
 * The layer `relu6(x + 3) / 6`, a sigmoid of straight lines, for inputs of any shape.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { hardSigmoid } from '@adjoint/nn';
 *
 * const layer = hardSigmoid();
 * layer.apply(layer.init(key(0), [2]), tensor([[-3, 0]])).output.toArray(); // [[0, 0.5]]
 * ```
 */
export function hardSigmoid(options: LayerOptions = {}): Layer {
  options = ownOptions('hardSigmoid', options, layerOptionNames);
  return activation('hardSigmoid', (input) => ops.div(ops.relu6(ops.add(input, 3)), 6), options);
}

/**
 * The layer `-log(1 + exp(-x))`, for inputs of any shape.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { logSigmoid } from '@adjoint/nn';
 *
 * const layer = logSigmoid();
 * layer.apply(layer.init(key(0), [2]), tensor([[800, -800]])).output.toArray(); // [[0, -800]]
 * ```
 */
export function logSigmoid(options: LayerOptions = {}): Layer {
  options = ownOptions('logSigmoid', options, layerOptionNames);
  return activation('logSigmoid', ops.logSigmoid, options);
}

/**
 * The layer `x * tanh(log(1 + exp(x)))` (Misra 2019), for inputs of any shape.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { mish } from '@adjoint/nn';
 *
 * const layer = mish();
 * layer.apply(layer.init(key(0), [2]), tensor([[0, 100]])).output.toArray(); // [[0, 100]]
 * ```
 */
export function mish(options: LayerOptions = {}): Layer {
  options = ownOptions('mish', options, layerOptionNames);
  return activation('mish', (input) => ops.mul(input, ops.tanh(ops.softplus(input))), options);
}

/**
 * The layer `x / (1 + |x|)`, for inputs of any shape.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { softsign } from '@adjoint/nn';
 *
 * const layer = softsign();
 * layer.apply(layer.init(key(0), [2]), tensor([[1, -3]])).output.toArray(); // [[0.5, -0.75]]
 * ```
 */
export function softsign(options: LayerOptions = {}): Layer {
  options = ownOptions('softsign', options, layerOptionNames);
  return activation('softsign', (input) => ops.div(input, ops.add(1, ops.abs(input))), options);
}

/** A Gaussian error linear unit. */
export interface GeluLayerOptions extends LayerOptions {
  /** By the formula with tanh, as JAX's default; false: exactly, as PyTorch's and Keras's. Default: true. */
  readonly approximate?: boolean;
}

const geluLayerOptionNames: OptionNames<GeluLayerOptions> = { approximate: true, name: true, trainable: true };

/**
 * The layer of {@link @adjoint/ops!gelu}, for inputs of any shape.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { gelu } from '@adjoint/nn';
 *
 * const layer = gelu();
 * layer.apply(layer.init(key(0), [1]), tensor([[0]])).output.toArray(); // [[0]]
 * ```
 */
export function gelu(given: GeluLayerOptions = {}): Layer {
  given = ownOptions('gelu', given, geluLayerOptionNames);
  const { approximate = true } = given;
  requireFlag('gelu', 'approximate', approximate);
  return activation('gelu', (input) => ops.gelu(input, { approximate }), given, { approximate });
}

/** A leaky rectifier. */
export interface LeakyReluOptions extends LayerOptions {
  /** The slope below 0. Default: 0.01. */
  readonly negativeSlope?: number;
}

const leakyReluOptionNames: OptionNames<LeakyReluOptions> = { negativeSlope: true, name: true, trainable: true };

/**
 * The layer `x` above 0 and `negativeSlope * x` below, for inputs of any shape.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { leakyRelu } from '@adjoint/nn';
 *
 * const layer = leakyRelu({ negativeSlope: 0.5 });
 * layer.apply(layer.init(key(0), [2]), tensor([[-1, 2]])).output.toArray(); // [[-0.5, 2]]
 * ```
 */
export function leakyRelu(given: LeakyReluOptions = {}): Layer {
  given = ownOptions('leakyRelu', given, leakyReluOptionNames);
  const { negativeSlope = 0.01 } = given;
  requireNumber('leakyRelu', 'negativeSlope', negativeSlope);
  return activation('leakyRelu', (input) => ops.leakyRelu(input, negativeSlope), given, { negativeSlope });
}

/** An exponential linear unit. */
export interface EluOptions extends LayerOptions {
  /** The limit towards minus infinity is `-alpha`. Default: 1. */
  readonly alpha?: number;
}

const eluOptionNames: OptionNames<EluOptions> = { alpha: true, name: true, trainable: true };

/**
 * The layer `x` above 0 and `alpha * (exp(x) - 1)` below, for inputs of any shape.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { elu } from '@adjoint/nn';
 *
 * const layer = elu();
 * layer.apply(layer.init(key(0), [2]), tensor([[0, 2]])).output.toArray(); // [[0, 2]]
 * ```
 */
export function elu(given: EluOptions = {}): Layer {
  given = ownOptions('elu', given, eluOptionNames);
  const { alpha = 1 } = given;
  requireNumber('elu', 'alpha', alpha);
  return activation('elu', (input) => ops.elu(input, alpha), given, { alpha });
}

/** A layer along an axis. */
export interface AxisLayerOptions extends LayerOptions {
  /** Counted with the batch as axis 0. Default: the last. */
  readonly axis?: number;
}

function alongAxis(type: string, operation: (input: Tensor, options: { readonly axis: number }) => Tensor, options: AxisLayerOptions): Layer {
  const { axis = -1 } = options;
  requireAxis(type, 'axis', axis);
  return activation(type, (input) => operation(input, { axis }), options, { axis }).set('specify', (inputShape, path) => {
    normalizeAxis(path, axis, inputShape.length + 1);
    return new LayerSpecification({ outputShape: inputShape });
  });
}

/**
 * The layer `exp(x) / sum(exp(x))` along an axis. {@link crossEntropy} takes what comes before it: a model that is
 * trained with it ends without a softmax.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { softmax } from '@adjoint/nn';
 *
 * const layer = softmax();
 * layer.apply(layer.init(key(0), [2]), tensor([[1, 1]])).output.toArray(); // [[0.5, 0.5]]
 * ```
 */
export function softmax(options: AxisLayerOptions = {}): Layer {
  options = ownOptions('softmax', options, axisLayerOptionNames);
  return alongAxis('softmax', ops.softmax, options);
}

/**
 * The layer `x - log(sum(exp(x)))` along an axis: the logarithm of {@link softmax}.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { logSoftmax } from '@adjoint/nn';
 *
 * const layer = logSoftmax();
 * layer.apply(layer.init(key(0), [2]), tensor([[0, 1000]])).output.toArray(); // [[-1000, 0]]
 * ```
 */
export function logSoftmax(options: AxisLayerOptions = {}): Layer {
  options = ownOptions('logSoftmax', options, axisLayerOptionNames);
  return alongAxis('logSoftmax', ops.logSoftmax, options);
}

const axisLayerOptionNames: OptionNames<AxisLayerOptions> = { axis: true, name: true, trainable: true };

/**
 * The gated linear unit (Dauphin et al. 2017): the first half of an axis times the sigmoid of the second half.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { glu } from '@adjoint/nn';
 *
 * const layer = glu();
 * layer.apply(layer.init(key(0), [4]), tensor([[2, 4, 0, 0]])).output.toArray(); // [[1, 2]]
 * ```
 */
export function glu(given: AxisLayerOptions = {}): Layer {
  given = ownOptions('glu', given, axisLayerOptionNames);
  const { axis = -1 } = given;
  requireAxis('glu', 'axis', axis);
  return statelessLayer({
    ...layerFields('glu', given, { axis }),
    specify: (inputShape, path) => {
      const whole = [0, ...inputShape];
      const at = normalizeAxis(path, axis, whole.length);
      if (at === 0 || whole[at]! % 2 !== 0) {
        throw new ShapeError(`${path}: the input is ${formatBatch(inputShape)}; expected an even length along axis ${axis}, which is not the batch`);
      }
      return new LayerSpecification({ outputShape: whole.with(at, whole[at]! / 2).slice(1) });
    },
    forward: (_, input) => {
      const [value, gate] = ops.split(input, 2, axis);
      return ops.mul(value, ops.sigmoid(gate));
    },
  });
}

/** A rectifier that learns its slopes. */
export interface PreluOptions extends LayerOptions {
  /** One slope for all channels, as PyTorch's default; false: one for each channel. Default: false. */
  readonly shared?: boolean;
  /** Of the parameter `alpha`, the slopes below 0. Default: 0.25, as in the paper and PyTorch; Keras's is 0. */
  readonly alphaInitializer?: Initializer;
}

const preluOptionNames: OptionNames<PreluOptions> = { shared: true, alphaInitializer: true, name: true, trainable: true };

/**
 * The layer `x` above 0 and `alpha * x` below (He et al. 2015), for inputs `[n, ..., channels]`, with a learned `alpha` for each
 * channel. At 0 the slope is `alpha`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { prelu } from '@adjoint/nn';
 *
 * const layer = prelu();
 * const { params, state } = layer.init(key(0), [2]);
 * layer.apply({ params, state }, tensor([[-4, 2]])).output.toArray(); // [[-1, 2]]
 * params.get('alpha'); // a tensor, float32 [2]
 * ```
 */
export function prelu(given: PreluOptions = {}): Layer {
  given = ownOptions('prelu', given, preluOptionNames);
  const { shared = false, alphaInitializer = constant(0.25) } = given;
  requireFlag('prelu', 'shared', shared);
  requireFunctions('prelu', { alphaInitializer });
  return statelessLayer({
    ...layerFields('prelu', given, { shared, alphaInitializer }),
    specify: (inputShape, path) => {
      if (inputShape.length === 0) throw new ShapeError(`${path}: the input is [n]; expected [n, ..., channels]`);
      const alpha = new VariableSpecification({ shape: [shared ? 1 : inputShape.at(-1)!], initializer: alphaInitializer });
      return new LayerSpecification({ outputShape: inputShape, params: OrderedMap({ alpha }) });
    },
    forward: (params, input, { path }) => ops.where(ops.greater(input, 0), input, ops.mul(parameter(params, 'alpha', path), input)),
  });
}
