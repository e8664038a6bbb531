/*
 * The storages whose tensors no scope owns. Only the engine's garbage collector knows which of them are in use, and it does not see the bytes in
 * a backend's memory. So that these never fill the memory, however long a task runs without a break:
 *
 * - Finalizers free what the engine collected, between tasks.
 * - When large storages exceed a limit, the engine is made to collect, and the survey tells which storages are gone, within a task too.
 * - Where the host does not tell, and for small storages, for which a copy costs less than a survey, those that were used least lately move to buffers
 *   of the engine, which it collects like any other. A kernel that asks for the address brings the bytes back.
 */
import { collector } from '#collector';
import type { Backend } from '../backend.js';
import { survived, type Survivor } from './collector/collector.js';
import { clock, type Residence } from './residence.js';

const mebibyte = 1 << 20;

/** From this many bytes on a storage is large. */
const largeBytes = 2048;

/** How many bytes, beyond those that are known to live, may wait before the engine is made to collect: at first, and at most. */
const [leastAllowance, mostAllowance] = [32 * mebibyte, 256 * mebibyte];

const forcedCycles = 16;

/** How many small storages may wait, and how many bytes of them. */
const [smallCount, smallBytes] = [8192, 16 * mebibyte];

/** At shorter intervals, in milliseconds, collections cost too much time, so more may wait; at longer ones less, which caches like. */
const [leastInterval, mostInterval] = [100, 500];

/** Residences by the time when they came. Entries that no longer count stay until the list is gone through. */
class CollectableList {
  private entries: Residence[] = [];
  private evicted = 0;
  count = 0;
  bytes = 0;
  scale = 1;
  /** How many came back since the last eviction. */
  restored = 0;


  add(residence: Residence): void {
    residence.isListed = true;
    residence.since = clock.time;
    this.count++;
    this.bytes += residence.byteLength;
    if (residence.hasEntry) return;
    residence.hasEntry = true;
    this.entries.push(residence);
    if (this.entries.length > 2 * this.count + 1024) this.sweep(() => false);
  }

  remove(residence: Residence): void {
    residence.isListed = false;
    this.count--;
    this.bytes -= residence.byteLength;
  }

  /** Goes through all entries, oldest first. `discard` removes an entry and returns true, or leaves it. */
  sweep(discard: (residence: Residence) => boolean): void {
    const { entries } = this;
    let kept = 0;
    for (const residence of entries) {
      if (residence.isListed && !discard(residence)) entries[kept++] = residence;
      else residence.hasEntry = false;
    }
    entries.length = kept;
  }

  /**
   * Moves the bytes of those that were used least lately out of the backend's memory, until at most so many are left, times `scale`. That rises while
   * many come back, since more are in use then.
   */
  evict(bytes: number, count: number): void {
    if (this.restored > this.evicted / 4) this.scale *= 2;
    else if (this.restored < this.evicted / 16) this.scale = Math.max(1, this.scale / 2);
    this.restored = 0;
    this.evicted = 0;
    this.sweep(() => false);
    this.entries.sort((left, right) => lastUse(left) - lastUse(right));
    this.sweep((residence) => {
      if ((this.bytes <= bytes * this.scale && this.count <= count * this.scale) || residence.used >= clock.time || !evict(residence)) return false;
      this.evicted++;
      return true;
    });
  }
}

const lastUse = ({ since, used }: Residence): number => Math.max(since, used);

const small = new CollectableList();
const large = new CollectableList();

const listOf = ({ byteLength }: Residence): CollectableList => (byteLength < largeBytes ? small : large);

/** The large storages, some of which may have come back to a scope. */
const surveyed = new WeakSet<Survivor>();

/** The present survey, by number. */
export const surveys = { number: 0 };

const finalizers = new FinalizationRegistry<Residence | null>((residence) => {
  if (residence?.isListed === true) discard(residence);
});

/** How many bytes may wait, beyond those that lived at the last survey. Half of that, and the engine is pressed to collect. */
let allowance = leastAllowance;
let lived = 0;
/** At so many bytes it is time to look again. */
let nextLook = leastAllowance / 2;
/** What will be gone when the engine has collected; null while it is not pressed. */
let token: Token | null = null;
/** How many more times the engine is made to collect without having been pressed first, since it did not get ready in time. */
let cyclesToForce = 0;
let lastSurvey = 0;

/** What the garbage collector owns: it may be in use, or wait to be collected. */
export function collectableBytes(): number {
  return small.bytes + large.bytes;
}

