import type { Collector } from './collector.js';

const nothing = (): void => undefined;

/** A browser collects when it wants to, and tells only between tasks, by finalizers. */
export const collector: Collector = { tells: false, collectYoung: () => false, press: nothing, hasCollected: () => false, collect: nothing, survey: nothing };
