import { ArgumentError, DTypeError, formatType, ShapeError, type Shape, type Tensor, type OptionNames } from '@adjoint/core';
import { any, expandDims, matmul, reshape, scaledDotProductAttention, swapAxes } from '@adjoint/ops';
import { OrderedMap } from 'immutable';
import { hideSteps } from '../hideSteps.js';
import { glorotUniform, zeros, type Initializer } from '../initializers.js';
import { layerFields, parameter, statelessLayer, variablesOf, type Layer, type LayerContext, type LayerOptions } from '../layer.js';
import { ownOptions, requireCount, requireFlag, requireFraction, requireFunctions } from '../options.js';
import { LayerSpecification, VariableSpecification, type SpecificationTree } from '../specification.js';
import { emptyTree, type Params } from '../tensorTree.js';
import { biased } from './biased.js';
import { rotatePositions } from './rotatePositions.js';
import { requireStepMask, requireSteps } from './steps.js';
import { trainingKey } from './trainingKey.js';

/** Attention with several heads. */
export interface MultiHeadAttentionOptions extends LayerOptions {
  readonly heads: number;
  /** The length of a head's queries, keys and values. Default: the features over the heads. */
  readonly headUnits?: number;
  /** Whether to attend to the call's `memory` and not to the input itself. Default: false. */
  readonly cross?: boolean;
  /** The features of the memory, where they are others than the input's. */
  readonly memoryFeatures?: number;
  /** Whether a step sees itself and those before it only. Default: false. */
  readonly causal?: boolean;
  /** Whether queries and keys are turned by their positions, see {@link rotatePositions}. Default: false. */
  readonly rotary?: boolean;
  /** The share of the attention's weights that is set to 0 in training. Default: 0. */
  readonly dropout?: number;
  /** Default: true. */
  readonly useBias?: boolean;
  /** Of the four kernels. Default: {@link glorotUniform}. */
  readonly kernelInitializer?: Initializer;
  /** Of the four biases. Default: {@link zeros}. */
  readonly biasInitializer?: Initializer;
}

const multiHeadAttentionOptionNames: OptionNames<MultiHeadAttentionOptions> = {
  heads: true, headUnits: true, cross: true, memoryFeatures: true, causal: true, rotary: true, dropout: true, useBias: true,
  kernelInitializer: true, biasInitializer: true, name: true, trainable: true,
};

/**
 * Attention with several heads (Vaswani et al. 2017) over sequences `[n, steps, features]`: each step gets a mixture of what the
 * steps of the sequence hold, or with `cross` those of the call's `memory` `[n, memorySteps, memoryFeatures]`. Gives
 * `[n, steps, features]`.
 *
 * The call's `mask` (with `cross`, its `memoryMask`) `bool [n, steps]` hides steps: true is what may be attended to. Here it may also
 * be `[n, steps, steps]`, queries before keys, or `[1, steps, steps]` for all examples; it hides the steps that no query may attend
 * to. A step that may attend to none gets the bias of the output alone.
 *
 * The parameters are `kernel` and `bias` of `query`, `key` and `value`, `[features, heads * headUnits]`, the heads one after the
 * other, and of `output`, `[heads * headUnits, features]`. Of PyTorch's `nn.MultiheadAttention` the first three are the transposes of
 * the thirds of `in_proj_weight`, and the last is that of `out_proj.weight`.
 *
 * @throws `ArgumentError` when an option is out of range, or `causal` or `rotary` goes with `cross`.
 *
 * @example
 * ```ts
 * import { key, ones } from '@adjoint/core';
 * import { multiHeadAttention } from '@adjoint/nn';
 *
 * const self = multiHeadAttention({ heads: 2, causal: true });
 * self.apply(self.init(key(0), [5, 8]), ones([3, 5, 8])).output.shape; // [3, 5, 8]
 *
 * const cross = multiHeadAttention({ heads: 2, cross: true });
 * cross.apply(cross.init(key(0), [5, 8]), ones([3, 5, 8]), { memory: ones([3, 9, 8]) }).output.shape; // [3, 5, 8]
 * ```
 */
