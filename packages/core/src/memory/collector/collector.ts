/** What a host offers to find out, while a program runs, what its garbage collector has found. */
export interface Collector {
  /** Whether the host tells what a weak set still holds. Where it does not, the rest does nothing. */
  readonly tells: boolean;
  /** Makes the engine collect young objects now, which is quick; false where it does not. */
  collectYoung(): boolean;
  /** Makes the engine begin to collect all, and go on with it while the program runs. */
  press(): void;
  /** Whether the engine seems to have collected since it was last pressed. */
  hasCollected(): boolean;
  /** Makes the engine collect all garbage now. What came while a collection was under way may stay. */
  collect(): void;
  /** Calls the method of each object that the set still holds. If it returns true, an object that was not called is gone for good. */
  survey(set: WeakSet<Survivor>): boolean;
}

/** The name of the method by which Node prints an object, and so visits it. */
export const survived = Symbol.for('nodejs.util.inspect.custom');

/** An object whose collection can be noticed. */
export interface Survivor {
  /** Returns text without brackets. */
  [survived](): string;
}
