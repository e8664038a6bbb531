import { formatValue } from '../formatValue.js';
import * as fc from 'fast-check';
import { checkGradients, type CheckGradientsOptions } from '../checkGradients.js';
import { ArgumentError } from '../errors.js';
import type { GradientReport } from '../gradientReport.js';
import { scope } from '../memory/scope.js';
import { mapLeaves } from '../tree.js';
import { TensorSample } from './tensorSample.js';

/** How a {@link GradientCheck} compares. */
export interface GradientCaseOptions extends CheckGradientsOptions {
  /** Random arguments to try, where they are random. Default: 100. */
  readonly numRuns?: number;
}

/** What a {@link GradientCheck} found. */
export interface GradientCheckResult {
  /** Of the arguments that failed, or of the worst of all. */
  readonly report: GradientReport;
  /** How many lists of arguments were tried. */
  readonly runs: number;
  /** The smallest random arguments that failed; null where none did, or none are random. */
  readonly counterexample: string | null;
  /** Whether an error of the first derivative would have been found, at least at one of the arguments. */
  readonly isProven: boolean;
}

/** A function, and at which arguments its gradients are checked: what `adjoint-check` looks for in a file. */
export interface GradientCheck {
  /** Compares the gradients with differences. */
  check(overrides?: GradientCaseOptions): GradientCheckResult;
}

/** Arguments, of which each tensor may be a {@link TensorSample}. */
export type SampledArgs<Args extends readonly unknown[]> = { readonly [Position in keyof Args]: Args[Position] | TensorSample };

/**
 * A function with the arguments at which its gradients are to be checked: a list of them, or a fast-check arbitrary of lists,
 * in which samples of tensors stand for tensors. Export it from a file, and `npx adjoint-check FILE` checks it.
 *
 * @throws as {@link checkGradients} does, when it is checked.
 *
 * @example
 * ```ts
 * import * as fc from 'fast-check';
 * import { tensor, type Tensor } from '@adjoint/core';
 * import { gradientCase, tensors } from '@adjoint/core/testing';
 * import { mul, tanh } from '@adjoint/ops';
 *
 * const scaled = (x: Tensor, y: Tensor) => mul(x, tanh(y));
 * export const atAPoint = gradientCase(scaled, [tensor([1, 2], { dtype: 'float64' }), tensor(3, { dtype: 'float64' })], { order: 2 });
 * export const anywhere = gradientCase(scaled, fc.tuple(tensors([2]), tensors([])), { numRuns: 20 });
 *
 * atAPoint.check().report.ok; // true
 * anywhere.check().runs; // 20
 * ```
 */
export function gradientCase<Args extends readonly unknown[]>(
  fn: (...args: Args) => unknown,
  args: SampledArgs<Args> | fc.Arbitrary<SampledArgs<Args>>,
  options: GradientCaseOptions = {},
): GradientCheck {
  const reportOf = (list: SampledArgs<Args>, by: CheckGradientsOptions) => scope(() => checkGradients(fn, makeSamples<Args>(list), by), 'gradientCase()');
  return {
    check: (overrides = {}) => {
      const { numRuns = 100, ...by } = { ...options, ...overrides };
      if (!(Number.isInteger(numRuns) && numRuns >= 1)) throw new ArgumentError(`gradientCase: numRuns is ${formatValue(numRuns)}; expected an integer >= 1`);
      if (args instanceof fc.Arbitrary) return checkRandom(args, (list) => reportOf(list, by), numRuns);
      const report = reportOf(args, by);
      return { report, runs: 1, counterexample: null, isProven: report.isProven };
    },
  };
}

function checkRandom<Args>(arbitrary: fc.Arbitrary<Args>, reportOf: (args: Args) => GradientReport, numRuns: number): GradientCheckResult {
  let worst: GradientReport | null = null;
  let isProven = false;
  // Arguments at which nothing was compared count least.
  const margin = ({ worst: found }: GradientReport) => (found === null ? -1 : found.error === 0 ? 0 : found.error / found.tolerance);
  const run = (args: Args): boolean => {
    const report = reportOf(args);
    if (report.isProven) isProven = true;
    if (worst === null || !report.ok || margin(report) > margin(worst)) worst = report;
    return report.ok;
  };
  // With a seed, so that a file gives the same table each time.
  const { failed, numRuns: runs, counterexample } = fc.check(fc.property(arbitrary, run), { numRuns, seed: 1 });
  // An error that the function throws is thrown again here, at the smallest arguments.
  return { report: failed ? reportOf(counterexample![0]) : worst!, runs, counterexample: failed ? fc.stringify(counterexample![0]) : null, isProven };
}

function makeSamples<Args extends readonly unknown[]>(list: SampledArgs<Args>): Args {
  return mapLeaves(list, (node): node is TensorSample => node instanceof TensorSample, (sample) => sample.make());
}