export function multiHeadAttention(options: MultiHeadAttentionOptions): Layer {
  options = ownOptions('multiHeadAttention', options, multiHeadAttentionOptionNames);
  const type = 'multiHeadAttention';
  const {
    heads, headUnits, cross = false, memoryFeatures, causal = false, rotary = false, dropout = 0, useBias = true,
    kernelInitializer = glorotUniform, biasInitializer = zeros,
  } = options;
  requireCount(type, 'heads', heads);
  if (headUnits !== undefined) requireCount(type, 'headUnits', headUnits);
  if (memoryFeatures !== undefined) requireCount(type, 'memoryFeatures', memoryFeatures);
  for (const [name, flag] of Object.entries({ cross, causal, rotary, useBias })) requireFlag(type, name, flag);
  requireFraction(type, 'dropout', dropout);
  requireFunctions(type, { kernelInitializer, biasInitializer });
  if (cross && (causal || rotary)) throw new ArgumentError(`${type}: cross goes with neither causal nor rotary, since the steps of a memory are not those of the input`);
  if (!cross && memoryFeatures !== undefined) throw new ArgumentError(`${type}: memoryFeatures is ${memoryFeatures} without cross; expected both or none`);
  const map = (inputs: number, outputs: number): SpecificationTree => {
    const kernel = new VariableSpecification({ shape: [inputs, outputs], initializer: kernelInitializer });
    const bias = new VariableSpecification({ shape: [outputs], initializer: biasInitializer });
    return OrderedMap(useBias ? { kernel, bias } : { kernel });
  };
  return statelessLayer({
    ...layerFields(type, options, { heads, headUnits, cross, memoryFeatures, causal, rotary, dropout, useBias, kernelInitializer, biasInitializer }),
    specify: (inputShape, path) => {
      requireSteps(inputShape, path);
      const features = inputShape[1]!;
      const ofHead = headUnits ?? unitsOf(features, heads, path);
      if (rotary && ofHead % 2 !== 0) throw new ShapeError(`${path}: each head has ${ofHead} features; rotary turns pairs of them: choose an even number`);
      const units = heads * ofHead;
      const sources = memoryFeatures ?? features;
      return new LayerSpecification({
        outputShape: inputShape,
        params: OrderedMap({ query: map(features, units), key: map(sources, units), value: map(sources, units), output: map(units, features) }),
      });
    },
    forward: (params, input, context) => {
      const { path, training } = context;
      requireSteps(input.shape.slice(1), path);
      const given = cross ? memoryOf(context, memoryFeatures ?? input.shape[2]!) : input;
      const mask = cross ? context.memoryMask : context.mask;
      const headsMask = mask === undefined ? undefined : maskOfHeads(mask, input, given, cross ? 'memoryMask' : 'mask', path);
      const source = hideSteps(given, mask);
      // The output of a query that may attend to no key does not depend on the query.
      const asking = mask?.shape.length === 3 ? hideSteps(input, any(mask, { axes: 2 })) : input;
      const [query, key, value] = ([['query', asking], ['key', source], ['value', source]] as const)
        .map(([name, of]) => headsOf(project(params, name, of, useBias, path), heads)) as [Tensor, Tensor, Tensor];
      const turn = (of: Tensor) => (rotary ? rotatePositions(of) : of);
      const attended = scaledDotProductAttention(turn(query), turn(key), value, {
        causal,
        ...(headsMask === undefined ? {} : { mask: headsMask }),
        ...(training && dropout > 0 ? { dropout: { rate: dropout, key: trainingKey(context) } } : {}),
      });
      const [count, , steps, units] = attended.shape as [number, number, number, number];
      return project(params, 'output', reshape(swapAxes(attended, 1, 2), [count, steps, heads * units]), useBias, path);
    },
  });
}

function unitsOf(features: number, heads: number, path: string): number {
  if (features % heads === 0) return features / heads;
  throw new ShapeError(`${path}: ${features} features are no multiple of ${heads} heads; choose other heads, or give headUnits`);
}

/** The features of each head: `[n, steps, heads * units]` becomes `[n, heads, steps, units]`. */
function headsOf(sequence: Tensor, heads: number): Tensor {
  const [count, steps, units] = sequence.shape as [number, number, number];
  return swapAxes(reshape(sequence, [count, steps, heads, units / heads]), 1, 2);
}

/** What `kernel` and `bias` of a name make of a sequence. */
function project(params: Params, name: string, sequence: Tensor, useBias: boolean, path: string): Tensor {
  const own = variablesOf({ params, state: emptyTree }, name).params;
  const place = `${path}/${name}`;
  return biased(matmul(sequence, parameter(own, 'kernel', place)), useBias, own, place);
}

/**
 * The memory of a call.
 *
 * @throws `ArgumentError` when there is none, `ShapeError` when it is no sequence of as many features.
 */
function memoryOf({ memory, path }: LayerContext, features: number): Tensor {
  if (memory === undefined) throw new ArgumentError(`${path}: cross attention needs a memory; pass apply(variables, input, { memory })`);
  if (memory.shape.length === 3 && memory.shape[2] === features) return memory;
  throw new ShapeError(`${path}: memory is ${formatType(memory)}; expected [n, memorySteps, ${features}]`);
}

/** A mask that broadcasts to `[n, heads, queries, keys]`. */
function maskOfHeads(mask: Tensor, input: Tensor, source: Tensor, argument: string, path: string): Tensor {
  if (mask.shape.length !== 3) {
    requireStepMask(argument, mask, source, path);
    return expandDims(mask, [1, 2]);
  }
  if (mask.dtype !== 'bool') throw new DTypeError(`${path}: ${argument} is ${formatType(mask)}; expected a bool, true for what may be attended to`);
  const [count, queries] = input.shape as [number, number];
  const expected: Shape = [count, queries, source.shape[1]!];
  if (expected.every((length, axis) => mask.shape[axis] === length || (axis === 0 && mask.shape[0] === 1))) return expandDims(mask, 1);
  throw new ShapeError(`${path}: ${argument} is ${formatType(mask)}; expected [${expected.join(', ')}] or [${[1, ...expected.slice(1)].join(', ')}]`);
}
