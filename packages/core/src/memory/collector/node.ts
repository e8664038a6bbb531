import { inspect } from 'node:util';
import { getHeapStatistics } from 'node:v8';
import { survived, type Collector, type Survivor } from './collector.js';

const mebibyte = 1 << 20;

const bytesOfBuffers = (): number => getHeapStatistics().external_memory;

/**
 * When young buffers exceed 32 MiB, V8 collects young objects at the next allocation of a buffer. Newer versions don't. V8 promotes an object that
 * survives two collections, so this runs only one.
 */
function collectYoung(): boolean {
  let isLeft = true;
  const token = new WeakSet([tokenOf(() => { isLeft = true; })]);
  for (let attempt = 0; attempt < 2 && isLeft; attempt++) {
    new ArrayBuffer(36 * mebibyte);
    isLeft = false;
    if (!survey(token)) return false;
  }
  return !isLeft;
}

const tokenOf = (onVisit: () => void): Survivor => ({ [survived]: () => { onVisit(); return ''; } });

/** Below so many bytes of buffers, V8 has freed some of those by which it was pressed. */
let collectedBelow = 0;

/** After 64 MiB of buffers since it last collected, V8 begins to mark what lives, while the program runs. */
function press(): void {
  collectedBelow = bytesOfBuffers() + 36 * mebibyte;
  // The pages of these are never touched. V8 looks at the sum when the next one comes.
  new ArrayBuffer(72 * mebibyte);
  new ArrayBuffer(1);
}

/**
 * Beyond half of the heap's limit, V8 collects all before it makes a buffer. This one's pages are never touched either, so it costs address space for
 * a moment. Where the system refuses it, V8 has collected before it gives up.
 */
function collect(): void {
  try {
    new ArrayBuffer(getHeapStatistics().heap_size_limit);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
}

/**
 * Printing a weak set visits all that it holds, in the midst of a task as well, when no finalizer runs. Where the stack has no room for that, Node ends
 * early and says so in brackets, which no survivor prints.
 */
function survey(set: WeakSet<Survivor>): boolean {
  return !inspect(set, { showHidden: true, customInspect: true, maxArrayLength: null, depth: 0 }).includes('[');
}

/** Whether this host prints weak sets so: of many objects that live, every one must be visited. Other hosts than Node take this file as well. */
function canSurvey(): boolean {
  let visits = 0;
  const living = Array.from({ length: 2000 }, () => tokenOf(() => { visits++; }));
  return survey(new WeakSet(living)) && visits === living.length;
}

let tells: boolean | null = null;

/** Node. */
export const collector: Collector = {
  get tells() {
    return (tells ??= canSurvey());
  },
  collectYoung,
  press,
  hasCollected: () => bytesOfBuffers() < collectedBelow,
  collect,
  survey,
};
