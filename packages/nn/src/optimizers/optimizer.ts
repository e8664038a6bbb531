import { ArgumentError, DTypeError, formatType, isFloat, mapTree, scope, withBackend, zeros, zipTrees, type Tensor } from '@adjoint/core';
import { Map, Record } from 'immutable';

/** The step size: a number, or a function of the updates done so far (0 for the first). */
export type LearningRate = number | ((step: number) => number);

interface OptimizerStateFields {
  /** How many updates were done. */
  step: number;
  /** Trees of the parameters' structure that go from update to update, by name. */
  moments: Map<string, unknown>;
}

/** What an optimiser remembers between updates. */
export class OptimizerState extends Record<OptimizerStateFields>({ step: 0, moments: Map<string, unknown>() }) {}

/** What {@link Optimizer.update} gives. */
export interface Updated<P> {
  readonly params: P;
  readonly state: OptimizerState;
}

/** The arithmetic of one parameter. */
export interface UpdateRule {
  /** The moments' names; they begin as zeros. */
  readonly moments: readonly string[];
  /** The constants of an update, once for all parameters; `step` is 0 for the first. */
  readonly coefficients: (step: number) => UpdateOne;
}

/** The new parameter and its new moments, in the order of their names. */
export type UpdateOne = (parameter: Tensor, gradient: Tensor, moments: readonly Tensor[]) => readonly [Tensor, ...Tensor[]];

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
   * @param type - what the optimiser is, as `adam`.
   * @param config - the options it was made with; prints as JSON.
   * @param rule - the arithmetic of one parameter.
   */
  constructor(
    readonly type: string,
    readonly config: Map<string, unknown>,
    private readonly rule: UpdateRule,
  ) {
    Object.freeze(this);
  }

  /**
   * The state before the first update.
   *
   * @throws `DTypeError` when a parameter is not of a float dtype.
   */
  init(params: unknown): OptimizerState {
    const { moments } = this.rule;
    const zerosLike = (leaf: Tensor, path: string): Tensor => {
      const { shape, dtype } = leaf;
      if (!isFloat(dtype)) throw new DTypeError(`${this.type}: parameter ${path} is ${formatType(leaf)}; expected float32 or float64`);
      return withBackend(leaf.backend, () => zeros(shape, { dtype }));
    };
    return new OptimizerState({ moments: Map(moments.map((name) => [name, mapTree(params, zerosLike, `${this.type}: params`)])) });
  }

  /**
   * One update.
   *
   * @param gradients - of the parameters' structure, as `grad` gives them.
   * @throws `ArgumentError` when gradients, state and parameters differ in structure.
   */
  update<P>(gradients: P, state: OptimizerState, params: P): Updated<P> {
    const { rule, type } = this;
    const moments = rule.moments.map((name) => state.moments.get(name));
    return scope(() => {
      const updateOne = rule.coefficients(state.step);
      const results: (readonly Tensor[])[] = [];
      const newParams = zipTrees([params, gradients, ...moments], ([parameter, gradient, ...own]) => {
        const result = updateOne(parameter!, gradient!, own);
        results.push(result);
        return result[0];
      });
      const newMoments = rule.moments.map((name, position): [string, unknown] => {
        let index = 0;
        return [name, mapTree(params, () => results[index++]![position + 1]!)];
      });
      return { params: newParams, state: new OptimizerState({ step: state.step + 1, moments: Map(newMoments) }) };
    }, `an update of ${type}`);
  }
}

/**
 * The learning rate of a step.
 *
 * @throws `ArgumentError` when it is no finite number from 0.
 */
export function learningRateAt(operation: string, learningRate: LearningRate, step: number): number {
  const rate = typeof learningRate === 'function' ? learningRate(step) : learningRate;
  if (Number.isFinite(rate) && rate >= 0) return rate;
  throw new ArgumentError(`${operation}: learningRate is ${rate} at step ${step}; expected a finite number from 0`);
}
