import { checkShape, DataFormatError, requireOptions, type OptionNames, type Shape } from '@adjoint/core';
import { requireLayer, type Layer } from '../layer.js';
import { requireText } from '../options.js';
import { requireVariables, type Variables } from '../tensorTree.js';
import { compareVariables } from '../variableDifferences.js';

/** How variables are matched. */
export interface MatchVariablesOptions {
  /** What error messages begin with, as the name of a file. Default: `matchVariables`. */
  readonly name?: string;
}

const matchVariablesOptionNames: OptionNames<MatchVariablesOptions> = { name: true };

/**
 * Variables as a model has them: checked to be its own, all of them and no others, and in its order.
 *
 * Axes of length 1 or 0 in the first value of a state may have any length: 1 is the batch's in a `stateful` layer, 0 may grow.
 *
 * @param inputShape - the shape of one input, without the batch axis.
 * @throws `DataFormatError` that lists all missing, superfluous and misshapen tensors.
 * @throws `ShapeError` when the model does not take this shape.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { dense, matchVariables } from '@adjoint/nn';
 *
 * const { params, state } = dense({ units: 2 }).init(key(0), [3]);
 * matchVariables(dense({ units: 2 }), [3], { params, state }).params.equals(params); // true
 * matchVariables(dense({ units: 5, useBias: false }), [3], { params, state }); // throws DataFormatError: matchVariables: the variables are not those of dense: superfluous [params.bias]; misshapen [params.kernel is float32 [3,2], expected a float of shape [3,5]]
 * ```
 */
export function matchVariables(model: Layer, inputShape: Shape, variables: Variables, options: MatchVariablesOptions = {}): Variables {
  requireOptions('matchVariables', options, matchVariablesOptionNames);
  const { name = 'matchVariables' } = options;
  requireText('matchVariables', 'name', name);
  requireLayer(name, 'model', model);
  checkShape(name, inputShape);
  requireVariables(name, variables);
  const path = model.name === '' ? model.type : model.name;
  const { matched, differences } = compareVariables(model.specify(inputShape, path), variables);
  if (differences !== null) throw new DataFormatError(`${name}: the variables are not those of ${path}: ${differences.text}`);
  return matched;
}
