import { List } from 'immutable';
import { Layer, noOwnVariables } from '../layer.js';
import { runChain, specifyChain } from './chain.js';
import { withNames } from './inner.js';

/**
 * Layers one after the other; itself a layer. The parameters stand under the layers' names: the given ones, or the type
 * with a number from the second on, as `conv2d`, `conv2d_1`, `dense`.
 *
 * A layer that has a name and comes twice is one layer used at two places, with one set of parameters. Without a name it
 * is a pattern for as many layers as there are places.
 *
 * @throws `ArgumentError` when two layers have one name, or a name holds a `.` or `/`.
 *
 * @example
 * ```ts
 * import { key, ones } from '@adjoint/core';
 * import { dense, relu, sequential } from '@adjoint/nn';
 *
 * const model = sequential(dense({ units: 8 }), relu(), dense({ units: 3 }));
 * const { params, state, outputShape } = model.init(key(42), [4]);
 * [...params.keys()]; // ['dense', 'dense_1']
 * model.apply({ params, state }, ones([2, 4])).output.shape; // [2, 3]
 *
 * const shared = dense({ units: 4, name: 'shared' });
 * [...sequential(shared, relu(), shared).init(key(0), [4]).params.keys()]; // ['shared']
 * ```
 */
export function sequential(...layers: readonly Layer[]): Layer {
  const named = withNames('sequential', layers);
  return new Layer({
    type: 'sequential',
    layers: List(named),
    needs: noOwnVariables,
    specify: (inputShape, path) => specifyChain(named, inputShape, path),
    forward: (variables, input, context) => runChain(named, variables, input, context),
  });
}
