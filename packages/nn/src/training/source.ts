import { ArgumentError, dispose, formatValue, scope } from '@adjoint/core';
import type { AbortSignalLike } from './abortSignal.js';
import { Failures } from './failures.js';

/** Things to be used one after the other, which are at hand or have to be waited for. */
export interface Source<T> {
  /**
   * What `use` gives for the next; null at the end, and once the signal has fired. Tensors that were made for it are released, but
   * for those of the result.
   */
  next<R>(use: (value: T) => R, name: string): Promise<R | null> | R | null;
  /** Ends the walk where it is. */
  close(): Promise<void>;
}

/** What a source can walk; `length` and `skip` as those of `Batches`. */
export type Walkable<T> = (Iterable<T> | AsyncIterable<T>) & { readonly length?: number; readonly skip?: (count: number) => Iterable<T> | AsyncIterable<T> };

/** How a source is walked. */
export interface WalkOptions {
  /** How many are left out first. */
  readonly skipped?: number;
  /** Ends the walk, and the wait for the next. */
  readonly signal?: AbortSignalLike | undefined;
}

/**
 * Walks iterables of both kinds, and closes them, however that ends. What closing throws hides no error of `walk`.
 *
 * @throws `ArgumentError` when there are fewer than are skipped.
 */
export async function walkSource<T, R>(values: Walkable<T>, options: WalkOptions, walk: (source: Source<T>) => Promise<R>): Promise<R> {
  const { skipped = 0, signal } = options;
  if (values.length !== undefined && values.length < skipped) throw tooFew(skipped, values.length);
  if (skipped > 0 && values.skip !== undefined) return walkSource(values.skip(skipped), { signal }, walk);
  const source = openSource(values, signal);
  const failures = new Failures();
  const result = await failures.guard(async () => {
    for (let passed = 0; passed < skipped; passed++) {
      if (await source.next(() => true, 'a batch that was trained on before') !== null) continue;
      if (signal?.aborted === true) break;
      throw tooFew(skipped, passed);
    }
    return walk(source);
  });
  await failures.guard(() => source.close());
  failures.raise();
  return result as R;
}

function tooFew(skipped: number, length: number): ArgumentError {
  return new ArgumentError(`fit: the state was trained on ${skipped} batches of its epoch, but the data has only ${length}; go on with the data and the batchSize that it began with`);
}

/** A source that its caller closes. */
export function openSource<T>(values: Walkable<T>, signal: AbortSignalLike | undefined): Source<T> {
  return Symbol.asyncIterator in values
    ? new AsyncSource(requireIterator(values[Symbol.asyncIterator]()), signal) : new SyncSource(requireIterator(values[Symbol.iterator]()), signal);
}

function requireIterator<I extends { readonly next: unknown }>(iterator: I): I {
  if (typeof (iterator as Partial<I> | undefined)?.next === 'function') return iterator;
  throw new ArgumentError(`an iterable of batches made ${formatValue(iterator)}; expected an iterator, as a generator makes it`);
}

/** An iterator that is at its end, or threw, is not closed. */
class SyncSource<T> implements Source<T> {
  private isOpen = true;

  constructor(private readonly iterator: Iterator<T>, private readonly signal: AbortSignalLike | undefined) {}

  next<R>(use: (value: T) => R, name: string): R | null {
    if (this.signal?.aborted === true) return null;
    return scope(() => {
      this.isOpen = false;
      const result = this.iterator.next();
      if (result.done === true) return null;
      this.isOpen = true;
      return use(result.value);
    }, name);
  }

  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.iterator.return?.();
  }
}

/** How long, in milliseconds, an iterator may take to close after the signal fired: one that was asked for a value, which never may come, and one that was not. */
const [patienceWithAsked, patience] = [50, 1000];

/** No scope is open while one waits, so that what the iterator makes has no owner; it is given away with what it gives. */
class AsyncSource<T> implements Source<T> {
  private isOpen = true;
  private isAsked = false;

  constructor(private readonly iterator: AsyncIterator<T>, private readonly signal: AbortSignalLike | undefined) {}

  async next<R>(use: (value: T) => R, name: string): Promise<R | null> {
    if (this.signal?.aborted === true) return null;
    const result = await this.ask();
    if (result === null || result.done === true) return null;
    let used: R | null = null;
    try {
      used = scope(() => use(result.value), name);
      return used;
    } finally {
      dispose(result.value, used);
    }
  }

  /** The next value; null when the signal fires first. What comes after that is released, and what then fails is of no interest. */
  private async ask(): Promise<IteratorResult<T> | null> {
    this.isAsked = true;
    try {
      const asked = Promise.resolve(this.iterator.next());
      const result = await untilAborted(asked, this.signal);
      if (result === null) {
        asked.then(({ value }) => { dispose(value); }, () => undefined);
        return null;
      }
      this.isAsked = false;
      this.isOpen = result.done !== true;
      return result;
    } catch (error) {
      this.isOpen = false;
      // An iterator that hears the same signal fails by it.
      if (this.signal?.aborted === true) return null;
      throw error;
    }
  }

  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    const returned = Promise.resolve(this.iterator.return?.());
    const closing = this.isAsked ? returned.catch(() => undefined) : returned;
    if (await untilAborted(closing.then(() => true), this.signal) === null) await withPatience(closing, this.isAsked ? patienceWithAsked : patience);
  }
}

/** What a promise gives, or null when the signal fires first or has fired; its later failure then does not end the process. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignalLike | undefined): Promise<T | null> {
  if (signal === undefined) return promise;
  let stopWaiting = (): void => undefined;
  const aborted = new Promise<null>((resolve) => { stopWaiting = () => { resolve(null); }; });
  promise.catch(() => undefined);
  signal.addEventListener('abort', stopWaiting);
  if (signal.aborted) stopWaiting();
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stopWaiting);
  }
}

/** Waits for a promise, but not longer than so many milliseconds; its later failure does not end the process. */
async function withPatience(promise: Promise<unknown>, milliseconds: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  promise.catch(() => undefined);
  try {
    await Promise.race([promise, new Promise((resolve) => { timer = setTimeout(resolve, milliseconds); })]);
  } finally {
    clearTimeout(timer);
  }
}
