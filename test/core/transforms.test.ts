import { List, Map, Record as ImmutableRecord } from 'immutable';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  ArgumentError, DTypeError, grad, scope, setDefaultBackend, stopGradient, tensor, TransformError, valueAndGrad, vjp, zeros, type Tensor,
} from '@adjoint/core';
import { add, cast, exp, log, matmul, max, mean, mul, neg, pow, slice, square, sub, sum, tanh } from '@adjoint/ops';
import { backends } from '../backends.js';

const double = (values: Parameters<typeof tensor>[0]): Tensor => tensor(values, { dtype: 'float64' });

class Layer extends ImmutableRecord({ kernel: tensor(0), bias: tensor(0) }) {}

/** The central differences of a function of a vector, one row an element of the vector. */
function differences(fn: (x: Tensor) => Tensor, at: readonly number[], step = 1e-5): number[][] {
  return at.map((_, index) => {
    const shifted = (by: number) => scope(() => [...fn(double(at.map((value, other) => (other === index ? value + by : value)))).data()]);
    const above = shifted(step);
    const below = shifted(-step);
    return above.map((value, element) => (value - below[element]!) / (2 * step));
  });
}

describe.each(backends)('transforms on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  describe('trees', () => {
    test('a gradient has the structure of its argument', () => {
      const params = {
        list: [double(1), [double(2)]], map: Map({ w: double(3) }), items: List([double(4)]), layer: new Layer({ kernel: double(5), bias: double(6) }),
      };
      const loss = ({ list, map, items, layer }: typeof params): Tensor => {
        const leaves = [list[0] as Tensor, (list[1] as Tensor[])[0]!, map.get('w'), items.get(0)!, layer.kernel, layer.bias];
        return leaves.map((leaf, index) => mul(index + 1, square(leaf))).reduce(add);
      };
      const { value, gradient } = valueAndGrad(loss)(params);
      expect(value.item()).toBe(1 + 8 + 27 + 64 + 125 + 216);
      expect((gradient.list[0] as Tensor).item()).toBe(2);
      expect((gradient.list[1] as Tensor[])[0]!.item()).toBe(8);
      expect(gradient.map).toBeInstanceOf(Map);
      expect(gradient.map.get('w').item()).toBe(18);
      expect(gradient.items.get(0)!.item()).toBe(32);
      expect(gradient.layer).toBeInstanceOf(Layer);
      expect([gradient.layer.kernel.item(), gradient.layer.bias.item()]).toEqual([50, 72]);
    });

    test('a gradient has the shape and dtype of each leaf', () => {
      const params = { half: tensor([[1, 2]]), whole: double([3]) };
      const gradient = grad(({ half, whole }: typeof params) => sum(mul(half, whole)))(params);
      expect([gradient.half.dtype, gradient.whole.dtype]).toEqual(['float32', 'float64']);
      expect([gradient.half.toArray(), gradient.whole.toArray()]).toEqual([[[3, 3]], [3]]);
    });

    test('further arguments are passed on as they are', () => {
      const loss = (x: Tensor, factor: number, options: { readonly shift: Tensor }): Tensor => add(mul(factor, square(x)), options.shift);
      expect(grad(loss)(double(3), 5, { shift: double(1) }).item()).toBe(30);
    });

    test('the same tensor at two places has a gradient for each', () => {
      const x = double(3);
      const gradient = grad(({ a, b }: { a: Tensor; b: Tensor }) => mul(square(a), b))({ a: x, b: x });
      expect([gradient.a.item(), gradient.b.item()]).toEqual([18, 9]);
      expect(vjp((a: Tensor, b: Tensor) => mul(a, b), x, x).pullback(double(1)).map((each) => each.item())).toEqual([3, 3]);
    });

    test('what the value does not depend on has a gradient of zeros', () => {
      const gradient = grad(({ used }: { used: Tensor; ignored: Tensor }) => sum(used))({ used: double([1]), ignored: double([[1, 2]]) });
      expect(gradient.ignored.toArray()).toEqual([[0, 0]]);
      expect(grad((_: Tensor) => double(7))(double([1, 2])).toArray()).toEqual([0, 0]);
      expect(grad((x: Tensor) => mul(stopGradient(x), 2))(double(3)).item()).toBe(0);
      expect(grad((x: Tensor) => cast(cast(x, 'int32'), 'float64'))(double(3)).item()).toBe(0);
    });

    test('a function may return its argument', () => {
      const x = double(3);
      const { value, gradient } = valueAndGrad((y: Tensor) => y)(x);
      expect([value.item(), gradient.item()]).toEqual([3, 1]);
      expect(x.item()).toBe(3);
    });
  });

  describe('nesting', () => {
    test('a tensor that the function closes over is a constant, also when it is the argument', () => {
      const y = double(3);
      expect(grad((x: Tensor) => mul(x, y))(y).item()).toBe(3);
      expect(grad((x: Tensor) => mul(x, x))(y).item()).toBe(6);
    });

    test('an inner gradient is not confused with the outer one', () => {
      // d/dx [x * d/dy (x + y)] = d/dx x = 1, where a confusion of both gives 2.
      expect(grad((x: Tensor) => mul(x, grad((y: Tensor) => add(x, y))(double(1))))(double(1)).item()).toBe(1);
      // d/dx [x * d/dy (x * y) at y = x] = d/dx x * x.
      expect(grad((x: Tensor) => mul(x, grad((y: Tensor) => mul(x, y))(x)))(double(5)).item()).toBe(10);
      // d/dx [d/dy (x * y * y) at y = x] = d/dx 2 * x * x.
      expect(grad((x: Tensor) => grad((y: Tensor) => mul(x, square(y)))(x))(double(5)).item()).toBe(20);
    });

    test.each([-0.7, 0.3, 2])('derivatives of tanh at %d by its closed forms', (at) => {
      const t = Math.tanh(at);
      const first = grad((x: Tensor) => tanh(x));
      const second = grad(first);
      const third = grad(second);
      expect(first(double(at)).item()).toBeCloseTo(1 - t * t, 12);
      expect(second(double(at)).item()).toBeCloseTo(-2 * t * (1 - t * t), 12);
      expect(third(double(at)).item()).toBeCloseTo((1 - t * t) * (6 * t * t - 2), 12);
    });

    test.each([[2, 5], [1.5, 2.5], [0.7, -1.5], [-2, 3]])('third derivative of x ** y at %d, %d', (x, y) => {
      const third = grad(grad(grad((base: Tensor) => pow(base, y))));
      expect(third(double(x)).item()).toBeCloseTo(y * (y - 1) * (y - 2) * x ** (y - 3), 9);
    });

    test.each([0, 1, 2, 3])('every derivative of x ** %d is finite at 0', (power) => {
      let derivative: (x: Tensor) => Tensor = (x) => pow(x, power);
      let factorial = 1;
      for (let order = 1; order <= 5; order++) {
        derivative = grad(derivative);
        factorial *= order;
        expect(derivative(double(0)).item()).toBe(order === power ? factorial : 0);
      }
    });

    test('mixed derivatives of x ** y', () => {
      const inX = (x: Tensor, y: Tensor): Tensor => grad((base: Tensor) => pow(base, y))(x);
      for (const [x, y] of [[2, 3], [0.5, 0], [3, 1]] as const) {
        const mixed = grad((exponent: Tensor) => inX(double(x), exponent))(double(y));
        expect(mixed.item()).toBeCloseTo(x ** (y - 1) * (1 + y * Math.log(x)), 10);
      }
    });

    test('the gradient of a gradient agrees with differences of the gradient', () => {
      const rosenbrock = (x: Tensor): Tensor => {
        const [a, b] = [slice(x, [[0, 1]]), slice(x, [[1, 2]])];
        return sum(add(square(sub(1, a)), mul(100, square(sub(b, square(a))))));
      };
      const logSumExp = (x: Tensor): Tensor => add(log(sum(exp(sub(x, stopGradient(max(x)))))), stopGradient(max(x)));
      const perceptron = (w: Tensor): Tensor => {
        const inputs = double([[0.1, -0.4], [0.7, 0.2], [-0.3, 0.5]]);
        const hidden = tanh(matmul(inputs, w.shape[0] === 6 ? matmul(double([[1, 0], [0, 1]]), rows(w)) : w));
        return mean(square(sub(sum(hidden, { axes: 1 }), double([1, -1, 0.5]))));
      };
      const rows = (w: Tensor): Tensor => add(mul(slice(w, [[0, 3]]), double([[1], [0]])), mul(slice(w, [[3, 6]]), double([[0], [1]])));
      const cases: readonly [(x: Tensor) => Tensor, readonly number[]][] = [
        [rosenbrock, [-1.2, 1]], [rosenbrock, [1, 1]], [logSumExp, [0.3, -1, 2]], [perceptron, [0.2, -0.5, 0.8, 0.4, 0.1, -0.9]],
      ];
      for (const [fn, at] of cases) {
        const numeric = differences(grad(fn), at);
        for (const [row, expected] of numeric.entries()) {
          const hessianRow = grad((x: Tensor) => sum(slice(grad(fn)(x), [[row, row + 1]])))(double(at)).data();
          for (const [column, value] of expected.entries()) expect(hessianRow[column]! / (1 + Math.abs(value))).toBeCloseTo(value / (1 + Math.abs(value)), 6);
        }
      }
    });
  });

  describe('vjp', () => {
    test('a pullback maps many cotangents', () => {
      const { value, pullback } = vjp((x: Tensor, y: Tensor) => mul(x, y), double([1, 2]), double([3, 4]));
      expect(value.toArray()).toEqual([3, 8]);
      expect(pullback(double([1, 0])).map((each) => each.toArray())).toEqual([[3, 0], [1, 0]]);
      expect(pullback(double([0, 1])).map((each) => each.toArray())).toEqual([[0, 4], [0, 2]]);
      expect(pullback(double([1, 10])).map((each) => each.toArray())).toEqual([[3, 40], [1, 20]]);
    });

    test('value and cotangent may be trees', () => {
      const { value, pullback } = vjp((x: Tensor) => ({ twice: mul(2, x), squares: [square(x)] }), double([1, 2]));
      expect(value.squares[0]!.toArray()).toEqual([1, 4]);
      expect(pullback({ twice: double([1, 1]), squares: [double([1, 1])] })[0].toArray()).toEqual([4, 6]);
    });

    test('an identity hands the cotangent on', () => {
      expect(vjp((x: Tensor) => x, double([1])).pullback(double([5]))[0].toArray()).toEqual([5]);
    });

    test('a pullback can be differentiated', () => {
      // The pullback of x ** 3 is 3 * x ** 2 * c; its derivative in x is 6 * x * c, in c is 3 * x ** 2.
      const pull = (x: Tensor, c: Tensor): Tensor => vjp((y: Tensor) => pow(y, 3), x).pullback(c)[0];
      expect(grad(pull)(double(2), double(5)).item()).toBe(60);
      expect(grad((c: Tensor) => pull(double(2), c))(double(5)).item()).toBe(12);
    });

    test('a pullback lasts as long as the scope around, and then says so', () => {
      const late = scope(() => {
        const { pullback } = vjp((x: Tensor) => square(x), double(3));
        expect(pullback(double(1))[0].item()).toBe(6);
        return { pullback };
      });
      expect(() => late.pullback(double(1))).toThrow(TransformError);
      expect(() => late.pullback(double(1))).toThrow('a pullback of vjp ends with the scope around it');
    });

    test('a cotangent must have the type and the structure of the value', () => {
      const { pullback } = vjp((x: Tensor) => square(x), double([1, 2]));
      expect(() => pullback(double([1, 2, 3]))).toThrow('backward: the cotangent is float64 [3]; expected float64 [2]');
      expect(() => pullback(tensor([1, 2]))).toThrow(TransformError);
      expect(() => pullback([double([1, 2]), double([1, 2])] as unknown as Tensor)).toThrow('vjp: the cotangent has 2 tensors (0, 1), the value one tensor');
    });
  });

  describe('errors', () => {
    const x = (): Tensor => double([1, 2]);

    test.each<[string, () => unknown, new () => Error, string]>([
      ['a loss that is no scalar', () => grad((y: Tensor) => square(y))(x()), TransformError,
        'grad: the function returned float64 [2]; expected a float scalar. Reduce it with sum or mean, or use vjp or jacobian for a function of many outputs'],
      ['a loss of one element in an axis', () => grad((y: Tensor) => sum(y, { keepDims: true }))(x()), TransformError, 'Reduce it with sum or mean'],
      ['an int32 loss', () => valueAndGrad((y: Tensor) => cast(sum(y), 'int32'))(x()), TransformError, 'valueAndGrad: the function returned int32 []'],
      ['no tensor', () => grad((() => 3) as unknown as (y: Tensor) => Tensor)(x()), TransformError, 'grad: the function returned 3; expected a float scalar tensor'],
      ['nothing', () => grad((() => undefined) as unknown as (y: Tensor) => Tensor)(x()), TransformError, 'grad: the function returned nothing; expected a float scalar tensor'],
      ['a promise', () => grad((async (y: Tensor) => y) as unknown as (y: Tensor) => Tensor)(x()), TransformError, 'Await the data first, then call the transform'],
      ['a promise in vjp', () => vjp(async (y: Tensor) => y, x()), TransformError, 'vjp: the function returned a promise'],
      ['an int32 argument', () => grad((p: { n: Tensor }) => sum(p.n))({ n: tensor([1], { dtype: 'int32' }) }), DTypeError,
        'grad: argument 0.n is int32 [1]; gradients exist for float32 and float64 only. Convert it with cast, or close over it instead of passing it'],
      ['a number as argument', () => grad(((y: Tensor) => y) as unknown as (y: number) => Tensor)(3), ArgumentError, 'got 3 (make it a tensor: tensor(3))'],
      ['no tensor among the arguments', () => grad((_: readonly Tensor[]) => double(1))([]), TransformError, 'the arguments hold no tensor'],
    ])('%s', (_, call, type, message) => {
      expect(call).toThrow(type);
      expect(call).toThrow(message);
    });

    test('after an error inside, gradients are right again', () => {
      expect(() => grad((y: Tensor) => { square(y); throw new Error('stop'); })(x())).toThrow('stop');
      expect(grad((y: Tensor) => sum(neg(y)))(x()).toArray()).toEqual([-1, -1]);
    });

    test('a released argument is named', () => {
      const lost = scope(() => ({ x: [zeros([1])], hide: new (class { inner = zeros([1]); })() })).hide.inner;
      expect(() => grad((y: Tensor) => sum(y))(lost)).toThrow('was released by scope()');
    });
  });
});
