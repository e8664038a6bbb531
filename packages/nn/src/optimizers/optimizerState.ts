import { ArgumentError, formatFields, formatValue, markClass, showAs, showCollection } from '@adjoint/core';
import { Map, Record } from 'immutable';
import { ownCopy } from '../copy.js';
import { formatSize, telling, text } from '../printing.js';

interface OptimizerStateFields {
  /** How many updates were done. */
  step: number;
  /** The learning rate of the last update; null before the first, and for an optimizer that has none. */
  learningRate: number | null;
  /** What the learning rate is multiplied by; {@link withLearningRateScale} sets it. */
  learningRateScale: number;
  /** Trees of the parameters' structure that go from update to update, by name. */
  moments: Map<string, unknown>;
  /** The states of what the optimizer is made of, by name: the links of a chain, the optimizers of a partition. */
  parts: Map<string, OptimizerState>;
}

/** What an optimizer remembers between updates: tensors and numbers in Immutable collections, and nothing else. */
export class OptimizerState extends Record<OptimizerStateFields>({
  step: 0, learningRate: null, learningRateScale: 1, moments: Map<string, unknown>(), parts: Map<string, OptimizerState>(),
}) {}

markClass(ownCopy, OptimizerState);
showAs(OptimizerState.prototype, ({ step, learningRate, learningRateScale, moments, parts }) => formatFields('OptimizerState', {
  step, ...telling({ learningRate, learningRateScale: learningRateScale === 1 ? null : learningRateScale, moments: moments.map((tree) => text(formatSize(tree))), parts }),
}));

/**
 * Checks that an argument is the state of an optimizer.
 *
 * @throws `ArgumentError` that names the operation.
 */
export function requireOptimizerState(operation: string, value: unknown): void {
  if (value instanceof OptimizerState) return;
  throw new ArgumentError(`${operation}: state is ${formatValue(value)}; expected an OptimizerState, as optimizer.init(params) or an update made it`);
}

/**
 * The state with another factor of the learning rate, in all parts too. It replaces the former factor, and holds for all
 * updates from then on, whatever schedule the optimizer has.
 *
 * @throws `ArgumentError` when the factor is no finite number from 0.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { sgd, withLearningRateScale } from '@adjoint/nn';
 *
 * const optimizer = sgd({ learningRate: 1 });
 * const params = tensor([3]);
 * const state = withLearningRateScale(optimizer.init(params), 0.5);
 * optimizer.update(tensor([2]), state, params).params.toArray(); // [2]
 * ```
 */
export function withLearningRateScale(state: OptimizerState, learningRateScale: number): OptimizerState {
  requireOptimizerState('withLearningRateScale', state);
  if (!Number.isFinite(learningRateScale) || learningRateScale < 0) {
    throw new ArgumentError(`withLearningRateScale: learningRateScale is ${formatValue(learningRateScale)}; expected a finite number from 0`);
  }
  return state.merge({ learningRateScale, parts: state.parts.map((part) => withLearningRateScale(part, learningRateScale)) });
}

/** The next state of an optimizer that is made of parts. */
export function advance(state: OptimizerState, parts: Map<string, OptimizerState>, moments = state.moments): OptimizerState {
  const learningRate = parts.valueSeq().map((part) => part.learningRate).find((rate) => rate !== null) ?? null;
  return state.merge({ step: state.step + 1, learningRate, parts: showCollection(parts), moments });
}

/**
 * The state of a part.
 *
 * @throws `ArgumentError` when there is none.
 */
export function partOf(type: string, state: OptimizerState, name: string): OptimizerState {
  const part = state.parts.get(name);
  if (part !== undefined) return part;
  throw new ArgumentError(`${type}: the state has no part ${name}; expected a state that began with this optimizer's init`);
}
