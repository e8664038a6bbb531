import { requireFunction, requireText } from '../arguments.js';
import { TransformError } from '../errors.js';
import { visitTensors } from '../tree.js';
import { closeScope, currentScope, handTo, openScope as open, release } from './ownership.js';

/**
 * Runs `fn` and frees all tensors that it made, except those in its result.
 *
 * You never need it, since the garbage collector frees tensors that no scope owns. Use it to free memory at a known moment, which keeps the
 * peak low and takes less time. A scope that stays open while a great many tensors are made leaves older ones to the garbage collector, so
 * one that is still referred to may outlive it.
 *
 * Tensors of the tree `takes` that the enclosing scope owns end with this scope too, unless they are in its result. So a loop in which each
 * step takes the result of the step before holds one result at a time.
 *
 * The result may be any nest of arrays, plain objects and Immutable collections. Tensors inside other objects are not found, and are
 * released.
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
  const opened = open(name);
  try {
    visitTensors(takes, (tensor) => {
      if (around !== null && tensor.owner === around) handTo(tensor, opened);
    });
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

/** A scope that {@link openScope} opened. */
export interface OpenScope extends Disposable {
  /** Lets the tensors of a tree outlive the scope: the enclosing scope, or the garbage collector if there is none, becomes their owner. */
  keep<T>(tree: T): T;
  /**
   * Ends the scope; `using` calls it. Nothing happens when it has ended. A scope that is left open ends with the one around it.
   *
   * @throws {@link TransformError} when a scope that was opened inside has not ended.
   */
  [Symbol.dispose](): void;
}

/**
 * Opens a scope that ends with the enclosing block if you declare it with `using`: it frees all tensors that were made in the meantime,
 * except those that you `keep`. It is {@link scope} without a function, and you never need it either.
 *
 * Don't `await` while it is open: other code that runs in the meantime would make its tensors in this scope.
 *
 * @throws {@link ArgumentError} when the name is not a string.
 *
 * @example
 * ```ts
 * import { memoryStats, openScope, tensor, type Tensor } from '@adjoint/core';
 * import { add, mul } from '@adjoint/ops';
 *
 * function affine(x: Tensor): Tensor {
 *   using memory = openScope();
 *   return memory.keep(add(mul(x, 3), 1));
 * }
 * const before = memoryStats().tensors;
 * const y = affine(tensor(2));
 * y.item(); // 7
 * memoryStats().tensors - before; // 2
 * ```
 */
export function openScope(name = 'openScope()'): OpenScope {
  requireText('openScope', 'name', name);
  const opened = open(name);
  return {
    keep(tree) {
      visitTensors(tree, (tensor) => {
        if (tensor.owner === opened) handTo(tensor, opened.parent);
      });
      return tree;
    },
    [Symbol.dispose]() {
      if (!opened.isOpen) return;
      const innermost = currentScope();
      if (innermost !== opened) {
        throw new TransformError(`${name}: the scope is to end while ${innermost === null ? 'no scope is open' : `${innermost.name}, which was opened inside it, is open`}; expected scopes to end in the reverse order, as with using, and no await in between`);
      }
      closeScope(opened);
    },
  };
}

/**
 * Takes the tensors of a tree out of all scopes. The garbage collector frees them when nothing refers to them any longer.
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
 * Frees a tree's tensors at once. You never need it, since scopes and the garbage collector free them; a single tensor can also be
 * declared with `using`. Tensors that are also in `except` stay, such as the unchanged part of a state in its new value.
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

/** Throws when a function that must be synchronous gave a promise. */
export function refusePromise(operation: string, result: unknown): void {
  if (typeof result !== 'object' || result === null || !('then' in result) || typeof result.then !== 'function') return;
  // Nobody uses the result, and its failure, after its tensors were released, must not end the process.
  (result as PromiseLike<unknown>).then(undefined, () => undefined);
  throw new TransformError(
    `${operation}: the function returned a promise; a transform takes a synchronous function, ` +
      'since what runs after an await is not recorded and its scope has ended. Await the data first, then call the transform',
  );
}
