import * as fc from 'fast-check';
import { tensor } from '@adjoint/core';
import { shapes, tensors } from '@adjoint/core/testing';
import * as ops from '@adjoint/ops';
import { cube, type Case } from '../generators.js';

/** Random calls of each operation of this family. */
export const indexing: Record<string, Case> = {
  gather: shapes({ minRank: 1, maxRank: 3, minLength: 1 })
    .chain((of) => fc.tuple(tensors(of), fc.nat({ max: of.length - 1 }), shapes({ maxRank: 2, maxLength: 3 }), fc.infiniteStream(fc.nat())))
    .map(([x, axis, of, stream]) => {
      const length = x.shape[axis]!;
      const numbers = [...stream.take(of.reduce((product, each) => product * each, 1))].map((value) => (value % (2 * length)) - length);
      return { inputs: [x], fn: (input) => cube(ops.gather(input, tensor(numbers, { shape: of, dtype: 'int32' }), { axis })) };
    }),
};
