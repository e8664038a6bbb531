import { ArgumentError, DTypeError, formatType, formatValue, isFloat, mapTree, markClass, scope, showAs } from '@adjoint/core';
import type { Map } from 'immutable';
import { formatMade } from '../printing.js';
import { requireOptimizerState, type OptimizerState } from './optimizerState.js';
import { ownCopy } from '../copy.js';

/** The step size: a number, or a function of the updates done so far (0 for the first), as schedules are. */
export type LearningRate = number | ((step: number) => number);

/** What {@link Optimizer.update} gives. */
export interface Updated<P> {
  readonly params: P;
  readonly state: OptimizerState;
}

/** The arithmetic of an update over whole trees. {@link leafwise} makes it of that of one parameter. */
export interface TreeRule {
  /**
   * The first state.
   *
   * @param whole - the parameters that `params` is a part of; patterns that match none of these are refused. Default: `params`.
   */
  readonly init: (params: unknown, whole?: unknown) => OptimizerState;
  /** Gives a tree of the parameters' structure, and the next state. */
  readonly update: <P>(gradients: P, state: OptimizerState, params: P) => readonly [P, OptimizerState];
}

/**
 * A pair of pure functions: {@link Optimizer.init} makes the first state, {@link Optimizer.update} new parameters and a
 * new state. The old ones stay as they were. Parameters may be any tree of float tensors.
 *
 * @example
 * ```ts
 * import { grad, tensor, type Tensor } from '@adjoint/core';
 * import { sgd } from '@adjoint/nn';
 * import { square } from '@adjoint/ops';
 *
 * const optimizer = sgd({ learningRate: 0.25 });
 * const x = tensor(4);
 * const { params, state } = optimizer.update(grad((w: Tensor) => square(w))(x), optimizer.init(x), x);
 * params.item(); // 2
 * state.step; // 1
 * ```
 */
export class Optimizer {
  /**
   * @param type - what the optimizer is, as `adam`.
   * @param config - the options it was made with; prints as JSON.
   * @param rule - the arithmetic; the tree that it gives is the new parameters.
   */
  constructor(
    readonly type: string,
    readonly config: Map<string, unknown>,
    private readonly rule: TreeRule,
  ) {
    Object.freeze(this);
  }

  /**
   * The state before the first update.
   *
   * @param whole - the parameters that `params` is a part of, when others update the rest. A pattern, as of a `mask`, must match one of
   *   these. Default: `params`.
   * @throws `DTypeError` when a parameter is not of a float dtype.
   */
  init(params: unknown, whole: unknown = params): OptimizerState {
    mapTree(params, (leaf, path) => {
      if (isFloat(leaf.dtype)) return leaf;
      throw new DTypeError(`${this.type}: parameter ${path} is ${formatType(leaf)}; expected float32 or float64`);
    }, `${this.type}: params`);
    return scope(() => this.rule.init(params, whole), `init of ${this.type}`);
  }

  /**
   * One update.
   *
   * @param gradients - of the parameters' structure, as `grad` gives them.
   * @throws `ArgumentError` when gradients, state and parameters differ in structure.
   * @throws `ShapeError` or `DTypeError` when a gradient is of another type than its parameter.
   */
  update<P>(gradients: P, state: OptimizerState, params: P): Updated<P> {
    requireOptimizerState(this.type, state);
    return scope(() => {
      const [newParams, newState] = this.rule.update(gradients, state, params);
      return { params: newParams, state: newState };
    }, `an update of ${this.type}`);
  }
}

markClass(ownCopy, Optimizer);
showAs(Optimizer.prototype, ({ type, config }) => formatMade(type, config));

/**
 * Checks an option that is an optimizer.
 *
 * @throws `ArgumentError` that names the operation.
 */
export function requireOptimizer(operation: string, value: unknown): void {
  if (value instanceof Optimizer) return;
  throw new ArgumentError(`${operation}: optimizer is ${typeof value === 'function' ? 'a function' : formatValue(value)}; expected an optimizer, as adam()`);
}

/**
 * The learning rate of a step.
 *
 * @throws `ArgumentError` when it is no finite number from 0.
 */
export function learningRateAt(operation: string, learningRate: LearningRate, step: number): number {
  const rate = typeof learningRate === 'function' ? learningRate(step) : learningRate;
  if (Number.isFinite(rate) && rate >= 0) return rate;
  throw new ArgumentError(`${operation}: learningRate is ${formatValue(rate)} at step ${step}; expected a finite number from 0`);
}
