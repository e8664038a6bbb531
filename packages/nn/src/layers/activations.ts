import type { Tensor } from '@adjoint/core';
import * as ops from '@adjoint/ops';
import { commonFields, statelessLayer, type Layer, type LayerOptions } from '../layer.js';
import { configOf } from '../options.js';

/** A layer without parameters that keeps its input's shape. */
function activation(type: string, operation: (input: Tensor) => Tensor, options: LayerOptions, config: object = {}): Layer {
  return statelessLayer({ type, ...commonFields(type, options), config: configOf(config), forward: (_, input) => operation(input) });
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
  return activation('silu', ops.silu, options);
}

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
export function gelu(options: LayerOptions = {}): Layer {
  return activation('gelu', ops.gelu, options);
}

/** A leaky rectifier. */
export interface LeakyReluOptions extends LayerOptions {
  /** The slope below 0. Default: 0.01. */
  readonly negativeSlope?: number;
}

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
export function leakyRelu({ negativeSlope = 0.01, ...options }: LeakyReluOptions = {}): Layer {
  return activation('leakyRelu', (input) => ops.leakyRelu(input, negativeSlope), options, { negativeSlope });
}

/** An exponential linear unit. */
export interface EluOptions extends LayerOptions {
  /** The limit towards minus infinity is `-alpha`. Default: 1. */
  readonly alpha?: number;
}

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
export function elu({ alpha = 1, ...options }: EluOptions = {}): Layer {
  return activation('elu', (input) => ops.elu(input, alpha), options, { alpha });
}

/** A softmax layer. */
export interface SoftmaxLayerOptions extends LayerOptions {
  /** Default: the last. */
  readonly axis?: number;
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
export function softmax({ axis = -1, ...options }: SoftmaxLayerOptions = {}): Layer {
  return activation('softmax', (input) => ops.softmax(input, { axis }), options, { axis });
}
