/** What a host offers to find out, while a program runs, what its garbage collector has found. */
export interface Collector {
  /** Makes the engine begin to collect; it goes on with that while the program runs. */
  press(): void;
  /** Makes the engine collect all garbage now; false where it cannot be made to. */
  collect(): boolean;
  /**
   * Calls {@link Survivor.survived} of each object that the set still holds; false where the host does not tell. An object
   * that is not called is gone for good.
   */
  survey(set: WeakSet<Survivor>): boolean;
}

/** The name of the method by which Node prints an object, and so visits it. */
export const survived = Symbol.for('nodejs.util.inspect.custom');

/** An object whose collection can be noticed. */
export interface Survivor {
  [survived](): string;
}
