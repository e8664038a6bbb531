import type { Layer } from '../layer.js';
import * as activations from '../layers/activations.js';
import { bidirectional, type BidirectionalOptions } from '../layers/bidirectional.js';
import { addBranches, concatBranches, residual } from '../layers/branches.js';
import * as convolution from '../layers/convolution.js';
import { dense } from '../layers/dense.js';
import * as depthwiseConvolution from '../layers/depthwiseConvolution.js';
import * as dropout from '../layers/dropout.js';
import { embedding } from '../layers/embedding.js';
import { gru } from '../layers/gru.js';
import { lstm } from '../layers/lstm.js';
import { multiHeadAttention } from '../layers/multiHeadAttention.js';
import * as normalization from '../layers/normalization.js';
import * as pooling from '../layers/pooling.js';
import { learnedPositions, sinusoidalPositions } from '../layers/positionEncoding.js';
import * as resizing from '../layers/resizing.js';
import { sequential } from '../layers/sequential.js';
import * as shaping from '../layers/shaping.js';
import { simpleRnn } from '../layers/simpleRnn.js';
import * as transposedConvolution from '../layers/transposedConvolution.js';
import { transformerDecoderBlock } from '../layers/transformerDecoderBlock.js';
import { transformerEncoderBlock } from '../layers/transformerEncoderBlock.js';

/** Makes a layer of its options and the layers inside. */
export type LayerMaker<Options> = (options: Options, layers: readonly Layer[]) => Layer;

/** Of layers that have no options but the layers inside. */
function ofLayers(make: (...layers: readonly Layer[]) => Layer): LayerMaker<object> {
  return (_, layers) => make(...layers);
}

/** The constructors of all layers that a definition can name, by type. */
export const builtinLayers = {
  ...activations,
  addBranches: ofLayers(addBranches),
  bidirectional: (options: BidirectionalOptions, [layer]: readonly Layer[]) => bidirectional(layer!, options),
  concatBranches: ofLayers(concatBranches),
  ...convolution,
  dense,
  ...depthwiseConvolution,
  ...dropout,
  embedding,
  gru,
  learnedPositions,
  lstm,
  multiHeadAttention,
  ...normalization,
  ...pooling,
  residual: ofLayers(residual),
  ...resizing,
  sequential: ofLayers(sequential),
  ...shaping,
  simpleRnn,
  sinusoidalPositions,
  ...transposedConvolution,
  transformerDecoderBlock,
  transformerEncoderBlock,
} satisfies Record<string, LayerMaker<never>>;
