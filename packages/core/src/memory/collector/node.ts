import { inspect } from 'node:util';
import { getHeapStatistics } from 'node:v8';
import { survived, type Collector, type Survivor } from './collector.js';

/** At the next buffer, V8 begins to mark when 64 MiB of buffers came since it last collected, touched or not. */
function press(): void {
  new ArrayBuffer(72 << 20);
  new ArrayBuffer(1);
}

/**
 * V8 counts the bytes of buffers, touched or not, and collects at once when they exceed half of the heap's limit.
 * The pages of this one are never touched, so it costs address space for a moment. Where the system refuses it, V8 has collected before it gives up.
 */
function collect(): boolean {
  try {
    new ArrayBuffer(getHeapStatistics().heap_size_limit);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return true;
}

/** Printing a weak set visits all that it holds, in the midst of a task as well, when no finalizer runs. */
function visit(set: WeakSet<Survivor>): void {
  inspect(set, { showHidden: true, customInspect: true, maxArrayLength: null, depth: 0 });
}

/** Whether this host prints weak sets so: of two objects that live, both must be visited. */
function canSurvey(): boolean {
  let visited = 0;
  const probe = (): Survivor => ({ [survived]: () => { visited++; return ''; } });
  const living = [probe(), probe()];
  visit(new WeakSet(living));
  return visited === living.length;
}

const tells = canSurvey();

/** Node. Other hosts take this file as well, so it looks whether they do what Node does. */
export const collector: Collector = {
  press,
  collect,
  survey: (set) => {
    if (tells) visit(set);
    return tells;
  },
};
