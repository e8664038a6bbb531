import { List, type Map as ImmutableMap, Record } from 'immutable';
import { refuseArgument, requireFlag, requireFunction, requireText } from '../arguments.js';
import { ArgumentError } from '../errors.js';
import { formatText, formatValue } from '../formatValue.js';
import type { Phase } from '../modules.js';
import { requireOptions, type OptionNames } from '../options.js';
import { showCollection } from '../printing.js';
import { collapseModules } from './collapse.js';
import { formatDot } from './dot.js';
import { drawingOf } from './drawing.js';
import { extract } from './extract.js';
import { isCall, operationsIn, readersOf, type GraphFields } from './graphFields.js';
import type { GraphNode } from './graphNode.js';
import { formatMermaid } from './mermaid.js';
import { formatGraph, resultBytes } from './table.js';

/** What of a {@link Graph} is shown. */
export interface GraphViewOptions {
  /** Each module as one node: `true`, or how many names deep; see {@link Graph.collapse}. Default: false. */
  readonly collapse?: boolean | number;
  /** Which calls. Default: `both`. */
  readonly phases?: Phase | 'both';
  /** Whether tensors from elsewhere are shown. Default: true. */
  readonly constants?: boolean;
}

const graphViewOptionNames: OptionNames<GraphViewOptions> = { collapse: true, phases: true, constants: true };

/** Graphs of more operations are printed by their modules, if they have any. */
const mostOperations = 100;

/** Longer tables are printed without their middle. */
const mostRows = 200;

/**
 * The calls of a computation and what flows between them: an Immutable record, of numbers and names alone. `Tape.graph`
 * gives that of what a tape recorded.
 *
 * @example
 * ```ts
 * import { Tape, tensor, withModule } from '@adjoint/core';
 * import { add, matmul, tanh } from '@adjoint/ops';
 *
 * const [x, kernel, bias] = [tensor([[1, 2]]), tensor([[1], [0]]), tensor([3])];
 * const tape = new Tape();
 * const y = tape.run([x, kernel, bias], () => tanh(withModule('dense', () => add(matmul(x, kernel), bias))));
 * const graph = tape.graph({ name: 'neuron', inputs: { x, dense: { kernel, bias } }, outputs: { y } });
 * tape.close();
 * console.log(graph.collapse().toString());
 * // neuron
 * //     operation     reads  result         attributes
 * // ─────────────────────────────────────────────────────────────────
 * // %0  input x              float32 [1,2]
 * // %1  module dense  %0     float32 [1,1]  operations=2 parameters=3
 * // %2  tanh          %1     float32 [1,1]
 * //     output y      %2     float32 [1,1]
 * // ─────────────────────────────────────────────────────────────────
 * // 3 operations, 1 input of 2 elements, modules with 3 parameters, results of 8 bytes
 * ```
 */
export class Graph extends Record<GraphFields>({ name: '', nodes: List(), outputs: List() }) {
  /** The arguments of the computation. */
  get inputs(): List<GraphNode> {
    return showCollection(this.nodes.filter(({ kind }) => kind === 'input'));
  }

  /**
   * The node of an id.
   *
   * @throws {@link ArgumentError} when there is none.
   */
  node(id: number): GraphNode {
    const node = Number.isInteger(id) && id >= 0 ? this.nodes.get(id) : undefined;
    if (node === undefined) throw new ArgumentError(`node: the graph has no node ${formatValue(id)}; expected a whole number below ${this.nodes.size}`);
    return node;
  }

  /**
   * The nodes that read a node's tensor.
   *
   * @throws {@link ArgumentError} when there is no such node.
   */
  consumers(id: number): List<GraphNode> {
    return showCollection(List(readersOf(this)[this.node(id).id]));
  }

  /** How often each primitive is called, the most frequent first. */
  operationCounts(): ImmutableMap<string, number> {
    return showCollection(this.nodes.filter(({ kind }) => kind === 'operation').countBy(({ name }) => name).toOrderedMap().sortBy((count) => -count));
  }

  /** The number of operations, those inside of collapsed modules too. */
  get operations(): number {
    return this.nodes.reduce((sum, node) => sum + operationsIn(node), 0);
  }

