import { ArgumentError, flattenTree, formatValue, requireFunction, showCollection, type Tensor } from '@adjoint/core';
import { Map } from 'immutable';
import { listed } from '../tensorTree.js';
import { gradientsOf, placeLeaves, selectLeaves } from './leaves.js';
import { Optimizer, requireOptimizer } from './optimizer.js';
import { advance, OptimizerState, partOf } from './optimizerState.js';
import { parameterMatcher, requireMatches, type ParameterFilter } from './parameterFilter.js';

/**
 * An optimizer of several: `labelOf` says for each parameter, by its dotted path or by what it is, which of them updates
 * it. So layers can have learning rates of their own. Optax calls it `partition`, or `multi_transform`.
 *
 * The state's `parts` are the states of the optimizers by their labels. Each knows only of its parameters: in the moments,
 * `null` stands in the places of the others. A global norm is that of the optimizer's own gradients.
 *
 * @throws `ArgumentError` if there are no optimizers; at `init`, if `labelOf` returns a label without an optimizer, or never returns
 *   one of the labels.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { partition, sgd } from '@adjoint/nn';
 *
 * const optimizer = partition(
 *   { body: sgd({ learningRate: 0.1 }), head: sgd({ learningRate: 1 }) },
 *   (path) => (path.startsWith('dense_2.') ? 'head' : 'body'),
 * );
 * const params = { dense_1: { kernel: tensor([1]) }, dense_2: { kernel: tensor([1]) } };
 * const { dense_1, dense_2 } = optimizer.update(params, optimizer.init(params), params).params;
 * [dense_1.kernel.item(), dense_2.kernel.item()]; // [0.9, 0]
 * ```
 */
export function partition<L extends string>(
  optimizers: Readonly<Record<L, Optimizer>>,
  labelOf: (path: string, parameter: Tensor) => L,
): Optimizer {
  const given: unknown = optimizers;
  if (typeof given !== 'object' || given === null) {
    throw new ArgumentError(`partition: optimizers is ${formatValue(given)}; expected an object of optimizers, as in partition({ body: adam() }, () => 'body')`);
  }
  const entries = Object.entries<Optimizer>(optimizers);
  if (entries.length === 0) throw new ArgumentError("partition: got no optimizers; expected one at least, as in partition({ body: adam() }, () => 'body')");
  entries.forEach(([, optimizer]) => requireOptimizer('partition', optimizer));
  requireFunction('partition', 'labelOf', labelOf);
  const requireUse = (labels: readonly string[], paths: readonly string[]) => {
    const unused = Object.keys(optimizers).find((label) => !labels.includes(label));
    if (unused === undefined || labels.length === 0) return;
    throw new ArgumentError(
      `partition: labelOf gives no parameter the label '${unused}'; check its paths, which are [${listed(paths)}], ` +
        'or leave that optimizer out',
    );
  };
  return partitioned(optimizers, labelOf, requireUse);
}

/**
 * {@link partition}, with a check of its own.
 *
 * @param check - throws for labels that cannot be meant.
 */
function partitioned<L extends string>(
  optimizers: Readonly<Record<L, Optimizer>>,
  labelOf: (path: string, parameter: Tensor) => L,
  check: (labels: readonly string[], paths: readonly string[]) => void,
): Optimizer {
  const entries = Object.entries<Optimizer>(optimizers);
  const labelsOf = (params: unknown): string[] => flattenTree(params).map(([path, parameter]) => {
    const label = labelOf(path, parameter);
    if (Object.hasOwn(optimizers, label)) return label;
    throw new ArgumentError(`partition: labelOf gives ${typeof label === 'string' ? `'${label}'` : formatValue(label)} for parameter ${path}; expected one of '${Object.keys(optimizers).join("', '")}'`);
  });
  const config = showCollection(Map<string, unknown>({
    optimizers: Map(entries.map(([label, optimizer]) => [label, Map<string, unknown>({ type: optimizer.type, config: optimizer.config })])),
  }));
  return new Optimizer('partition', config, {
    init: (params, whole = params) => {
      const labels = labelsOf(params);
      const all = flattenTree(whole);
      check(all.map(([path, parameter]) => labelOf(path, parameter)), all.map(([path]) => path));
      return new OptimizerState({
        parts: showCollection(Map(entries.map(([label, optimizer]) => [label, optimizer.init(selectLeaves(params, labels.map((own) => own === label)), whole)]))),
      });
    },
    update: (gradients, state, params) => {
      const slopes = placeLeaves(params, gradientsOf('partition', gradients, flattenTree(params)));
      const labels = labelsOf(params);
      let parts = Map<string, OptimizerState>();
      const results = new globalThis.Map<string, Iterator<Tensor>>();
      for (const [label, optimizer] of entries) {
        const chosen = labels.map((own) => own === label);
        const updated = optimizer.update(selectLeaves(slopes, chosen), partOf('partition', state, label), selectLeaves(params, chosen));
        parts = parts.set(label, updated.state);
        results.set(label, flattenTree(updated.params).map(([, leaf]) => leaf).values());
      }
      return [placeLeaves(params, labels.map((label) => results.get(label)!.next().value as Tensor)), advance(state, parts)];
    },
  });
}

const untouched = new Optimizer('untouched', Map(), {
  init: () => new OptimizerState(),
  update: (_, state, params) => [params, state.set('step', state.step + 1)],
});

/**
 * The optimizer for all parameters but those that `frozen` chooses. They stay the tensors that they are, whatever their
 * gradients, and have no moments. The state's part `trained` is the optimizer's.
 *
 * @throws `ArgumentError` at `init`, when `frozen` is a pattern that matches no parameter.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { freeze, sgd } from '@adjoint/nn';
 *
 * const optimizer = freeze(sgd({ learningRate: 1, momentum: 0.9 }), 'encoder.**');
 * const params = { encoder: { kernel: tensor([1]) }, head: { kernel: tensor([1]) } };
 * const updated = optimizer.update(params, optimizer.init(params), params);
 * updated.params.encoder.kernel === params.encoder.kernel; // true
 * updated.params.head.kernel.toArray(); // [0]
 * ```
 */
export function freeze(optimizer: Optimizer, frozen: ParameterFilter): Optimizer {
  requireOptimizer('freeze', optimizer);
  const isFrozen = parameterMatcher('freeze', 'frozen', frozen);
  return partitioned(
    { trained: optimizer, frozen: untouched },
    (path, parameter) => (isFrozen(path, parameter) ? 'frozen' : 'trained'),
    (_, paths) => { requireMatches('freeze', { frozen }, paths); },
  );
}
