import { ArgumentError } from '../errors.js';
import { currentPlace } from '../modules.js';
import { formatType } from '../shape.js';
import { Tensor } from '../tensor.js';
import { afterCollection } from './afterCollection.js';
import { captureStack, readCallSite, type CallSite } from './callSite.js';
import { makeLivingReport, type LivingReport, type LivingStack, type LivingTensors } from './livingReport.js';
import { currentScope } from './ownership.js';
import { watching } from './watcher.js';

/** A watch that {@link watchTensors} started. */
export interface TensorWatch extends Disposable {
  /**
   * Finds which of the tensors that were made during the watch are still alive, and groups them by the place that made them: the innermost line
   * of your program, module, scope and owner. A tensor is alive if it
   * was not released and something still refers to it.
   *
   * It waits for the garbage collector, which Node runs at once. A browser collects when it wants to: there, what is listed can be garbage that
   * the browser has not collected within about a second.
   *
   * @throws {@link ArgumentError} when the watch has stopped, or stops before the report is ready.
   */
  living(): Promise<LivingReport>;
  /** Ends the watch; `using` calls it. From then on it costs nothing. Nothing happens when it has ended. */
  stop(): void;
  [Symbol.dispose](): void;
}

/**
 * Starts to note where each tensor is made, so that you can find a leak: who made the tensors that are still alive.
 *
 * The watch notes the call stack, the module, the scope and the type, and does not keep tensors alive. That takes tens of microseconds per
 * tensor while a watch is on, and nothing otherwise. Tensors that were made before are not listed, so start it after the program has
 * warmed up; a leak is a group that grows from one report to the next.
 *
 * @example
 * ```ts
 * import { ones, watchTensors, type Tensor } from '@adjoint/core';
 * import { mul, sum } from '@adjoint/ops';
 *
 * const history: Tensor[] = [];
 * function step(x: Tensor): void {
 *   history.push(sum(mul(x, 2)));
 * }
 * const x = ones([100]);
 * const watch = watchTensors();
 * for (let index = 0; index < 10; index++) step(x);
 * const report = await watch.living();
 * watch.stop();
 *
 * report.count; // 10
 * report.bytes; // 40
 * report.groups[0]!.type; // 'float32 []'
 * report.groups[0]!.stack[0]!.startsWith('step'); // true
 * ```
 */
export function watchTensors(): TensorWatch {
  const watch = new Watch();
  watches.add(watch);
  watching.by = watcher;
  return watch;
}

/** What is known of a tensor. The tensor keeps it alive, and not the other way around. */
interface Note {
  readonly birthplace: Birthplace;
  readonly type: string;
  readonly storage: StorageNote;
  isReleased: boolean;
}

/** Identifies a storage, and does not keep it alive. */
interface StorageNote {
  readonly byteLength: number;
}

interface Birthplace extends CallSite {
  readonly module: string;
  readonly scope: string;
  readonly key: string;
}

/** A list that has grown this long, or to twice of what lived when it was last gone through, is gone through. */
const leastSweep = 1024;
/** How many birthplaces are remembered, so that the notes of one share its text. */
const mostBirthplaces = 4096;

const watches = new Set<Watch>();
let notes = new WeakMap<object, Note>();
let storages = new WeakMap<object, StorageNote>();
const birthplaces = new Map<string, Birthplace>();

class Watch implements TensorWatch {
  // A WeakRef of the tensor itself would keep it alive until the current task ends, so a long loop would run out of memory.
  private notes: WeakRef<Note>[] = [];
  private sweepAt = leastSweep;

  add(note: Note): void {
    if (this.notes.length >= this.sweepAt) {
      this.notes = this.notes.filter((reference) => isLiving(reference.deref()));
      this.sweepAt = Math.max(leastSweep, 2 * this.notes.length);
    }
    this.notes.push(new WeakRef(note));
  }

  async living(): Promise<LivingReport> {
    this.requireRunning();
    await afterCollection();
    this.requireRunning();
    return reportOf(this.notes.map((reference) => reference.deref()).filter(isLiving));
  }

