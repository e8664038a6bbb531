import { describe, expect, test } from 'vitest';
import {
  type AdjointError, ArgumentError, AxisError, checkGradients, checkpoint, customVjp, dispose, DTypeError, grad, hessian, hvp, jacobian, jvp, ReleasedTensorError, scope, ShapeError,
  stopGradient, tensor, trace, TransformError, valueAndGrad, vjp, vmap, withBackend, type Tensor,
} from '@adjoint/core';
import { cast, mul, square, sum } from '@adjoint/ops';
import { wasm } from '@adjoint/wasm';
import { living } from '../living.js';

const vector = (): Tensor => tensor([1, 2, 3]);
const integers = (): Tensor => tensor([1, 2], { dtype: 'int32' });
const released = (): Tensor => {
  const x = vector();
  dispose(x);
  return x;
};
const loss = (x: Tensor): Tensor => sum(square(x));
const later = (async (x: Tensor) => loss(x)) as unknown as (x: Tensor) => Tensor;
type Type = new (message: string) => AdjointError;

/** Wrong calls of the transforms: what is called, the error's class, and what its message says. */
const wrongCalls: readonly (readonly [name: string, call: () => unknown, type: Type, says: RegExp])[] = [
  ['grad of a vector', () => grad(square)(vector()), TransformError, /grad: the function returned float32 \[3\]; expected a float scalar\. Reduce it with sum or mean, or use vjp or jacobian/],
  ['valueAndGrad of nothing', () => valueAndGrad((() => undefined) as unknown as typeof loss)(vector()), TransformError, /valueAndGrad: the function returned nothing; expected a float scalar tensor/],
  ['grad of a pair', () => grad(((x: Tensor) => [loss(x), x]) as unknown as typeof loss)(vector()), TransformError, /grad: the function returned \[Tensor.*hasAux: true/],
  ['grad with hasAux of a scalar', () => grad(loss as unknown as (x: Tensor) => [Tensor, null], { hasAux: true })(vector()), TransformError, /grad: with hasAux the function must return \[value, auxiliary\]/],
  ['grad of an integer value', () => grad((x: Tensor) => cast(loss(x), 'int32'))(vector()), TransformError, /grad: the function returned int32 \[\]; expected a float scalar/],
  ['grad with respect to integers', () => grad(loss)(integers()), DTypeError, /grad: argument 0 is int32 \[2\]; .*cast, or close over it/],
  ['grad with respect to integers in a tree', () => grad((_: number, p: { ids: Tensor }) => loss(p.ids), { argnums: 1 })(1, { ids: integers() }), DTypeError, /grad: argument 1\.ids is int32/],
  ['grad with respect to a number', () => grad(loss)(3 as unknown as Tensor), ArgumentError, /grad: argument 0: got 3 \(make it a tensor: tensor\(3\)\)/],
  ['grad without a tensor', () => grad((_: object) => loss(vector()), { argnums: 0 })({}), TransformError, /grad: the arguments hold no tensor/],
  ['grad of an asynchronous function', () => grad(later)(vector()), TransformError, /grad: the function returned a promise; .*Await the data first/],
  ['grad with respect to a released tensor', () => grad(loss)(released()), ReleasedTensorError, /grad: argument 0 \(float32 \[3\]\) was released by dispose\(\); .*keep/],
  ['argnums that are not there', () => grad(loss, { argnums: 2 })(vector()), ArgumentError, /grad: argnums is 2 and the function was called with 1 arguments; expected different positions from 0 to 0/],
  ['argnums twice', () => grad(loss, { argnums: [0, 0] })(vector()), ArgumentError, /argnums is \[0,0\]/],
  ['an argument that is ignored, on request', () => grad((p: { used: Tensor; ignored: Tensor }) => loss(p.used), { unused: 'error' })({ used: vector(), ignored: vector() }), TransformError,
    /grad: the value does not depend on argument 0\.ignored \(float32 \[3\]\)\. .*unused: 'zeros'/],
  ['vjp with respect to integers', () => vjp(loss, integers()), DTypeError, /vjp: argument 0 is int32/],
  ['vjp of an asynchronous function', () => vjp(later, vector()), TransformError, /vjp: the function returned a promise/],
  ['a pullback of a wrong cotangent', () => vjp(square, vector()).pullback(tensor([1])), TransformError, /the cotangent is float32 \[1\]; expected float32 \[3\]/],
  ['a pullback of another structure', () => vjp((x: Tensor) => [x, x], vector()).pullback([vector()]), TransformError, /vjp: the cotangent has 1 tensor \(0\), the value 2 tensors \(0, 1\)/],
  ['a pullback of other names', () => vjp((x: Tensor): Record<string, Tensor> => ({ a: x }), vector()).pullback({ b: vector() }), TransformError, /the cotangent has 1 tensor \(b\), the value 1 tensor \(a\)/],
  ['jvp with another tangent', () => jvp(square, [vector()], [tensor([1])]), TransformError, /jvp: the tangent of argument 0 is float32 \[1\]; expected float32 \[3\]/],
  ['jvp with too few tangents', () => jvp((p: Tensor[]) => p[0]!, [[vector(), vector()]], [[vector()]]), TransformError, /jvp: the tangents have 1 tensor \(0\.0\), the arguments 2 tensors \(0\.0, 0\.1\)/],
  ['jvp of an integer value', () => jvp((x: Tensor) => ({ position: cast(x, 'int32') }), [vector()], [vector()]), TransformError, /jvp: the function returned int32 \[3\] at position/],
  ['jvp with respect to a number', () => jvp((x: Tensor, factor: number) => mul(x, factor), [vector(), 3], [vector(), 0]), ArgumentError, /jvp: the arguments at 1: got 3 \(make it a tensor/],
  ['jvp with respect to integers', () => jvp(loss, [integers()], [integers()]), DTypeError, /^jvp: argument 0 is int32/],
  ['jvp of an asynchronous function', () => jvp(later, [vector()], [vector()]), TransformError, /^jvp: the function returned a promise/],
  ['jacobian of an integer value', () => jacobian((x: Tensor) => cast(x, 'int32'))(vector()), TransformError, /jacobian: the function returned int32 \[3\]; expected float32 or float64/],
  ['jacobian of a number', () => jacobian((() => 3) as unknown as typeof loss)(vector()), ArgumentError, /jacobian: the value: got 3/],
  ['jacobian with respect to integers', () => jacobian((_: number, x: Tensor) => square(x), { argnums: 1 })(3, integers()), DTypeError, /^jacobian: argument 1 is int32/],
  ['jacobian of an asynchronous function', () => jacobian(later)(vector()), TransformError, /^jacobian: the function returned a promise/],
  ['hessian of a vector', () => hessian(square)(vector()), TransformError, /^hessian: the function returned float32 \[3\]; expected a float scalar/],
  ['hvp of a vector', () => hvp(square)(vector(), vector()), TransformError, /^hvp: the function returned float32 \[3\]; expected a float scalar/],
  ['hessian of an asynchronous function', () => hessian(later)(vector()), TransformError, /promise/],
  ['hvp with another tangent', () => hvp(loss)(vector(), tensor(1)), TransformError, /hvp: the tangent of argument 0 is float32 \[\]; expected float32 \[3\]/],
  ['hvp with a released tensor', () => hvp(loss)(released(), vector()), ReleasedTensorError, /^hvp: argument 0 \(float32 \[3\]\) was released/],
  ['vmap over a scalar', () => vmap(loss)(tensor(1)), AxisError, /vmap: argument 0 is the scalar float32 \[\]; .*null in inAxes/],
  ['vmap over an axis that is not there', () => vmap(loss, { inAxes: 1 })(vector()), AxisError, /vmap: argument 0: axis 1 is out of range/],
  ['vmap over different numbers of examples', () => vmap((x: Tensor, y: Tensor) => mul(x, y))(vector(), tensor([1, 2])), ShapeError, /vmap: argument 1 has 2 examples along axis 0 of float32 \[2\], those before it have 3/],
  ['vmap over an option', () => vmap((x: Tensor, options: { rate: number }) => mul(x, options.rate))(vector(), { rate: 3 }), ArgumentError, /vmap: argument 1 \(null in inAxes for what is the same in all examples\) at rate: got 3/],
  ['vmap without an axis', () => vmap(loss, { inAxes: null })(vector()), ArgumentError, /vmap: no argument has examples/],
  ['vmap with too few axes', () => vmap((x: Tensor, y: Tensor) => mul(x, y), { inAxes: [0] })(vector(), vector()), ArgumentError, /vmap: inAxes \[0\] for 2 arguments/],
  ['vmap of a function that reads an example', () => vmap((x: Tensor) => mul(x, x.item()))(vector()), TransformError, /item: float32 \[\] has no values inside vmap, .*where in place of if/],
  ['a comparison of an example', () => vmap((x: Tensor) => ((x as unknown as number) > 0 ? x : mul(x, 2)))(vector()), ArgumentError, /an operator of JavaScript .* applied to the tensor float32 \[\]; .*where in place of if/],
  ['arithmetic with a tensor', () => grad((x: Tensor) => sum(mul(x, (x as unknown as number) * 2)))(vector()), ArgumentError, /an operator of JavaScript .* applied to the tensor float32 \[3\]/],
  ['hvp without a tangent', () => hvp(loss)(vector(), null as unknown as Tensor), TransformError, /hvp: the tangents have no tensor, the arguments 1 tensor \(0\)/],
  ['vmap of an asynchronous function', () => vmap(later)(vector()), TransformError, /vmap: the function returned a promise/],
  ['vmap of a released tensor', () => vmap(loss)(released()), ReleasedTensorError, /vmap: argument 0/],
  ['a wrong shape inside of vmap', () => vmap((x: Tensor) => mul(x, vector()))(tensor([[1, 2], [3, 4]])), ShapeError, /mul: .*\[2\].*\[3\]/],
  ['checkpoint of an asynchronous function', () => checkpoint(later)(vector()), TransformError, /checkpoint\(later\): the function returned a promise/],
  ['checkpoint of a released tensor', () => checkpoint(loss)(released()), ReleasedTensorError, /checkpoint\(loss\): argument 0/],
  ['customVjp with too few cotangents', () => grad(customVjp((x: Tensor, y: Tensor) => sum(mul(x, y)), (() => [null]) as never))(vector(), vector()), TransformError, /the rule gave 1 cotangents for 2 arguments/],
  ['customVjp with a cotangent of other names', () => grad(customVjp((p: Record<string, Tensor>) => mul(p.a!, p.b!), ({ args: [p], cotangent }) => [{ b: mul(cotangent, p.a!), c: cotangent }]))({ a: tensor(1), b: tensor(2) }), TransformError,
    /the rule's cotangent of argument 0 has 2 tensors \(b, c\), the argument 2 tensors \(a, b\); expected one structure/],
  ['customVjp with a cotangent in an object', () => grad(customVjp(loss, (({ cotangent }: { cotangent: Tensor }) => [{ x: cotangent }]) as never))(vector()), TransformError, /argument 0 has 1 tensor \(x\), the argument one tensor/],
  ['customVjp with a cotangent not in a list', () => grad(customVjp(loss, (({ args: [x] }: { args: [Tensor] }) => x) as never))(vector()), TransformError, /the rule gave Tensor\(float32 \[3\]\) for 1 arguments; expected a list/],
  ['customVjp with an asynchronous rule', () => grad(customVjp(loss, (async () => Promise.resolve([null])) as never))(vector()), TransformError, /customVjp\(loss\): the rule: the function returned a promise/],
  ['customVjp whose rule alone knows the example', () => grad((shared: Tensor) => sum(vmap((x: Tensor) => mul(x, customVjp(loss, ({ cotangent }) => [mul(cotangent, x)])(shared)))(vector())))(tensor(2)), TransformError,
    /customVjp\(loss\): its rule closes over a value of each example of a vmap, .* pass the value as an argument/],
  ['customVjp with a cotangent of another shape', () => grad(customVjp(loss, ({ cotangent }) => [cotangent]))(vector()), TransformError, /customVjp\(loss\): the rule's cotangent of argument 0 is float32 \[\]; expected float32 \[3\]/],
  ['customVjp with a cotangent of another structure', () => grad(customVjp((p: { a: Tensor; b: Tensor }) => sum(mul(p.a, p.b)), ({ args: [p] }) => [{ a: p.a } as typeof p]))({ a: vector(), b: vector() }), TransformError, /has 1 tensor \(a\), the argument 2 tensors \(a, b\)/],
  ['customVjp that closes over what a gradient is asked for', () => grad((w: Tensor) => customVjp((x: Tensor) => sum(mul(x, w)), () => [w])(vector()))(vector()), TransformError, /customVjp.*: the function closes over a tensor that a gradient is asked for.*pass the tensor as an argument, or stopGradient it/],
  ['trace of a function that returns a number', () => trace((() => 3) as unknown as typeof loss)({ shape: [3], dtype: 'float32' }), ArgumentError, /^trace: the result: got 3/],
  ['checkGradients of a function that returns a number', () => checkGradients((_: Tensor) => 3, [vector()]), ArgumentError, /^checkGradients: the result: got 3/],
  ['checkGradients of a number', () => checkGradients(loss, [3 as unknown as Tensor]), ArgumentError, /^checkGradients: argument 0: got 3/],
  ['customVjp of an asynchronous function', () => customVjp(later, () => [null])(vector()), TransformError, /promise/],
  ['stopGradient of a number', () => stopGradient({ rate: 3 }), ArgumentError, /stopGradient at rate: got 3/],
  ['trace of a function that reads a value', () => trace((x: Tensor) => (x.item() > 0 ? x : square(x)))({ shape: [], dtype: 'float32' }), TransformError, /item: float32 \[\] has no values inside trace/],
  ['trace with shapes that do not fit', () => trace((x: Tensor, y: Tensor) => mul(x, y))({ shape: [2], dtype: 'float32' }, { shape: [3], dtype: 'float32' }), ShapeError, /mul/],
  ['trace with a wrong type', () => trace(loss)({ shape: [-1], dtype: 'float32' }), ShapeError, /trace: argument 0/],
  ['trace with an unknown dtype', () => trace(loss)({ shape: [1], dtype: 'float16' as 'float32' }), DTypeError, /trace: argument 0/],
  ['trace of an asynchronous function', () => trace(later)({ shape: [1], dtype: 'float32' }), TransformError, /trace: the function returned a promise/],
];

describe('errors of the transforms', () => {
  test.each(wrongCalls)('%s', (_, call, type, says) => withBackend(wasm, () => {
    const before = living();
    const failure = scope(() => {
      try {
        call();
        return null;
      } catch (error) {
        return error;
      }
    });
    expect(failure).toBeInstanceOf(type);
    expect((failure as Error).message).toMatch(says);
    expect(living()).toEqual(before);
  }));

  test('a transform that failed leaves nothing behind for the next one', () => withBackend(wasm, () => {
    for (const [, call] of wrongCalls) expect(() => scope(call)).toThrow();
    expect(scope(() => grad(loss)(vector()).toArray())).toEqual([2, 4, 6]);
    expect(scope(() => vmap(grad(loss))(tensor([[1], [2]])).toArray())).toEqual([[2], [4]]);
  }));
});
