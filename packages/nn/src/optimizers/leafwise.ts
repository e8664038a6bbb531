import { ArgumentError, flattenTree, formatValue, fullLike, mapTree, scope, showCollection, type Tensor } from '@adjoint/core';
import { Map } from 'immutable';
import { requireText } from '../options.js';
import { requireMatches, type ParameterFilter } from './parameterFilter.js';
import { gradientsOf, momentOf, placeLeaves } from './leaves.js';
import { learningRateAt, type LearningRate, type TreeRule } from './optimizer.js';
import { OptimizerState } from './optimizerState.js';

/** The result for one parameter and its new moments, in the order of their names. */
export type UpdateOne = (parameter: Tensor, gradient: Tensor, moments: readonly Tensor[], path: string) => readonly [Tensor, ...Tensor[]];

/** The arithmetic of one parameter. */
export interface UpdateRule {
  /** What each moment begins as, by its name. Default: there are none. */
  readonly moments?: Readonly<Record<string, number>>;
  readonly learningRate?: LearningRate;
  /** Options that choose parameters, by their names. A pattern that matches no parameter is refused at `init`. */
  readonly filters?: Readonly<Record<string, ParameterFilter>>;
  /** The constants of an update, once for all parameters; `step` is 0 for the first, `rate` the learning rate, if there is one. */
  readonly coefficients: (step: number, rate: number) => UpdateOne;
}

/**
 * The arithmetic of whole trees by that of one parameter.
 *
 * @param type - whose it is, for messages.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { leafwise, Optimizer } from '@adjoint/nn';
 * import { mul, sign, sub } from '@adjoint/ops';
 * import { Map } from 'immutable';
 *
 * const signDescent = (learningRate: number) => new Optimizer('signDescent', Map({ learningRate }), leafwise('signDescent', {
 *   learningRate,
 *   coefficients: (_, rate) => (parameter, gradient) => [sub(parameter, mul(rate, sign(gradient)))],
 * }));
 * const optimizer = signDescent(0.5);
 * const params = tensor([1, 2]);
 * optimizer.update(tensor([7, -9]), optimizer.init(params), params).params.toArray(); // [0.5, 2.5]
 * ```
 */
export function leafwise(type: string, rule: UpdateRule): TreeRule {
  requireText('leafwise', 'type', type);
  if (typeof (Object(rule) as Partial<UpdateRule>).coefficients !== 'function') {
    throw new ArgumentError(`leafwise: rule is ${formatValue(rule)}; expected an object with a function 'coefficients', as { coefficients: () => (parameter, gradient) => [gradient] }`);
  }
  const { moments = {}, learningRate, filters = {}, coefficients } = rule;
  const names = Object.keys(moments);
  return {
    init: (params, whole = params) => {
      requireMatches(type, filters, flattenTree(whole).map(([path]) => path));
      return new OptimizerState({
        moments: showCollection(Map(names.map((name) => [name, mapTree(params, (leaf) => fullLike(leaf, moments[name]!))]))),
      });
    },
    update: (gradients, state, params) => {
      const rate = learningRate === undefined ? null : state.learningRateScale * learningRateAt(type, learningRate, state.step);
      const updateOne = coefficients(state.step, rate ?? 1);
      const leaves = flattenTree(params);
      const slopes = gradientsOf(type, gradients, leaves);
      const columns = names.map((name) => momentOf(type, name, state, leaves));
      const results = leaves.map(([path, parameter], index) =>
        scope(() => updateOne(parameter, slopes[index]!, columns.map((column) => column[index]!), path)));
      const treeOf = (position: number) => placeLeaves(params, results.map((result) => result[position]!));
      return [treeOf(0), state.merge({
        step: state.step + 1,
        learningRate: rate,
        moments: showCollection(Map<string, unknown>(names.map((name, index) => [name, treeOf(index + 1)]))),
      })];
    },
  };
}
