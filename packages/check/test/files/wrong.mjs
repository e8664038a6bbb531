import { apply, definePrimitive, empty, tensor } from '@adjoint/core';
import { gradientCase, tensors } from '@adjoint/core/testing';
import { mul } from '@adjoint/ops';
import * as fc from 'fast-check';

const wrongSquare = definePrimitive({
  name: 'a square without its 2',
  infer: ([x]) => x,
  forward: (backend, [x], _, type) => {
    const out = empty(backend, type);
    backend.unary('square', x, out);
    return out;
  },
  vjp: ({ inputs: [x], cotangent }) => [mul(cotangent, x)],
});
const square = (x) => apply(wrongSquare, [x], {});

export const point = gradientCase(square, [tensor([[1, 2]], { dtype: 'float64' })]);
export const random = gradientCase(square, fc.tuple(tensors([1], { awayFromZero: 1 })));
export const throws = gradientCase(square, [tensor([1], { dtype: 'int32' })]);
