import { ShapeError, type OptionNames, type Shape } from '@adjoint/core';
import { matmul } from '@adjoint/ops';
import { OrderedMap } from 'immutable';
import { formatBatch } from '../formatBatch.js';
import { glorotUniform, zeros, type Initializer } from '../initializers.js';
import { layerFields, parameter, statelessLayer, type Layer, type LayerOptions } from '../layer.js';
import { ownOptions, requireCount, requireFlag, requireFunctions } from '../options.js';
import { LayerSpecification, VariableSpecification } from '../specification.js';
import { biased } from './biased.js';

/** A dense layer. */
export interface DenseOptions extends LayerOptions {
  /** The number of outputs. */
  readonly units: number;
  /** Default: true. */
  readonly useBias?: boolean;
  /** Of the kernel `[features, units]`. Default: {@link glorotUniform}. */
  readonly kernelInitializer?: Initializer;
  /** Of the bias `[units]`. Default: {@link zeros}. */
  readonly biasInitializer?: Initializer;
}

const denseOptionNames: OptionNames<DenseOptions> = {
  units: true, useBias: true, kernelInitializer: true, biasInitializer: true, name: true, trainable: true,
};

/**
 * The layer `x @ kernel + bias`, for inputs `[n, features]`, or `[n, steps, features]` with the same kernel for every step; gives
 * `[n, units]` or `[n, steps, units]`. It refuses images, for which `flatten()` is most often forgotten;
 * `conv2d({ filters, kernelSize: 1 })` is the dense layer of each pixel.
 *
 * @throws `ArgumentError` when `units` is not an integer >= 1.
 *
 * @example
 * ```ts
 * import { key, ones } from '@adjoint/core';
 * import { constant, dense } from '@adjoint/nn';
 *
 * const layer = dense({ units: 2, kernelInitializer: constant(0.5) });
 * const variables = layer.init(key(0), [3]);
 * layer.apply(variables, ones([1, 3])).output.toArray(); // [[1.5, 1.5]]
 * layer.apply(variables, ones([1, 4, 3])).output.shape; // [1, 4, 2]
 * ```
 */
export function dense(options: DenseOptions): Layer {
  options = ownOptions('dense', options, denseOptionNames);
  const { units, useBias = true, kernelInitializer = glorotUniform, biasInitializer = zeros } = options;
  requireCount('dense', 'units', units);
  requireFlag('dense', 'useBias', useBias);
  requireFunctions('dense', { kernelInitializer, biasInitializer });
  return statelessLayer({
    ...layerFields('dense', options, { units, useBias, kernelInitializer, biasInitializer }),
    specify: (inputShape, path) => {
      requireFeatures(inputShape, path);
      const kernel = new VariableSpecification({ shape: [inputShape.at(-1)!, units], initializer: kernelInitializer });
      const bias = new VariableSpecification({ shape: [units], initializer: biasInitializer });
      return new LayerSpecification({ outputShape: [...inputShape.slice(0, -1), units], params: OrderedMap(useBias ? { kernel, bias } : { kernel }) });
    },
    forward: (params, input, { path }) => biased(matmul(input, parameter(params, 'kernel', path)), useBias, params, path),
  });
}

function requireFeatures(inputShape: Shape, path: string): void {
  if (inputShape.length === 1 || inputShape.length === 2) return;
  throw new ShapeError(
    `${path}: the input is ${formatBatch(inputShape)}; expected [n, features] or [n, steps, features]. ` +
      'A dense layer takes one axis of features: put flatten() before it, or use conv2d({ filters, kernelSize: 1 }) for each pixel',
  );
}
