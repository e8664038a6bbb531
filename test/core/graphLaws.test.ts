import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Graph, GraphNode } from '@adjoint/core';
import { graphs } from './graphs.js';

/** Modules of which none is inside of another. */
const leafModules = fc.constantFrom('', 'stem', 'body/left', 'body/right');
const anyDepth = fc.constantFrom(1, 2, Infinity);

function expectOrdered(graph: Graph): void {
  graph.nodes.forEach((node, position) => {
    expect(node.id).toBe(position);
    expect(node.inputs.every((id) => id >= 0 && id < position)).toBe(true);
  });
  expect(graph.outputs.every(({ node }) => graph.nodes.has(node))).toBe(true);
}

function typesOf(graph: Graph): unknown[] {
  return graph.outputs.map(({ path, node }) => [path, graph.node(node).dtype, graph.node(node).shape]).toArray();
}

/** The pairs of different modules and phases that a tensor goes between. */
function flows(graph: Graph): Set<string> {
  const placeOf = (node: GraphNode): string => `${node.kind === 'module' ? [node.module, node.name].filter((part) => part !== '').join('/') : node.module} ${node.phase}`;
  const callOf = (node: GraphNode): GraphNode => (node.kind === 'result' ? graph.node(node.inputs.first()!) : node);
  const pairs = graph.nodes.toArray().filter(({ kind }) => kind !== 'result').flatMap((node) => node.inputs.toArray().map((id) => [callOf(graph.node(id)), node] as const));
  const calls = pairs.filter(([from]) => from.kind === 'operation' || from.kind === 'module');
  return new Set(calls.map(([from, to]) => `${placeOf(from)} -> ${placeOf(to)}`).filter((flow) => flow.split(' -> ')[0] !== flow.split(' -> ')[1]));
}

describe('collapse', () => {
  it('keeps order, operations and outputs', () => {
    fc.assert(fc.property(graphs(), anyDepth, (graph, depth) => {
      const collapsed = graph.collapse(depth);
      expectOrdered(collapsed);
      expect(collapsed.operations).toBe(graph.operations);
      expect(typesOf(collapsed)).toEqual(typesOf(graph));
      expect(collapsed.nodes.size).toBeLessThanOrEqual(graph.nodes.size);
    }));
  });

  it('keeps what flows between modules, and adds nothing', () => {
    fc.assert(fc.property(graphs({ modules: leafModules }), (graph) => {
      expect(flows(graph.collapse())).toEqual(flows(graph));
    }));
  });

  it('changes a collapsed graph no more', () => {
    fc.assert(fc.property(graphs({ modules: leafModules }), anyDepth, (graph, depth) => {
      const collapsed = graph.collapse(depth);
      expect(collapsed.collapse(depth).toDot()).toBe(collapsed.toDot());
    }));
  });
});

describe('filter', () => {
  it('divides the operations, and keeps what each reads', () => {
    fc.assert(fc.property(graphs(), (graph) => {
      const forward = graph.filter(({ phase }) => phase === 'forward');
      const gradient = graph.filter(({ phase }) => phase === 'gradient');
      expectOrdered(forward);
      expectOrdered(gradient);
      expect(forward.operations + gradient.operations).toBe(graph.operations);
      const readTypes = (whole: Graph, nodes: Iterable<GraphNode>): unknown[] => [...nodes].map((node) => node.inputs.map((id) => whole.node(id).shape).toArray());
      const calls = (part: Graph): Iterable<GraphNode> => part.nodes.filter(({ kind }) => kind === 'operation');
      const kept = graph.nodes.filter(({ kind, phase }) => kind === 'operation' && phase === 'forward');
      expect(readTypes(forward, calls(forward))).toEqual(readTypes(graph, kept));
    }));
  });

  it('gives the whole graph where every call is wanted, but for what nothing reads', () => {
    fc.assert(fc.property(graphs(), (graph) => {
      const whole = graph.filter(() => true);
      expect(whole.operationCounts().toJS()).toEqual(graph.operationCounts().toJS());
      expect(whole.bytes).toBe(graph.bytes);
    }));
  });
});

describe('consumers', () => {
  it('are the nodes that read a node', () => {
    fc.assert(fc.property(graphs(), (graph) => {
      for (const { id } of graph.nodes) expect(graph.consumers(id).map((reader) => reader.id).toArray()).toEqual(graph.nodes.filter(({ inputs }) => inputs.includes(id)).map((reader) => reader.id).toArray());
    }));
  });
});
