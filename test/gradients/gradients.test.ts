import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { registeredPrimitives, withBackend, type Primitive } from '@adjoint/core';
import { assertGradients } from '@adjoint/core/testing';
import { backends } from '../backends.js';
import { gradientCases } from './cases.js';

/** The primitives whose gradient rule ran. */
const exercised = new Set<string>();

beforeAll(() => {
  for (const primitive of registeredPrimitives().values()) {
    const rule = primitive.vjp;
    if (rule === 'none') continue;
    const watched: Primitive<unknown>['vjp'] = (context) => {
      exercised.add(primitive.name);
      return rule(context);
    };
    Object.assign(primitive, { vjp: watched });
  }
});

describe.each(backends)('first and second derivatives agree with central differences on $name', ({ backend }) => {
  test.each(Object.entries(gradientCases))('%s', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (sample) => withBackend(backend, () => assertGradients(sample))),
      { numRuns: 60 },
    );
  });
});

test('every differentiable primitive has a property', () => {
  const differentiable = [...registeredPrimitives().values()].filter(({ vjp }) => vjp !== 'none').map(({ name }) => name);
  expect(differentiable.filter((name) => !exercised.has(name))).toEqual([]);
});
