import fc from 'fast-check';
import { describe, it } from 'vitest';
import { sizeOf } from '@adjoint/core';
import { candidates } from './backends.js';
import { elementsOf, expectNear, roundoff, type Case } from './kernels.js';
import { contiguousViews, mapElements, moderate, shapes } from './views.js';

/** Two products, their sum and the three roundings of a coefficient. */
const roundings = 8;

/** A decay rate: 0, or far enough from it that its products with moderate numbers do not underflow. */
const decays = (max: number): fc.Arbitrary<number> =>
  fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 9, arbitrary: fc.double({ min: 1e-3, max, noNaN: true }) });

const coefficients = fc.record({
  stepSize: fc.double({ min: 1e-5, max: 0.1, noNaN: true }),
  beta1: decays(0.999),
  beta2: decays(0.9999),
  epsilon: fc.constantFrom(1e-8, 1e-3),
});

describe.each(candidates)('adam of $name', ({ create }) => {
  const backend = create();

  it.each(['float32', 'float64'] as const)('a step of %s', (dtype) => {
    const tensors = shapes().chain((shape) => {
      const tensor = contiguousViews(dtype, shape, moderate(dtype));
      return fc.tuple(tensor, tensor, tensor, tensor.map((moment) => mapElements(moment, Math.abs)));
    });
    fc.assert(fc.property(tensors, coefficients, (inputs, { stepSize, beta1, beta2, epsilon }) => {
      const shape = [3, ...inputs[0].shape];
      const call: Case['call'] = (on, out, p, g, m, v) => on.adam(p, g, m, v, out, { stepSize, beta1, beta2, epsilon });
      const [parameters, gradients, firsts, seconds] = inputs.map((input) => Array.from(elementsOf(input)));
      const size = sizeOf(inputs[0].shape);
      const u = roundings * roundoff(dtype);
      expectNear(backend, { inputs, out: { dtype, shape }, call }, (expected, place) => {
        const index = place % size;
        const gradient = Math.abs(gradients![index]!);
        // The first moment may be a difference: its error goes with the two that are subtracted.
        const first = beta1 * Math.abs(firsts![index]!) + (1 - beta1) * gradient;
        const second = beta2 * seconds![index]! + (1 - beta2) * gradient ** 2;
        if (place >= 2 * size) return u * second;
        if (place >= size) return u * first;
        const change = (stepSize * first) / (Math.sqrt(second) + epsilon);
        return u * (Math.abs(parameters![index]!) + 2 * change + Math.abs(expected));
      });
    }), { numRuns: 200 });
  });
});
