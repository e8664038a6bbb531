import { List } from 'immutable';
import { callOf, GraphOutput, isCall, readersOf, type GraphFields } from './graphFields.js';
import { GraphNode } from './graphNode.js';

/**
 * The calls that `isWanted` says, with what they read. What other calls gave them becomes an input, and what they give
 * to other calls an output; both are named by the number that the tensor had, as `%7`.
 */
export function extract(graph: GraphFields, isWanted: (call: GraphNode) => boolean): GraphFields {
  const { name, nodes, outputs } = graph;
  const kept = nodes.map((node) => {
    const call = callOf(graph, node);
    return isCall(call) && isWanted(call);
  });
  const readers = readersOf(graph);
  const ids = new Map<number, number>();
  const extracted: GraphNode[] = [];
  const gives: GraphOutput[] = [];
  const named = new Map(outputs.map(({ path, node }) => [node, path]));
  for (const node of nodes) {
    const isKept = kept.get(node.id)!;
    if (!isKept && !readers[node.id]!.some(({ id }) => kept.get(id))) continue;
    const id = extracted.length;
    ids.set(node.id, id);
    extracted.push(isKept || node.kind === 'input' || node.kind === 'constant'
      ? node.merge({ id, inputs: node.inputs.map((input) => ids.get(input)!) })
      : new GraphNode({ id, kind: 'input', name: `%${node.id}`, shape: node.shape, dtype: node.dtype }));
    if (isKept && readers[node.id]!.some((reader) => !kept.get(reader.id)) && !named.has(node.id)) gives.push(new GraphOutput({ path: `%${node.id}`, node: id }));
  }
  const before = outputs.filter(({ node }) => kept.get(node)).map(({ path, node }) => new GraphOutput({ path, node: ids.get(node)! }));
  return { name, nodes: List(extracted), outputs: before.concat(gives) };
}
