import { ArgumentError, sameShape, sizeOf, type Shape } from '@adjoint/core';
import type { Layer } from '../layer.js';
import { correspondencesOf, type Correspondence } from './pyTorchLayers.js';

/** A layer with variables, and the module that it is in PyTorch. */
export interface Module {
  /** The layer's dotted path; empty for the model itself. */
  readonly path: string;
  /** The module's name in PyTorch. */
  readonly name: string;
  readonly correspondences: readonly Correspondence[];
  /** The image that a flatten layer just before it took, where PyTorch's has its channels first; else null. */
  readonly flattened: Shape | null;
}

/** Where a walk over layers that follow each other has come to. */
interface Chain {
  /** What the next layer takes; null where that is not known. */
  shape: Shape | null;
  /** Whether PyTorch's sequences would have their channels before their steps here. */
  channelsFirst: boolean;
  flattened: Shape | null;
}

/** The layers of a model that have variables, in the order in which they run, with the names that `torch.nn.Sequential` gives. */
export function modulesOf(operation: string, model: Layer, inputShape: Shape): readonly Module[] {
  const found: Module[] = [];
  walk(model, '', '', { shape: inputShape, channelsFirst: false, flattened: null });
  return found;

  function walk(layer: Layer, path: string, name: string, chain: Chain): void {
    const { type, layers } = layer;
    const correspondences = correspondencesOf(type, layers.first()?.type);
    if (correspondences !== undefined) {
      if (chain.flattened !== null && type !== 'dense') {
        throw new ArgumentError(`${operation}: ${path} is a layer of type '${type}' behind the flattening of an image, whose features PyTorch has in another order; put it before, or convert its tensors yourself`);
      }
      found.push({ path, name, correspondences, flattened: chain.flattened });
    } else if (layers.isEmpty()) {
      requireKnown(operation, layer, path, chain.shape);
    } else {
      for (const [index, inner] of layers.entries()) {
        walk(inner, below(path, inner.name), below(name, String(index)), type === 'sequential' ? chain : { shape: null, channelsFirst: false, flattened: null });
      }
    }
    if (type !== 'sequential') advance(chain, layer, path);
  }
}

/** What the layer leaves to the next one. */
function advance(chain: Chain, layer: Layer, path: string): void {
  const { shape, channelsFirst } = chain;
  if (shape === null) return;
  const { outputShape } = layer.specify(shape, path);
  const isImage = shape.length > 2 || (shape.length === 2 && channelsFirst);
  if (isImage && outputShape.length === 1 && outputShape[0] === sizeOf(shape)) chain.flattened = shape;
  else if (!sameShape(outputShape, shape) || hasVariables(layer, shape, path)) chain.flattened = null;
  chain.shape = outputShape;
  chain.channelsFirst = isConvolution(layer.type) || (channelsFirst && !isRecurrent(layer.type));
}

/** The dotted path of what has a name below another path; that of the model itself is empty. */
export function below(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function isConvolution(type: string): boolean {
  return /conv/i.test(type);
}

/** Whether a layer's sequences are `[steps, features]` in PyTorch as well. */
function isRecurrent(type: string): boolean {
  return /^(bidirectional|embedding|gru|learnedPositions|lstm|multiHeadAttention|simpleRnn|transformer(De|En)coderBlock)$/.test(type);
}

function hasVariables(layer: Layer, shape: Shape, path: string): boolean {
  const { params, state } = layer.specify(shape, path);
  return !params.isEmpty() || !state.isEmpty();
}

/** A layer without variables is nothing that is converted; but a flatten must be seen to be one of an image or not. */
function requireKnown(operation: string, layer: Layer, path: string, shape: Shape | null): void {
  const reason = shape === null
    ? layer.type === 'flatten' && 'the order in which it flattens is not known inside of a layer that is no sequential'
    : hasVariables(layer, shape, path) && 'it is not known what it is in PyTorch';
  if (reason === false) return;
  throw new ArgumentError(`${operation}: ${path} is a layer of type '${layer.type}', and ${reason}; convert its tensors yourself, with transpose and reshape`);
}
