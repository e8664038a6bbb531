/** A thread that was started. */
export interface PlatformWorker {
  terminate(): void;
}

/** What differs between Node and a browser. */
export interface Platform {
  /** The value of a setting by which a user changes how the backend starts, such as `ADJOINT_THREADS`. */
  setting(name: string): string | undefined;
  /** How many threads run at the same time on this machine. */
  processors(): number;
  /** Whether this thread may sleep until another one wakes it. */
  readonly mayBlock: boolean;
  /** Starts a thread that runs `source` and then calls its function `serve` with `data`; null where none can be started. */
  startWorker(source: string, data: unknown): PlatformWorker | null;
  /** Calls `listener` when the process ends; does nothing where there is no such moment. */
  onExit(listener: () => void): void;
  /** Calls `task` once the program has yielded to the event loop and the time has passed, unless the process ends first. */
  later(task: () => void, milliseconds: number): void;
}
