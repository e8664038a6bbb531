/**
 * A signal that fires when the process is asked to end: by Ctrl-C (`SIGINT`), or by `SIGTERM`. Given to `fit` or `fitRun`, it ends
 * the training after the step that runs, and `fitRun` saves it. A second Ctrl-C ends the process at once.
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
  const names = ['SIGINT', 'SIGTERM'] as const;
  const abort = () => {
    for (const name of names) process.off(name, abort);
    controller.abort(new Error('interrupted'));
  };
  for (const name of names) process.on(name, abort);
  return controller.signal;
}
