import * as fc from 'fast-check';
import { instance, type Viz } from '@viz-js/viz';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Graph, grad, Tape, tensor, withModule, type Tensor } from '@adjoint/core';
import { add, matmul, square, sum } from '@adjoint/ops';
import { graphs } from './graphs.js';

/** What Graphviz makes of a text of DOT, as it says in JSON. */
interface Layout {
  readonly objects?: readonly { readonly name: string; readonly label?: string; readonly nodes?: readonly number[]; readonly class?: string }[];
  readonly edges?: readonly { readonly tail: number; readonly head: number; readonly label?: string; readonly dir?: string; readonly class?: string }[];
}

let viz: Viz;
beforeAll(async () => {
  viz = await instance();
});

function layoutOf(graph: Graph, options = {}): Layout {
  return JSON.parse(viz.renderString(graph.toDot(options), { format: 'dot_json' })) as Layout;
}

/** The text that a label shows. */
function shown(label: string | undefined): string {
  return (label ?? '').replace(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign)).replace(/&amp;/g, '&');
}

function printable(name: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(name)).replace(/[^\P{Cc}\n]/gu, ' ');
}

const dense = (x: Tensor, kernel: Tensor): Tensor => withModule('net', () => withModule('dense', () => matmul(x, kernel)));

function gradientGraph(): Graph {
  const [x, kernel] = [tensor([[1, 2]]), tensor([[1, 2, 3], [4, 5, 6]])];
  const tape = new Tape();
  const gradient = tape.run([x, kernel], () => grad((candidate: Tensor) => sum(square(add(dense(x, candidate), 1))))(kernel));
  const graph = tape.graph({ inputs: { x, dense: { kernel } }, outputs: { gradient } });
  tape.close();
  return graph;
}

describe('DOT', () => {
  it('is read by Graphviz whatever the names are, which it shows as they are', () => {
    fc.assert(fc.property(graphs(), fc.constantFrom(false, true, 1), (graph, collapse) => {
      const { objects = [], edges = [] } = layoutOf(graph, { collapse });
      const drawn = collapse === false ? graph : graph.collapse(collapse === true ? Infinity : collapse);
      const vertices = objects.filter(({ nodes }) => nodes === undefined);
      expect(vertices.length).toBe(drawn.nodes.filter(({ kind }) => kind !== 'result').size + drawn.outputs.size);
      for (const { name, label } of objects) {
        const node = /^n\d+$/.test(name) ? drawn.node(Number(name.slice(1))) : null;
        if (node?.kind === 'operation') expect(shown(label)).toBe(`${node.phase === 'gradient' ? '∇ ' : ''}${printable(node.name)}`);
      }
      expect(edges.every(({ label }) => /\[[\d,]*\]|scalar/.test(shown(label)))).toBe(true);
    }), { numRuns: 60 });
  });

  it('has the type of its source on every arrow, modules as clusters, parameters and constants beside what reads them', () => {
    const graph = gradientGraph();
    const { objects = [], edges = [] } = layoutOf(graph);
    const clusters = objects.filter(({ nodes }) => nodes !== undefined);
    expect(clusters.map(({ label }) => shown(label).trim())).toEqual(['net', 'dense']);
    const inDense = clusters[1]!.nodes!.map((index) => shown(objects[index]!.label));
    expect(inDense).toEqual(expect.arrayContaining(['kernel', 'matmul', '∇ matmul']));
    for (const { tail, head, label, dir } of edges) {
      const source = objects[dir === 'back' ? head : tail]!;
      const { shape } = graph.node(Number(source.name.slice(1)));
      expect(shown(label).trim()).toBe(shape.length === 0 ? 'scalar' : `[${shape.join(',')}]`);
    }
  });

  it('tells the phases apart, and draws the gradient upwards beside the forward pass', () => {
    const { objects = [], edges = [] } = layoutOf(gradientGraph());
    expect(new Set(edges.map(({ class: kind }) => kind))).toEqual(new Set(['forward', 'gradient', 'saved']));
    for (const { class: kind, dir } of edges) expect(dir === 'back').toBe(kind === 'gradient');
    expect(new Set(objects.map(({ class: kind }) => kind))).toEqual(new Set(['module', 'input forward', 'operation forward', 'operation gradient', 'constant forward', 'constant gradient', 'output gradient']));
  });

  it('shows one phase, or no constants, where that is asked for', () => {
    const graph = gradientGraph();
    const classes = (options: object): Set<unknown> => new Set(layoutOf(graph, options).objects!.map(({ class: kind }) => kind));
    expect(classes({ phases: 'forward' }).has('operation gradient')).toBe(false);
    expect(classes({ phases: 'gradient' }).has('operation forward')).toBe(false);
    expect([...classes({ constants: false })].filter((kind) => String(kind).startsWith('constant'))).toEqual([]);
  });

  it('is the same for the same calls', () => {
    expect(gradientGraph().toDot()).toBe(gradientGraph().toDot());
    expect(gradientGraph().toMermaid()).toBe(gradientGraph().toMermaid());
  });
});
