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
      const [parameters, gradients, firsts, roots] = inputs.map((input) => Array.from(elementsOf(input)));
      const size = sizeOf(inputs[0].shape);
      const u = roundings * roundoff(dtype);
      expectNear(backend, { inputs, out: { dtype, shape }, call }, (expected, place) => {
        const index = place % size;
        const gradient = Math.abs(gradients![index]!);
        // The first moment may be a difference: its error goes with the two that are subtracted.
        const first = beta1 * Math.abs(firsts![index]!) + (1 - beta1) * gradient;
        const root = Math.sqrt(beta2 * roots![index]! ** 2 + (1 - beta2) * gradient ** 2);
        if (place >= 2 * size) return u * root;
        if (place >= size) return u * first;
        const change = (stepSize * first) / (root + epsilon);
        return u * (Math.abs(parameters![index]!) + 2 * change + Math.abs(expected));
      });
    }), { numRuns: 200 });
  });

  it.each(['float32', 'float64'] as const)('gradients of %s of any size', (dtype) => {
    const exponents = fc.integer(dtype === 'float32' ? { min: -120, max: 120 } : { min: -900, max: 1000 });
    const away = fc.double({ min: 0.5, max: 2, noNaN: true }).map(Math.fround);
    const tensors = shapes().chain((shape) => fc.tuple(contiguousViews(dtype, shape, away), contiguousViews(dtype, shape, away), exponents));
    fc.assert(fc.property(tensors, ([given, before, exponent]) => {
      const [gradient, root] = [given, before].map((view) => mapElements(view, (x) => x * 2 ** exponent)) as [typeof given, typeof before];
      const none = mapElements(given, () => 0);
      const call: Case['call'] = (on, out, p, g, m, v) => on.adam(p, g, m, v, out, { stepSize: 1, beta1: 0, beta2: 0.75, epsilon: 0 });
      const test: Case = { inputs: [none, gradient, none, root], out: { dtype, shape: [3, ...given.shape] }, call };
      expectNear(backend, test, (expected) => 2 * roundings * roundoff(dtype) * Math.abs(expected));
    }));
  });
});
