import { bytesPerElement } from '../dtype.js';
import { formatType, sizeOf } from '../shape.js';
import { formatNumber } from '../formatNumber.js';
import { formatAttributes } from './attributes.js';
import { isCall, operationsIn, parametersIn, type GraphFields } from './graphFields.js';
import type { GraphNode } from './graphNode.js';

const longestAttributes = 48;

type Row = readonly string[];

/** A row a node and output, then the totals. `longest` is how many rows are shown before the middle is left out. */
export function formatGraph(graph: GraphFields, { constants, longest }: { readonly constants: boolean; readonly longest: number }): string {
  const { name, nodes, outputs } = graph;
  const given = new Set(outputs.map(({ node }) => node));
  // The value of a scalar stands where it is read.
  const isShown = (node: GraphNode): boolean => node.kind !== 'constant' || given.has(node.id) || (constants && node.value === null);
  const reference = (id: number): string => {
    const node = nodes.get(id)!;
    if (isShown(node)) return `%${id}`;
    return node.value === null ? 'constant' : formatNumber(node.value);
  };
  const rows: Row[] = [
    ...nodes.filter(isShown).map((node) => [`%${node.id}`, titleOf(node), node.inputs.map(reference).join(' '), formatType(node), node.module, short(formatAttributes(node))]),
    ...outputs.map(({ path, node }) => ['', `output ${path}`.trimEnd(), reference(node), formatType(nodes.get(node)!), '', '']),
  ];
  const table = formatColumns([['', 'operation', 'reads', 'result', 'module', 'attributes'], ...elideMiddle(rows, longest)]);
  const rule = '─'.repeat(Math.max(...table.map((line) => line.length)));
  return [...(name === '' ? [] : [name]), table[0]!, rule, ...table.slice(1), rule, totalsOf(graph)].join('\n');
}

function titleOf(node: GraphNode): string {
  const gradient = node.phase === 'gradient' && node.kind !== 'constant' ? '∇ ' : '';
  switch (node.kind) {
    case 'operation': return `${gradient}${node.name}`;
    case 'constant': return node.value === null ? 'constant' : `constant ${formatNumber(node.value)}`;
    default: return `${gradient}${node.kind} ${node.name}`;
  }
}

function short(text: string): string {
  return text.length <= longestAttributes ? text : `${text.slice(0, longestAttributes - 1)}…`;
}

function elideMiddle(rows: readonly Row[], longest: number): readonly Row[] {
  if (rows.length <= longest) return rows;
  const half = Math.floor(longest / 2);
  return [...rows.slice(0, half), ['…', `${formatCount(rows.length - 2 * half)} more rows`], ...rows.slice(-half)];
}

/** A line for each row. Columns that are empty below the first row are left out. */
export function formatColumns(rows: readonly Row[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const isUsed = widths.map((_, column) => column === 0 || rows.slice(1).some((row) => (row[column] ?? '') !== ''));
  return rows.map((row) => widths.map((width, column) => (row[column] ?? '').padEnd(width)).filter((_, column) => isUsed[column]).join('  ').trimEnd());
}

function totalsOf({ nodes }: GraphFields): string {
  const count = (isCounted: (node: GraphNode) => boolean): number => nodes.reduce((sum, node) => sum + (isCounted(node) ? operationsIn(node) : 0), 0);
  const [all, gradient] = [count(() => true), count(({ phase }) => phase === 'gradient')];
  const inputs = nodes.filter(({ kind }) => kind === 'input');
  const parameters = nodes.reduce((sum, node) => sum + (parametersIn(node)), 0);
  return [
    `${plural(all, 'operation')}${gradient === 0 ? '' : ` (${formatCount(all - gradient)} forward, ${formatCount(gradient)} gradient: ∇)`}`,
    `${plural(inputs.size, 'input')} of ${plural(inputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0), 'element')}`,
    ...(parameters === 0 ? [] : [`modules with ${plural(parameters, 'parameter')}`]),
    `results of ${formatBytes(resultBytes(nodes))}`,
  ].join(', ');
}

/** The bytes of all that calls give, as if no two shared memory. */
export function resultBytes(nodes: Iterable<GraphNode>): number {
  let bytes = 0;
  for (const node of nodes) if (isCall(node) || node.kind === 'result') bytes += sizeOf(node.shape) * bytesPerElement(node.dtype);
  return bytes;
}

/** A number with what it counts: `1 operation`, `1,200 operations`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const unit = Math.min(units.length - 1, bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return `${unit === 0 ? bytes : (bytes / 1000 ** unit).toPrecision(3)} ${units[unit]!}`;
}
