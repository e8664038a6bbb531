import { ArgumentError, scope, type Shape, type Tensor } from '@adjoint/core';
import { List, OrderedMap } from 'immutable';
import { freeName } from '../freeName.js';
import { applyInner, Layer, type LayerContext, type LayerResult } from '../layer.js';
import { LayerSpecification, type LayerPart, type SpecificationTree } from '../specification.js';
import type { Variables } from '../tensorTree.js';

/**
 * Layers one after the other; itself a layer. The parameters stand under the layers' names: the given ones, or the type
 * with a number from the second on, as `conv2d`, `conv2d_1`, `dense`.
 *
 * @throws `ArgumentError` when two layers have one name, or a name holds a `.` or `/`.
 *
 * @example
 * ```ts
 * import { key, ones } from '@adjoint/core';
 * import { dense, relu, sequential } from '@adjoint/nn';
 *
 * const model = sequential(dense({ units: 8 }), relu(), dense({ units: 3 }));
 * const { params, state, outputShape } = model.init(key(42), [4]);
 * [...params.keys()]; // ['dense', 'dense_1']
 * model.apply({ params, state }, ones([2, 4])).output.shape; // [2, 3]
 * ```
 */
export function sequential(...layers: readonly Layer[]): Layer {
  const named = withNames(layers);
  return new Layer({
    type: 'sequential',
    layers: List(named),
    specify: (inputShape, path) => specifyChain(named, inputShape, path),
    forward: (variables, input, context) => runChain(named, variables, input, context),
  });
}

function withNames(layers: readonly Layer[]): Layer[] {
  const taken = new Set<string>();
  for (const { name } of layers) {
    if (name === '') continue;
    if (/[./]/.test(name)) throw new ArgumentError(`sequential: the layer name '${name}' holds a '.' or '/', which separate the parts of a path`);
    if (taken.has(name)) throw new ArgumentError(`sequential: two layers are named '${name}'; their parameters need names of their own`);
    taken.add(name);
  }
  return layers.map((layer) => {
    if (layer.name !== '') return layer;
    const name = freeName(layer.type, taken);
    taken.add(name);
    return layer.set('name', name);
  });
}

function specifyChain(layers: readonly Layer[], inputShape: Shape, path: string): LayerSpecification {
  let outputShape = inputShape;
  const parts = OrderedMap(layers.map((layer): [string, LayerPart] => {
    const specification = layer.specify(outputShape, `${path}/${layer.name}`);
    outputShape = specification.outputShape;
    return [layer.name, { type: layer.type, specification }];
  }));
  return new LayerSpecification({
    outputShape,
    parts,
    params: nonEmpty(parts.map(({ specification }) => specification.params)),
    state: nonEmpty(parts.map(({ specification }) => specification.state)),
  });
}

function nonEmpty(trees: OrderedMap<string, SpecificationTree>): SpecificationTree {
  return trees.filter((tree) => !tree.isEmpty());
}

/**
 * The scope of a layer lies around those of the layers before it, so that it ends with their outputs inside: an
 * activation that no tape holds is given back as soon as the next layer has read it.
 */
function runChain(layers: readonly Layer[], variables: Variables, input: Tensor, context: LayerContext): LayerResult {
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
