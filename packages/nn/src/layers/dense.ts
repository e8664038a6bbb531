import { add, matmul } from '@adjoint/ops';
import { OrderedMap } from 'immutable';
import { glorotUniform, zeros, type Initializer } from '../initializers.js';
import { commonFields, parameter, requireRank, statelessLayer, type Layer, type LayerOptions } from '../layer.js';
import { configOf, requireCount, requireFlag, requireFunctions } from '../options.js';
import { LayerSpecification, VariableSpecification } from '../specification.js';

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

/**
 * The layer `x @ kernel + bias`, for inputs `[n, features]`; gives `[n, units]`.
 *
 * @throws `ArgumentError` when `units` is no whole number from 1.
 *
 * @example
 * ```ts
 * import { key, ones } from '@adjoint/core';
 * import { constant, dense } from '@adjoint/nn';
 *
 * const layer = dense({ units: 2, kernelInitializer: constant(0.5) });
 * const variables = layer.init(key(0), [3]);
 * layer.apply(variables, ones([1, 3])).output.toArray(); // [[1.5, 1.5]]
 * ```
 */
export function dense(options: DenseOptions): Layer {
  const { units, useBias = true, kernelInitializer = glorotUniform, biasInitializer = zeros } = options;
  requireCount('dense', 'units', units);
  requireFlag('dense', 'useBias', useBias);
  requireFunctions('dense', { kernelInitializer, biasInitializer });
  return statelessLayer({
    type: 'dense',
    ...commonFields('dense', options),
    config: configOf({ units, useBias, kernelInitializer, biasInitializer }),
    specify: (inputShape, path) => {
      requireRank(inputShape, ['features'], path, 'A dense layer takes one axis of features: put flatten() before it');
      const kernel = new VariableSpecification({ shape: [inputShape[0]!, units], initializer: kernelInitializer });
      const bias = new VariableSpecification({ shape: [units], initializer: biasInitializer });
      return new LayerSpecification({ outputShape: [units], params: OrderedMap(useBias ? { kernel, bias } : { kernel }) });
    },
    forward: (params, input, { path }) => {
      const output = matmul(input, parameter(params, 'kernel', path));
      return useBias ? add(output, parameter(params, 'bias', path)) : output;
    },
  });
}
