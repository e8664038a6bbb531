import { instance } from '@viz-js/viz';
import type { Graph, GraphViewOptions } from '@adjoint/core';

/** Colours for light and dark; what Graphviz wrote into the elements gives way to them. Text hides the lines that it stands on. */
const style = `
svg {
  --paper: #ffffff; --frame: #f5f7fb; --frame-line: #b4c0d2; --ink: #1c2430; --line: #33455f;
  --input: #dff1df; --input-line: #4a7f4a; --constant: #eeeeee; --constant-line: #8a8a8a; --output: #fdf0c8; --output-line: #8f7118;
  --forward: #dce9fb; --gradient: #fce4d6; --gradient-line: #b3541e; --gradient-ink: #8a3d10; --saved: #76808d; --saved-ink: #56606c;
}
@media (prefers-color-scheme: dark) {
  svg {
    --paper: #0f141b; --frame: #161d27; --frame-line: #3d4a5e; --ink: #e6ebf2; --line: #9db2d0;
    --input: #1d3a24; --input-line: #6fae76; --constant: #2a2f36; --constant-line: #858d98; --output: #43380f; --output-line: #cfae45;
    --forward: #1d3354; --gradient: #4d2b17; --gradient-line: #e58a4f; --gradient-ink: #f4ad80; --saved: #93a1b5; --saved-ink: #b3bfcf;
  }
}
text { font-family: Helvetica, Arial, "Liberation Sans", "DejaVu Sans", sans-serif; fill: var(--ink); }
.edge text { font-family: ui-monospace, Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace; font-size: 11.5px; }
.edge text, .caption { paint-order: stroke; stroke: var(--frame); stroke-width: 4px; stroke-linejoin: round; }
.caption { font-weight: bold; font-size: 13.5px; }
.graph > polygon { fill: var(--paper); }
.module path { fill: var(--frame); stroke: var(--frame-line); }
.node path, .node polygon { stroke: var(--line); fill: var(--forward); }
.node.gradient path, .node.gradient polygon { stroke: var(--gradient-line); fill: var(--gradient); }
.node.input path { fill: var(--input); stroke: var(--input-line); }
.node.constant path { fill: var(--constant); stroke: var(--constant-line); }
.node.output path { fill: var(--output); stroke: var(--output-line); }
.edge path { stroke: var(--line); }
.edge polygon { stroke: var(--line); fill: var(--line); }
.edge.gradient path { stroke: var(--gradient-line); }
.edge.gradient polygon { stroke: var(--gradient-line); fill: var(--gradient-line); }
.edge.gradient text { fill: var(--gradient-ink); }
.edge.saved path { stroke: var(--saved); stroke-width: 1.4px; }
.edge.saved polygon { stroke: var(--saved); fill: var(--saved); }
.edge.saved text { fill: var(--saved-ink); }
`;

/** A picture of a graph, in the colours that the viewer prefers. */
export async function drawSvg(graph: Graph, options: GraphViewOptions): Promise<string> {
  const graphviz = await instance();
  const svg = graphviz.renderString(graph.toDot(options), { format: 'svg' });
  const captions: string[] = [];
  // The names of the frames come last, above the lines that enter them, and begin where the frame does, however wide the font.
  const bare = svg.replace(/<g id="clust\d+"[^]*?<\/g>/g, (frame) => frame.replace(/<text[^]*?<\/text>\n/, (caption) => {
    const left = Math.min(...[...frame.matchAll(/(-?[\d.]+),-?[\d.]+/g)].map(([, x]) => Number(x)));
    captions.push(caption.replace(/(&#160;|\s)+<\/text>/, '</text>').replace(/<text[^>]*? x="[^"]*"/, `<text class="caption" x="${(left + 8).toFixed(2)}"`));
    return '';
  }));
  const content = bare.slice(bare.indexOf('<svg')).replace(/<svg[^>]*>/, (opening) => `${opening}\n<style>${style}</style>`);
  const end = content.lastIndexOf('</g>');
  return `${content.slice(0, end)}${captions.join('')}${content.slice(end)}`;
}
