import { zerosLike } from './create.js';
import { accumulate } from './identity.js';
import { ReleasedTensorError, TransformError } from './errors.js';
import { formatValue } from './formatValue.js';
import { GraphRecorder } from './graph/graphRecorder.js';
import type { Graph } from './graph/graph.js';
import { currentPlace, enterPlace, type Place } from './modules.js';
import { closeScope, currentScope, handTo, openScope, release, type Closer, type Scope } from './memory/ownership.js';
import type { Primitive } from './primitive.js';
import { recordingTo, type Call, type Recorder } from './recording.js';
import { formatType, sameShape } from './shape.js';
import { assertAlive, Tensor, type TapeName } from './tensor.js';
import { flattenTree, type Tree } from './tree.js';

/**
 * `nodes` are the inputs' numbers on the tape, -1 for those that it does not track. In the place of a tensor whose data the rule does not read is
 * its stand-in, so that it can be collected.
 */
interface EntryNodes {
  readonly inputs: readonly Tensor[];
  /** Whose data the rule reads. */
  readonly kept: readonly Tensor[];
  readonly nodes: readonly number[];
  /** The number of the output, or of the first of several, which have numbers in a row. */
  readonly outputNode: number;
  readonly place: Place;
}

/** A recorded operation. */
interface OperationEntry extends EntryNodes {
  readonly call: null;
  readonly primitive: Primitive<unknown>;
  readonly attrs: unknown;
  readonly output: Tensor;
}

/** A recorded call with a rule of its own. */
interface CallEntry extends EntryNodes {
  readonly call: Call;
}

