import type { OneSidedSlopes } from './numericDerivative.js';

/** One comparison of a derivative. */
export interface GradientComparison {
  readonly order: number;
  /** `direction 0`, or an element as `0.kernel[2,1]`: the argument's position, the path inside of it, and the index. */
  readonly where: string;
  /** The argument's position and the path inside of it, as `0.kernel`; null for a direction. */
  readonly path: string | null;
  /** Of the element; null for a direction. */
  readonly index: readonly number[] | null;
  readonly analytic: number;
  /** At a kink the mean of both slopes. */
  readonly numeric: number;
  /** How far `analytic` is from `numeric`; at a kink, from what is right there. */
  readonly error: number;
  readonly tolerance: number;
  /**
   * Null where the function is smooth. Otherwise its slopes below and above the point: infinite where the function jumps
   * or has no bound to its slope, NaN outside of its domain.
   */
  readonly kink: OneSidedSlopes | null;
  readonly ok: boolean;
}

/** A number that is NaN or infinite, of the result or of the gradient. */
export interface NotFinite {
  readonly order: number;
  /** As `result.loss[2]`, `gradient 0.kernel[2,1]`. */
  readonly where: string;
  readonly value: number;
}

/** What {@link checkGradients} found; prints as text that says what is wrong and where. */
export interface GradientReport {
  /** Whether all comparisons are right and all numbers finite. */
  readonly ok: boolean;
  readonly comparisons: readonly GradientComparison[];
  /** The first of the table that the report prints: of the wrong elements, of the wrong directions, or of all comparisons the one with the largest error for its tolerance. */
  readonly worst: GradientComparison | null;
  /** The comparisons at points that are not smooth, right or wrong. */
  readonly kinks: readonly GradientComparison[];
  readonly notFinite: readonly NotFinite[];
  toString(): string;
}

const rowsPrinted = 10;

/** @internal */
export function makeReport(comparisons: readonly GradientComparison[], notFinite: readonly NotFinite[]): GradientReport {
  const sorted = [...comparisons].sort(
    (left, right) => Number(left.ok) - Number(right.ok) || (left.ok ? 0 : Number(left.path === null) - Number(right.path === null)) || badness(right) - badness(left),
  );
  const failed = sorted.filter(({ ok }) => !ok);
  const kinks = sorted.filter(({ kink }) => kink !== null);
  const ok = failed.length === 0 && notFinite.length === 0;
  return {
    ok,
    comparisons,
    worst: sorted[0] ?? null,
    kinks,
    notFinite,
    toString: () =>
      [
        failed.length > 0 ? `gradients differ in ${failed.length} of ${comparisons.length} comparisons:` : `${notFinite.length > 0 ? 'where they are finite, ' : ''}gradients agree: ${comparisons.length} comparisons, the worst`,
        ...table(failed.length > 0 ? failed : sorted.slice(0, 1)),
        ...section('not smooth, so that there is no derivative:', kinks.map(describeKink)),
        ...section('not finite, which is an error:', notFinite.map(({ order, where, value }) => `order ${order}, ${where} is ${value}`)),
      ].join('\n'),
  };
}

/** The error in tolerances. */
function badness({ error, tolerance, ok }: GradientComparison): number {
  if (Number.isNaN(error)) return Infinity;
  return error === 0 ? Number(!ok) : error / tolerance;
}

function table(comparisons: readonly GradientComparison[]): string[] {
  if (comparisons.length === 0) return [];
  const short = (value: number) => String(Number(value.toPrecision(8)));
  const rows = comparisons.slice(0, rowsPrinted).map(({ order, where, path, index, analytic, numeric, error, tolerance }) => [
    String(order), path ?? where, index === null ? '' : `[${index.join(',')}]`, short(analytic), short(numeric), error.toExponential(2), tolerance.toExponential(2),
  ]);
  const lines = [['order', 'argument', 'index', 'analytic', 'numeric', 'error', 'tolerance'], ...rows];
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return [...lines.map((line) => `  ${line.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd()), ...more(comparisons.length)];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.slice(0, rowsPrinted).map((line) => `  ${line}`), ...more(lines.length)];
}

function more(count: number): string[] {
  return count > rowsPrinted ? [`  and ${count - rowsPrinted} more`] : [];
}

function describeKink({ order, where, kink, analytic, ok }: GradientComparison): string {
  const [below, above] = kink!.map((slope) => (Number.isNaN(slope) ? 'no value' : `slope ${Number(slope.toPrecision(6))}`)) as [string, string];
  return `order ${order}, ${where}: ${below} below, ${above} above, analytic ${Number(analytic.toPrecision(6))}${ok ? '' : ' is refused'}`;
}
