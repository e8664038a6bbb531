/** Where the static data ends and the host's allocator may begin. */
export function heapBase(): usize {
  return __heap_base;
}
