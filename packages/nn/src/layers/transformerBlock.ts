import { foldIn, scope, type OptionNames, type Tensor } from '@adjoint/core';
import { add, dropout as drop } from '@adjoint/ops';
import { applyInner, layerFields, statelessLayer, type Layer, type LayerContext, type LayerOptions } from '../layer.js';
import { requireChoice, requireCount, requireFlag, requireFraction, requireNumber } from '../options.js';
import { emptyTree, type Params } from '../tensorTree.js';
import { gelu, relu, silu } from './activations.js';
import { dense } from './dense.js';
import { dropout } from './dropout.js';
import { specifyInners } from './inner.js';
import { multiHeadAttention, type MultiHeadAttentionOptions } from './multiHeadAttention.js';
import { layerNorm } from './normalization.js';
import { sequential } from './sequential.js';
import { requireSteps } from './steps.js';
import { trainingKey } from './trainingKey.js';

/** What the blocks of transformers share. */
export interface TransformerBlockOptions extends LayerOptions {
  /** The heads of the attention; they share the features evenly. */
  readonly heads: number;
  /** The units between the two dense layers, often four times the features. */
  readonly hiddenUnits: number;
  /** Whether each part normalizes its input (pre-norm) and not the sum of its input and output (post-norm). Default: false. */
  readonly normFirst?: boolean;
  /** Between the dense layers. `gelu` is the approximation by tanh, `exactGelu` what PyTorch means by `gelu`. Default: `relu`. */
  readonly activation?: keyof typeof activations;
  /** The share of what each part adds, of the attention's weights and of the hidden units that is set to 0 in training. Default: 0. */
  readonly dropout?: number;
  /** Whether a step sees itself and those before it only. */
  readonly causal?: boolean;
  /** Whether the self-attention turns queries and keys by their positions. Default: false. */
  readonly rotary?: boolean;
  /** Added to the variance by the normalizations. Default: 1e-5. */
  readonly epsilon?: number;
}

export const transformerBlockOptionNames: OptionNames<TransformerBlockOptions> = {
  heads: true, hiddenUnits: true, normFirst: true, activation: true, dropout: true, causal: true, rotary: true, epsilon: true, name: true,
  trainable: true,
};

const activations = {
  relu: () => relu(),
  gelu: () => gelu(),
  exactGelu: () => gelu({ approximate: false }),
  silu: () => silu(),
};

type Options = Required<Omit<TransformerBlockOptions, keyof LayerOptions>>;

/** A decoder's. */
const mostParts = 3;

/** A part of a block, whose output is added to its input; and the normalization beside it. */
interface Part {
  readonly layer: Layer;
  readonly norm: Layer;
}

/** A block of the parts: self-attention, with `cross` attention to a memory, and two dense layers. */
export function transformerBlock(type: string, options: TransformerBlockOptions, { causal: causalDefault, cross }: { readonly causal: boolean; readonly cross: boolean }): Layer {
  const { heads, hiddenUnits, normFirst = false, activation = 'relu', dropout: rate = 0, causal = causalDefault, rotary = false, epsilon = 1e-5 } = options;
  const all: Options = { heads, hiddenUnits, normFirst, activation, dropout: rate, causal, rotary, epsilon };
  requireCount(type, 'heads', heads);
  requireCount(type, 'hiddenUnits', hiddenUnits);
  for (const [name, flag] of Object.entries({ normFirst, causal, rotary })) requireFlag(type, name, flag);
  requireChoice(type, 'activation', activation, Object.keys(activations));
  requireFraction(type, 'dropout', rate);
  requireNumber(type, 'epsilon', epsilon, 0);
  // Only a call tells the features; but a model's calls all have the same, and making layers costs more than running small ones.
  const made = new Map<number, readonly Part[]>();
  const partsFor = (features: number): readonly Part[] => {
    const parts = made.get(features) ?? partsOf(all, features, cross);
    made.set(features, parts);
    return parts;
  };
  return statelessLayer({
    ...layerFields(type, options, all),
    specify: (inputShape, path) => {
      requireSteps(inputShape, path);
      return specifyInners(path, (specify) => {
        for (const { layer, norm } of partsFor(inputShape[1]!)) {
          specify(layer, inputShape);
          specify(norm, inputShape);
        }
        return inputShape;
      });
    },
    forward: (params, input, context) => {
      requireSteps(input.shape.slice(1), context.path);
      return partsFor(input.shape[2]!).reduce((before, part, index) => addPart(part, before, params, context, index, all), input);
    },
  });
}

/** The parts for inputs of so many features, in the order in which they run. */
function partsOf({ heads, hiddenUnits, activation, dropout: rate, causal, rotary, epsilon }: Options, features: number, cross: boolean): Part[] {
  const part = (name: string, layer: Layer): Part => ({ layer: layer.set('name', name), norm: layerNorm({ epsilon, name: `${name}Norm` }) });
  const attention = (options: Partial<MultiHeadAttentionOptions>) => multiHeadAttention({ heads, dropout: rate, ...options });
  return [
    part('selfAttention', attention({ causal, rotary })),
    ...(cross ? [part('crossAttention', attention({ cross: true }))] : []),
    part('feedForward', sequential(
      dense({ units: hiddenUnits, name: 'hidden' }), activations[activation](), dropout({ rate }), dense({ units: features, name: 'output' }),
    )),
  ];
}

/** The input and what a part makes of it, normalized before or after. */
function addPart({ layer, norm }: Part, input: Tensor, params: Params, context: LayerContext, index: number, { normFirst, dropout: rate }: Options): Tensor {
  const apply = (inner: Layer, of: Tensor) => applyInner(inner, { params, state: emptyTree }, of, context, index).output;
  return scope(() => {
    const branch = apply(layer, normFirst ? apply(norm, input) : input);
    // The first keys are those of the parts.
    const kept = context.training && rate > 0 ? drop(branch, { rate, key: foldIn(trainingKey(context), mostParts + index) }) : branch;
    const sum = add(input, kept);
    return normFirst ? sum : apply(norm, sum);
  }, context.path);
}
