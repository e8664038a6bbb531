import type { Drawing, Edge, Frame, Vertex } from './drawing.js';

const brackets: Record<Vertex['kind'], readonly [string, string]> = {
  input: ['([', '])'],
  constant: ['(', ')'],
  operation: ['[', ']'],
  module: ['[[', ']]'],
  output: ['([', '])'],
};

const arrows: Record<Edge['kind'], string> = { forward: '-->', gradient: '==>', saved: '-.->' };

const classes = [
  'classDef input fill:#dcefdc,stroke:#4b7a4b,color:#1b1b1b',
  'classDef constant fill:#f0f0f0,stroke:#8f8f8f,color:#1b1b1b,stroke-dasharray:3 3',
  'classDef forward fill:#dbe9fb,stroke:#30415d,color:#1b1b1b',
  'classDef gradient fill:#fbe3d4,stroke:#b3541e,color:#1b1b1b,stroke-dasharray:5 3',
  'classDef output fill:#fdeec2,stroke:#8a6d1a,color:#1b1b1b',
];

/** The drawing in the language of Mermaid. */
export function formatMermaid({ frame, edges }: Drawing): string {
  const members = new Map<string, string[]>();
  const contents = contentsOf(frame, members);
  return [
    'flowchart TB',
    ...indent(contents),
    ...indent(edges.map(({ from, to, kind, labels }) => `${from} ${arrows[kind]}|${quote(labels.join('\n'))}| ${to}`)),
    ...indent(classes.filter((line) => members.has(line.split(' ')[1]!))),
    ...indent([...members].map(([name, keys]) => `class ${keys.join(',')} ${name}`)),
    '',
  ].join('\n');
}

function contentsOf({ vertices, frames }: Frame, members: Map<string, string[]>): string[] {
  for (const { key, kind, phase } of vertices) {
    const name = kind === 'operation' || kind === 'module' ? phase : kind;
    const keys = members.get(name);
    if (keys === undefined) members.set(name, [key]);
    else keys.push(key);
  }
  return [
    ...vertices.map(({ key, kind, lines }) => `${key}${brackets[kind][0]}${quote(lines.join('\n'))}${brackets[kind][1]}`),
    ...frames.flatMap((frame) => [`subgraph ${frame.key}[${quote(frame.name)}]`, ...indent(contentsOf(frame, members)), 'end']),
  ];
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

/** A quoted text of Mermaid: all but letters, digits and some plain signs by their numbers, so that nothing is read as markup. It may not be empty. */
function quote(text: string): string {
  const lines = text.split('\n').map((line) => line.replace(/[^\p{L}\p{N} _.,()[\]=+∇-]/gu, (sign) => `#${sign.codePointAt(0)!};`));
  return `"${lines.join('<br/>') || ' '}"`;
}
