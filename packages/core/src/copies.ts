/** Where instances say which copy of which package their class belongs to. */
export const copySymbol = Symbol.for('@adjoint/copy');

/** One of perhaps several copies of a package in a program. */
export interface Copy {
  readonly name: string;
  /** The file that it was loaded from, as far as the engine tells. */
  readonly file: string;
}

/** All copies in this program, those of other copies of this file included. */
const registrySymbol = Symbol.for('@adjoint/copies');
const globals = globalThis as { [registrySymbol]?: Copy[] };

/** Marks this copy of a package; its classes carry the mark under `copySymbol`. */
export function registerCopy(name: string): Copy {
  const copy = Object.freeze({ name, file: callingFile() });
  (globals[registrySymbol] ??= []).push(copy);
  return copy;
}

/** The outermost file of the stack that is being loaded. */
function callingFile(): string {
  const files = [...(new Error().stack ?? '').matchAll(/((?:file|https?):\/\/[^\s()]+?|\/[^\s():]+|[A-Z]:\\[^\s():]+):\d+:\d+/g)].map(([, file]) => file!);
  return files[2] ?? files.at(-1) ?? 'an unknown file';
}

/** Gives a class the mark of its package's copy, on its prototype. */
export function markClass(copy: Copy, made: { readonly prototype: object }): void {
  Object.defineProperty(made.prototype, copySymbol, { value: copy });
}

/** This copy of core. */
export const ownCopy = registerCopy('@adjoint/core');

/**
 * What to say about an object whose class belongs to a package that the program has loaded more than once; null for all others.
 * Its class then is not the one that `instanceof` asks for.
 */
export function foreignCopy(value: object): string | null {
  const copy = (value as { readonly [copySymbol]?: Copy })[copySymbol];
  if (copy === undefined || copy === ownCopy) return null;
  const all = (globals[registrySymbol] ?? []).filter(({ name }) => name === copy.name);
  if (all.length < 2) return null;
  const files = [...new Set(all.map(({ file }) => file))].slice(0, 3);
  return `of another copy of ${copy.name} (there are ${all.length} copies, from ${files.join(' and ')}: load it by import or by require, not by both, ` +
    `keep one version in node_modules (npm dedupe), and let a bundler resolve it once (resolve.dedupe))`;
}
