import { accumulate } from './identity.js';
import { TransformError } from './errors.js';
import { GraphRecorder } from './graph/graphRecorder.js';
import type { Graph } from './graph/graph.js';
import { currentPlace, enterPlace, type Place } from './modules.js';
import { closeScope, currentScope, handTo, openScope, release, type Scope } from './ownership.js';
import type { Primitive } from './primitive.js';
import { recordingTo, type Recorder } from './recording.js';
import { formatType, sameShape } from './shape.js';
import { assertAlive, type Tensor } from './tensor.js';
import { flattenTree, type Tree } from './tree.js';

/** One recorded call. `nodes` are the inputs' numbers on the tape, -1 for those that it does not track. */
interface Entry {
  readonly primitive: Primitive<unknown>;
  readonly inputs: readonly Tensor[];
  readonly attrs: unknown;
  readonly output: Tensor;
  readonly nodes: readonly number[];
  readonly outputNode: number;
  readonly place: Place;
}

/** How {@link Tape.graph} names things. */
export interface TapeGraphOptions {
  /** What the graph is called. Default: `tape`. */
  readonly name?: string;
  /** A tree of the tensors that the tape watches: their paths become the inputs' names. Default: their numbers. */
  readonly inputs?: Tree;
  /** A tree of the tensors that are the graph's outputs. Default: the results that no recorded call reads. */
  readonly outputs?: Tree;
}

/**
 * The list of calls that a gradient is made from: it records every operation on the tensors that it watches,
 * and on what comes of them, and `backward` walks the list from last to first.
 *
 * The transforms (`grad`, `vjp`) are the comfortable way to use it.
 *
 * @example
 * ```ts
 * import { Tape, tensor } from '@adjoint/core';
 * import { square, sum } from '@adjoint/ops';
 *
 * const x = tensor([1, 2, 3]);
 * const tape = new Tape();
 * const loss = tape.run([x], () => sum(square(x)));
 * const [gradient] = tape.backward([loss], [tensor(1)], [x]);
 * gradient?.toArray(); // [2, 4, 6]
 * tape.close();
 * ```
 */
export class Tape implements Recorder {
  private readonly nodes = new Map<Tensor, number>();
  private entries: Entry[] = [];
  private nodeCount = 0;
  private closed = false;

  /** How many calls the tape holds. */
  get length(): number {
    return this.entries.length;
  }

  /** Tracks `tensors` and records while `fn` runs. */
  run<R>(tensors: readonly Tensor[], fn: () => R): R {
    for (const tensor of tensors) this.watch(tensor);
    return recordingTo(this, fn);
  }

  private watch(tensor: Tensor): void {
    if (!this.nodes.has(tensor)) this.nodes.set(tensor, this.nodeCount++);
  }

  /** @internal Called by `apply`. */
  append(primitive: Primitive<unknown>, inputs: readonly Tensor[], attrs: unknown, output: Tensor): void {
    if (primitive.vjp === 'none') return;
    let tracked = false;
    const nodes = new Array<number>(inputs.length);
    for (let index = 0; index < inputs.length; index++) {
      const node = this.nodes.get(inputs[index]!) ?? -1;
      nodes[index] = node;
      if (node >= 0) tracked = true;
    }
    if (!tracked) return;
    const outputNode = this.nodeCount++;
    this.nodes.set(output, outputNode);
    const entry = { primitive, inputs, attrs, output, nodes, outputNode, place: currentPlace() };
    pinKept(entry, 1);
    this.entries.push(entry);
  }

  /**
   * The cotangents of `targets`, given those of `outputs`: one a target, null for a target that no output depends on.
   * Can be called again with other cotangents until the tape is closed.
   *
   * @throws {@link TransformError} when a cotangent's type is not its output's.
   */
  backward(outputs: readonly Tensor[], cotangents: readonly Tensor[], targets: readonly Tensor[]): (Tensor | null)[] {
    this.requireOpen('backward');
    const scope = openScope('the backward pass');
    const slots = new CotangentSlots(this.nodeCount, scope);
    try {
      outputs.forEach((output, index) => {
        const cotangent = cotangents[index]!;
        assertAlive('backward', cotangent, `cotangent ${index}`);
        checkCotangent('backward: the cotangent', cotangent, output);
        const node = this.nodes.get(output);
        if (node !== undefined) slots.add(node, cotangent);
      });
      const wanted = targets.map((target) => this.nodes.get(target));
      const needed = this.dependents(wanted);
      for (let index = this.entries.length - 1; index >= 0; index--) {
        const entry = this.entries[index]!;
        const incoming = slots.take(entry.outputNode, !wanted.includes(entry.outputNode));
        if (incoming === null) continue;
        try {
          if (needed[entry.outputNode] === 1) this.propagate(entry, incoming, needed, slots);
        } finally {
          slots.drop(incoming);
        }
      }
      const results = wanted.map((node) => (node === undefined ? null : slots.get(node)));
      for (const result of results) if (result !== null && result.owner === scope) handTo(result, scope.parent);
      return results;
    } finally {
      slots.clear();
      closeScope(scope);
    }
  }

  /** Which nodes depend on a target; a rule need not run for any other. */
  private dependents(targets: readonly (number | undefined)[]): Uint8Array {
    const needed = new Uint8Array(this.nodeCount);
    for (const node of targets) if (node !== undefined) needed[node] = 1;
    for (const entry of this.entries) {
      for (const node of entry.nodes) if (node >= 0 && needed[node] === 1) needed[entry.outputNode] = 1;
    }
    return needed;
  }

