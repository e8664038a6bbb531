import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';

/** Lets no file take a byte more, as on a disk that is full; gives the function that ends this. */
export async function fillDisk(): Promise<() => void> {
  const handle = await open(fileURLToPath(import.meta.url));
  await handle.close();
  const appending = vi.spyOn(Object.getPrototypeOf(handle) as typeof handle, 'appendFile');
  appending.mockRejectedValue(Object.assign(new Error('write'), { code: 'ENOSPC' }));
  return () => appending.mockRestore();
}
