import { scope, type Shape, type Tensor } from '@adjoint/core';
import { applyInner, type Layer, type LayerContext, type LayerResult } from '../layer.js';
import type { LayerSpecification } from '../specification.js';
import type { Variables } from '../tensorTree.js';
import { specifyInners } from './inner.js';

/** The specification of layers one after the other. */
export function specifyChain(layers: readonly Layer[], inputShape: Shape, path: string): LayerSpecification {
  return specifyInners(path, (specify) => layers.reduce((shape, layer) => specify(layer, shape), inputShape));
}

/**
 * Runs layers one after the other.
 *
 * The scope of a layer takes the output of the layer before it: an activation that no tape holds is freed as soon as the next layer has
 * read it.
 */
export function runChain(layers: readonly Layer[], variables: Variables, input: Tensor, context: LayerContext): LayerResult {
  return layers.reduce<LayerResult>(
    ({ output, state }, layer, index) => scope(
      () => applyInner(layer, { params: variables.params, state }, output, context, index), `${context.path}/${layer.name}`, index === 0 ? null : output,
    ),
    { output: input, state: variables.state },
  );
}
