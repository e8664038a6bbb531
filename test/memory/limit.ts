import type { Outcome } from './runs.js';

/** The most that a process may have resident: 512 MB, and three times what is alive. */
export function limitOf({ livingBytes }: Pick<Outcome, 'livingBytes'>): number {
  return 512 * 2 ** 20 + 3 * livingBytes;
}
