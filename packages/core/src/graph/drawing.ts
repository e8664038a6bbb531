import { formatNumber } from '../formatNumber.js';
import { formatShape, formatType, type TensorType } from '../shape.js';
import type { Phase } from '../modules.js';
import { callOf, isCall, moduleOfParameter, operationsIn, parametersIn, readersOf, type GraphFields } from './graphFields.js';
import { formatNode, type GraphNode } from './graphNode.js';
import { plural } from './table.js';

/** What is drawn as a box. */
export interface Vertex {
  /** A word that is unique in the drawing. */
  readonly key: string;
  readonly kind: 'input' | 'constant' | 'operation' | 'module' | 'output';
  readonly phase: Phase;
  readonly lines: readonly string[];
  /** All that is known of it in a line, for a tool tip. */
  readonly hint: string;
}

/** Tensors on their way. `saved` are those of the forward pass that a gradient rule reads. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly kind: Phase | 'saved';
  /** The types of the tensors. */
  readonly labels: string[];
}

/** A frame around the vertices and frames of a module. */
export interface Frame {
  readonly key: string;
  readonly name: string;
  readonly vertices: Vertex[];
  readonly frames: Frame[];
}

/** What there is to draw, for any language of drawings. The outermost frame is the graph. */
export interface Drawing {
  readonly frame: Frame;
  readonly edges: readonly Edge[];
  /** Whether there are operations of both phases. */
  readonly hasBothPhases: boolean;
}

/** Lays a graph out as boxes, arrows and frames. Everything comes in the order of execution. */
export function drawingOf(graph: GraphFields, constants: boolean): Drawing {
  const { name, nodes, outputs } = graph;
  const readers = readersOf(graph);
  const frames = new Frames(name);
  const edges = new Map<string, Edge>();
  const isDrawn = ({ kind }: GraphNode): boolean => constants || kind !== 'constant';

  for (const node of nodes) {
    if (node.kind === 'result' || !isDrawn(node)) continue;
    const module = homeOf(node, readers[node.id]!);
    frames.at(module).vertices.push({ key: `n${node.id}`, kind: node.kind, phase: node.phase, lines: linesOf(node, module), hint: formatNode(node) });
    for (const id of node.inputs.toSet()) connect(nodes.get(id)!, `n${node.id}`, node.phase);
  }
  for (const [index, { path, node: id }] of outputs.entries()) {
    const node = nodes.get(id)!;
    const key = `out${index}`;
    frames.at('').vertices.push({ key, kind: 'output', phase: node.phase, lines: [marked(path === '' ? 'output' : path, node.phase)], hint: `output ${path}: ${formatType(node)}` });
    connect(node, key, node.phase);
  }
  const phases = new Set(nodes.filter(isCall).map(({ phase }) => phase));
  return { frame: frames.at(''), edges: [...edges.values()], hasBothPhases: phases.size === 2 };

  function connect(source: GraphNode, to: string, phase: Phase): void {
    if (!isDrawn(source)) return;
    const kind = source.phase === phase ? phase : 'saved';
    const from = `n${callOf(graph, source).id}`;
    const edge = edges.get(`${from} ${to} ${kind}`) ?? { from, to, kind, labels: [] };
    edge.labels.push(edgeLabel(source));
    edges.set(`${from} ${to} ${kind}`, edge);
  }
}

/** The frames of modules, made when they are first asked for. */
class Frames {
  private readonly byModule = new Map<string, Frame>();

  constructor(private readonly name: string) {}

  at(module: string): Frame {
    const present = this.byModule.get(module);
    if (present !== undefined) return present;
    const names = module.split('/');
    const frame = { key: `module${this.byModule.size}`, name: module === '' ? this.name : names.at(-1)!, vertices: [], frames: [] };
    this.byModule.set(module, frame);
    if (module !== '') this.at(names.slice(0, -1).join('/')).frames.push(frame);
    return frame;
  }
}

/** In which frame a node stands: a parameter in that of its module, a constant where all that reads it is. */
function homeOf(node: GraphNode, readers: readonly GraphNode[]): string {
  if (node.kind === 'input') return moduleOfParameter(node, readers.filter((reader) => reader.kind !== 'module')) ?? '';
  return node.kind === 'constant' && !readers.every(({ module }) => module === node.module) ? '' : node.module;
}

function linesOf(node: GraphNode, home: string): string[] {
  const title = marked(node.name, node.phase);
  switch (node.kind) {
    case 'input': return [home === '' ? node.name : node.name.split('.').at(-1)!];
    case 'constant': return [node.value === null ? 'constant' : formatNumber(node.value)];
    case 'module': return [title, plural(operationsIn(node), 'operation'), ...(parametersIn(node) === 0 ? [] : [plural(parametersIn(node), 'parameter')])];
    default: return [title];
  }
}

function marked(name: string, phase: Phase): string {
  return phase === 'gradient' ? `∇ ${name}` : name;
}

/** The shape, with the dtype where it is not the usual one. */
function edgeLabel(type: TensorType): string {
  const shape = type.shape.length === 0 ? 'scalar' : formatShape(type.shape);
  return type.dtype === 'float32' ? shape : `${type.dtype} ${shape}`;
}
