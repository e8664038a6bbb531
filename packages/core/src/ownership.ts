/*
 * Who gives memory back. Every tensor has an owner: the innermost scope open when it was made, or, outside
 * of all scopes, the garbage collector. `scope.ts` is the public face of this file.
 */
import type { Storage } from './storage.js';

/** What a scope needs to know of a tensor. */
export interface Member {
  owner: Scope | null;
  /** How many tape entries and cotangent slots need the data; a scope that ends hands a pinned member on. */
  pins: number;
  /** The scope or call that released it; null while it lives. */
  releasedBy: string | null;
  readonly storage: Storage;
}

/** Tensors to release together. */
export interface Scope {
  readonly name: string;
  readonly parent: Scope | null;
  members: Member[];
  /** At this many members the released ones are dropped from the list, so that a long scope stays small. */
  compactAt: number;
  /** Called when the scope ends, before its members are released. */
  readonly closers: (() => void)[];
}

let current: Scope | null = null;
let tensors = 0;

const collected = new FinalizationRegistry<Storage>((storage) => {
  tensors--;
  storage.dropReference();
});

/** How many tensors live. */
export function livingTensors(): number {
  return tensors;
}

/** Counts a new tensor and gives it to the current scope. */
export function adopt(member: Member): void {
  tensors++;
  member.storage.addReference();
  assign(member, current);
}

function assign(member: Member, scope: Scope | null): void {
  member.owner = scope;
  if (scope === null) {
    collected.register(member, member.storage, member);
    return;
  }
  if (scope.members.length >= scope.compactAt) {
    scope.members = scope.members.filter((other) => other.owner === scope);
    scope.compactAt = Math.max(1024, scope.members.length * 2);
  }
  scope.members.push(member);
}

/** Makes `scope` (null: the garbage collector) the owner instead of the present one. */
export function handTo(member: Member, scope: Scope | null): void {
  if (member.releasedBy !== null || member.owner === scope) return;
  if (member.owner === null) collected.unregister(member);
  assign(member, scope);
}

/** Gives the tensor's hold on its storage back; from now on its use is an error that names `by`. */
export function release(member: Member, by: string): void {
  if (member.releasedBy !== null) return;
  member.releasedBy = by;
  if (member.owner === null) collected.unregister(member);
  member.owner = null;
  tensors--;
  member.storage.dropReference();
}

/** Opens a scope inside the current one. */
export function openScope(name: string): Scope {
  current = { name, parent: current, members: [], compactAt: 1024, closers: [] };
  return current;
}

/** Ends a scope: what it still owns is released, but for what is pinned, which goes to its parent. */
export function closeScope(scope: Scope): void {
  current = scope.parent;
  for (const close of scope.closers) close();
  for (const member of scope.members) {
    if (member.owner === scope && member.pins === 0) release(member, scope.name);
  }
  // Only now: an example of a vmap, when it is released, lets go of the tensor behind it, which can stand before it or after it.
  for (const member of scope.members) {
    if (member.owner === scope) assign(member, scope.parent);
  }
}

/** The innermost open scope, or null. */
export function currentScope(): Scope | null {
  return current;
}
