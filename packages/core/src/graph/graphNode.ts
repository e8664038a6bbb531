import { List, Map, Record } from 'immutable';
import type { DType } from '../dtype.js';
import type { Phase } from '../modules.js';
import { showAs } from '../printing.js';
import { formatType, type Shape } from '../shape.js';

/**
 * What a node of a graph is: an argument of the function; a tensor from elsewhere; a call of a primitive; a module that
 * `collapse` made one node of; or one more result of a call or module, beside the one that stands for it.
 */
export type GraphNodeKind = 'input' | 'constant' | 'operation' | 'module' | 'result';

interface GraphNodeFields {
  /** Its position in the graph. */
  id: number;
  kind: GraphNodeKind;
  /** The primitive's or module's name; of an input its path in the arguments (`0.dense.kernel`); of a result its number, from 1. */
  name: string;
  /** The attributes of the call, as plain data; of a module, how many `operations` it holds. */
  attrs: Map<string, unknown>;
  /** The ids of the nodes that it reads, in the order of the call's inputs. */
  inputs: List<number>;
  shape: Shape;
  dtype: DType;
  /** The modules around (`sequential/conv2d`), empty outside of all. See `withModule`. */
  module: string;
  phase: Phase;
  /** Of a scalar constant, where it is known. */
  value: number | null;
}

/** A tensor in a `Graph`, and the call that makes it. */
export class GraphNode extends Record<GraphNodeFields>({
  id: 0,
  kind: 'operation',
  name: '',
  attrs: Map(),
  inputs: List(),
  shape: [],
  dtype: 'float32',
  module: '',
  phase: 'forward',
  value: null,
}) {}

showAs(GraphNode.prototype, formatNode);

/** All that is known of a node on one line. */
export function formatNode(node: GraphNode): string {
  return `%${node.id} ${node.kind} ${node.name}: ${formatType(node)}`;
}