/** The garbage collector became the owner of a tensor. */
export function hold(storage: Survivor, residence: Residence): void {
  residence.collectable++;
  if (!residence.isListed && residence.isPresent) enlist(storage, residence);
}

/** The garbage collector is not the owner of a tensor any more. */
export function letGo(residence: Residence): void {
  residence.collectable--;
  if (residence.collectable === 0 && residence.isListed) delist(residence);
}

/** To be called before a backend allocates for a tensor. */
export function beforeAllocation(): void {
  clock.time++;
  if (small.count > smallCount * small.scale || small.bytes > smallBytes * small.scale) small.evict(smallBytes / 2, smallCount / 2);
  if (large.bytes > nextLook) look();
}

/** Makes room at any price, since a backend's memory is full; false when there is nothing to free. */
export function makeRoom(backend: Backend): boolean {
  const before = collectableBytes();
  freeCollected();
  for (const list of [large, small]) {
    list.sweep((residence) => residence.backend === backend && residence.used < clock.time && evict(residence));
  }
  return collectableBytes() < before;
}

/** Brings a storage's bytes back into the backend's memory, during a kernel perhaps. */
export function restore(storage: Survivor, residence: Residence): void {
  residence.restore((evicted) => {
    const { backend } = residence;
    try {
      return backend.restore!(evicted);
    } catch (error) {
      if (!makeRoom(backend)) throw error;
      return backend.restore!(evicted);
    }
  });
  if (residence.collectable === 0) return;
  listOf(residence).restored++;
  enlist(storage, residence);
}

/** Frees the large storages that are gone; false where the host does not tell. */
export function freeCollected(begin = clock.time): boolean {
  return collector.collect() && survey(begin);
}

/** Frees the large storages that are gone after a collection that began at that time, and learns how much lives. */
function survey(begin: number): boolean {
  surveys.number++;
  if (!collector.survey(surveyed)) return false;
  lived = 0;
  large.sweep((residence) => {
    if (residence.survey !== surveys.number) {
      discard(residence);
      return true;
    }
    // What is younger than the collection was not looked at.
    if (residence.since < begin) lived += residence.byteLength;
    return false;
  });
  return true;
}

/**
 * Called while much waits. Presses the engine to collect, which it does by and by, and surveys when it did. If that takes too long, makes it collect
 * at once, or where that tells nothing, moves what waits.
 */
function look(): void {
  if (token?.isGone() === true) {
    survey(token.time);
    token = null;
  } else if (large.bytes < lived + allowance) {
    if (token === null && cyclesToForce === 0) {
      token = new Token();
      collector.press();
    }
    nextLook = cyclesToForce === 0 ? large.bytes + allowance / 16 : lived + allowance;
    return;
  }
  if (large.bytes >= lived + allowance) {
    // If a collection was under way, it ends now, and what is younger than it stays.
    if (!freeCollected(token?.time)) {
      large.evict((lived + allowance) / 2, Infinity);
      lived = large.bytes;
    }
    cyclesToForce = token === null ? Math.max(cyclesToForce - 1, 0) : forcedCycles;
    token = null;
  }
  const now = performance.now();
  if (now - lastSurvey < leastInterval) allowance = Math.min(2 * allowance, mostAllowance);
  else if (now - lastSurvey > mostInterval) allowance = Math.max(allowance / 2, leastAllowance);
  lastSurvey = now;
  nextLook = Math.max(lived + allowance / 2, large.bytes);
}

/** Something that is garbage from the start, by which to see that the engine has collected since. */
class Token {
  readonly time = clock.time;
  private wasVisited = false;
  private readonly set: WeakSet<Survivor>;

  constructor() {
    const object = { [survived]: () => (this.wasVisited = true, '') };
    this.set = new WeakSet([object]);
    // Otherwise a collection of young objects, which leaves the storages alone, would do.
    finalizers.register(object, null);
  }

  isGone(): boolean {
    this.wasVisited = false;
    return collector.survey(this.set) && !this.wasVisited;
  }
}

function enlist(storage: Survivor, residence: Residence): void {
  listOf(residence).add(residence);
  if (residence.byteLength < largeBytes) return;
  finalizers.register(storage, residence, residence);
  surveyed.add(storage);
}

function delist(residence: Residence): void {
  listOf(residence).remove(residence);
  if (residence.byteLength >= largeBytes) finalizers.unregister(residence);
}

function evict(residence: Residence): boolean {
  if (!residence.evict()) return false;
  delist(residence);
  return true;
}

function discard(residence: Residence): void {
  delist(residence);
  residence.free();
}
