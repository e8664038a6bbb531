/**
 * Puts a definition into a registry. A name that is taken gets the new definition, so that a module can be loaded again, as
 * notebooks and hot reloading do; a warning says so unless both are the same.
 *
 * @param what - what is defined, for the warning: `the primitive`.
 */
export function redefine<Definition>(operation: string, what: string, registry: Map<string, Definition>, name: string, definition: Definition): void {
  const former = registry.get(name);
  if (former !== undefined && !isSame(former, definition)) {
    console.warn(`${operation}: ${what} '${name}' was defined before, in another way; the new definition replaces the former one`);
  }
  registry.set(name, definition);
}

/** Whether two definitions are equal as far as can be seen: of functions the source. What nests deeply, or contains itself, is not. */
function isSame(left: unknown, right: unknown, depth = 0): boolean {
  if (Object.is(left, right)) return true;
  if (depth > 8) return false;
  if (typeof left === 'function' && typeof right === 'function') return String(left) === String(right);
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  const [names, others] = [Object.keys(left), Object.keys(right)];
  return names.length === others.length && names.every((name) => isSame(left[name as never], right[name as never], depth + 1));
}
