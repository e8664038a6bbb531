/*
 * A primitive of one's own, with a proof of its gradient.
 *
 * `sinc(x)` is `sin(x) / x`, for x other than 0. There is no kernel for it, so its `forward` calls two; its gradient
 * rule is a line. The proof compares first and second derivatives with central differences, for random tensors of every shape
 * and memory layout. Then the same proof is asked about a rule with a wrong sign.
 *
 * Run: npm run example examples/customPrimitive.ts
 */
import * as fc from 'fast-check';
import { apply, checkGradients, definePrimitive, empty, tensor, type Primitive, type Tensor, type VjpContext } from '@adjoint/core';
import { assertGradients, shapes, tensors } from '@adjoint/core/testing';
import { div, mul, square, sub } from '@adjoint/ops';

/** All of a primitive but its name and its gradient rule: one elementwise kernel call. */
function elementwise(name: string, kernel: 'sin' | 'cos', vjp: (context: VjpContext<Record<string, never>>) => Tensor): Primitive {
  return definePrimitive({
    name,
    keeps: { inputs: 'all' },
    infer: ([x]) => x!,
    forward: (backend, [x], _, type) => {
      const out = empty(backend, type);
      backend.unary(kernel, x!, out);
      return out;
    },
    vjp: (context) => [vjp(context)],
  });
}

const sinPrimitive = elementwise('sin', 'sin', ({ inputs: [x], cotangent }) => mul(cotangent, cos(x!)));
const cosPrimitive = elementwise('cos', 'cos', ({ inputs: [x], cotangent }) => mul(cotangent, mul(-1, sin(x!))));
const sin = (x: Tensor): Tensor => apply(sinPrimitive, [x], {});
const cos = (x: Tensor): Tensor => apply(cosPrimitive, [x], {});

const sincPrimitive = definePrimitive({
  name: 'sinc',
  keeps: { inputs: 'all' },
  infer: ([x]) => x!,
  forward: (backend, [x], _, type) => {
    const sine = empty(backend, type);
    backend.unary('sin', x!, sine);
    const out = empty(backend, type);
    backend.binary('divide', sine, x!, out);
    return out;
  },
  // (sin(x) / x)' = (x cos(x) - sin(x)) / x^2
  vjp: ({ inputs: [x], cotangent }) => [mul(cotangent, div(sub(mul(x!, cos(x!)), sin(x!)), square(x!)))],
});
const sinc = (x: Tensor): Tensor => apply(sincPrimitive, [x], {});

const everyTensor = shapes().chain((shape) => tensors(shape, { awayFromZero: 0.3 }));
fc.assert(fc.property(everyTensor, (x) => assertGradients({ inputs: [x], fn: sinc })));
console.log('sinc: the gradient rule holds for 100 random tensors, to the second order.');

const x = tensor([[0.5, 1], [2, 3]], { dtype: 'float64' });
console.log(checkGradients(sinc, [x], { order: 2 }).toString());

const wrongCos = elementwise('wrongCos', 'cos', ({ inputs: [input], cotangent }) => mul(cotangent, sin(input!)));
console.log('\nThe same for a cosine whose rule lacks its minus sign:');
console.log(checkGradients((input: Tensor) => apply(wrongCos, [input], {}), [x]).toString());
