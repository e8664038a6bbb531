/** How far a function moves from a point when its arguments go a step along a direction: `g(step) - g(0)`. */
export type ChangeAlong = (step: number) => number;

/** The slopes below and above a point. */
export type OneSidedSlopes = readonly [below: number, above: number];

/** The central difference, and how far apart the one-sided differences of the same step are. */
export interface CentralDifference {
  readonly slope: number;
  readonly gap: number;
}

/** The central difference: its error falls with the square of the step, and the gap with the step, where the function is smooth. */
export function centralDifference(change: ChangeAlong, step: number): CentralDifference {
  const above = change(step) / step;
  const below = -change(-step) / step;
  return { slope: (above + below) / 2, gap: Math.abs(above - below) };
}

/** What differences at shrinking steps tell of a point. */
export interface SlopeEstimate {
  readonly slope: number;
  /** How far the best two estimates are apart. Infinity where there is one alone. */
  readonly uncertainty: number;
  /** Where the function is not smooth: an infinite slope is a jump, or has no bound; NaN is outside of the domain. */
  readonly kink: OneSidedSlopes | null;
}

/** The steps of {@link estimateSlope}: each is a quarter of the one before. */
export interface Steps {
  readonly largest: number;
  readonly count: number;
}

const shrinking = 4;

/**
 * The slope by Ridders' method: central differences at shrinking steps, extrapolated to a step of 0 by Neville's
 * algorithm; of all extrapolations the one that differs least from those it is made of.
 *
 * Where a function is smooth, the gap between the differences from above and from below shrinks with the step. A gap
 * wider than `significant` that stays is a kink. A gap that stays down to some step and then is gone belongs to a kink
 * nearby: only the steps that do not reach it count.
 *
 * C. J. F. Ridders: Accurate computation of F'(x) and F'(x) F''(x). Advances in Engineering Software 4 (1982).
 */
export function estimateSlope(change: ChangeAlong, { largest, count }: Steps, significant: number): SlopeEstimate {
  const steps = Array.from({ length: count }, (_, index) => largest / shrinking ** index);
  const above = steps.map((step) => change(step) / step);
  const below = steps.map((step) => -change(-step) / step);
  const last = count - 1;
  const gaps = steps.map((_, index) => Math.abs(above[index]! - below[index]!));
  const central = steps.map((_, index) => (above[index]! + below[index]!) / 2);
  const stays = (index: number): boolean => gaps[index]! > significant && gaps[index]! > gaps[index - 1]! / 2;
  // Rounding leaves gaps as well; they grow and shrink without a pattern.
  const isSteady = (): boolean => {
    const [before, ratio] = [gaps[last - 1]! / gaps[last - 2]!, gaps[last]! / gaps[last - 1]!];
    return ratio < 1.3 * shrinking && Math.abs(ratio - before) < ratio / 2;
  };
  const isOutside = Number.isNaN(above[last]!) !== Number.isNaN(below[last]!);
  const kink: OneSidedSlopes = [limitOf(below, significant), limitOf(above, significant)];
  // A jump from both sides, as of a sign, leaves no gap.
  const isUnbounded = kink.every((slope) => Math.abs(slope) === Infinity);
  if (isOutside || isUnbounded || (stays(last) && isSteady())) return { slope: central[last]!, uncertainty: Infinity, kink };
  const broken = steps.findLastIndex((_, index) => !Number.isFinite(central[index]!) || stays(index));
  const usable = central.slice(broken + 1);
  return { ...extrapolate(usable.length > 0 ? usable : central), kink: null };
}

/** What slopes at shrinking steps tend to: infinity where they grow each time. */
function limitOf(slopes: readonly number[], significant: number): number {
  const [third, second, first] = slopes.slice(-3) as [number, number, number];
  const grows = Math.abs(first) > significant && Math.abs(first) > 1.5 * Math.abs(second) && Math.abs(second) > 1.5 * Math.abs(third);
  return grows ? Math.sign(first) * Infinity : first + 0;
}

function extrapolate(central: readonly number[]): { readonly slope: number; readonly uncertainty: number } {
  let best = { slope: central.at(-1)!, uncertainty: Infinity };
  let previous: number[] = [];
  for (const slope of central) {
    const row = [slope];
    for (const [order, coarser] of previous.entries()) {
      const weight = shrinking ** (2 * (order + 1));
      const extrapolated = (weight * row[order]! - coarser) / (weight - 1);
      const uncertainty = Math.max(Math.abs(extrapolated - row[order]!), Math.abs(extrapolated - coarser));
      if (uncertainty < best.uncertainty) best = { slope: extrapolated, uncertainty };
      row.push(extrapolated);
    }
    previous = row;
  }
  return best;
}
