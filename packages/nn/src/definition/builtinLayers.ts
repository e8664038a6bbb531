import type { Layer } from '../layer.js';
import * as activations from '../layers/activations.js';
import { bidirectional, type BidirectionalOptions } from '../layers/bidirectional.js';
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

/** The constructors of all layers that a definition can name, by type. */
export const builtinLayers = {
  ...activations,
  bidirectional: (options: BidirectionalOptions, [layer]: readonly Layer[]) => bidirectional(layer!, options),
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
  ...resizing,
  sequential: (_: object, layers: readonly Layer[]) => sequential(...layers),
  ...shaping,
  simpleRnn,
  sinusoidalPositions,
  ...transposedConvolution,
  transformerDecoderBlock,
  transformerEncoderBlock,
} satisfies Record<string, LayerMaker<never>>;
