import type { Layer } from '../layer.js';
import { transformerBlock, transformerBlockOptionNames, type TransformerBlockOptions } from './transformerBlock.js';
import { ownOptions } from '../options.js';

/**
 * A block of a transformer's encoder (Vaswani et al. 2017) over sequences `[n, steps, features]`: self-attention, then two dense
 * layers at each step, each added to its input. With `normFirst` it is `x + part(norm(x))`, which trains more easily when blocks are
 * many; a norm after the last block is then usual. Without, it is `norm(x + part(x))`, the paper's.
 *
 * With `causal` it is a block of a decoder without memory, as GPT has. The call's `mask` hides steps from the attention.
 *
 * The parts are those of PyTorch's `nn.TransformerEncoderLayer`: `selfAttention` (`self_attn`), `selfAttentionNorm` (`norm1`),
 * `feedForward.hidden` and `.output` (`linear1` and `linear2`), `feedForwardNorm` (`norm2`). PyTorch's dropout is 0.1 by default.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key, ones } from '@adjoint/core';
 * import { transformerEncoderBlock } from '@adjoint/nn';
 *
 * const block = transformerEncoderBlock({ heads: 2, hiddenUnits: 32, normFirst: true, causal: true });
 * const variables = block.init(key(0), [5, 8]);
 * [...variables.params.keys()]; // ['selfAttention', 'selfAttentionNorm', 'feedForward', 'feedForwardNorm']
 * block.apply(variables, ones([3, 5, 8])).output.shape; // [3, 5, 8]
 * ```
 */
export function transformerEncoderBlock(options: TransformerBlockOptions): Layer {
  options = ownOptions('transformerEncoderBlock', options, transformerBlockOptionNames);
  return transformerBlock('transformerEncoderBlock', options, { causal: false, cross: false });
}
