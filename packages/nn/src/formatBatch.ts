/** The axes of a batch of examples, by their lengths or names, as people write them: `[n, 28, 28, 1]`. */
export function formatBatch(axes: readonly (number | string)[]): string {
  return `[${['n', ...axes].join(', ')}]`;
}
