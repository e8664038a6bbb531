/** A host that can collect garbage within a task and then tell what is left. */
export interface Surveyor {
  readonly tells: true;
  /** Collects young objects, which takes a fraction of a millisecond. What survives this twice is old. */
  collectYoung(): void;
  /** Collects all garbage. */
  collect(): void;
  /** Calls the method of each object that the set still holds. If it returns true, an object that was not called is gone for good. */
  survey(set: WeakSet<Survivor>): boolean;
}

/** A host that tells only between tasks, by finalizers, what it has collected. */
export interface BlindCollector {
  readonly tells: false;
  /** Makes the engine collect, as far as it can be made to. */
  press(): void;
}

/** What a host offers to find out what its garbage collector has found. */
export type Collector = Surveyor | BlindCollector;

/** The name of the method by which Node prints an object, and so visits it. */
export const survived = Symbol.for('nodejs.util.inspect.custom');

/** An object whose collection can be noticed. */
export interface Survivor {
  /** Returns text without brackets. */
  [survived](): string;
}