  /**
   * The graph of what the tape recorded, constants included. A tape sees the calls that depend on a watched tensor and have
   * a gradient, and no others: what a random operation or a comparison gave is a constant of the graph.
   *
   * Gradients are part of it where they were computed while the tape ran, as in the example.
   *
   * @throws {@link TransformError} when the tape was closed.
   *
   * @example
   * ```ts
   * import { grad, Tape, tensor, type Tensor } from '@adjoint/core';
   * import { mul } from '@adjoint/ops';
   *
   * const x = tensor(3);
   * const tape = new Tape();
   * const slope = tape.run([x], () => grad((y: Tensor) => mul(y, y))(x));
   * const graph = tape.graph({ inputs: { x }, outputs: slope });
   * graph.nodes.map(({ kind, name, phase }) => `${kind} ${name} ${phase}`).toArray();
   * // ['input x forward', 'operation mul forward', 'constant  gradient', 'operation mul gradient', 'operation mul gradient', 'operation accumulate gradient']
   * tape.close();
   * ```
   */
  graph(options: TapeGraphOptions = {}): Graph {
    this.requireOpen('graph');
    const { name = 'tape', inputs = null, outputs = this.unreadResults() } = options;
    const recorder = new GraphRecorder();
    const paths = new Map(flattenTree(inputs).map(([path, tensor]) => [tensor, path]));
    const results = new Set(this.entries.map(({ output }) => output));
    let watched = 0;
    for (const tensor of this.nodes.keys()) {
      if (!results.has(tensor)) recorder.input(tensor, paths.get(tensor) ?? String(watched++));
    }
    for (const { primitive, inputs: read, attrs, output, place } of this.entries) recorder.append(primitive, read, attrs, output, place);
    return recorder.finish(name, outputs);
  }

  private unreadResults(): Tensor[] {
    const read = new Set(this.entries.flatMap(({ nodes }) => nodes));
    return this.entries.filter(({ outputNode }) => !read.has(outputNode)).map(({ output }) => output);
  }

  private requireOpen(method: string): void {
    if (!this.closed) return;
    throw new TransformError(`${method}: the tape was closed (a pullback of vjp ends with the scope around it); record the call again, or run ${method} earlier`);
  }

  private propagate(entry: Entry, cotangent: Tensor, needed: Uint8Array, slots: CotangentSlots): void {
    const { primitive, inputs, output, attrs, nodes, place } = entry;
    if (primitive.vjp === 'none') return;
    const outer = currentScope();
    const scope = openScope(`the gradient rule of ${primitive.name}`);
    const outside = enterPlace({ module: place.module, phase: 'gradient' });
    try {
      const needs = nodes.map((node) => node >= 0 && needed[node] === 1);
      const results = primitive.vjp({ inputs, output, attrs, cotangent, needs });
      for (let index = 0; index < inputs.length; index++) {
        const result = results[index];
        if (!needs[index] || result === null || result === undefined) continue;
        checkCotangent(`${primitive.name}: its gradient rule's cotangent of input ${index}`, result, inputs[index]!);
        slots.add(nodes[index]!, result);
        if (result.owner === scope) handTo(result, outer);
      }
    } finally {
      enterPlace(outside);
      closeScope(scope);
    }
  }

  /** Lets go of all that the entries kept; `backward` cannot run any more. */
  close(): void {
    for (const entry of this.entries) pinKept(entry, -1);
    this.entries = [];
    this.nodes.clear();
    this.closed = true;
  }
}

/** Checks that a cotangent has the type of what it is the cotangent of. */
function checkCotangent(what: string, cotangent: Tensor, of: Tensor): void {
  if (cotangent.dtype === of.dtype && sameShape(cotangent.shape, of.shape)) return;
  throw new TransformError(`${what} is ${formatType(cotangent)}; expected ${formatType(of)}`);
}

function keptOf({ primitive, inputs, output }: Entry): Tensor[] {
  const { keeps } = primitive;
  if (keeps === undefined) return [...inputs, output];
  const kept = keeps.inputs === 'all' ? [...inputs] : (keeps.inputs ?? []).map((index) => inputs[index]!);
  if (keeps.output === true) kept.push(output);
  return kept;
}

function pinKept(entry: Entry, change: 1 | -1): void {
  for (const tensor of keptOf(entry)) tensor.pins += change;
}

/** The cotangents that wait for their entry. What the backward pass itself made goes back to the pool once read. */
class CotangentSlots {
  private readonly slots: (Tensor | null)[];

  constructor(
    size: number,
    private readonly scope: Scope,
  ) {
    this.slots = new Array<Tensor | null>(size).fill(null);
  }

  add(node: number, cotangent: Tensor): void {
    const present = this.slots[node]!;
    const total = present === null ? cotangent : accumulate(present, cotangent);
    total.pins++;
    this.slots[node] = total;
    if (present !== null) this.drop(present);
  }

  get(node: number): Tensor | null {
    return this.slots[node]!;
  }

  take(node: number, remove: boolean): Tensor | null {
    const cotangent = this.slots[node]!;
    if (cotangent === null) return null;
    if (remove) this.slots[node] = null;
    else cotangent.pins++;
    return cotangent;
  }

  drop(cotangent: Tensor): void {
    cotangent.pins--;
    if (cotangent.pins === 0 && cotangent.owner === this.scope) release(cotangent, this.scope.name);
  }

  clear(): void {
    for (const cotangent of this.slots) if (cotangent !== null) cotangent.pins--;
  }
}
