/**
 * What went wrong in something that is cleaned up after, whatever becomes of it. The first error is the one to throw; it gets the
 * others as its `suppressed`, a list.
 */
export class Failures {
  private first: { readonly error: unknown } | null = null;

  /** Whether anything failed. */
  get any(): boolean {
    return this.first !== null;
  }

  /** Runs a function, and keeps what it throws; null then. */
  async guard<T>(run: () => T | PromiseLike<T>): Promise<T | null> {
    try {
      return await run();
    } catch (error) {
      this.add(error);
      return null;
    }
  }

  add(error: unknown): void {
    if (this.first === null) this.first = { error };
    else if (this.first.error !== error) suppress(this.first.error, error);
  }

  /** Throws the first error, if there was one. */
  raise(): void {
    if (this.first !== null) throw this.first.error;
  }
}

/** An enumerable property, so that Node prints it with the error. What cannot take it, such as a string, goes without. */
function suppress(first: unknown, error: unknown): void {
  if (typeof first !== 'object' || first === null || !Object.isExtensible(first)) return;
  const { suppressed } = first as { readonly suppressed?: unknown };
  const all: unknown[] = Array.isArray(suppressed) ? suppressed : [];
  all.push(error);
  Object.defineProperty(first, 'suppressed', { value: all, enumerable: true, configurable: true, writable: true });
}
