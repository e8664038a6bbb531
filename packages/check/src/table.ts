import type { GradientCheckResult } from '@adjoint/core/testing';
import Table from 'cli-table3';
import colors from 'picocolors';

/** What became of a case: a result, or the error that its function threw. */
export interface Outcome {
  readonly name: string;
  readonly result: GradientCheckResult | Error;
}

/** Whether all comparisons of a case agree, and prove anything. */
export function isRight({ result }: Outcome): boolean {
  return !(result instanceof Error) && result.report.ok && result.isProven;
}

/** Whether nothing is wrong, and nothing is proven either. */
export function isUnproven({ result }: Outcome): boolean {
  if (result instanceof Error) return false;
  const { report, isProven } = result;
  return (report.ok && !isProven) || (!report.ok && report.notFinite.length === 0 && report.comparisons.every(({ ok }) => ok));
}

/**
 * One row per case, with its worst element.
 *
 * @param columns - the width of the terminal. Where the table is wider, its cells have no space around.
 */
export function formatTable(outcomes: readonly Outcome[], columns = Infinity): string {
  const roomy = tableOf(outcomes, 1);
  return (roomy.width <= columns ? roomy : tableOf(outcomes, 0)).toString();
}

function tableOf(outcomes: readonly Outcome[], padding: number): Table.Table {
  const head = ['check', 'order', 'worst', 'analytic', 'numeric', 'error', 'finds', 'runs', ''];
  const table = new Table({ head, style: { head: [], border: [], 'padding-left': padding, 'padding-right': padding } });
  for (const outcome of outcomes) table.push(rowOf(outcome));
  return table;
}

function rowOf(outcome: Outcome): string[] {
  const { name, result } = outcome;
  if (result instanceof Error) return [name, '', '', '', '', '', '', '', colors.red('threw')];
  const { report: { worst, kinks, detectable }, runs } = result;
  const numbers = worst === null ? ['', '', '', '', ''] : [String(worst.order), worst.where, short(worst.analytic), short(worst.numeric), worst.error.toExponential(1)];
  const verdict = isRight(outcome) ? colors.green('ok') : isUnproven(outcome) ? colors.yellow('not proven') : colors.red('wrong');
  const finds = Math.max(...detectable.map(({ relative }) => relative).filter(Number.isFinite));
  return [name, ...numbers, Number.isFinite(finds) ? `${short(Number((100 * finds).toPrecision(2)))} %` : '', String(runs), kinks.length === 0 ? verdict : `${verdict}, ${kinks.length} at kinks`];
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** What a case needs besides its row: nothing, if everything agrees, is smooth and is proven. */
export function formatDetails({ name, result }: Outcome): string | null {
  if (result instanceof Error) return `${colors.bold(name)}: ${result.name}: ${result.message}`;
  const { report, counterexample } = result;
  if (report.ok && report.kinks.length === 0 && report.unproven.length === 0) return null;
  const at = counterexample === null ? '' : `\nat ${counterexample}`;
  return `${colors.bold(name)}: ${report.toString()}${at}`;
}
