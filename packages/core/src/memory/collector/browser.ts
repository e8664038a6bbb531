import { blind } from './blind.js';
import type { Collector } from './collector.js';

/** The collector of a browser. */
export const collectorOfHost = (): Collector => blind;
