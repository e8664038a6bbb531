import { List, Map as ImmutableMap } from 'immutable';
import { sizeOf } from '../shape.js';
import { callOf, isCall, moduleOf, moduleOfParameter, operationsIn, parametersIn, readersOf, type GraphFields } from './graphFields.js';
import { type GraphNode } from './graphNode.js';

/** Calls of one module and phase that run one after the other. A module of `null` is none: its one call stays as it is. */
interface Run {
  readonly module: string | null;
  /** With further results. */
  readonly nodes: GraphNode[];
}

/**
 * Each module of `depth` names, and each shorter one that has no module inside, as one node. Calls of a module that
 * others interrupt give several, so that the order stays one of execution.
 */
export function collapseModules(graph: GraphFields, depth: number): GraphFields {
  const { name, nodes, outputs } = graph;
  const moduleAt = outermostModules(graph, depth);
  const runs = runsOf(graph, moduleAt);
  const runOf = new Map(runs.flatMap((run) => run.nodes.map(({ id }) => [id, run])));
  const readers = readersOf(graph);
  const isOutput = new Set(outputs.map(({ node }) => node));

  // Inputs and constants, but for the parameters of one module and the constants of one run, which are part of it.
  const apart: GraphNode[] = [];
  const parameters = new Map<Run, number>();
  for (const node of nodes) {
    if (runOf.has(node.id)) continue;
    const around = new Set(readers[node.id]!.map(({ id }) => runOf.get(id)!));
    const module = moduleOfParameter(node, readers[node.id]!);
    const isParameter = module !== null && moduleAt(module) !== null;
    const isInside = isParameter || (node.kind === 'constant' && around.size === 1 && [...around][0]!.module !== null);
    if (isOutput.has(node.id) || !isInside) apart.push(node);
    else if (isParameter) for (const run of around) if (run.nodes[0]!.phase === 'forward') parameters.set(run, (parameters.get(run) ?? 0) + sizeOf(node.shape));
  }

  const collapsed: GraphNode[] = [];
  const ids = new Map<number, number>();
  const emit = (node: GraphNode, inputs: Iterable<number>): void => {
    const id = collapsed.length;
    ids.set(node.id, id);
    collapsed.push(node.merge({ id, inputs: List(inputs).map((input) => ids.get(input)!) }));
  };
  const emitModule = (run: Run, path: string): void => {
    const isInside = new Set(run.nodes.map(({ id }) => id));
    const reads = new Set(run.nodes.flatMap(({ inputs }) => inputs.toArray()).filter((id) => !isInside.has(id) && ids.has(id)));
    const given = run.nodes.filter(({ id }) => isOutput.has(id) || readers[id]!.some((reader) => !isInside.has(reader.id)));
    const [first, ...more] = given.length === 0 ? [run.nodes.at(-1)!] : given;
    const names = path.split('/');
    const module = names.slice(0, -1).join('/');
    const elements = (parameters.get(run) ?? 0) + total(run.nodes.map(parametersIn));
    const attrs = ImmutableMap({ operations: total(run.nodes.map(operationsIn)), ...(elements === 0 ? {} : { parameters: elements }) });
    emit(first!.merge({ kind: 'module', name: names.at(-1)!, module, attrs }), reads);
    more.forEach((node, index) => emit(node.merge({ kind: 'result', name: String(index + 1), module, attrs: ImmutableMap() }), [first!.id]));
  };

  let next = 0;
  for (const run of runs) {
    for (; next < apart.length && apart[next]!.id < run.nodes.at(-1)!.id; next++) emit(apart[next]!, []);
    if (run.module !== null) emitModule(run, run.module);
    else for (const node of run.nodes) emit(node, node.inputs);
  }
  for (const node of apart.slice(next)) emit(node, []);
  return { name, nodes: List(collapsed), outputs: outputs.map((output) => output.set('node', ids.get(output.node)!)) };
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** Finds the module, if any, that a call inside of another module becomes part of. */
function outermostModules({ nodes }: GraphFields, depth: number): (module: string) => string | null {
  const parents = new Set<string>();
  for (const node of nodes) {
    const names = moduleOf(node).split('/');
    if (isCall(node)) for (let length = 1; length < names.length; length++) parents.add(names.slice(0, length).join('/'));
  }
  return (module) => {
    const names = module.split('/');
    if (module === '') return null;
    if (names.length >= depth) return names.slice(0, depth).join('/');
    return parents.has(module) ? null : module;
  };
}

function runsOf(graph: GraphFields, moduleAt: (module: string) => string | null): Run[] {
  const runs: Run[] = [];
  for (const node of graph.nodes) {
    const call = callOf(graph, node);
    if (!isCall(call)) continue;
    const module = moduleAt(moduleOf(call));
    const last = runs.at(-1);
    if (node.kind === 'result' || (module !== null && last?.module === module && last.nodes[0]!.phase === node.phase)) last!.nodes.push(node);
    else runs.push({ module, nodes: [node] });
  }
  return runs;
}
