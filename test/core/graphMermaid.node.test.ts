// @vitest-environment jsdom
import * as fc from 'fast-check';
import mermaid from 'mermaid';
import { describe, expect, it } from 'vitest';
import { Tape, tensor, withModule } from '@adjoint/core';
import { mul } from '@adjoint/ops';
import { graphs } from './graphs.js';

/** What of Mermaid's own account of a flowchart is compared. */
interface Flowchart {
  getVertices(): ReadonlyMap<string, unknown>;
  getEdges(): readonly unknown[];
  getSubGraphs(): readonly unknown[];
}

async function read(text: string): Promise<Flowchart> {
  await mermaid.parse(text);
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- parse does not tell what it read, and render needs a browser.
  const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
  return db as unknown as Flowchart;
}

describe('Mermaid', () => {
  it('is read by Mermaid whatever the names are', async () => {
    await fc.assert(fc.asyncProperty(graphs(), async (graph) => {
      const text = graph.toMermaid();
      const flowchart = await read(text);
      expect(flowchart.getVertices().size).toBe(graph.nodes.filter(({ kind }) => kind !== 'result').size + graph.outputs.size);
      expect(flowchart.getEdges().length).toBe(text.match(/^ +\w+ (-->|==>|-\.->)\|/gm)?.length ?? 0);
      expect(flowchart.getSubGraphs().length).toBe(text.match(/^ *subgraph /gm)?.length ?? 0);
    }), { numRuns: 60 });
  });

  it('has types on the arrows and modules as subgraphs', () => {
    const x = tensor([1, 2]);
    const tape = new Tape();
    const doubled = tape.run([x], () => withModule('twice', () => mul(x, 2)));
    expect(tape.graph({ name: 'double', inputs: { x }, outputs: { doubled } }).toMermaid().split('\n').slice(0, 10)).toEqual([
      'flowchart TB',
      '  n0(["x"])',
      '  out0(["doubled"])',
      '  subgraph module1["twice"]',
      '    n1("2")',
      '    n2["mul"]',
      '  end',
      '  n0 -->|"[2]"| n2',
      '  n1 -->|"scalar"| n2',
      '  n2 -->|"[2]"| out0',
    ]);
    tape.close();
  });
});