  /** The bytes of all results, as if none was ever released and no two shared memory: an upper bound of what it takes. */
  get bytes(): number {
    return resultBytes(this.nodes);
  }

  /**
   * The graph of the calls for which `isWanted` is true. What other calls gave them becomes an input, and what others read
   * of theirs an output; these are named by the number that the tensor had, as `%7`.
   */
  filter(isWanted: (call: GraphNode) => boolean): Graph {
    requireFunction('filter', 'isWanted', isWanted);
    return new Graph(extract(this, isWanted));
  }

  /**
   * The graph of a module and the modules inside it.
   *
   * @throws {@link ArgumentError} when nothing was called there.
   */
  subgraph(module: string): Graph {
    requireText('subgraph', 'module', module);
    const isInside = (node: GraphNode): boolean => `${node.module}/`.startsWith(`${module}/`);
    if (!this.nodes.some((node) => isCall(node) && isInside(node))) {
      const modules = this.nodes.filter(isCall).map((node) => node.module).toOrderedSet().delete('');
      throw new ArgumentError(`subgraph: nothing was called in the module '${formatText(module)}', only in [${modules.join(', ')}]`);
    }
    return this.filter(isInside).set('name', module);
  }

  /**
   * The graph with each module as one node: those of `depth` names, and shorter ones without modules inside. Parameters
   * of a module (inputs named after it, `0.dense.kernel`, that nothing else reads) and its constants become part of it. Its
   * forward and gradient calls are two nodes, and so are calls that others interrupt.
   *
   * @param depth - default: the innermost modules.
   * @throws {@link ArgumentError} when it is not an integer >= 1.
   */
  collapse(depth = Infinity): Graph {
    if (depth !== Infinity && !(Number.isInteger(depth) && depth >= 1)) throw new ArgumentError(`collapse: depth is ${formatValue(depth)}; expected an integer >= 1`);
    return new Graph(collapseModules(this, depth));
  }

  /**
   * The graph as a table: a row a node, with what it reads, the type of what it gives, its module and attributes, and totals.
   * `∇` marks the calls of gradient rules. A scalar constant stands where it is read.
   */
  toTable(options: GraphViewOptions = {}): string {
    return formatGraph(this.viewed('toTable', options), { constants: options.constants ?? true, longest: Infinity });
  }

  /** {@link Graph.toTable}; of a large graph its modules alone, and not more than 200 rows. */
  override toString(): string {
    const isLarge = this.operations > mostOperations;
    const table = formatGraph(isLarge ? this.collapse() : this, { constants: true, longest: mostRows });
    return isLarge ? `${table}\n(collapsed by module; toTable() shows everything)` : table;
  }

  /** Node prints a graph by this. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /**
   * The graph in DOT, the language of Graphviz: types on the arrows, modules as clusters. Of a graph with both phases the
   * gradient goes upwards beside the forward pass, dashed. Nodes, arrows and clusters have classes (`operation`, `input`,
   * `constant`, `module`, `output`; `forward`, `gradient`, `saved`) for the style sheet of an SVG.
   */
  toDot(options: GraphViewOptions = {}): string {
    return formatDot(drawingOf(this.viewed('toDot', options), options.constants ?? true));
  }

  /** The graph as a Mermaid flowchart, which many sites draw in Markdown: types on the arrows, modules as subgraphs. */
  toMermaid(options: GraphViewOptions = {}): string {
    return formatMermaid(drawingOf(this.viewed('toMermaid', options), options.constants ?? true));
  }

  private viewed(operation: string, options: GraphViewOptions): Graph {
    requireOptions(operation, options, graphViewOptionNames);
    const { collapse = false, phases = 'both', constants = true } = options;
    if (typeof collapse !== 'number') requireFlag(operation, 'collapse', collapse);
    requireFlag(operation, 'constants', constants);
    if (!['forward', 'gradient', 'both'].includes(phases)) refuseArgument(operation, 'phases', phases, "one of 'forward', 'gradient', 'both'");
    const graph = phases === 'both' ? this : this.filter(({ phase }) => phase === phases);
    if (collapse === false) return graph;
    return graph.collapse(collapse === true ? Infinity : collapse);
  }
}
