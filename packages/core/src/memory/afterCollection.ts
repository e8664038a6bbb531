import { freeCollected } from './collectable.js';

/** Where the engine can't be made to collect, how many turns of the event loop it gets, and the bytes by which each turn presses it. */
const [mostTurns, pressure] = [100, 32 << 20];

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
    if (!freeCollected()) press();
    if (garbage.deref() === undefined) return;
  }
}

/** Engines count the bytes of a buffer, but its pages are never touched. */
function press(): void {
  try {
    new ArrayBuffer(pressure);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
}
