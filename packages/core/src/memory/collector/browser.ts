import type { Collector } from './collector.js';

/** A browser collects when it wants to, and tells only between tasks, by finalizers. */
export const collector: Collector = {
  press: () => undefined,
  collect: () => false,
  survey: () => false,
};
