/**
 * The part of an `AbortSignal` that training uses. It is declared here so that programs compile without the types of the DOM or of
 * Node.
 */
export interface AbortSignalLike {
  /** Whether the work should end. */
  readonly aborted: boolean;
  /** Throws the reason if the work should end. */
  throwIfAborted(): void;
  /** Calls a function when the work should end. */
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  /** Takes the call back. */
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Runs a function with a listener on the signal, since a signal as that of `interruption` watches only while somebody listens. */
export async function whileListening<T>(signal: AbortSignalLike | undefined, fn: () => Promise<T>): Promise<T> {
  const listener = (): void => undefined;
  signal?.addEventListener('abort', listener);
  try {
    return await fn();
  } finally {
    signal?.removeEventListener('abort', listener);
  }
}
