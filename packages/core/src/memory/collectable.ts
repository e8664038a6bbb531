/*
 * The storages whose tensors no scope owns. Only the engine's garbage collector knows which of them are in use, and it does not see the bytes in
 * a backend's memory. So that these never fill the memory, however long a task runs without a break:
 *
 * - Finalizers free what the engine collected, between tasks.
 * - When large storages exceed a limit, the engine is made to collect, and a survey tells which storages are gone, even within a task.
 * - Where the host does not tell, and for small storages, for which a copy costs less than a survey, the least recently used move to buffers of the
 *   engine, which it collects like any other. A kernel that asks for the address brings the bytes back.
 */
import { collectorOfHost } from '#collector';
import type { Backend } from '../backend.js';
import type { BlindCollector, Surveyor, Survivor } from './collector/collector.js';
import { clock, type Residence } from './residence.js';

const mebibyte = 1 << 20;

/** From this many bytes on a storage is large. */
const largeBytes = 2048;

/** How many small storages may wait, and how many bytes of them. */
const [smallCount, smallBytes] = [8192, 16 * mebibyte];

/** The same where the host does not tell what is gone, so that some of what is moved has to come back. */
const blindAllowance = 64 * mebibyte;

/** Residences by the time when they came. Entries that no longer count stay until the list is gone through. */
class CollectableList {
  private entries: Residence[] = [];
  private evicted = 0;
  count = 0;
  bytes = 0;
  scale = 1;
  /** How many came back since the last eviction. */
  restored = 0;
  /** Where the host tells, the storages that a survey looks for, and some that it need not. */
  surveyed = new WeakSet<Survivor>();

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

  /** Frees the storages that a collection found. */
  survey(collector: Surveyor): void {
    const before = this.surveyed;
    surveys++;
    this.surveyed = new WeakSet();
    if (!collector.survey(before)) {
      this.surveyed = before;
      return;
    }
    this.sweep((residence) => {
      if (!residence.isWatched || residence.survey === surveys) return false;
      discard(residence);
      return true;
    });
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

/** How many surveys there were. */
let surveys = 0;

/** To be called by each storage that a survey visits. */
export function visit(storage: Survivor, residence: Residence): void {
  residence.survey = surveys;
  if (residence.isWatched) listOf(residence).surveyed.add(storage);
}

/** Where the host does not tell, free, between tasks, storages that the engine collected. */
const finalizers = new FinalizationRegistry<Residence>((residence) => {
  residence.isWatched = false;
  if (residence.isListed) discard(residence);
});

/** Where the host tells, one finalizer of garbage is enough to know, between tasks, that the engine has collected. */
const collections = new FinalizationRegistry<Surveyor>((collector) => {
  isWaiting = false;
  for (const list of [large, small]) list.survey(collector);
  if (large.count + small.count > 0) awaitCollection(collector);
});
let isWaiting = false;

/**
 * Small storages of the present task. They are watched from its end on, since watching one takes longer than a small operation. A task that makes more of
 * them leaves the rest unwatched: they are moved before long.
 */
const mostNewcomers = 1024;
let newcomers: { readonly storage: Survivor; readonly residence: Residence }[] = [];

/**
 * How many bytes may be added before the next collection. Fewer bytes mean a lower peak, fewer cache misses and fewer page faults, so the allowance rises
 * only while collections take a notable share of the time, or find little: a young tensor that survives two collections is old, and only found by the
 * next collection of everything.
 */
class Pace {
  allowance: number;
  /** Milliseconds that recent collections took, and those that passed. Old ones count less and less, since the times of single ones vary. */
  private took = 0;
  private passed = 0;
  private lastEnd = 0;

  constructor(private readonly least: number, private readonly most: number) {
    this.allowance = least;
  }

  /** Runs a collection and adapts the allowance to what it took and found. */
  collect(collection: () => void): void {
    const [start, before] = [performance.now(), large.bytes];
    collection();
    const end = performance.now();
    this.took = 0.8 * this.took + (end - start);
    this.passed = 0.8 * this.passed + (end - this.lastEnd);
    this.lastEnd = end;
    const share = this.took / this.passed;
    const found = (before - large.bytes) / this.allowance;
    if (share > 0.1 || found < 0.5) this.allowance = Math.min(2 * this.allowance, this.most);
    else if (share < 0.02 && found > 0.9) this.allowance = Math.max(this.allowance / 2, this.least);
  }
}

/** For collections of young objects, and of all garbage. */
const [young, all] = [new Pace(16 * mebibyte, 128 * mebibyte), new Pace(32 * mebibyte, 128 * mebibyte)];

/** Bytes of large storages that were alive when all garbage was last collected, and at how many to look again. */
let lived = 0;
let nextLook = young.allowance;

/** What the garbage collector owns: it may be in use, or wait to be collected. */
export function collectableBytes(): number {
  return small.bytes + large.bytes;
}

/** The garbage collector became the owner of a tensor. */
export function hold(storage: Survivor, residence: Residence): void {
  residence.collectable++;
  if (!residence.isListed && residence.isPresent) enlist(storage, residence);
}

/** The garbage collector no longer owns a tensor. */
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
  const collector = collectorOfHost();
  if (collector.tells) freeCollected(collector);
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

/** Frees the storages that nobody refers to. */
export function freeCollected(collector: Surveyor): void {
  all.collect(() => {
    collector.collect();
    large.survey(collector);
  });
  lived = large.bytes;
  small.survey(collector);
}

/** Called when much waits. Most tensors are young when they become garbage; collects all garbage when the rest of it has grown too much. */
function look(): void {
  const collector = collectorOfHost();
  if (!collector.tells) {
    lookBlindly(collector);
    return;
  }
  young.collect(() => {
    collector.collectYoung();
    large.survey(collector);
  });
  if (large.bytes > lived + all.allowance) freeCollected(collector);
  nextLook = large.bytes + young.allowance;
}

/** Presses the engine, whose finalizers free between tasks; within one, moves what was used least lately, and presses the engine to collect that. */
function lookBlindly(collector: BlindCollector): void {
  if (large.bytes > blindAllowance * large.scale) large.evict(blindAllowance / 2, Infinity);
  collector.press();
  nextLook = blindAllowance * large.scale * (large.bytes > (blindAllowance / 2) * large.scale ? 1 : 0.5);
}

function awaitCollection(collector: Surveyor): void {
  isWaiting = true;
  collections.register({}, collector);
}

function enlist(storage: Survivor, residence: Residence): void {
  listOf(residence).add(residence);
  // An example of a vmap would keep what is behind it from being collected until the task ends.
  if (residence.allocation === null) return;
  if (residence.byteLength >= largeBytes) {
    watch(storage, residence);
    return;
  }
  if (newcomers.length === 0) queueMicrotask(watchNewcomers);
  else if (newcomers.length === mostNewcomers) newcomers.length = 1;
  newcomers.push({ storage, residence });
}

function watchNewcomers(): void {
  for (const { storage, residence } of newcomers) if (residence.isListed && !residence.isWatched) watch(storage, residence);
  newcomers = [];
}

function watch(storage: Survivor, residence: Residence): void {
  residence.isWatched = true;
  const collector = collectorOfHost();
  if (!collector.tells) {
    finalizers.register(storage, residence, residence);
    return;
  }
  listOf(residence).surveyed.add(storage);
  if (!isWaiting) awaitCollection(collector);
}

function delist(residence: Residence): void {
  listOf(residence).remove(residence);
  if (!residence.isWatched) return;
  residence.isWatched = false;
  if (!collectorOfHost().tells) finalizers.unregister(residence);
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
