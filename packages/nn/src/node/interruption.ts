/**
 * A signal that fires when the process is asked to end: by Ctrl-C (`SIGINT`), or by `SIGTERM`. Given to `fit` or `fitRun`, it ends
 * the training after the step that runs, and `fitRun` saves it. A second Ctrl-C ends the process at once, and so does the first one once
 * the training has ended: the process listens until the last listener of the signal is removed, and again when one is added.
 *
 * @example
 * ```ts
 * import { interruption } from '@adjoint/nn/node';
 *
 * const signal = interruption();
 * signal.aborted; // false
 * ```
 */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const { signal } = controller;
  const names = ['SIGINT', 'SIGTERM'] as const;
  const stop = (): void => {
    for (const name of names) process.off(name, abort);
  };
  const start = (): void => {
    stop();
    for (const name of names) process.on(name, abort);
  };
  const abort = (): void => {
    stop();
    controller.abort(new Error('interrupted'));
  };
  const listeners = new Set<unknown>();
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = (...listening: Parameters<typeof add>): void => {
    add(...listening);
    listeners.add(listening[1]);
    if (!signal.aborted) start();
  };
  signal.removeEventListener = (...listening: Parameters<typeof remove>): void => {
    remove(...listening);
    if (listeners.delete(listening[1]) && listeners.size === 0) stop();
  };
  start();
  return signal;
}
