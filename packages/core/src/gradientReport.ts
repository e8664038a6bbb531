import type { FloatDType } from './dtype.js';
import type { OneSidedSlopes } from './numericDerivative.js';

/** One comparison of a derivative. */
export interface GradientComparison {
  readonly order: number;
  /**
   * `direction 0`; or an element as `0.kernel[2,1]`: the argument's position, the path inside it, and the index; or
   * `direction of 0.kernel`, along which no other argument moves; or `float32 gradient 0.kernel`: the length of an argument's
   * gradient in `float32` as `analytic`, in `float64` as `numeric`, and of their difference as `error`.
   */
  readonly where: string;
  /** The argument's position and the path inside it, as `0.kernel`; null for a direction. */
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

/** How large an error of an argument's gradient has to be to be found. */
export interface DetectableError {
  readonly order: number;
  /** The argument's position and the path inside it. */
  readonly path: string;
  /** Relative to the argument's gradient: 0.01 if a gradient that is 1 % too large would be found. Infinity where the gradient is 0. */
  readonly relative: number;
}

/** What the comparisons do not prove of an argument, or of all of them. */
export interface Unproven {
  readonly order: number;
  /** The argument's position and the path inside it; null for all arguments. */
  readonly path: string | null;
  readonly reason: string;
  /** Whether `ok` is false for it. */
  readonly isError: boolean;
}

/** What {@link checkGradients} found; prints as text that says what is wrong and where. */
export interface GradientReport {
  /** Whether all comparisons are right, all numbers finite, and errors of the size that was asked for would have been found. */
  readonly ok: boolean;
  readonly comparisons: readonly GradientComparison[];
  /** The first of the table that the report prints: of the wrong elements, of the wrong directions, or of all comparisons the one with the largest error for its tolerance. */
  readonly worst: GradientComparison | null;
  /** The comparisons at points that are not smooth, right or wrong. */
  readonly kinks: readonly GradientComparison[];
  readonly notFinite: readonly NotFinite[];
  /** The dtype that the function was run in: `float64`, even for `float32` arguments, unless the function needs or makes `float32`. */
  readonly precision: FloatDType;
  /** For each argument and order, the size of error that would be found. */
  readonly detectable: readonly DetectableError[];
  /** What passed without proving anything: empty tensors, gradients that are 0, and errors too large to be found. */
  readonly unproven: readonly Unproven[];
  /** Whether an error of the first derivative would have been found for at least one argument. */
  readonly isProven: boolean;
  toString(): string;
}

/** What the comparisons of all orders found. */
export type Findings = Pick<GradientReport, 'comparisons' | 'notFinite' | 'precision' | 'detectable' | 'unproven'>;

const rowsPrinted = 10;

/** @internal */
export function makeReport(findings: Findings): GradientReport {
  const { comparisons, notFinite, precision, detectable, unproven } = findings;
  const sorted = [...comparisons].sort(
    (left, right) => Number(left.ok) - Number(right.ok) || (left.ok ? 0 : Number(left.path === null) - Number(right.path === null)) || badness(right) - badness(left),
  );
  const failed = sorted.filter(({ ok }) => !ok);
  const kinks = sorted.filter(({ kink }) => kink !== null);
  const isUnproven = (order: number, path: string): boolean => unproven.some((other) => other.order === order && (other.path === path || other.path === null));
  return {
    ...findings,
    ok: failed.length === 0 && notFinite.length === 0 && !unproven.some(({ isError }) => isError),
    worst: sorted[0] ?? null,
    kinks,
    isProven: detectable.some(({ order, path }) => order === 1 && !isUnproven(order, path)),
    toString: () =>
      [
        headline(comparisons.length, failed.length, notFinite.length),
        ...table(failed.length > 0 ? failed : sorted.slice(0, 1)),
        ...sensitivity(detectable.filter(({ order, path }) => !isUnproven(order, path)), precision),
        ...section('not proven:', unproven.map(({ order, path, reason, isError }) => `order ${order}${path === null ? '' : `, argument ${path}`}: ${reason}${isError ? '' : ' (a warning)'}`)),
        ...section('not smooth, so that there is no derivative:', kinks.map(describeKink)),
        ...section('not finite, which is an error:', notFinite.map(({ order, where, value }) => `order ${order}, ${where} is ${value}`)),
      ].join('\n'),
  };
}

function headline(count: number, failed: number, notFinite: number): string {
  if (failed > 0) return `gradients differ in ${failed} of ${count} comparisons:`;
  if (count === 0) return 'gradients were not compared';
  return `${notFinite > 0 ? 'where they are finite, ' : ''}gradients agree: ${count} comparisons, the worst`;
}

/** A line on the size of error that would show. */
function sensitivity(detectable: readonly DetectableError[], precision: FloatDType): string[] {
  if (detectable.length === 0) return [];
  const { relative, path, order } = detectable.reduce((worst, other) => (other.relative > worst.relative ? other : worst));
  return [`computed in ${precision}; finds errors of ${percent(relative)} or more of a gradient (argument ${path}, order ${order}; less in others)`];
}

/** @internal A share as text. */
export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
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
