import type { Platform, PlatformWorker } from './platform.js';

function startWorker(source: string, data: unknown): PlatformWorker | null {
  const address = URL.createObjectURL(
    new Blob([source, '\nonmessage = (event) => serve(event.data);'], { type: 'text/javascript' }),
  );
  try {
    const worker = new Worker(address);
    worker.postMessage(data);
    return worker;
  } catch {
    // A page can forbid workers from such an address; the host does their parts.
    return null;
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** A browser, or another host with the Web's interfaces. Only a worker's thread may sleep there. */
export const platform: Platform = {
  setting: () => undefined,
  processors: () => globalThis.navigator?.hardwareConcurrency ?? 1,
  mayBlock: typeof globalThis.document === 'undefined',
  startWorker,
  onExit: () => undefined,
};
