/*
 * A primitive of one's own, with its proof.
 *
 * `sinc(x)` is `sin(x) / x`, for x other than 0. There is no kernel for it, so its `forward` calls two; its gradient rule is a
 * line. The proof is a list of properties for random tensors of every shape and memory layout: the shape rule, all backends, first
 * and second derivatives against differences, what is kept in memory, `vmap`. With a test runner, each is a test. Then the
 * gradient checker is asked about a rule with a wrong sign.
 *
 * Run: npm run example examples/customPrimitive.ts
 */
import { apply, checkGradients, definePrimitive, scope, empty, tensor, type Primitive, type Tensor } from '@adjoint/core';
import { primitiveProperties, shapes, tensors } from '@adjoint/core/testing';
import { add, cos, div, mul, sin, square, sub } from '@adjoint/ops';

/** All of a sinc but its name and its gradient rule. */
const makeSinc = (name: string, vjp: Primitive['vjp']) => definePrimitive({
  name,
  keeps: { inputs: [0] },
  infer: ([x]) => x!,
  forward: (backend, [x], _, type) => scope(() => {
    const sine = empty(backend, type);
    const out = empty(backend, type);
    backend.unary('sin', x!, sine);
    backend.binary('divide', sine, x!, out);
    return out;
  }),
  vjp,
  batch: 'broadcast',
});

// (sin(x) / x)' = (x cos(x) - sin(x)) / x^2
const sinc = makeSinc('sinc', ({ inputs: [x], cotangent }) => [mul(cotangent, div(sub(mul(x!, cos(x!)), sin(x!)), square(x!)))]);

const calls = shapes().chain((shape) => tensors(shape, { awayFromZero: 0.3 })).map((x) => ({ inputs: [x] }));
for (const { name, run } of primitiveProperties(sinc, calls)) {
  run();
  console.log(`proven: ${name}`);
}

const x = tensor([[0.5, 1], [2, 3]], { dtype: 'float64' });
const wrongSinc = makeSinc('wrongSinc', ({ inputs: [y], cotangent }) => [mul(cotangent, div(add(mul(y!, cos(y!)), sin(y!)), square(y!)))]);
console.log('\nA rule with a wrong sign:');
console.log(checkGradients((input: Tensor) => apply(wrongSinc, [input], {}), [x]).toString());
