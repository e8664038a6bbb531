import * as fc from 'fast-check';
import { key as makeKey } from '@adjoint/core';
import { tensors, type GradientCase } from '@adjoint/core/testing';
import * as ops from '@adjoint/ops';
import type { Case } from '../generators.js';

const side = fc.integer({ min: 0, max: 3 });
const leading = fc.constantFrom([], [2], [1, 2]);

/** Random calls of each operation of this family. */
export const attention: Record<string, Case> = {
  scaledDotProductAttention: fc
    .tuple(leading, leading, side, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), side, fc.boolean(), fc.constantFrom('none', 'bool', 'float'), fc.constantFrom(0, 0.4))
    .chain(([ofQuery, ofKey, queries, keys, features, width, causal, masking, rate]) =>
      fc
        .tuple(
          tensors([...ofQuery, queries, features], { min: -1, max: 1 }), tensors([...ofKey, keys, features], { min: -1, max: 1 }),
          tensors([...ofKey, keys, width]), tensors([queries, keys], { dtype: masking === 'bool' ? 'bool' : 'float64' }),
        )
        .map(([query, key, value, mask]): GradientCase => ({
          inputs: [query, key, value],
          fn: (q, k, v) => ops.scaledDotProductAttention(q, k, v, { causal, dropout: { rate, key: makeKey(3) }, ...(masking === 'none' ? {} : { mask: mask.make() }) }),
        })),
    ),
};
