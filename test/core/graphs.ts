import * as fc from 'fast-check';
import { List } from 'immutable';
import { Graph, GraphNode, GraphOutput, type GraphNodeKind } from '@adjoint/core';
import { shapes } from '@adjoint/core/testing';

/** Names that try to be read as something else. */
const hostileNames = fc.oneof(
  fc.constantFrom('"', '\\', '\\"', 'a"]; b', '<b>x</b>', '&lt;', '&quot;', '#34;', '`md`', 'end', 'style a fill:#f00;', 'classDef x fill:#000;', 'a\nb', '%%{init}%%', '|', '-->', '\\N', '-- x --', ']]', '({[', '😀', 'ключ', ';', ''),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.string({ maxLength: 12 }),
);

interface GraphConstraints {
  /** Default: any text. */
  readonly names?: fc.Arbitrary<string>;
  /** Default: modules with hostile names. */
  readonly modules?: fc.Arbitrary<string>;
}

/** Graphs of up to 16 nodes, of every kind, with up to three outputs. */
export function graphs({ names = hostileNames, modules = hostileModules() }: GraphConstraints = {}): fc.Arbitrary<Graph> {
  const node = fc.record({
    kind: fc.constantFrom<GraphNodeKind>('input', 'constant', 'operation', 'operation', 'operation', 'result'),
    name: names,
    module: modules,
    phase: fc.constantFrom('forward' as const, 'gradient' as const),
    shape: shapes(),
    dtype: fc.constantFrom('float32' as const, 'int32' as const),
    value: fc.option(fc.double(), { nil: null }),
    reads: fc.array(fc.nat(), { maxLength: 3 }),
  });
  return fc.tuple(names, fc.array(node, { minLength: 1, maxLength: 16 }), fc.array(fc.tuple(names, fc.nat()), { maxLength: 3 })).map(([name, specifications, outputs]) => {
    const nodes: GraphNode[] = [];
    for (const { reads, ...fields } of specifications) {
      const id = nodes.length;
      const before = nodes.at(-1);
      // A result follows its call, in its module and phase; there is none without.
      const call = before?.kind === 'result' ? nodes[before.inputs.first()!]! : before;
      if (fields.kind !== 'result') nodes.push(new GraphNode({ ...fields, id, inputs: List(fields.kind === 'operation' && id > 0 ? reads.map((read) => read % id) : []) }));
      else if (call?.kind === 'operation') nodes.push(new GraphNode({ ...fields, id, module: call.module, phase: call.phase, name: String(id - call.id), inputs: List([call.id]) }));
    }
    const given = nodes.length === 0 ? [] : outputs.map(([path, read]) => new GraphOutput({ path, node: read % nodes.length }));
    return new Graph({ name, nodes: List(nodes), outputs: List(given) });
  });
}

function hostileModules(): fc.Arbitrary<string> {
  const part = hostileNames.filter((name) => name !== '' && !name.includes('/'));
  return fc.oneof(fc.constant(''), fc.constantFrom('a', 'a/b', 'a/c'), part, fc.tuple(part, part).map((parts) => parts.join('/')));
}
