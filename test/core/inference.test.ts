import { expectTypeOf, describe, test } from 'vitest';
import {
  checkGradients, checkpoint, customVjp, grad, hessian, hvp, jacobian, jvp, key, split, tensor, trace, valueAndGrad, vjp, vmap, type GradientReport, type Key, type Tensor,
} from '@adjoint/core';
import { arraySplit, mul, split as splitTensor, square, sum } from '@adjoint/ops';

// Parameters without annotations: this file compiles only if they are tensors, or what the other arguments say.
describe('types are inferred', () => {
  const x = tensor([1, 2]);

  test('transforms of functions of tensors', () => {
    expectTypeOf(grad((a) => sum(square(a)))(x)).toEqualTypeOf<Tensor>();
    expectTypeOf(grad((a, b) => sum(mul(a, b)))(x, x)).toEqualTypeOf<Tensor>();
    expectTypeOf(valueAndGrad((a, b) => sum(mul(a, b)))(x, x).gradient).toEqualTypeOf<Tensor>();
    expectTypeOf(vmap((a) => square(a))(x)).toEqualTypeOf<Tensor>();
    expectTypeOf(vmap((a, b) => mul(a, b), { inAxes: [0, null] })(x, x)).toEqualTypeOf<Tensor>();
    expectTypeOf(vmap((a) => ({ squared: square(a) }))(x).squared).toEqualTypeOf<Tensor>();
    expectTypeOf(jvp((a) => square(a), [x], [x]).tangent).toEqualTypeOf<Tensor>();
    expectTypeOf(jvp((a, b) => mul(a, b), [x, x], [x, x]).tangent).toEqualTypeOf<Tensor>();
    expectTypeOf(vjp((a) => square(a), x).value).toEqualTypeOf<Tensor>();
    expectTypeOf(checkpoint((a) => square(a))(x)).toEqualTypeOf<Tensor>();
    expectTypeOf(jacobian((a, b) => mul(a, b))(x, x)).toEqualTypeOf<Tensor>();
    expectTypeOf(hessian((a, b) => sum(mul(a, square(b))))(x, x)).toEqualTypeOf<Tensor>();
    expectTypeOf(hvp((a, b) => sum(mul(square(a), b)))(x, x, x)).toEqualTypeOf<Tensor>();
    expectTypeOf(trace((a) => square(a))({ shape: [2], dtype: 'float32' }).outputs.size).toEqualTypeOf<number>();
    expectTypeOf(customVjp((a) => square(a), ({ args: [a], cotangent }) => [mul(a, mul(2, cotangent))])(x)).toEqualTypeOf<Tensor>();
    expectTypeOf(checkGradients((a) => square(a), [x])).toEqualTypeOf<GradientReport>();
  });

  test('transforms of functions of trees and other arguments', () => {
    const params = { w: x };
    expectTypeOf(grad((p: { w: Tensor }, scale: number) => sum(mul(p.w, scale)))(params, 2)).toEqualTypeOf<{ w: Tensor }>();
    expectTypeOf(grad((a, scale: number) => sum(mul(a, scale)))(x, 2)).toEqualTypeOf<Tensor>();
    expectTypeOf(vmap((p: { w: Tensor }) => square(p.w))(params)).toEqualTypeOf<Tensor>();
    expectTypeOf(vmap((a: Tensor, scale: number) => mul(a, scale), { inAxes: [0, null] })(x, 2)).toEqualTypeOf<Tensor>();
    expectTypeOf(jvp((p) => square(p.w), [params], [params]).tangent).toEqualTypeOf<Tensor>();
    expectTypeOf(vjp((p) => square(p.w), params).pullback(x)).toEqualTypeOf<[{ w: Tensor }]>();
  });

  test('lists by their counts', () => {
    expectTypeOf(split(key(0))).toEqualTypeOf<[Key, Key]>();
    expectTypeOf(split(key(0), 3)).toEqualTypeOf<[Key, Key, Key]>();
    expectTypeOf(split(key(0), [].length)).toEqualTypeOf<Key[]>();
    expectTypeOf(split(key(0), 1000)).toEqualTypeOf<Key[]>();
    expectTypeOf(splitTensor(x, 2)).toEqualTypeOf<[Tensor, Tensor]>();
    expectTypeOf(splitTensor(x, [1])).toEqualTypeOf<[Tensor, Tensor]>();
    expectTypeOf(arraySplit(x, [1].length)).toEqualTypeOf<Tensor[]>();
  });
});
