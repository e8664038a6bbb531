import { attention } from './cases/attention.js';
import { decompositions } from './cases/decompositions.js';
import { elementwise } from './cases/elementwise.js';
import { images } from './cases/images.js';
import { indexing } from './cases/indexing.js';
import { linear } from './cases/linear.js';
import { losses } from './cases/losses.js';
import { normalization } from './cases/normalization.js';
import { random } from './cases/random.js';
import { reductions } from './cases/reduce.js';
import { shape } from './cases/shape.js';
import { transforms } from './cases/transforms.js';
import type { Case } from './generators.js';

/** For each operation, its random calls. A primitive without one fails the suite. */
export const gradientCases: Record<string, Case> = {
  ...elementwise, ...reductions, ...shape, ...linear, ...decompositions, ...images, ...losses, ...indexing, ...random, ...normalization, ...attention, ...transforms,
};
