import { collectorOfHost } from '#collector';
import { freeCollected } from './collectable.js';

/** Where the engine can only be pressed to collect, how many turns of the event loop it gets. */
const mostTurns = 100;

/**
 * Waits until the garbage of this moment has been collected. Where the engine can't be made to collect, as in browsers, gives up after a while.
 */
export async function afterCollection(): Promise<void> {
  // A collection that is already under way does not find what became garbage after it began; the next one does.
  for (let cycle = 0; cycle < 2; cycle++) await collection();
}

async function collection(): Promise<void> {
  const garbage = new WeakRef({});
  for (let turn = 0; turn < mostTurns; turn++) {
    // Only the next task: until the current one ends, the engine keeps what a WeakRef was made for or gave.
    await new Promise((resolve) => setTimeout(resolve, 0));
    const collector = collectorOfHost();
    if (collector.tells) freeCollected(collector);
    else collector.press();
    if (garbage.deref() === undefined) return;
  }
}
