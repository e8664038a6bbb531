import type { Platform, PlatformWorker } from './platform.js';

function startWorker(source: string, data: unknown): PlatformWorker | null {
  let address: string | null = null;
  let worker: Worker | null = null;
  try {
    address = URL.createObjectURL(new Blob([source, '\nonmessage = (event) => serve(event.data);'], { type: 'text/javascript' }));
    worker = new Worker(address);
    // The host does the parts of a thread that is not there, as where a page forbids scripts from such an address.
    worker.addEventListener('error', (event) => event.preventDefault());
    worker.postMessage(data);
    return worker;
  } catch {
    worker?.terminate();
    return null;
  } finally {
    if (address !== null) URL.revokeObjectURL(address);
  }
}

/** A browser, or another host with the Web's interfaces. Only a worker's thread may sleep there. */
export const platform: Platform = {
  setting: () => undefined,
  processors: () => globalThis.navigator?.hardwareConcurrency ?? 1,
  mayBlock: typeof globalThis.document === 'undefined',
  startWorker,
  later: (task, milliseconds) => void setTimeout(task, milliseconds),
  onExit: () => undefined,
};
