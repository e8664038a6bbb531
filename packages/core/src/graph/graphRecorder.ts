import { isCollection, List, Map as ImmutableMap } from 'immutable';
import { aliasPrimitive } from '../identity.js';
import { Key } from '../key.js';
import { currentPlace, type Place } from '../modules.js';
import type { Primitive } from '../primitive.js';
import { showCollection } from '../printing.js';
import type { Call, Recorder } from '../recording.js';
import { formatType } from '../shape.js';
import { Tensor } from '../tensor.js';
import { isPlainObject } from '../plainObject.js';
import { type PathAndLeaf } from '../tree.js';
import { Graph } from './graph.js';
import { GraphOutput } from './graphFields.js';
import { GraphNode } from './graphNode.js';

/** Writes down the calls that it is shown as a {@link Graph}. Tensors that no call and no input gave are constants. */
export class GraphRecorder implements Recorder {
  private readonly nodes: GraphNode[] = [];
  /** By stand-ins, since a tape has those in the place of tensors that it does not hold. */
  private readonly ids = new Map<Tensor, number>();

  /** Makes `tensor` an input of the graph. */
  input(tensor: Tensor, path: string): void {
    this.add(tensor, new GraphNode({ kind: 'input', name: path }));
  }

  append(primitive: Primitive<unknown>, inputs: readonly Tensor[], attrs: unknown, output: Tensor, place: Place = currentPlace()): void {
    const ids = inputs.map((input) => this.idOf(input, place));
    // The transforms rename their arguments; no reader of a graph asks for that.
    if (primitive === aliasPrimitive) this.ids.set(output.standIn, ids[0]!);
    else this.add(output, new GraphNode({ kind: 'operation', name: primitive.name, attrs: plainAttributes(attrs), inputs: List(ids), ...place }));
  }

  /** A call with a gradient rule of its own: one operation, or one an output. */
  addCall({ name, inputs, outputs }: Call, place: Place): void {
    const ids = List(inputs.map((input) => this.idOf(input, place)));
    for (const output of outputs) this.add(output, new GraphNode({ kind: 'operation', name, inputs: ids, ...place }));
  }

  /** The graph of what was recorded. */
  finish(name: string, outputs: readonly PathAndLeaf[]): Graph {
    const found = outputs.map(([path, tensor]) => new GraphOutput({ path, node: this.idOf(tensor, currentPlace()) }));
    return new Graph({ name, nodes: showCollection(List(this.nodes)), outputs: showCollection(List(found)) });
  }

  private idOf(tensor: Tensor, place: Place): number {
    return this.ids.get(tensor.standIn) ?? this.add(tensor, new GraphNode({ kind: 'constant', value: scalarValue(tensor), ...place }));
  }

  private add(tensor: Tensor, node: GraphNode): number {
    const id = this.nodes.length;
    this.nodes.push(node.merge({ id, shape: tensor.shape, dtype: tensor.dtype }));
    this.ids.set(tensor.standIn, id);
    return id;
  }
}

function scalarValue(tensor: Tensor): number | null {
  if (tensor.shape.length > 0 || tensor.isReleased || tensor.storage.interpreter !== null || tensor.backend.readSync === undefined) return null;
  return tensor.data()[0]!;
}

function plainAttributes(attrs: unknown): ImmutableMap<string, unknown> {
  return ImmutableMap(isPlainObject(attrs) ? Object.entries(attrs).filter(([, value]) => value !== undefined).map(([name, value]) => [name, plain(value)]) : []);
}

/** Immutable data of numbers, strings and lists, so that a graph holds no tensors and no functions. */
function plain(value: unknown): unknown {
  if (value instanceof Tensor) return formatType(value);
  if (value instanceof Key) return `0x${hexadecimal(value.high)}${hexadecimal(value.low)}`;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return List(Array.from(value as ArrayLike<unknown>, plain));
  if (isCollection(value)) return value.map(plain);
  if (isPlainObject(value)) return plainAttributes(value);
  return typeof value === 'function' ? value.name : value;
}

function hexadecimal(word: number): string {
  return word.toString(16).padStart(8, '0');
}