type Entry = OperationEntry | CallEntry;

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
export class Tape implements Recorder, Closer {
  /** By this the tensors themselves know their numbers: a map would hold them. */
  private readonly name: TapeName = { isClosed: false };
  private readonly watched: Tensor[] = [];
  private entries: Entry[] = [];
  private nodeCount = 0;

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
    if (this.tracks(tensor)) return;
    this.watched.push(tensor);
    this.track(tensor);
  }

  /** @internal */
  tracks(tensor: Tensor): boolean {
    return this.nodeOf(tensor) >= 0;
  }

  /** Gives a tensor the next number. */
  private track(tensor: Tensor): void {
    let next = tensor.track;
    while (next !== null && next.tape.isClosed) next = next.next;
    tensor.track = { tape: this.name, node: this.nodeCount++, next };
  }

  /** The number of a tensor; -1 when it is not tracked. */
  private nodeOf(tensor: Tensor): number {
    for (let track = tensor.track; track !== null; track = track.next) if (track.tape === this.name) return track.node;
    return -1;
  }

  /** @internal Called by `apply`. */
  append(primitive: Primitive<unknown>, inputs: readonly Tensor[], attrs: unknown, output: Tensor): void {
    if (primitive.vjp === 'none') return;
    const nodes = this.nodesOf(inputs);
    if (nodes === null) return;
    const outputNode = this.nodeCount;
    this.track(output);
    this.add(operationEntry(primitive, inputs, attrs, output, nodes, outputNode));
  }

  /** @internal Called for a function with a rule of its own, in place of `append` for what it did. */
  appendCall(call: Call): void {
    const nodes = this.nodesOf(call.inputs);
    if (nodes === null) return;
    const outputNode = this.nodeCount;
    for (const output of call.outputs) this.track(output);
    this.add({ call, inputs: call.inputs, kept: call.kept, nodes, outputNode, place: currentPlace() });
  }

  /** The inputs' numbers; null when none is tracked. */
  private nodesOf(inputs: readonly Tensor[]): number[] | null {
    let tracked = false;
    const nodes = new Array<number>(inputs.length);
    for (let index = 0; index < inputs.length; index++) {
      const node = this.nodeOf(inputs[index]!);
      nodes[index] = node;
      if (node >= 0) tracked = true;
    }
    return tracked ? nodes : null;
  }

  private add(entry: Entry): void {
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
        checkCotangent(() => 'backward: the cotangent', cotangent, output);
        const node = this.nodeOf(output);
        if (node >= 0) slots.add(node, cotangent);
      });
      const wanted = targets.map((target) => this.nodeOf(target));
      const isWanted = new Set(wanted);
      const needed = this.dependents(wanted);
      const incoming: (Tensor | null)[] = [];
      for (let index = this.entries.length - 1; index >= 0; index--) {
        const entry = this.entries[index]!;
        if (needed[entry.outputNode] !== 1) continue;
        // One list for all entries: a chain of small operations would feel one each.
        incoming.length = 0;
        let isReached = false;
        for (let node = entry.outputNode; node < endOf(entry); node++) {
          const cotangent = slots.take(node, !isWanted.has(node));
          if (cotangent !== null) isReached = true;
          incoming.push(cotangent);
        }
        if (!isReached) continue;
        try {
          this.propagate(entry, incoming, needed, slots);
        } finally {
          for (const cotangent of incoming) if (cotangent !== null) slots.drop(cotangent);
        }
      }
      const results = wanted.map((node) => (node < 0 ? null : slots.get(node)));
      for (const result of results) if (result !== null && result.owner === scope) handTo(result, scope.parent);
      return results;
    } finally {
      slots.clear();
      closeScope(scope);
    }
  }

  /** Which nodes depend on a target; a rule need not run for any other. */
  private dependents(targets: readonly number[]): Uint8Array {
    const needed = new Uint8Array(this.nodeCount);
    for (const node of targets) if (node >= 0) needed[node] = 1;
    for (const entry of this.entries) {
      if (entry.nodes.some((node) => node >= 0 && needed[node] === 1)) needed.fill(1, entry.outputNode, endOf(entry));
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
    const paths = new Map(flattenTree(inputs, 'graph: inputs').map(([path, tensor]) => [tensor, path]));
    const results = new Set(this.entries.flatMap(outputsOf).map(({ standIn }) => standIn));
    let watched = 0;
    for (const tensor of this.watched) {
      if (!results.has(tensor.standIn)) recorder.input(tensor, paths.get(tensor) ?? String(watched++));
    }
    for (const entry of this.entries) {
      if (entry.call === null) recorder.append(entry.primitive, entry.inputs, entry.attrs, entry.output, entry.place);
      else recorder.addCall(entry.call, entry.place);
    }
    return recorder.finish(name, flattenTree(outputs, 'graph: outputs'));
  }

  private unreadResults(): Tensor[] {
    const read = new Set(this.entries.flatMap(({ nodes }) => nodes));
    return this.entries.flatMap((entry) => outputsOf(entry).filter((_, position) => !read.has(entry.outputNode + position)));
  }

  private requireOpen(method: string): void {
    if (!this.name.isClosed) return;
    throw new TransformError(`${method}: the tape was closed (a pullback of vjp ends with the scope around it); record the call again, or run ${method} earlier`);
  }

  private propagate(entry: Entry, incoming: readonly (Tensor | null)[], needed: Uint8Array, slots: CotangentSlots): void {
    const { inputs, nodes, place } = entry;
    const outer = currentScope();
    const scope = openScope(`the gradient rule of ${nameOf(entry)}`);
    const outside = enterPlace({ module: place.module, phase: 'gradient' });
    try {
      const needs = nodes.map((node) => node >= 0 && needed[node] === 1);
      const results = cotangentsOf(entry, incoming, needs);
      requireCotangents(entry, results);
      for (let index = 0; index < inputs.length; index++) {
        const result = results[index]!;
        if (!needs[index] || result === null) continue;
        checkCotangent(() => `${nameOf(entry)}: its gradient rule's cotangent of input ${index}`, result, inputs[index]!);
        slots.add(nodes[index]!, result);
        if (result.owner === scope) handTo(result, outer);
      }
    } catch (error) {
      throw error instanceof ReleasedTensorError ? explained(entry, error) : error;
    } finally {
      enterPlace(outside);
      closeScope(scope);
    }
  }

  /** Lets go of all that the entries kept; `backward` cannot run any more. */
  close(): void {
    for (const entry of this.entries) pinKept(entry, -1);
    this.entries = [];
    this.watched.length = 0;
    this.name.isClosed = true;
  }

  /** @internal */
  abandon(scope: Scope): void {
    for (const tensor of [...this.watched, ...this.entries.flatMap(({ kept }) => kept)]) if (tensor.owner === scope) handTo(tensor, null);
  }
}

