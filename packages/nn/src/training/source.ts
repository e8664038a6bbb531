import { ArgumentError, dispose, scope } from '@adjoint/core';

/** Things to be used one after the other, which are at hand or have to be waited for. */
export interface Source<T> {
  /** What `use` gives for the next; null at the end. Tensors that were made for it are released, but for those of the result. */
  next<R>(use: (value: T) => R, name: string): Promise<R | null> | R | null;
  /** Ends the walk where it is. */
  close(): Promise<void>;
}

/** What a source can walk; `length` and `skip` as those of `Batches`. */
export type Walkable<T> = (Iterable<T> | AsyncIterable<T>) & { readonly length?: number; readonly skip?: (count: number) => Iterable<T> | AsyncIterable<T> };

/**
 * Walks iterables of both kinds, from the one after the first `skipped` on.
 *
 * @throws `ArgumentError` when there are fewer.
 */
export async function openSource<T>(values: Walkable<T>, skipped = 0): Promise<Source<T>> {
  if (values.length !== undefined && values.length < skipped) throw tooFew(skipped, values.length);
  if (skipped > 0 && values.skip !== undefined) return openSource(values.skip(skipped));
  const source = Symbol.asyncIterator in values ? asyncSource(values[Symbol.asyncIterator]()) : syncSource(values[Symbol.iterator]());
  for (let passed = 0; passed < skipped; passed++) {
    if (await source.next(() => true, 'a batch that was trained on before') === null) throw tooFew(skipped, passed);
  }
  return source;
}

function tooFew(skipped: number, length: number): ArgumentError {
  return new ArgumentError(`fit: the state was trained on ${skipped} batches of its epoch, but the data has only ${length}; go on with the data and the batchSize that it began with`);
}

function syncSource<T>(iterator: Iterator<T>): Source<T> {
  return {
    next: (use, name) => scope(() => {
      const result = iterator.next();
      return result.done === true ? null : use(result.value);
    }, name),
    close: async () => void iterator.return?.(),
  };
}

/** No scope is open while one waits, so that what the iterator makes has no owner; it is given away with what it gives. */
function asyncSource<T>(iterator: AsyncIterator<T>): Source<T> {
  return {
    next: async (use, name) => {
      const result = await iterator.next();
      if (result.done === true) return null;
      let used: unknown = null;
      try {
        used = scope(() => use(result.value), name);
        return used as ReturnType<typeof use>;
      } finally {
        dispose(result.value, used);
      }
    },
    close: async () => {
      await iterator.return?.();
    },
  };
}
