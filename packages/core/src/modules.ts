import { ArgumentError } from './errors.js';
import { refusePromise } from './memory/scope.js';
import { requireFunction } from './arguments.js';

/** Whether a call computes a value, or a gradient rule made it. */
export type Phase = 'forward' | 'gradient';

/** Where in a program a call stands. */
export interface Place {
  /** The names of the modules around, outermost first, with slashes between; empty outside of all. */
  readonly module: string;
  readonly phase: Phase;
}

let current: Place = { module: '', phase: 'forward' };

/**
 * Runs `fn` under a name: the operations that it calls, and later those of their gradient rules, belong to this module in
 * a `Graph`. Names nest. The layers of `@adjoint/nn` do this with their own names.
 *
 * @throws {@link ArgumentError} when the name is empty.
 * @throws `TransformError` when `fn` returns a promise: what runs after an `await` would be outside again.
 * @jax jax.named_scope
 * @torch torch.profiler.record_function
 *
 * @example
 * ```ts
 * import { currentModule, withModule } from '@adjoint/core';
 *
 * withModule('encoder', () => withModule('attention', currentModule)); // 'encoder/attention'
 * currentModule(); // ''
 * ```
 */
export function withModule<R>(name: string, fn: () => R): R {
  requireFunction('withModule', 'fn', fn);
  if (name === '') throw new ArgumentError('withModule: the name is empty; give the module a name');
  const { module, phase } = current;
  const outside = enterPlace({ module: module === '' ? name : `${module}/${name}`, phase });
  try {
    const result = fn();
    refusePromise('withModule', result);
    return result;
  } finally {
    enterPlace(outside);
  }
}

/**
 * The names of the modules around, outermost first, with slashes between; empty outside of all.
 *
 * @example
 * ```ts
 * import { currentModule, withModule } from '@adjoint/core';
 *
 * withModule('decoder', currentModule); // 'decoder'
 * ```
 */
export function currentModule(): string {
  return current.module;
}

/** Where the program is now. */
export function currentPlace(): Place {
  return current;
}

/** Goes to a place and gives the one that it leaves. Whoever calls it goes back in a `finally`. */
export function enterPlace(place: Place): Place {
  const left = current;
  current = place;
  return left;
}
