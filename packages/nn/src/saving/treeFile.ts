import { DataFormatError, flattenTree, formatValue, type Tensor } from '@adjoint/core';
import { decodeSafetensors, encodeSafetensors } from '@adjoint/data';
import type { OrderedMap } from 'immutable';
import { construct, parseJson } from '../definition/json.js';
import { unflattenTree, type TensorTree } from '../tensorTree.js';

/** No model nests deeper; what does is an attempt to exhaust the stack. */
const deepest = 200;

/**
 * The bytes of a safetensors file with the tensors of a tree by their dotted paths. Their order stands in the metadata: the
 * format has an order of its own, and sums over a tree's leaves go by the tree's.
 */
export function encodeTree(tree: TensorTree): Uint8Array<ArrayBuffer> {
  return encodeSafetensors(tree, { metadata: { format: 'adjoint', order: JSON.stringify(flattenTree(tree).map(([path]) => path)) } });
}

/**
 * The tree of a file, in the order in which it was written.
 *
 * @throws `DataFormatError` as `decodeSafetensors` does, and when the names are no dotted paths of a tree.
 */
export function decodeTree(bytes: Uint8Array, name: string): TensorTree {
  const { tensors, metadata } = decodeSafetensors(bytes, { name });
  const tooDeep = tensors.keySeq().find((path) => path.split('.').length > deepest);
  if (tooDeep !== undefined) throw new DataFormatError(`${name}: a tensor's name has more than ${deepest} parts; expected dotted paths of a model`);
  const ordered = inOrder(tensors, metadata.get('order', '[]'), `${name}: the order of its tensors`);
  return construct(name, () => unflattenTree(ordered));
}

function inOrder(tensors: OrderedMap<string, Tensor>, order: string, what: string): OrderedMap<string, Tensor> {
  const paths = parseJson(order, what);
  if (!Array.isArray(paths)) throw new DataFormatError(`${what} is ${formatValue(paths)}; expected a list of names`);
  const places = new Map(paths.map((path, place) => [path as unknown, place]));
  return tensors.sortBy((_, path) => places.get(path) ?? places.size);
}
