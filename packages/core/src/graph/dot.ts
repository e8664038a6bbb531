import type { Drawing, Edge, Frame, Vertex } from './drawing.js';

const looks: Record<Vertex['kind'], string> = {
  input: 'shape=box, style="filled,rounded"',
  constant: 'shape=box, style="filled,rounded,dotted"',
  operation: 'shape=box, style=filled',
  module: 'shape=box, style="filled,bold"',
  output: 'shape=box, style="filled,rounded,bold"',
};

const fills: Record<Vertex['kind'], string> = {
  input: '#dcefdc', constant: '#f0f0f0', operation: '#dbe9fb', module: '#dbe9fb', output: '#fdeec2',
};

const lines: Record<Edge['kind'], string> = {
  forward: 'color="#30415d"',
  gradient: 'color="#b3541e", fontcolor="#8a3d10", style=dashed',
  saved: 'color="#7d8794", fontcolor="#5c6672", style=dotted',
};

const legend = 'solid: forward, dashed: gradient, dotted: read again by the gradient';

/** The drawing in the language of Graphviz. */
export function formatDot({ frame, edges, hasBothPhases }: Drawing): string {
  const title = [frame.name, hasBothPhases ? legend : ''].filter((line) => line !== '').join('\n');
  const statements = [
    `graph [fontname="Helvetica", fontsize=15, nodesep=0.3, ranksep=0.3, label=${quote(title)}, labelloc=t]`,
    'node [fontname="Helvetica", fontsize=14, height=0.4, margin="0.18,0.06", color="#30415d"]',
    'edge [fontname="Courier", fontsize=12, arrowsize=0.7]',
    ...contentsOf(frame),
    ...edges.map((edge) => edgeOf(edge, hasBothPhases)),
  ];
  return `digraph ${quote(frame.name)} {\n${indent(statements)}\n}\n`;
}

function contentsOf({ vertices, frames }: Frame): string[] {
  return [
    ...vertices.map(vertexOf),
    ...frames.map((frame) => {
      const look = [
        // Room behind the name, for the arrow that enters.
        `label=${quote(`${frame.name}       `)}`, 'labeljust=l', `tooltip=${quote(frame.name)}`,
        'class=module', 'style="rounded,filled"', 'color="#9fb0c7"', 'fillcolor="#f6f8fb"',
      ];
      return `subgraph cluster_${frame.key} {\n${indent([...look, ...contentsOf(frame)])}\n}`;
    }),
  ];
}

function vertexOf({ key, kind, phase, lines: text, hint }: Vertex): string {
  const fill = phase === 'gradient' && (kind === 'operation' || kind === 'module') ? '#fbe3d4' : fills[kind];
  return `${key} [label=${quote(text.join('\n'))}, ${looks[kind]}, fillcolor="${fill}", class="${kind} ${phase}", tooltip=${quote(hint)}]`;
}

/** Beside a forward pass that goes down, the gradient is drawn upwards, so that it meets the values that its rules read. */
function edgeOf({ from, to, kind, labels }: Edge, hasBothPhases: boolean): string {
  const look = `label=${quote(labels.map((label) => ` ${label} `).join('\n'))}, ${lines[kind]}, class=${kind}`;
  if (hasBothPhases && kind === 'gradient') return `${to} -> ${from} [dir=back, ${look}]`;
  return `${from} -> ${to} [${look}]`;
}

function indent(statements: readonly string[]): string {
  return statements.join('\n').replace(/^/gm, '  ');
}

/** A quoted string of DOT. In a label a backslash begins an escape, and an ampersand an entity. */
function quote(text: string): string {
  const escaped = text.replace(/&/g, '&amp;').replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n').replace(/\p{Cc}/gu, ' ');
  return `"${escaped}"`;
}
