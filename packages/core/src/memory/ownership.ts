/*
 * Who gives memory back. Every tensor has an owner: the innermost scope open when it was made, or, outside
 * of all scopes, the garbage collector. `scope.ts` is the public face of this file.
 */
import type { Storage } from './storage.js';
import { watching } from './watcher.js';

/** What a scope needs to know of a tensor. */
export interface Member {
  owner: Scope | null;
  /** How many tape entries and cotangent slots need the data; a scope that ends hands a pinned member on. */
  pins: number;
  /** The scope or call that released it; null while it lives. */
  releasedBy: string | null;
  readonly storage: Storage;
}

/** What ends with a scope. */
export interface Closer {
  /** Called when the scope ends, before its members are released. */
  close(): void;
  /** Called when the scope has too many: it holds them no longer, and the garbage collector becomes the owner of what they held in it. */
  abandon(scope: Scope): void;
}

/** Tensors to release together. */
export interface Scope {
  readonly name: string;
  readonly parent: Scope | null;
  isOpen: boolean;
  members: Member[];
  closers: Closer[];
  /** At this many members, or bytes that came since, it looks which ones it still has to hold. */
  reviewAt: number;
  bytesToReview: number;
}

/** A scope looks through its members when there are so many of them, or when so many bytes came since it last did. */
const [reviewMembers, reviewBytes] = [1024, 64 << 20];
/** Of members that nothing pins, a scope holds so many, the youngest ones. */
const [heldMembers, heldBytes] = [16_384, 32 << 20];
const heldClosers = 256;

let current: Scope | null = null;

/** Counts a new tensor and gives it to the current scope. */
export function adopt(member: Member): void {
  member.storage.addReference();
  assign(member, current);
  watching.by?.made(member);
}

function assign(member: Member, scope: Scope | null): void {
  member.owner = scope;
  if (scope === null) {
    member.storage.becomeCollectable();
    return;
  }
  // Views add no bytes.
  if (!member.storage.isShared) scope.bytesToReview -= member.storage.byteLength;
  if (scope.members.length >= scope.reviewAt || scope.bytesToReview < 0) review(scope);
  scope.members.push(member);
}

/**
 * Drops released members from the list. A scope around a long loop must not hold tensors that the program has lost, so the garbage collector
 * becomes the owner of the older members that no tape needs.
 */
function review(scope: Scope): void {
  const storages = new Set<Storage>();
  let members = 0;
  let bytes = 0;
  for (let index = scope.members.length - 1; index >= 0; index--) {
    const member = scope.members[index]!;
    if (member.owner !== scope || member.pins > 0) continue;
    members++;
    if (!storages.has(member.storage)) bytes += heldBytesOf(member);
    storages.add(member.storage);
    if (members > heldMembers || bytes > heldBytes) entrust(member);
  }
  scope.members = scope.members.filter(({ owner }) => owner === scope);
  scope.reviewAt = Math.max(reviewMembers, scope.members.length * 2);
  scope.bytesToReview = reviewBytes;
}

/** What can be collected with a tensor: its bytes, or of an example inside `vmap` those behind it. */
function heldBytesOf({ storage }: Pick<Member, 'storage'>): number {
  return storage.content === null ? storage.byteLength : heldBytesOf(storage.content);
}

/** Makes the garbage collector the owner of a tensor and of what is behind it. */
function entrust(member: Member): void {
  handTo(member, null);
  // Only tensors are contents.
  if (member.storage.content !== null) entrust(member.storage.content as Member);
}

/** Makes `scope` (null: the garbage collector) the owner instead of the present one. */
export function handTo(member: Member, scope: Scope | null): void {
  if (member.releasedBy !== null || member.owner === scope) return;
  if (member.owner === null) member.storage.becomeOwned();
  assign(member, scope);
}

/** Gives the tensor's hold on its storage back; from now on its use is an error that names `by`. */
export function release(member: Member, by: string): void {
  if (member.releasedBy !== null) return;
  member.releasedBy = by;
  if (member.owner === null) member.storage.becomeOwned();
  member.owner = null;
  member.storage.dropReference();
}

/** Opens a scope inside the current one. */
export function openScope(name: string): Scope {
  current = { name, parent: current, isOpen: true, members: [], closers: [], reviewAt: reviewMembers, bytesToReview: reviewBytes };
  return current;
}

/** Has something end with the current scope, if there is one. */
export function closeWithScope(closer: Closer): void {
  if (current === null) return;
  if (current.closers.length >= heldClosers) {
    for (const older of current.closers.splice(0, heldClosers / 2)) older.abandon(current);
  }
  current.closers.push(closer);
}

/**
 * Ends a scope, and first those inside it that were left open: what it still owns is released, but for what is pinned, which goes to its parent.
 */
export function closeScope(scope: Scope): void {
  while (current !== null && current !== scope) closeScope(current);
  scope.isOpen = false;
  current = scope.parent;
  for (const closer of scope.closers) closer.close();
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
