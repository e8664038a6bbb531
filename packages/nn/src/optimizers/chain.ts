import { ArgumentError, flattenTree, formatValue, scope, showAs, showCollection } from '@adjoint/core';
import { sub } from '@adjoint/ops';
import { List, Map } from 'immutable';
import { makeNamer } from '../namer.js';
import { configOf } from '../options.js';
import { formatMade } from '../printing.js';
import { leafwise, type UpdateRule } from './leafwise.js';
import { gradientsOf, placeLeaves } from './leaves.js';
import { Optimizer, type TreeRule } from './optimizer.js';
import { advance, OptimizerState, partOf, requireOptimizerState } from './optimizerState.js';

/**
 * A link of a {@link chain}: gradients in, gradients out. They are directions uphill all the way, so that a link may stand
 * anywhere: the chain takes what the last one gives off the parameters.
 */
export interface GradientTransformation extends TreeRule {
  /** What it is, as `clipByGlobalNorm`. */
  readonly type: string;
  /** The options it was made with; prints as JSON. */
  readonly config: Map<string, unknown>;
}

/**
 * A link by its options and the arithmetic of one parameter.
 *
 * @param options - all the options, with their defaults.
 */
export function linkOf(type: string, options: object, rule: UpdateRule): GradientTransformation {
  const { init, update } = leafwise(type, rule);
  return checkedLink({ type, config: configOf(type, options), init, update });
}

/** A link that checks what it is given, and that nobody can change. */
export function checkedLink(link: GradientTransformation): GradientTransformation {
  const { type, config, init, update } = link;
  return Object.freeze(showAs({
    type,
    config,
    init,
    update: (gradients, state, params) => {
      requireOptimizerState(type, state);
      return update(gradients, state, params);
    },
  } satisfies GradientTransformation, () => formatMade(type, config)));
}

/**
 * An optimizer of links, as Optax chains them: each transforms the gradients that the one before it gives, and what the
 * last one gives is taken off the parameters. Nothing is negated on the way; {@link scaleByLearningRate} sets the step's
 * size. The last link may be an optimizer, so that `chain(clipByGlobalNorm(1), adam())` is Adam on clipped gradients.
 *
 * The state's `parts` are the states of the links, by their types (`scaleByAdam`, a second one `scaleByAdam_1`).
 *
 * @throws `ArgumentError` when there are no links, one is none, or an optimizer stands before the end.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { chain, clipByGlobalNorm, scaleByLearningRate, scaleByMomentum } from '@adjoint/nn';
 *
 * const optimizer = chain(clipByGlobalNorm(1), scaleByMomentum({ momentum: 0.9 }), scaleByLearningRate(0.5));
 * const params = { w: tensor([1, 2]) };
 * const { params: after, state } = optimizer.update({ w: tensor([3, 4]) }, optimizer.init(params), params);
 * after.w.toArray(); // [0.7, 1.6]
 * [...state.parts.keys()]; // ['clipByGlobalNorm', 'scaleByMomentum', 'scaleByLearningRate']
 * ```
 */
export function chain(...links: readonly [...GradientTransformation[], GradientTransformation | Optimizer]): Optimizer {
  if (links.length === 0) throw new ArgumentError('chain: got no links; expected one at least, as in chain(clipByGlobalNorm(1), adam())');
  const none = links.findIndex((link: unknown) => typeof (link as TreeRule | undefined)?.update !== 'function');
  if (none >= 0) throw new ArgumentError(`chain: link ${none} is ${formatValue(links[none])}; expected a link or an optimizer, as in chain(clipByGlobalNorm(1), adam())`);
  const misplaced = links.findIndex((link, index) => link instanceof Optimizer && index < links.length - 1);
  if (misplaced >= 0) {
    throw new ArgumentError(
      `chain: link ${misplaced} is the optimizer ${links[misplaced]!.type}; expected an optimizer at the end alone, ` +
        'since it gives parameters and no gradients',
    );
  }
  const named = withNames(links);
  const config = showCollection(Map<string, unknown>({ links: List(links.map(({ type, config }) => Map<string, unknown>({ type, config }))) }));
  return new Optimizer('chain', config, {
    init: (params, whole) => new OptimizerState({ parts: showCollection(Map(named.map(({ name, link }) => [name, link.init(params, whole)]))) }),
    update: (gradients, state, params) => {
      // In the parameters' order, so that the sum of a global norm does not depend on the order of names.
      const ordered = placeLeaves(params, gradientsOf('chain', gradients, flattenTree(params)));
      const { tree, parts } = run(named, ordered, state, params);
      return [tree, advance(state, parts)];
    },
  });
}

interface NamedLink {
  readonly name: string;
  readonly link: GradientTransformation | Optimizer;
}

function withNames(links: readonly NamedLink['link'][]): NamedLink[] {
  const nameOf = makeNamer();
  return links.map((link) => ({ name: nameOf(link.type), link }));
}

interface Run<P> {
  readonly tree: P;
  readonly parts: Map<string, OptimizerState>;
}

/** The scope of a link lies around those of the links before it, so that their gradients are given back as soon as it has read them. */
function run<P>(links: readonly NamedLink[], gradients: P, state: OptimizerState, params: P): Run<P> {
  const runTo = (index: number): Run<P> => {
    if (index < 0) return { tree: gradients, parts: Map() };
    const { name, link } = links[index]!;
    return scope(() => {
      const before = runTo(index - 1);
      const part = partOf('chain', state, name);
      if (link instanceof Optimizer) {
        const updated = link.update(before.tree, part, params);
        return { tree: updated.params, parts: before.parts.set(name, updated.state) };
      }
      const [after, next] = link.update(before.tree, part, params);
      const tree = index === links.length - 1 ? takenOff(params, after) : after;
      return { tree, parts: before.parts.set(name, next) };
    }, `chain/${name}`);
  };
  return runTo(links.length - 1);
}

function takenOff<P>(params: P, changes: P): P {
  const parameters = flattenTree(params);
  const own = gradientsOf('chain', changes, parameters);
  return placeLeaves(params, parameters.map(([, parameter], index) => sub(parameter, own[index]!)));
}
