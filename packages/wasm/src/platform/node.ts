import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Platform, PlatformWorker } from './platform.js';

function startWorker(source: string, data: unknown): PlatformWorker | null {
  try {
    // Without the flags and the environment of this process, a loader that it was started with is not loaded again.
    const worker = new Worker(`${source}\nserve(require('node:worker_threads').workerData);`, {
      eval: true, workerData: data, execArgv: [], env: {},
    });
    worker.unref();
    // The host does the parts of a thread that is not there.
    worker.on('error', () => undefined);
    return { terminate: () => void worker.terminate() };
  } catch {
    return null;
  }
}

export const platform: Platform = {
  setting: (name) => process.env[name],
  processors: availableParallelism,
  mayBlock: true,
  startWorker,
  later: (task, milliseconds) => void setTimeout(task, milliseconds).unref(),
  onExit: (listener) => process.once('exit', listener),
};
