import type { Shape } from '@adjoint/core';
import type { Layer } from './layer.js';
import { countSpecified, type LayerPart } from './specification.js';

type Row = readonly [layer: string, outputShape: string, parameters: string];

/**
 * A table of a model's layers with their output shapes (`n` is the batch) and numbers of parameters. No parameter is made
 * for it.
 *
 * @param inputShape - the shape of one input, without the batch axis.
 * @throws `ShapeError` that names the layer which does not take its input.
 *
 * @example
 * ```ts
 * import { dense, relu, sequential, summary } from '@adjoint/nn';
 *
 * console.log(summary(sequential(dense({ units: 8 }), relu()), [4]));
 * // Layer          Output shape  Parameters
 * // ───────────────────────────────────────
 * // dense (dense)  [n, 8]                40
 * // relu (relu)    [n, 8]                 0
 * // ───────────────────────────────────────
 * // Total                                40
 * ```
 */
export function summary(model: Layer, inputShape: Shape): string {
  const name = model.name === '' ? model.type : model.name;
  const specification = model.specify(inputShape, name);
  const rows = specification.parts.isEmpty()
    ? rowsOf(name, { type: model.type, specification }, 0)
    : specification.parts.entrySeq().toArray().flatMap(([part, inner]) => rowsOf(part, inner, 0));
  const total: Row = ['Total', '', formatCount(countSpecified(specification.params))];
  return formatTable([['Layer', 'Output shape', 'Parameters'], ...rows, total]);
}

/** The row of a layer and, indented, those of the layers inside. */
function rowsOf(name: string, { type, specification }: LayerPart, depth: number): Row[] {
  const { outputShape, params, parts } = specification;
  const row: Row = [`${'  '.repeat(depth)}${name} (${type})`, `[${['n', ...outputShape].join(', ')}]`, formatCount(countSpecified(params))];
  return [row, ...parts.entrySeq().toArray().flatMap(([part, inner]) => rowsOf(part, inner, depth + 1))];
}

function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** Columns as wide as their longest cell, numbers to the right, lines after the first row and before the last. */
function formatTable(rows: readonly Row[]): string {
  const width = (column: 0 | 1 | 2) => Math.max(...rows.map((row) => row[column].length));
  const lines = rows.map(([layer, shape, count]) => `${layer.padEnd(width(0))}  ${shape.padEnd(width(1))}  ${count.padStart(width(2))}`);
  const rule = '─'.repeat(lines[0]!.length);
  return [lines[0]!, rule, ...lines.slice(1, -1), rule, lines.at(-1)!].join('\n');
}
