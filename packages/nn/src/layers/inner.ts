/*
 * What layers that hold others have in common: the names of those inside, and a specification made of theirs.
 */
import { ArgumentError, ShapeError, type Shape } from '@adjoint/core';
import { formatBatch } from '../formatBatch.js';
import { requireLayer, type Layer } from '../layer.js';
import { makeNamer } from '../namer.js';
import { LayerSpecification, VariableSpecification, type SpecificationTree } from '../specification.js';

/**
 * The layers with names of their own, which their variables stand under: the given ones, or the type with a number from the
 * second on. A layer with a given name may come twice: it is the same one, with one set of variables.
 *
 * @throws `ArgumentError` when something is no layer, two layers have one name, or a name holds a `.` or `/`.
 */
export function withNames(operation: string, layers: readonly Layer[]): Layer[] {
  const given = new Map<string, Layer>();
  for (const [position, layer] of layers.entries()) {
    requireLayer(operation, `argument ${position}`, layer);
    const { name } = layer;
    if (name === '') continue;
    if (/[./]/.test(name)) throw new ArgumentError(`${operation}: the layer name '${name}' holds a '.' or '/', which separate the parts of a path`);
    if ((given.get(name) ?? layer) !== layer) {
      throw new ArgumentError(`${operation}: two layers are named '${name}'; their parameters need names of their own. To share parameters, pass the same layer twice`);
    }
    given.set(name, layer);
  }
  const nameOf = makeNamer(given.keys());
  return layers.map((layer) => (layer.name === '' ? layer.set('name', nameOf(layer.type)) : layer));
}

/** Specifies a layer inside for an input shape, and gives its output shape. */
export type SpecifyInner = (layer: Layer, inputShape: Shape) => Shape;

/**
 * The specification of a layer that holds others: of all that `visit` specifies, in the order of their use.
 *
 * @param visit - specifies the layers inside, and gives the shape of the whole's output.
 * @throws `ShapeError` that names the place when one layer is used for inputs that need other variables.
 */
export function specifyInners(path: string, visit: (specify: SpecifyInner) => Shape): LayerSpecification {
  let whole = new LayerSpecification();
  const uses = new Map<string, number>();
  const outputShape = visit((layer, inputShape) => {
    const { name, type } = layer;
    const innerPath = `${path}/${name}`;
    const specification = layer.specify(inputShape, innerPath);
    const { params, state } = specification;
    const before = whole.parts.get(name);
    if (before === undefined) {
      whole = whole.merge({
        parts: whole.parts.set(name, { type, specification }),
        params: params.isEmpty() ? whole.params : whole.params.set(name, params),
        state: state.isEmpty() ? whole.state : whole.state.set(name, state),
      });
      return specification.outputShape;
    }
    for (const kind of ['params', 'state'] as const) {
      const [here, there] = [shapesIn(specification[kind]), shapesIn(before.specification[kind])];
      if (here === there) continue;
      throw new ShapeError(`${innerPath}: the layer is used twice; here, for an input ${formatBatch(inputShape)}, it needs ${here}, before it needed ${there}`);
    }
    whole = whole.set('parts', whole.parts.set(anotherUse(name, uses), { type, specification: withoutVariables(specification) }));
    return specification.outputShape;
  });
  return whole.set('outputShape', outputShape);
}

/** What a layer that is used again is, whose variables are counted at its first use. */
function withoutVariables(specification: LayerSpecification): LayerSpecification {
  return specification.delete('params').delete('state')
    .update('parts', (parts) => parts.map((part) => ({ ...part, specification: withoutVariables(part.specification) })));
}

function anotherUse(name: string, uses: Map<string, number>): string {
  const use = (uses.get(name) ?? 1) + 1;
  uses.set(name, use);
  return `${name}, use ${use}`;
}

function shapesIn(tree: SpecificationTree): string {
  return `{ ${tree.entrySeq().toArray().map(([name, node]) => `${name}: ${node instanceof VariableSpecification ? `[${node.shape.join(', ')}]` : shapesIn(node)}`).join(', ')} }`;
}
