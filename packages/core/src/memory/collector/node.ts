import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { blind } from './blind.js';
import { survived, type Collector, type Survivor } from './collector.js';

/** V8's own function, which tests of V8 use. */
type Collect = (options?: { readonly type: 'minor'; readonly execution: 'sync' }) => void;

/**
 * V8 gives its function to contexts that are made while a flag is set, so this makes one. The flag changes nothing else and is unset at once. Another
 * thread may unset it at the wrong time, hence the attempts.
 */
function findCollect(): Collect | null {
  const { gc } = globalThis as { gc?: unknown };
  if (typeof gc === 'function') return gc as Collect;
  for (let attempt = 0; attempt < 5; attempt++) {
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('globalThis.gc');
    setFlagsFromString('--no-expose-gc');
    if (typeof collect === 'function') return collect as Collect;
  }
  return null;
}

/**
 * Printing a weak set visits all that it holds, even in the middle of a task, when no finalizer runs. Where the stack has no room for that, Node ends
 * early and says so in brackets, which no survivor prints.
 */
function survey(set: WeakSet<Survivor>): boolean {
  return !inspect(set, { showHidden: true, customInspect: true, maxArrayLength: null, depth: 0 }).includes('[');
}

/** Whether this host prints weak sets so: of many objects that live, every one must be visited. Hosts other than Node use this file as well. */
function canSurvey(): boolean {
  let visits = 0;
  const living = Array.from({ length: 2000 }, (): Survivor => ({ [survived]: () => { visits++; return ''; } }));
  return survey(new WeakSet(living)) && visits === living.length;
}

function find(): Collector {
  let collect: Collect | null = null;
  try {
    if (canSurvey()) collect = findCollect();
  } catch {
    // A host that refuses is treated like a browser.
  }
  if (collect === null) return blind;
  return { tells: true, collectYoung: () => collect({ type: 'minor', execution: 'sync' }), collect: () => collect(), survey };
}

let collector: Collector | null = null;

/** The collector of Node, found at the first call. */
export const collectorOfHost = (): Collector => (collector ??= find());
