import { refuseArgument, type OptionNames } from '@adjoint/core';

/** Which diagonal to take. */
export interface DiagonalOptions {
  /** How far above the main diagonal (below it where negative). Default: 0. */
  readonly offset?: number;
  /** The axis of the rows and that of the columns. Default: `[0, 1]`, as in NumPy; `[-2, -1]` for a batch of matrices. */
  readonly axes?: readonly [rows: number, columns: number];
}

/** The names of {@link DiagonalOptions}. */
export const diagonalOptionNames: OptionNames<DiagonalOptions> = { offset: true, axes: true };

/**
 * Checks that axes are a list of two.
 *
 * @throws `ArgumentError` that names the operation.
 */
export function requireAxisPair(operation: string, axes: unknown): void {
  if (!(Array.isArray(axes) && axes.length === 2)) refuseArgument(operation, 'axes', axes, 'two axes, [rows, columns]');
}
