import { checkShape, type Shape } from '@adjoint/core';
import { formatBatch } from './formatBatch.js';
import { requireLayer, type Layer } from './layer.js';
import { countSpecified, type LayerPart, type LayerSpecification } from './specification.js';

type Row = readonly [layer: string, outputShape: string, parameters: string];

/**
 * A table of a model's layers with their output shapes (`n` is the batch) and numbers of parameters, those inside of others
 * indented. Of frozen layers it tells that they are, and how many parameters learn; of a state, as running means, how many
 * numbers it has. No tensor is made for it.
 *
 * @param inputShape - the shape of one input, without the batch axis.
 * @throws `ShapeError` that names the layer which does not take its input.
 *
 * @example
 * ```ts
 * import { dense, relu, sequential, summary } from '@adjoint/nn';
 *
 * console.log(summary(sequential(dense({ units: 8 }), relu()), [4]));
 * // Layer  Output shape  Parameters
 * // ───────────────────────────────
 * // dense  [n, 8]                40
 * // relu   [n, 8]                 0
 * // ───────────────────────────────
 * // Total                        40
 * ```
 */
export function summary(model: Layer, inputShape: Shape): string {
  requireLayer('summary', 'model', model);
  checkShape('summary', inputShape);
  const name = model.name === '' ? model.type : model.name;
  const specification = model.specify(inputShape, name);
  const rows = specification.parts.isEmpty()
    ? rowsOf(model, name, { type: model.type, specification }, [])
    : specification.parts.entrySeq().toArray().flatMap(([part, inner]) => rowsOf(model, part, inner, [part]));
  return formatTable([['Layer', 'Output shape', 'Parameters'], ...rows], totalsOf(model, specification));
}

function totalsOf(model: Layer, { params, state }: LayerSpecification): Row[] {
  const total = countSpecified(params);
  const trainable = countSpecified(params, (path) => model.isTrainable(path));
  const row = (name: string, count: number): Row => [name, '', formatCount(count)];
  return [
    row('Total', total),
    ...(trainable === total ? [] : [row('Trainable', trainable), row('Frozen', total - trainable)]),
    ...(state.isEmpty() ? [] : [row('State', countSpecified(state))]),
  ];
}

/** The row of a layer and, indented, those of the layers inside. */
function rowsOf(model: Layer, name: string, { type, specification }: LayerPart, path: readonly string[]): Row[] {
  const { outputShape, params, parts } = specification;
  const frozen = !params.isEmpty() && !model.isTrainable(path.join('.'));
  const indent = '  '.repeat(Math.max(0, path.length - 1));
  // A layer that nobody named has its type for a name.
  const notes = [...(name.replace(/_\d+$/, '') === type ? [] : [type]), ...(frozen ? ['frozen'] : [])];
  const row: Row = [`${indent}${name}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`, formatBatch(outputShape), formatCount(countSpecified(params))];
  return [row, ...parts.entrySeq().toArray().flatMap(([part, inner]) => rowsOf(model, part, inner, [...path, part]))];
}

function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** Columns as wide as their longest cell, numbers to the right, lines after the head and before the totals. */
function formatTable(rows: readonly Row[], totals: readonly Row[]): string {
  const all = [...rows, ...totals];
  const width = (column: 0 | 1 | 2) => Math.max(...all.map((row) => row[column].length));
  const format = ([layer, shape, count]: Row) => `${layer.padEnd(width(0))}  ${shape.padEnd(width(1))}  ${count.padStart(width(2))}`;
  const [head, ...lines] = rows.map(format) as [string, ...string[]];
  const rule = '─'.repeat(head.length);
  return [head, rule, ...lines, rule, ...totals.map(format)].join('\n');
}
