import * as fc from 'fast-check';
import { key, type Tensor } from '@adjoint/core';
import { shapes, tensors } from '@adjoint/core/testing';
import * as ops from '@adjoint/ops';
import { cube, type Case } from '../generators.js';

/** Random calls of each operation of this family. */
export const random: Record<string, Case> = {
  dropout: fc
    .tuple(shapes({ maxRank: 2 }), fc.nat(), fc.constantFrom(0, 0.3, 0.9))
    .chain(([of, seed, rate]) => tensors(of).map((x) => ({ inputs: [x], fn: (input: Tensor) => cube(ops.dropout(input, { rate, key: key(seed) })) }))),
  shuffle: shapes({ minRank: 1, maxRank: 2 })
    .chain((of) => fc.tuple(tensors(of), fc.nat(), fc.nat({ max: of.length - 1 })))
    .map(([x, seed, axis]) => ({ inputs: [x], fn: (input: Tensor) => cube(ops.shuffle(key(seed), input, { axis })) })),
};