/** Checks that a cotangent has the type of what it is the cotangent of. */
function checkCotangent(what: () => string, cotangent: Tensor, of: Tensor): void {
  const given: unknown = cotangent;
  if (given instanceof Tensor && given.dtype === of.dtype && sameShape(given.shape, of.shape)) return;
  throw new TransformError(`${what()} is ${given instanceof Tensor ? formatType(given) : formatValue(given)}; expected ${formatType(of)}`);
}

/** Checks that a rule, which untyped programs can write too, gave a list with an element per input. */
function requireCotangents(entry: Entry, results: unknown): void {
  const count = entry.inputs.length;
  if (Array.isArray(results) && results.length === count) return;
  const found = Array.isArray(results) ? `${results.length} cotangents` : formatValue(results);
  throw new TransformError(`${nameOf(entry)}: its gradient rule gave ${found} for ${count} inputs; expected a list with one cotangent per input (null for none)`);
}

/** What a rule has to keep, if it read a tensor that it did not keep. */
function explained(entry: Entry, error: ReleasedTensorError): ReleasedTensorError {
  if (entry.call !== null) return error;
  const isLost = (tensor: Tensor) => tensor === error.tensor && !entry.kept.includes(tensor);
  const input = entry.inputs.findIndex(isLost);
  if (input < 0 && !isLost(entry.output)) return error;
  const [what, keeps] = input < 0 ? ['the output', 'output: true'] : [`input ${input}`, `inputs: [${input}]`];
  return new ReleasedTensorError(`${nameOf(entry)}: its gradient rule reads ${what}, which it does not keep; add it to keeps, as in keeps: { ${keeps} }`, { cause: error });
}

function nameOf(entry: Entry): string {
  return entry.call === null ? entry.primitive.name : entry.call.name;
}

function outputsOf(entry: Entry): readonly Tensor[] {
  return entry.call === null ? [entry.output] : entry.call.outputs;
}

/** The number behind that of the last output. */
function endOf(entry: Entry): number {
  return entry.outputNode + (entry.call === null ? 1 : entry.call.outputs.length);
}

/** Runs an entry's gradient rule. */
function cotangentsOf(entry: Entry, incoming: readonly (Tensor | null)[], needs: readonly boolean[]): readonly (Tensor | null)[] {
  if (entry.call !== null) {
    const { outputs, rule } = entry.call;
    return rule(outputs.map((output, index) => incoming[index] ?? zerosLike(output)), needs);
  }
  const { primitive: { vjp }, inputs, output, attrs } = entry;
  return vjp === 'none' ? [] : vjp({ inputs, output, attrs, cotangent: incoming[0]!, needs });
}

/** The entry of an operation, which holds what its rule reads and of the rest the types. */
function operationEntry(primitive: Primitive<unknown>, inputs: readonly Tensor[], attrs: unknown, output: Tensor, nodes: readonly number[], outputNode: number): OperationEntry {
  const { keeps } = primitive;
  const place = currentPlace();
  if (keeps === undefined) return { call: null, primitive, inputs, attrs, output, kept: [...inputs, output], nodes, outputNode, place };
  const kept: Tensor[] = [];
  const held = inputs.map((input, index) => {
    if (keeps.inputs === 'all' || keeps.inputs?.includes(index) === true) {
      kept.push(input);
      return input;
    }
    // A constant number is of use in a graph, and takes no more memory than its stand-in.
    return input.size === 1 && nodes[index]! < 0 ? input : input.standIn;
  });
  if (keeps.output === true) kept.push(output);
  return { call: null, primitive, inputs: held, attrs, output: keeps.output === true ? output : output.standIn, kept, nodes, outputNode, place };
}

function pinKept(entry: Entry, change: 1 | -1): void {
  for (const tensor of entry.kept) tensor.pins += change;
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
