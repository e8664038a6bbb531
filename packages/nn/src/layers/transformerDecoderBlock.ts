import type { Layer } from '../layer.js';
import { transformerBlock, transformerBlockOptionNames, type TransformerBlockOptions } from './transformerBlock.js';
import { ownOptions } from '../options.js';

/**
 * A block of a transformer's decoder (Vaswani et al. 2017) over sequences `[n, steps, features]`: self-attention, which is causal by
 * default, attention to the call's `memory` `[n, memorySteps, features]` (an encoder's output), and two dense layers at each step,
 * each added to its input and normalized as in {@link transformerEncoderBlock}. The call's `mask` hides steps of the sequence,
 * `memoryMask` those of the memory.
 *
 * The parts are those of PyTorch's `nn.TransformerDecoderLayer`: `selfAttention` (`self_attn`), `selfAttentionNorm` (`norm1`),
 * `crossAttention` (`multihead_attn`), `crossAttentionNorm` (`norm2`), `feedForward.hidden` and `.output` (`linear1` and `linear2`),
 * `feedForwardNorm` (`norm3`). PyTorch's dropout is 0.1 by default, and its self-attention is causal by a mask alone.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key, ones } from '@adjoint/core';
 * import { transformerDecoderBlock } from '@adjoint/nn';
 *
 * const block = transformerDecoderBlock({ heads: 2, hiddenUnits: 32 });
 * const variables = block.init(key(0), [5, 8]);
 * block.apply(variables, ones([3, 5, 8]), { memory: ones([3, 9, 8]) }).output.shape; // [3, 5, 8]
 * ```
 */
export function transformerDecoderBlock(options: TransformerBlockOptions): Layer {
  options = ownOptions('transformerDecoderBlock', options, transformerBlockOptionNames);
  return transformerBlock('transformerDecoderBlock', options, { causal: true, cross: true });
}
