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
 * The scope of a layer lies around those of the layers before it, so that it ends with their outputs inside: an
 * activation that no tape holds is given back as soon as the next layer has read it.
 */
export function runChain(layers: readonly Layer[], variables: Variables, input: Tensor, context: LayerContext): LayerResult {
  const runTo = (index: number): LayerResult => {
    const layer = layers[index];
    if (layer === undefined) return { output: input, state: variables.state };
    return scope(() => {
      const { output, state } = runTo(index - 1);
      return applyInner(layer, { params: variables.params, state }, output, context, index);
    }, `${context.path}/${layer.name}`);
  };
  return runTo(layers.length - 1);
}
