import type { MemoryProgram } from './program.js';
import { callbacks } from './programs/callbacks.js';
import { closures } from './programs/closures.js';
import { failures } from './programs/failures.js';
import { generators } from './programs/generators.js';
import { models } from './programs/models.js';
import { serving } from './programs/serving.js';
import { tensors } from './programs/tensors.js';
import { tiny } from './programs/tiny.js';
import { training } from './programs/training.js';

/** All programs that are judged by their memory. */
export const programs: readonly MemoryProgram[] = [
  ...training, ...serving, ...tensors, ...tiny, ...callbacks, ...generators, ...closures, ...models, ...failures,
];

/** The program of a name. */
export function programOf(name: string): MemoryProgram {
  const found = programs.find((program) => program.name === name);
  if (found === undefined) throw new Error(`unknown program '${name}'; expected one of ${programs.map((program) => `'${program.name}'`).join(', ')}`);
  return found;
}
