import { Record, type List } from 'immutable';
import { showAs } from '../printing.js';
import type { GraphNode } from './graphNode.js';

interface GraphOutputFields {
  /** The place in what the function returned (`loss`, `0.bias`); empty where that is one tensor. */
  path: string;
  /** The id of the node. */
  node: number;
}

/** What a graph's function gives. */
export class GraphOutput extends Record<GraphOutputFields>({ path: '', node: 0 }) {}

showAs(GraphOutput.prototype, ({ path, node }) => `output ${path === '' ? '' : `${path} `}%${node}`);

/** What a `Graph` holds. */
export interface GraphFields {
  name: string;
  /** In order of execution: a node stands behind those that it reads, and its id is its position. */
  nodes: List<GraphNode>;
  outputs: List<GraphOutput>;
}

/** The nodes that read each node, by id. */
export function readersOf({ nodes }: GraphFields): GraphNode[][] {
  const readers: GraphNode[][] = nodes.toArray().map(() => []);
  for (const node of nodes) for (const id of node.inputs.toSet()) readers[id]!.push(node);
  return readers;
}

/** The call or module that a node is a result of; any other node itself. */
export function callOf(graph: GraphFields, node: GraphNode): GraphNode {
  return node.kind === 'result' ? graph.nodes.get(node.inputs.first()!)! : node;
}

/** Whether a node computes something, or stands for what does. */
export function isCall({ kind }: GraphNode): boolean {
  return kind === 'operation' || kind === 'module';
}

/** How many operations a node stands for. */
export function operationsIn({ kind, attrs }: GraphNode): number {
  if (kind === 'module') return attrs.get('operations') as number;
  return kind === 'operation' ? 1 : 0;
}

/** How many elements the parameters inside of a node have. */
export function parametersIn({ kind, attrs }: GraphNode): number {
  return kind === 'module' ? (attrs.get('parameters', 0) as number) : 0;
}

/** The module that a node is, or else the one around it. */
export function moduleOf({ kind, module, name }: GraphNode): string {
  return kind !== 'module' ? module : module === '' ? name : `${module}/${name}`;
}

/**
 * The module that an input is a parameter of: all that reads it is in this module, and its path names it, as
 * `0.conv2d.kernel` does `sequential/conv2d`. Null for other inputs.
 */
export function moduleOfParameter(input: GraphNode, readers: readonly GraphNode[]): string | null {
  if (input.kind !== 'input' || readers.length === 0) return null;
  const module = moduleOf(readers[0]!);
  const isNamed = input.name.split('.').slice(0, -1).includes(module.split('/').at(-1)!);
  return isNamed && readers.every((reader) => moduleOf(reader) === module) ? module : null;
}
