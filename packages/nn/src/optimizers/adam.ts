import type { OptionNames } from '@adjoint/core';
import { adamUpdate, add, div, maximum, mul } from '@adjoint/ops';
import { ownOptions, requireFlag, requireFraction, requireNumber } from '../options.js';
import { linkOf, type GradientTransformation } from './chain.js';
import { decayOf, optimizerOf, type DecoupledDecayOptions, type DescentOptions } from './descent.js';
import type { UpdateRule } from './leafwise.js';
import { runningMean, runningRoot } from './means.js';
import type { LearningRate, Optimizer } from './optimizer.js';

/** The two running means of Adam, and of those that came of it. */
export interface MomentOptions {
  /** The decay of the mean of the gradients. Default: 0.9. */
  readonly beta1?: number;
  /** The decay of the mean of their squares. Default: 0.999. */
  readonly beta2?: number;
  /** Added to the root of the mean square. Default: 1e-8. */
  readonly epsilon?: number;
}

export const momentOptionNames: OptionNames<MomentOptions> = { beta1: true, beta2: true, epsilon: true };

/** The direction of Adam. */
export interface ScaleByAdamOptions extends MomentOptions {
  /** Divide by the largest mean square so far (Reddi, Kale and Kumar 2018). Default: false. */
  readonly amsgrad?: boolean;
}

/** Adam. */
export interface AdamOptions extends ScaleByAdamOptions {
  /** Default: 0.001. */
  readonly learningRate?: LearningRate;
}

/** AdamW. */
export interface AdamWOptions extends AdamOptions, DecoupledDecayOptions {
  /** Each update takes the learning rate times this share off the weights. Default: 0.01. */
  readonly weightDecay?: number;
}

