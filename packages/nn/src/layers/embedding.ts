import { DTypeError, formatType, type OptionNames } from '@adjoint/core';
import { gather, greaterEqual, less, logicalAnd, logicalOr, where } from '@adjoint/ops';
import { OrderedMap } from 'immutable';
import { countedSteps } from '../hideSteps.js';
import { varianceScaling, type Initializer } from '../initializers.js';
import { layerFields, parameter, statelessLayer, type Layer, type LayerOptions } from '../layer.js';
import { ownOptions, requireCount, requireFunctions } from '../options.js';
import { LayerSpecification, VariableSpecification } from '../specification.js';

/** A table of vectors. */
export interface EmbeddingOptions extends LayerOptions {
  /** How many different ids there are. */
  readonly vocabularySize: number;
  /** The length of a vector. */
  readonly units: number;
  /** Of the table `[vocabularySize, units]`. Default: normal, of variance `1 / units`, so that a vector's length is about 1. */
  readonly embeddingsInitializer?: Initializer;
}

/** Of vectors that are looked up or added by their position. */
export const unitLength = varianceScaling({ mode: 'fanOut', distribution: 'normal' });

const embeddingOptionNames: OptionNames<EmbeddingOptions> = {
  vocabularySize: true, units: true, embeddingsInitializer: true, name: true, trainable: true,
};

/**
 * Puts a vector that is learned in the place of each id: of `int32` ids of any shape, as `[n, steps]`, it makes
 * `[n, steps, units]`. The ids are read: one that is not below `vocabularySize` throws. Negative ids count from the table's end, as in
 * `gather`.
 *
 * The parameter is `embeddings` `[vocabularySize, units]`, as the `weight` of PyTorch's `nn.Embedding`.
 *
 * `apply` throws a `DTypeError` for ids that are not `int32`, and an `ArgumentError` for one that is out of range.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { embedding } from '@adjoint/nn';
 *
 * const layer = embedding({ vocabularySize: 100, units: 8 });
 * const variables = layer.init(key(0), [3]);
 * layer.apply(variables, tensor([[5, 99, 0]], { dtype: 'int32' })).output.shape; // [1, 3, 8]
 * ```
 */
export function embedding(options: EmbeddingOptions): Layer {
  options = ownOptions('embedding', options, embeddingOptionNames);
  const { vocabularySize, units, embeddingsInitializer = unitLength } = options;
  requireCount('embedding', 'vocabularySize', vocabularySize);
  requireCount('embedding', 'units', units);
  requireFunctions('embedding', { embeddingsInitializer });
  return statelessLayer({
    ...layerFields('embedding', options, { vocabularySize, units, embeddingsInitializer }),
    specify: (inputShape) => new LayerSpecification({
      outputShape: [...inputShape, units],
      params: OrderedMap({ embeddings: new VariableSpecification({ shape: [vocabularySize, units], initializer: embeddingsInitializer }) }),
    }),
    forward: (params, ids, { path, mask }) => {
      if (ids.dtype !== 'int32') throw new DTypeError(`${path}: the input is ${formatType(ids)}; expected ids of int32, as tensor(ids, { dtype: 'int32' }) makes them`);
      // Padding may be any number, as -100.
      const counts = countedSteps(ids, mask);
      const isKnown = counts && logicalOr(counts, logicalAnd(greaterEqual(ids, -vocabularySize), less(ids, vocabularySize)));
      return gather(parameter(params, 'embeddings', path), isKnown === undefined ? ids : where(isKnown, ids, 0));
    },
  });
}
