import type { Layer } from '../layer.js';
import * as activations from '../layers/activations.js';
import { bidirectional, type BidirectionalOptions } from '../layers/bidirectional.js';
import { conv2d } from '../layers/conv2d.js';
import { dense } from '../layers/dense.js';
import { dropout } from '../layers/dropout.js';
import { embedding } from '../layers/embedding.js';
import { flatten } from '../layers/flatten.js';
import { gru } from '../layers/gru.js';
import { lstm } from '../layers/lstm.js';
import { multiHeadAttention } from '../layers/multiHeadAttention.js';
import { learnedPositions, sinusoidalPositions } from '../layers/positionEncoding.js';
import { avgPool2d, maxPool2d } from '../layers/pooling.js';
import { sequential } from '../layers/sequential.js';
import { simpleRnn } from '../layers/simpleRnn.js';

/** Makes a layer of its options and the layers inside. */
export type LayerMaker<Options> = (options: Options, layers: readonly Layer[]) => Layer;

/** The constructors of all layers that a definition can name, by type. */
export const builtinLayers = {
  ...activations,
  avgPool2d,
  bidirectional: (options: BidirectionalOptions, [layer]: readonly Layer[]) => bidirectional(layer!, options),
  conv2d,
  dense,
  dropout,
  embedding,
  flatten,
  gru,
  learnedPositions,
  lstm,
  maxPool2d,
  multiHeadAttention,
  sequential: (_: object, layers: readonly Layer[]) => sequential(...layers),
  simpleRnn,
  sinusoidalPositions,
} satisfies Record<string, LayerMaker<never>>;
