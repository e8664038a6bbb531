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
import { apply, checkGradients, definePrimitive, empty, tensor, type Tensor, type VjpContext } from '@adjoint/core';
import { assertGradients, shapes, tensors } from '@adjoint/core/testing';
import { add, cos, div, mul, sin, square, sub } from '@adjoint/ops';

/** All of a sinc but its name and its gradient rule. */
function makeSinc(name: string, vjp: (context: VjpContext<Record<string, never>>) => Tensor): (x: Tensor) => Tensor {
  const primitive = definePrimitive({
    name,
    keeps: { inputs: 'all' },
    infer: ([x]) => x!,
    forward: (backend, [x], _, type) => {
      const sine = empty(backend, type);
      backend.unary('sin', x!, sine);
      const out = empty(backend, type);
      backend.binary('divide', sine, x!, out);
      return out;
    },
    vjp: (context) => [vjp(context)],
  });
  return (x) => apply(primitive, [x], {});
}

// (sin(x) / x)' = (x cos(x) - sin(x)) / x^2
const sinc = makeSinc('sinc', ({ inputs: [x], cotangent }) => mul(cotangent, div(sub(mul(x!, cos(x!)), sin(x!)), square(x!))));

const everyTensor = shapes().chain((shape) => tensors(shape, { awayFromZero: 0.3 }));
fc.assert(fc.property(everyTensor, (x) => assertGradients({ inputs: [x], fn: sinc })));
console.log('sinc: the gradient rule holds for 100 random tensors, to the second order.');

const x = tensor([[0.5, 1], [2, 3]], { dtype: 'float64' });
console.log(checkGradients(sinc, [x], { order: 2 }).toString());

const wrongSinc = makeSinc('wrongSinc', ({ inputs: [y], cotangent }) => mul(cotangent, div(add(mul(y!, cos(y!)), sin(y!)), square(y!))));
console.log('\nThe same for a rule with a wrong sign:');
console.log(checkGradients(wrongSinc, [x]).toString());
