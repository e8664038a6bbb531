import { foldIn, formatFields, formatShape, formatType, formatValue, sameShape, ShapeError, showAs, sizeOf, Tensor, type FloatDType, type Key, type Shape } from '@adjoint/core';
import { OrderedMap, Record } from 'immutable';
import { zeros, type Initializer } from './initializers.js';
import { telling } from './printing.js';
import type { TensorTree } from './tensorTree.js';

interface VariableFields {
  shape: Shape;
  initializer: Initializer;
}

/** The shape of one tensor to be, and what its first value is. */
export class VariableSpecification extends Record<VariableFields>({ shape: [], initializer: zeros }) {}

showAs(VariableSpecification.prototype, ({ shape, initializer }) => `${formatShape(shape)} by ${initializer.name}`);

/** Tensors to be, nested as the layers are. */
export interface SpecificationTree extends OrderedMap<string, VariableSpecification | SpecificationTree> {}

const emptySpecification: SpecificationTree = OrderedMap<string, VariableSpecification | SpecificationTree>();

/** A layer inside of another, and what it is for its input. */
export interface LayerPart {
  readonly type: string;
  readonly specification: LayerSpecification;
}

interface LayerSpecificationFields {
  /** Without the batch axis. */
  outputShape: Shape;
  params: SpecificationTree;
  state: SpecificationTree;
  /** The layers inside, by their names, in the order in which they run. */
  parts: OrderedMap<string, LayerPart>;
}

/** All that is known of a layer from the shape of its input alone; no tensor is made for it. */
export class LayerSpecification extends Record<LayerSpecificationFields>({
  outputShape: [],
  params: emptySpecification,
  state: emptySpecification,
  parts: OrderedMap<string, LayerPart>(),
}) {}

showAs(LayerSpecification.prototype, (specification) => formatFields('LayerSpecification', telling(specification.toObject())));

/** The number of elements of all tensors of a specification, or of those whose dotted paths, after `prefix`, are counted. */
export function countSpecified(tree: SpecificationTree, counts: (path: string) => boolean = () => true, prefix = ''): number {
  return tree.reduce((count, node, name) => {
    const path = `${prefix}${name}`;
    if (!(node instanceof VariableSpecification)) return count + countSpecified(node, counts, `${path}.`);
    return counts(path) ? count + sizeOf(node.shape) : count;
  }, 0);
}

/**
 * The tensors of a specification. Each entry has its own key, by its position.
 *
 * @throws `ShapeError` when an initializer makes another tensor than it was asked for.
 */
export function initialize(tree: SpecificationTree, key: Key, dtype: FloatDType, path: string): TensorTree {
  return OrderedMap(tree.toSeq().entrySeq().map(([name, node], index): [string, Tensor | TensorTree] => {
    const entryKey = foldIn(key, index);
    const entryPath = `${path}/${name}`;
    return [name, node instanceof VariableSpecification ? makeVariable(node, entryKey, dtype, entryPath) : initialize(node, entryKey, dtype, entryPath)];
  }));
}

function makeVariable({ shape, initializer }: VariableSpecification, key: Key, dtype: FloatDType, path: string): Tensor {
  const made: unknown = initializer(key, shape, { dtype });
  if (made instanceof Tensor && made.dtype === dtype && sameShape(made.shape, shape)) return made;
  throw new ShapeError(
    `${path}: the initializer ${initializer.name} made ${made instanceof Tensor ? formatType(made) : formatValue(made)}; ` +
      `expected ${dtype} ${formatShape(shape)}`,
  );
}
