import { requireFunction } from './arguments.js';
import { TransformError } from './errors.js';
import { closeScope, currentScope, handTo, livingTensors, openScope, release } from './ownership.js';
import { bytesInUse } from './storage.js';
import { visitTensors } from './tree.js';

/**
 * Runs `fn` and gives the memory of all tensors that it made back to the pool, but for those in its result.
 *
 * Tensors of the tree `takes` that the scope around owns end with this scope too, unless they are in its result: a loop whose steps each
 * take the result of the step before holds one result at a time.
 *
 * The result may be any nest of arrays, plain objects and Immutable collections; tensors inside of other
 * objects are not found and so are released.
 *
 * @throws {@link TransformError} when `fn` returns a promise: tensors of a scope that has ended would be used.
 *
 * @example
 * ```ts
 * import { memoryStats, scope, tensor } from '@adjoint/core';
 * import { add, mul } from '@adjoint/ops';
 *
 * const before = memoryStats().tensors;
 * const y = scope(() => add(mul(tensor(2), 3), 1));
 * y.item(); // 7
 * memoryStats().tensors - before; // 1
 * ```
 */
export function scope<R>(fn: () => R, name = 'scope()', takes: unknown = null): R {
  requireFunction('scope', 'fn', fn);
  const around = currentScope();
  const opened = openScope(name);
  visitTensors(takes, (tensor) => {
    if (around !== null && tensor.owner === around) handTo(tensor, opened);
  });
  try {
    const result = fn();
    refusePromise(name, result);
    visitTensors(result, (tensor) => {
      if (tensor.owner === opened) handTo(tensor, opened.parent);
    });
    return result;
  } finally {
    closeScope(opened);
  }
}

/**
 * Takes the tensors of a tree out of all scopes: they live until nothing refers to them.
 *
 * @example
 * ```ts
 * import { keep, scope, tensor, type Tensor } from '@adjoint/core';
 *
 * let kept: Tensor | undefined;
 * scope(() => { kept = keep(tensor(5)); });
 * kept?.item(); // 5
 * ```
 */
export function keep<T>(tree: T): T {
  visitTensors(tree, (tensor) => handTo(tensor, null));
  return tree;
}

/**
 * Gives the memory of a tree's tensors back at once. Nobody has to: scopes and the garbage collector do. It is for a loop
 * outside of all scopes that replaces large tensors faster than the garbage collector looks.
 *
 * Tensors that are also in `except` (the new value of a state, which shares the unchanged part) stay.
 *
 * @example
 * ```ts
 * import { dispose, tensor } from '@adjoint/core';
 *
 * const x = tensor([1, 2]);
 * dispose(x);
 * x.isReleased; // true
 * ```
 */
export function dispose(tree: unknown, except: unknown = null): void {
  const stays = new Set<unknown>();
  visitTensors(except, (tensor) => stays.add(tensor));
  visitTensors(tree, (tensor) => {
    if (!stays.has(tensor)) release(tensor, 'dispose()');
  });
}

/** What {@link memoryStats} tells. */
export interface MemoryStats {
  /** Tensors alive, views included. */
  readonly tensors: number;
  /** Bytes of the storages that living tensors share. */
  readonly bytes: number;
}

/** How many tensors live and how many bytes they hold. */
export function memoryStats(): MemoryStats {
  return { tensors: livingTensors(), bytes: bytesInUse() };
}

/** Throws when a function that must be synchronous gave a promise. */
export function refusePromise(operation: string, result: unknown): void {
  if (typeof result !== 'object' || result === null || !('then' in result) || typeof result.then !== 'function') return;
  // What comes of it is of no use any more, and its failure, after its tensors were released, is not to end the process.
  (result as PromiseLike<unknown>).then(undefined, () => undefined);
  throw new TransformError(
    `${operation}: the function returned a promise; a transform takes a synchronous function, ` +
      'since what runs after an await is not recorded and its scope has ended. Await the data first, then call the transform',
  );
}