/** The options with their defaults, checked. */
export function momentsOf(operation: string, { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: MomentOptions): Required<MomentOptions> {
  requireFraction(operation, 'beta1', beta1);
  requireFraction(operation, 'beta2', beta2);
  requireNumber(operation, 'epsilon', epsilon, 0);
  return { beta1, beta2, epsilon };
}

/**
 * The corrections of both moments for their start at 0, folded into a factor and the epsilon; the paper's remark at the end
 * of section 2.
 */
function corrected({ beta1, beta2, epsilon }: Required<MomentOptions>, step: number) {
  const root = Math.sqrt(1 - beta2 ** (step + 1));
  return { factor: root / (1 - beta1 ** (step + 1)), epsilon: epsilon * root };
}

function adamDirection(moments: Required<MomentOptions>, amsgrad: boolean): UpdateRule {
  const { beta1, beta2 } = moments;
  return {
    moments: { first: 0, root: 0, ...(amsgrad ? { largest: 0 } : {}) },
    coefficients: (step) => {
      const { factor, epsilon } = corrected(moments, step);
      return (_, gradient, [first, before, largest]) => {
        const mean = runningMean(beta1, first!, gradient);
        const root = runningRoot(beta2, before!, gradient);
        const kept = largest === undefined ? [] : [maximum(largest, root)];
        return [mul(factor, div(mean, add(kept[0] ?? root, epsilon))), mean, root, ...kept];
      };
    },
  };
}

/** The descent along Adam's direction in one kernel. */
function fusedDescent(type: string, direction: UpdateRule, moments: Required<MomentOptions>, descent: DescentOptions): UpdateRule {
  const { beta1, beta2 } = moments;
  const decayed = decayOf(type, descent);
  return {
    ...direction,
    learningRate: descent.learningRate,
    coefficients: (step, rate) => {
      const { factor, epsilon } = corrected(moments, step);
      const coefficients = { stepSize: rate * factor, beta1, beta2, epsilon };
      return (parameter, gradient, [first, root], path) =>
        adamUpdate(decayed(path, parameter, rate), gradient, first!, root!, coefficients);
    },
  };
}

function adamOf(type: string, moments: Required<MomentOptions>, options: DescentOptions & { readonly amsgrad: boolean }): Optimizer {
  requireFlag(type, 'amsgrad', options.amsgrad);
  const direction = adamDirection(moments, options.amsgrad);
  // The kernel knows two moments.
  return optimizerOf(type, options, direction, options.amsgrad ? undefined : fusedDescent(type, direction, moments, options));
}

const scaleByAdamOptionNames: OptionNames<ScaleByAdamOptions> = { amsgrad: true, beta1: true, beta2: true, epsilon: true };

/**
 * A link that gives the direction of {@link adam}: `m / (sqrt(v) + epsilon)`, both corrected for their start at 0.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { addDecayedWeights, chain, scaleByAdam, scaleByLearningRate } from '@adjoint/nn';
 *
 * // AdamW.
 * const optimizer = chain(scaleByAdam({ epsilon: 0 }), addDecayedWeights(0.1), scaleByLearningRate(0.5));
 * const params = { w: tensor([1, 2]) };
 * optimizer.update({ w: tensor([3, -4]) }, optimizer.init(params), params).params.w.toArray(); // [0.45, 2.4]
 * ```
 */
export function scaleByAdam(options: ScaleByAdamOptions = {}): GradientTransformation {
  options = ownOptions('scaleByAdam', options, scaleByAdamOptionNames);
  const { amsgrad = false } = options;
  requireFlag('scaleByAdam', 'amsgrad', amsgrad);
  const moments = momentsOf('scaleByAdam', options);
  return linkOf('scaleByAdam', { ...moments, amsgrad }, adamDirection(moments, amsgrad));
}

const adamOptionNames: OptionNames<AdamOptions> = { learningRate: true, amsgrad: true, beta1: true, beta2: true, epsilon: true };

/**
 * Adam (Kingma and Ba 2015): `m` and `v` are running means of the gradient and its square, corrected for their start at
 * 0, and `p = p - learningRate * m / (sqrt(v) + epsilon)`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { adam } from '@adjoint/nn';
 *
 * const optimizer = adam({ learningRate: 0.5, epsilon: 0 });
 * const params = { w: tensor([1, 2]) };
 * optimizer.update({ w: tensor([3, -4]) }, optimizer.init(params), params).params.w.toArray(); // [0.5, 2.5]
 * ```
 */
export function adam(options: AdamOptions = {}): Optimizer {
  options = ownOptions('adam', options, adamOptionNames);
  const { learningRate = 0.001, amsgrad = false } = options;
  const moments = momentsOf('adam', options);
  return adamOf('adam', moments, { learningRate, ...moments, amsgrad });
}

const adamWOptionNames: OptionNames<AdamWOptions> = {
  weightDecay: true, learningRate: true, amsgrad: true, beta1: true, beta2: true, epsilon: true, mask: true,
};

/**
 * AdamW (Loshchilov and Hutter 2019): {@link adam} with a decay of the weights that does not go through the moments,
 * `p = (1 - learningRate * weightDecay) * p - learningRate * m / (sqrt(v) + epsilon)`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { adamW } from '@adjoint/nn';
 *
 * // Matrices decay, biases do not.
 * const optimizer = adamW({ learningRate: 0.5, epsilon: 0, weightDecay: 0.1, mask: (_, parameter) => parameter.shape.length > 1 });
 * const params = { kernel: tensor([[1, 2]]), bias: tensor([1]) };
 * const after = optimizer.update({ kernel: tensor([[3, -4]]), bias: tensor([5]) }, optimizer.init(params), params).params;
 * after.kernel.toArray(); // [[0.45, 2.4]]
 * after.bias.toArray(); // [0.5]
 * ```
 */
export function adamW(options: AdamWOptions = {}): Optimizer {
  options = ownOptions('adamW', options, adamWOptionNames);
  const { learningRate = 0.001, amsgrad = false, weightDecay = 0.01, mask = '**' } = options;
  const moments = momentsOf('adamW', options);
  return adamOf('adamW', moments, { learningRate, ...moments, amsgrad, weightDecay, mask });
}
