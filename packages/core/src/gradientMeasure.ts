import { formatValue } from './formatValue.js';
import { ArgumentError } from './errors.js';
import type { GradientComparison } from './gradientReport.js';
import { centralDifference, estimateSlope, type CentralDifference, type ChangeAlong, type OneSidedSlopes, type Steps } from './numericDerivative.js';

/** What a gradient has to be where the function has a kink; see {@link MeasureOptions.kinks}. */
export type KinkPolicy = 'between' | 'mean' | 'refuse';

/** How a derivative is measured, and what agrees with it. */
export interface MeasureOptions {
  /**
   * `central` takes a central difference, and asks an extrapolated one where it does not agree. `extrapolated` always
   * takes 20 values, extrapolates to a step of 0 (Ridders' method), and compares to 9 digits. Default: `central`.
   */
  readonly method?: 'central' | 'extrapolated';
  /** The step of the central difference, for elements of a magnitude up to 1, and in proportion for larger ones. Default: about the cube root of the dtype's precision. */
  readonly epsilon?: number;
  /**
   * Of the magnitudes of all terms that a comparison adds up (in `float32`, of the root of the sum of their squares).
   * Default: 1e-6 in `float64` (extrapolated: 1e-9), 1e-2 in `float32`.
   */
  readonly relativeTolerance?: number;
  /** Default: 1e-7 in `float64` (extrapolated: 1e-10), 1e-3 in `float32`. */
  readonly absoluteTolerance?: number;
  /**
   * How small an error of an argument's gradient must be found, relative to that gradient. An argument whose error may be
   * larger is listed in `unproven`, and in `float32` it fails. `Infinity` accepts everything.
   * Default: 0.05; `Infinity` if one of the tolerances is given.
   */
  readonly sensitivity?: number;
  /**
   * What the gradient has to be at a kink. `between`: from the slope below to the slope above, as a subgradient is; where
   * the function jumps to one side, the slope of the other. `mean`: the mean of both, as for a tie that is shared.
   * `refuse`: a kink is an error. Default: `between`.
   */
  readonly kinks?: KinkPolicy;
}

/** How a derivative is measured and judged, which the dtype decides. */
export class Measure {
  readonly epsilon: number;
  readonly isExtrapolated: boolean;
  readonly sensitivity: number;
  private readonly steps: Steps;
  private readonly coarse: Tolerance;
  private readonly fine: Tolerance;
  private readonly kinks: KinkPolicy;
  /** What compares a small derivative more sharply, where that is possible. */
  readonly sharper: Measure;

  constructor(readonly isSingle: boolean, { method = 'central', kinks = 'between', ...options }: MeasureOptions) {
    if (!['central', 'extrapolated'].includes(method)) throw new ArgumentError(`checkGradients: method is ${formatValue(method)}; expected central or extrapolated`);
    if (!['between', 'mean', 'refuse'].includes(kinks)) throw new ArgumentError(`checkGradients: kinks is ${formatValue(kinks)}; expected between, mean or refuse`);
    this.kinks = kinks;
    const isChosen = options.relativeTolerance !== undefined || options.absoluteTolerance !== undefined;
    this.sensitivity = options.sensitivity ?? (isChosen ? Infinity : 0.05);
    this.isExtrapolated = method === 'extrapolated';
    this.epsilon = options.epsilon ?? (isSingle ? 5e-3 : 6e-6);
    this.steps = isSingle ? { largest: 16 * this.epsilon, count: 5 } : { largest: 1024 * this.epsilon, count: 10 };
    this.coarse = isSingle ? { relative: 1e-2, absolute: 1e-3 } : { relative: 1e-6, absolute: 1e-7 };
    const byDefault = this.isExtrapolated && !isSingle ? { relative: 1e-9, absolute: 1e-10 } : this.coarse;
    const canSharpen = !isSingle && !this.isExtrapolated && !isChosen;
    this.sharper = canSharpen ? new Measure(false, { ...options, method: 'extrapolated', kinks, relativeTolerance: 1e-8, absoluteTolerance: 1e-9 }) : this;
    this.fine = { relative: options.relativeTolerance ?? byDefault.relative, absolute: options.absoluteTolerance ?? byDefault.absolute };
  }

  /** Whether a central difference alone proves a slope. The gap between the one-sided ones would show a kink. */
  isPlain(change: ChangeAlong, analytic: number, scale: number): boolean {
    if (this.isExtrapolated) {
      const { kink, ok } = this.judge(change, analytic, scale);
      return ok && kink === null;
    }
    return this.agrees(centralDifference(change, this.epsilon), analytic, scale);
  }

  judge(change: ChangeAlong, analytic: number, scale: number): Judgement {
    const tolerance = toleranceOf(this.fine, scale);
    if (!this.isExtrapolated) {
      const central = centralDifference(change, this.epsilon);
      if (this.agrees(central, analytic, scale)) return { numeric: central.slope, error: Math.abs(analytic - central.slope), tolerance, kink: null, ok: true };
    }
    const { slope, uncertainty, kink } = estimateSlope(change, this.steps, toleranceOf(this.coarse, scale));
    if (kink !== null) return { numeric: (kink[0] + kink[1]) / 2, tolerance, kink, ...this.judgeKink(kink, analytic, tolerance) };
    const error = Math.abs(analytic - slope);
    // An extrapolation that could not come closer proves no more than a central difference does.
    const allowed = this.isExtrapolated ? Math.max(tolerance, Math.min(2 * uncertainty, toleranceOf(this.coarse, scale))) : tolerance;
    return { numeric: slope, error, tolerance: allowed, kink: null, ok: error <= allowed };
  }

  private agrees({ slope, gap }: CentralDifference, analytic: number, scale: number): boolean {
    return Math.abs(analytic - slope) <= toleranceOf(this.fine, scale) && gap <= this.suspicious(scale);
  }

  /** A gap between one-sided slopes that calls for a closer look, though the central one agrees; curvature alone makes smaller ones. */
  private suspicious(scale: number): number {
    return (this.isSingle ? 10 : 100) * toleranceOf(this.coarse, scale);
  }

  private judgeKink([below, above]: OneSidedSlopes, analytic: number, tolerance: number): { readonly error: number; readonly ok: boolean } {
    const finite = [below, above].filter(Number.isFinite);
    const [lowest, highest] = this.kinks === 'mean' ? [(below + above) / 2, (below + above) / 2] : [Math.min(...finite), Math.max(...finite)];
    const error = Math.max(0, lowest - analytic, analytic - highest);
    return { error, ok: this.kinks !== 'refuse' && error <= tolerance };
  }
}

/** What is found of one derivative. */
export type Judgement = Pick<GradientComparison, 'numeric' | 'error' | 'tolerance' | 'kink' | 'ok'>;

interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

function toleranceOf({ relative, absolute }: Tolerance, scale: number): number {
  return absolute + relative * scale;
}
