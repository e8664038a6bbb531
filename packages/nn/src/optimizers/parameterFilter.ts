import type { Tensor } from '@adjoint/core';
import { pathMatcher, requireFilter, requireMatch } from '../tensorTree.js';

/** Which parameters: a pattern of dotted paths as {@link PathFilter} has, or a predicate of path and parameter. */
export type ParameterFilter = string | ((path: string, parameter: Tensor) => boolean);

/**
 * The predicate of a filter.
 *
 * @throws `ArgumentError` that names the operation and the argument when it is not a filter.
 */
export function parameterMatcher(operation: string, argument: string, filter: ParameterFilter): (path: string, parameter: Tensor) => boolean {
  requireFilter(operation, argument, filter);
  return typeof filter === 'function' ? filter : pathMatcher(filter);
}

/** Refuses patterns that match none of the paths; {@link requireMatch} of several options. */
export function requireMatches(type: string, filters: Readonly<Record<string, ParameterFilter>>, paths: readonly string[]): void {
  for (const [option, filter] of Object.entries(filters)) requireMatch(type, option, filter, paths);
}