  stop(): void {
    watches.delete(this);
    if (watches.size > 0) return;
    watching.by = null;
    notes = new WeakMap();
    storages = new WeakMap();
    birthplaces.clear();
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  private requireRunning(): void {
    if (watches.has(this)) return;
    throw new ArgumentError('TensorWatch.living: the watch has stopped; expected stop() after the result of living() has been awaited, or a new watch from watchTensors()');
  }
}

const isLiving = (note: Note | undefined): note is Note => note !== undefined && !note.isReleased;

const watcher = {
  made(tensor: object): void {
    if (!(tensor instanceof Tensor)) return;
    const note = { birthplace: findBirthplace(), type: formatType(tensor), storage: noteStorage(tensor), isReleased: false };
    notes.set(tensor, note);
    for (const watch of watches) watch.add(note);
  },
  released(tensor: object): void {
    const note = notes.get(tensor);
    if (note !== undefined) note.isReleased = true;
  },
};

function noteStorage({ storage }: Tensor): StorageNote {
  let note = storages.get(storage);
  if (note === undefined) {
    note = { byteLength: storage.byteLength };
    storages.set(storage, note);
  }
  return note;
}

function findBirthplace(): Birthplace {
  const { module } = currentPlace();
  const scopes = namesOfScopes();
  const stack = captureStack(Tensor);
  const known = JSON.stringify([module, scopes, stack]);
  let birthplace = birthplaces.get(known);
  if (birthplace === undefined) {
    const site = readCallSite(stack);
    // An operation made of others has a scope of its own.
    if (scopes.at(-1) === site.call) scopes.pop();
    const scope = scopes.join('/');
    birthplace = { ...site, module, scope, key: JSON.stringify([module, scope, site.call, site.stack[0]]) };
    if (birthplaces.size >= mostBirthplaces) birthplaces.clear();
    birthplaces.set(known, birthplace);
  }
  return birthplace;
}

/** Of the scopes that are open, outermost first. */
function namesOfScopes(): string[] {
  const names: string[] = [];
  for (let scope = currentScope(); scope !== null; scope = scope.parent) names.push(scope.name);
  return names.reverse();
}

function reportOf(living: readonly Note[]): LivingReport {
  const owners = openScopes();
  const groups = new Map<string, { readonly owner: string; readonly notes: Note[] }>();
  for (const note of living) {
    const owner = owners.get(note) ?? 'the garbage collector';
    const key = JSON.stringify([owner, note.birthplace.key]);
    const group = groups.get(key) ?? { owner, notes: [] };
    group.notes.push(note);
    groups.set(key, group);
  }
  const summaries = [...groups.values()].map((group) => summarize(group.owner, group.notes));
  return makeLivingReport(summaries.sort((left, right) => right.bytes - left.bytes || right.count - left.count), bytesOf(living));
}

/** The scope that owns a tensor, of those that are open. */
function openScopes(): Map<Note, string> {
  const owners = new Map<Note, string>();
  for (let scope = currentScope(); scope !== null; scope = scope.parent) {
    for (const member of scope.members) {
      const note = member.owner === scope ? notes.get(member) : undefined;
      if (note !== undefined) owners.set(note, scope.name);
    }
  }
  return owners;
}

function summarize(owner: string, group: readonly Note[]): LivingTensors {
  const { call, module, scope } = group[0]!.birthplace;
  const stacks = stacksOf(group);
  const largest = group.reduce((most, note) => (note.storage.byteLength > most.storage.byteLength ? note : most));
  return { count: group.length, bytes: bytesOf(group), type: largest.type, call, stack: stacks[0]!.frames, stacks, module, scope, owner };
}

function stacksOf(group: readonly Note[]): LivingStack[] {
  const stacks = new Map<string, { count: number; readonly frames: readonly string[] }>();
  for (const { birthplace: { stack } } of group) {
    const key = stack.join('\n');
    const known = stacks.get(key);
    if (known === undefined) stacks.set(key, { count: 1, frames: stack });
    else known.count++;
  }
  return [...stacks.values()].sort((left, right) => right.count - left.count);
}

function bytesOf(group: readonly Note[]): number {
  let bytes = 0;
  for (const { byteLength } of new Set(group.map(({ storage }) => storage))) bytes += byteLength;
  return bytes;
}
