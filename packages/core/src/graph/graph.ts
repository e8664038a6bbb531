import { List, Record } from 'immutable';
import type { GraphNode } from './graphNode.js';

interface GraphOutputFields {
  /** The place in what the function returned (`loss`, `0.bias`); empty where that is one tensor. */
  path: string;
  /** The id of the node. */
  node: number;
}

/** What a graph's function gives. */
export class GraphOutput extends Record<GraphOutputFields>({ path: '', node: 0 }) {}

interface GraphFields {
  name: string;
  /** In order of execution: a node stands behind those that it reads, and its id is its position. */
  nodes: List<GraphNode>;
  outputs: List<GraphOutput>;
}

/** The calls of a computation and what flows between them. */
export class Graph extends Record<GraphFields>({ name: '', nodes: List(), outputs: List() }) {}
