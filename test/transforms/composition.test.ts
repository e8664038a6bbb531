import { Map } from 'immutable';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  checkpoint, customVjp, grad, hessian, hvp, jacobian, jvp, key, mapTree, normal, scope, setDefaultBackend, stopGradient, tensor, valueAndGrad, vjp, vmap,
  type Tensor,
} from '@adjoint/core';
import { add, clip, conv2d, div, exp, logSumExp, matmul, mean, mul, reshape, round, sin, slice, softmaxCrossEntropy, square, stack, sub, sum, tanh } from '@adjoint/ops';
import { backends } from '../backends.js';
import { living } from '../living.js';

const double = (values: Parameters<typeof tensor>[0], shape?: readonly number[]): Tensor =>
  tensor(values, shape === undefined ? { dtype: 'float64' } : { dtype: 'float64', shape });
const random = (seed: number, shape: readonly number[]): Tensor => normal(key(seed), shape, { dtype: 'float64', standardDeviation: 0.5 });

/** Scalar functions of one vector, smooth everywhere. */
const functions: Readonly<Record<string, { readonly size: number; readonly make: () => (x: Tensor) => Tensor }>> = {
  Rosenbrock: {
    size: 4,
    make: () => (x) => {
      const [head, tail] = [slice(x, [[0, 3]]), slice(x, [[1, 4]])];
      return sum(add(square(sub(1, head)), mul(100, square(sub(tail, square(head))))));
    },
  },
  logSumExp: { size: 5, make: () => (x) => logSumExp(mul(x, x)) },
  'the loss of a perceptron': {
    size: 3 * 4 + 4 * 2,
    make: () => {
      const [inputs, labels] = [random(1, [6, 3]), tensor([0, 1, 1, 0, 1, 0], { dtype: 'int32' })];
      return (x) => {
        const hidden = tanh(matmul(inputs, reshape(slice(x, [[0, 12]]), [3, 4])));
        return softmaxCrossEntropy(matmul(hidden, reshape(slice(x, [[12, 20]]), [4, 2])), labels);
      };
    },
  },
  'a convolution': {
    size: 2 * 2 * 1 * 3,
    make: () => {
      const images = random(2, [2, 4, 5, 1]);
      return (x) => mean(square(tanh(conv2d(images, reshape(x, [2, 2, 1, 3]), { padding: 'same' }))));
    },
  },
  'a recurrence of 50 steps': {
    size: 6,
    make: () => (x) => {
      const kernel = reshape(slice(x, [[0, 4]]), [2, 2]);
      let hidden = slice(x, [[4, 6]]);
      for (let step = 0; step < 50; step++) hidden = tanh(add(matmul(kernel, hidden), 0.1));
      return sum(square(hidden));
    },
  },
};

/** The central differences of a function of a vector: its first axis runs over the elements of the vector. */
function differences(fn: (x: Tensor) => Tensor, at: Tensor, step: number): number[][] {
  const point = [...at.data()];
  return point.map((_, index) => {
    const shifted = (by: number) => scope(() => [...fn(double(point.map((value, other) => (other === index ? value + by : value)))).data()]);
    const [above, below] = [shifted(step), shifted(-step)];
    return above.map((value, element) => (value - below[element]!) / (2 * step));
  });
}

function expectNear(actual: Tensor, expected: ArrayLike<number>, tolerance: number): void {
  const values = actual.data();
  expect(values.length).toBe(expected.length);
  const scale = 1 + Math.max(0, ...Array.from(expected, Math.abs));
  Array.from(expected).forEach((value, index) => expect(Math.abs(values[index]! - value), `element ${index}: ${values[index]} for ${value}`).toBeLessThan(tolerance * scale));
}

describe.each(backends)('transforms compose on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  describe.each(Object.entries(functions))('%s', (_, { size, make }) => {
    test('all transforms agree with each other and with differences', () => scope(() => {
      const fn = make();
      const x = random(7, [size]);
      const direction = random(8, [size]);
      const gradient = grad(fn)(x);
      expectNear(gradient, differences(fn, x, 1e-5).flat(), 1e-8);

      const curvature = hessian(fn)(x);
      expect(curvature.shape).toEqual([size, size]);
      expectNear(curvature, differences(grad(fn), x, 1e-5).flat(), 1e-7);
      const product = [...matmul(curvature, direction).data()];
      expectNear(hvp(fn)(x, direction), product, 1e-10);
      expectNear(jvp(grad(fn), [x], [direction]).tangent, product, 1e-10);
      expectNear(jacobian(grad(fn))(x), curvature.data(), 1e-10);
      expectNear(grad((y: Tensor) => sum(mul(grad(fn)(y), direction)))(x), product, 1e-10);
      expectNear(grad((y: Tensor) => jvp(fn, [y], [direction]).tangent)(x), product, 1e-10);
      expectNear(jvp(fn, [x], [direction]).tangent, [sum(mul(gradient, direction)).item()], 1e-10);

      const points = stack([x, direction, mul(0.3, x)]);
      const rows = [x, direction, mul(0.3, x)];
      expectNear(vmap(fn)(points), rows.map((row) => fn(row).item()), 1e-12);
      expectNear(vmap(grad(fn))(points), rows.flatMap((row) => [...grad(fn)(row).data()]), 1e-10);
      expectNear(vmap(hessian(fn))(points), rows.flatMap((row) => [...hessian(fn)(row).data()]), 1e-9);
      expectNear(vmap(hvp(fn), { inAxes: [0, null] })(points, direction), rows.flatMap((row) => [...hvp(fn)(row, direction).data()]), 1e-9);
      expectNear(jacobian(vmap(fn))(points), jacobian((all: Tensor) => stack([0, 1, 2].map((row) => fn(reshape(slice(all, [[row, row + 1]]), [size])))))(points).data(), 1e-9);
      expectNear(grad((all: Tensor) => sum(vmap(fn)(all)))(points), [...vmap(grad(fn))(points).data()], 1e-10);
      expectNear(hessian((weight: Tensor) => mean(vmap((row: Tensor) => fn(mul(row, weight)))(points)))(x), [
        ...hessian((weight: Tensor) => div(rows.map((row) => fn(mul(row, weight))).reduce((left, right) => add(left, right)), 3))(x).data(),
      ], 1e-9);
      expectNear(vmap((tangent: Tensor) => jvp(fn, [x], [tangent]).tangent)(points), rows.map((row) => sum(mul(gradient, row)).item()), 1e-10);

      const recomputed = checkpoint(fn);
      expectNear(grad(recomputed)(x), gradient.data(), 1e-13);
      expectNear(hessian(recomputed)(x), curvature.data(), 1e-11);
      expectNear(vmap(grad(recomputed))(points), vmap(grad(fn))(points).data(), 1e-11);
      expectNear(grad((all: Tensor) => sum(vmap(recomputed)(all)))(points), vmap(grad(fn))(points).data(), 1e-11);
    }));

    test('nothing of it stays', () => {
      const fn = make();
      const run = () => scope(() => {
        const x = random(7, [size]);
        hessian(checkpoint(fn))(x);
        vmap(hvp(fn), { inAxes: [0, null] })(stack([x, x]), x);
      });
      run();
      const before = living();
      run();
      expect(living()).toEqual(before);
    });
  });

  describe('the third derivative', () => {
    test('is symmetric, whichever transforms it is made of', () => scope(() => {
      const fn = (x: Tensor): Tensor => sum(mul(sin(x), exp(slice(x, [[null, null, -1]]))));
      const x = double([0.3, -0.2, 0.5]);
      const third = jacobian(hessian(fn))(x);
      expect(third.shape).toEqual([3, 3, 3]);
      expectNear(jacobian(jacobian(jacobian(fn)))(x), third.data(), 1e-12);
      expectNear(hessian((y: Tensor) => sum(grad(fn)(y)))(x), sum(third, { axes: 0 }).data(), 1e-12);
      expectNear(vmap((v: Tensor) => grad((y: Tensor) => sum(mul(hvp(fn)(y, v), v)))(x))(double([[1, 0, 0], [0, 1, 0], [0, 0, 1]])),
        [0, 1, 2].flatMap((row) => [0, 1, 2].map((column) => Number(third.data()[row * 9 + row * 3 + column]))), 1e-12);
    }));
  });

  describe('trees and chosen arguments', () => {
    test('a jacobian and a hessian have the structure of value and argument', () => scope(() => {
      const params = Map({ scale: double([2, 3]), shift: double(1) });
      type Params = typeof params;
      const fn = (p: Params) => ({ each: mul(p.get('scale'), p.get('shift')), all: [sum(square(p.get('scale')))] as const });
      const jacobians = jacobian(fn)(params);
      expect(jacobians.each.get('scale').toArray()).toEqual([[1, 0], [0, 1]]);
      expect(jacobians.each.get('shift').toArray()).toEqual([2, 3]);
      expect(jacobians.all[0].get('scale').toArray()).toEqual([4, 6]);
      expect(jacobians.all[0].get('shift').toArray()).toBe(0);
      const second = hessian((p: Params) => mul(sum(square(p.get('scale'))), p.get('shift')))(params);
      expect(second.get('scale').get('shift').toArray()).toEqual([4, 6]);
      expect(second.get('shift').get('scale').toArray()).toEqual([4, 6]);
      expect(hvp((p: Params) => mul(sum(square(p.get('scale'))), p.get('shift')))(params, mapTree(params, (leaf) => mul(0, leaf))).get('scale').toArray()).toEqual([0, 0]);
    }));

    test('gradients with respect to any arguments, past those that are no tensors', () => scope(() => {
      const fn = (factor: number, x: Tensor, options: { readonly power: 'two' }, y: Tensor): Tensor => {
        expect(options.power).toBe('two');
        return mul(factor, mul(square(x), y));
      };
      const call = [3, double(2), { power: 'two' }, double(5)] as const;
      expect(grad(fn, { argnums: 1 })(...call).item()).toBe(60);
      expect(grad(fn, { argnums: [3, 1] })(...call).map((each) => each.item())).toEqual([12, 60]);
      const { value, gradient } = valueAndGrad(fn, { argnums: [1] })(...call);
      expect([value.item(), gradient[0].item()]).toEqual([60, 60]);
      const second = hessian(fn, { argnums: [1, 3] })(...call);
      expect([second[0][0], second[0][1], second[1][0], second[1][1]].map((each) => each.item())).toEqual([30, 12, 12, 0]);
      expect(jacobian(fn, { argnums: 3 })(...call).item()).toBe(12);
    }));

    test('what comes beside the value is passed on', () => scope(() => {
      const fn = (x: Tensor) => [sum(square(x)), { rounded: round(x), note: 'as it is' }] as const;
      const { value, gradient, aux } = valueAndGrad(fn, { hasAux: true })(double([1.2, 2]));
      expect(value.item()).toBeCloseTo(5.44, 12);
      expect(gradient.toArray()).toEqual([2.4, 4]);
      expect([aux.rounded.toArray(), aux.note]).toEqual([[1, 2], 'as it is']);
      expect(grad(fn, { hasAux: true })(double([1])).aux.rounded.toArray()).toEqual([1]);
      expect(vmap((x: Tensor) => grad(fn, { hasAux: true })(x).gradient)(double([[1], [2]])).toArray()).toEqual([[2], [4]]);
    }));
  });

  describe('stopGradient', () => {
    test('in trees, in every transform and in second order', () => scope(() => {
      const fn = (p: { a: Tensor; b: Tensor }): Tensor => {
        const held = stopGradient({ inner: [p.a] });
        return mul(mul(held.inner[0]!, p.a), p.b);
      };
      const params = { a: double(3), b: double(5) };
      expect(mapTree(grad(fn)(params), (leaf) => leaf)).toMatchObject({ a: expect.objectContaining({ shape: [] }) as Tensor });
      expect([grad(fn)(params).a.item(), grad(fn)(params).b.item()]).toEqual([15, 9]);
      const second = hessian(fn)(params);
      expect([second.a.a.item(), second.a.b.item(), second.b.a.item(), second.b.b.item()]).toEqual([0, 3, 3, 0]);
      expect(jvp((x: Tensor) => mul(x, stopGradient(x)), [double(3)], [double(1)]).tangent.item()).toBe(3);
      expect(vmap(grad((x: Tensor) => mul(x, stopGradient(x))))(double([1, 2])).toArray()).toEqual([1, 2]);
      expect(grad(checkpoint((x: Tensor) => mul(x, stopGradient(x))))(double(3)).item()).toBe(3);
    }));
  });

  describe('customVjp', () => {
    const clipped = customVjp((x: Tensor) => x, ({ cotangent }) => [clip(cotangent, -1, 1)]);
    const straight = customVjp((x: Tensor) => round(x), ({ cotangent }) => [cotangent]);

    test('its rule is that of every transform', () => scope(() => {
      expect(grad((x: Tensor) => sum(mul(5, clipped(x))))(double([1, 2])).toArray()).toEqual([1, 1]);
      expect(vmap(grad((x: Tensor) => sum(mul(5, clipped(x)))))(double([[1], [2]])).toArray()).toEqual([[1], [1]]);
      expect(grad((x: Tensor) => sum(vmap((row: Tensor) => mul(5, clipped(row)))(x)))(double([1, 2])).toArray()).toEqual([1, 1]);
      expect(jacobian(straight)(double([0.4, 1.7])).toArray()).toEqual([[1, 0], [0, 1]]);
      expect(jvp(straight, [double([0.4])], [double([3])]).tangent.toArray()).toEqual([3]);
      expect(vmap(straight)(double([0.4, 1.7])).toArray()).toEqual([0, 2]);
      expect(grad(checkpoint((x: Tensor) => sum(square(straight(x)))))(double([1.7])).toArray()).toEqual([4]);
    }));

    test('in second order its rule is differentiated', () => scope(() => {
      const cube = customVjp((x: Tensor) => mul(x, square(x)), ({ args: [x], cotangent }) => [mul(cotangent, mul(3, square(x)))]);
      expect(grad(grad(cube))(double(2)).item()).toBe(12);
      expect(grad(grad(grad(cube)))(double(2)).item()).toBe(6);
      expect(vmap(grad(grad(cube)))(double([1, 2])).toArray()).toEqual([6, 12]);
      expect(grad((x: Tensor) => sum(vmap(grad(cube))(x)))(double([1, 2])).toArray()).toEqual([6, 12]);
    }));

    test('the order of the names in a tree means nothing, in its rule as in tangents and cotangents', () => scope(() => {
      const product = customVjp(
        (p: { a: Tensor; b: Tensor }) => mul(p.a, p.b),
        ({ args: [p], cotangent }) => [{ b: mul(cotangent, p.a), a: mul(cotangent, p.b) }],
      );
      const point = { a: tensor(2), b: tensor(5) };
      const otherwise = { b: tensor(100), a: tensor(1) };
      const gradient = grad(product)(point);
      expect([gradient.a.item(), gradient.b.item()]).toEqual([5, 2]);
      expect(jvp(product, [point], [otherwise]).tangent.item()).toBe(205);
      const product3 = (p: { a: Tensor; b: Tensor }) => mul(square(p.a), p.b);
      const curvature = hvp(product3)(point, otherwise);
      expect([curvature.a.item(), curvature.b.item()]).toEqual([410, 4]);
      const [pulled] = vjp((p: { a: Tensor; b: Tensor }) => ({ a: mul(2, p.a), b: mul(3, p.b) }), point).pullback(otherwise);
      expect([pulled.a.item(), pulled.b.item()]).toEqual([2, 300]);
    }));

    test('of examples that its function ignores and its rule does not', () => scope(() => {
      const ignoring = customVjp((_: Tensor, w: Tensor) => square(w), ({ args: [x], cotangent }) => [mul(3, cotangent), mul(cotangent, x)]);
      const [xs, w, weights] = [double([1, 2, 3]), double(5), double([1, 10, 100])];
      const loss = (all: Tensor, shared: Tensor) => sum(mul(weights, vmap((x: Tensor) => ignoring(x, shared))(all)));
      const [ofExamples, ofShared] = grad(loss, { argnums: [0, 1] })(xs, w);
      expect(ofExamples.toArray()).toEqual([3, 30, 300]);
      expect(ofShared.toArray()).toEqual(1 + 20 + 300);
      const [rows, column] = jacobian((all: Tensor, shared: Tensor) => vmap((x: Tensor) => ignoring(x, shared))(all), { argnums: [0, 1] })(xs, w);
      expect(rows.toArray()).toEqual([[3, 0, 0], [0, 3, 0], [0, 0, 3]]);
      expect(column.toArray()).toEqual([1, 2, 3]);
    }));

    test('trees, arguments without a gradient, and an argument that is the same for all examples', () => scope(() => {
      const scaled = customVjp(
        (p: { w: Tensor; b: Tensor }, labels: Tensor, factor: number) => ({ out: mul(factor, mul(p.w, p.b)), labels }),
        ({ args: [p, , factor], cotangent }) => [{ w: mul(factor, mul(cotangent.out, p.b)), b: mul(factor, mul(cotangent.out, p.w)) }, null, null],
      );
      const labels = tensor([1], { dtype: 'int32' });
      const params = { w: double(3), b: double(5) };
      const loss = (p: typeof params): Tensor => scaled(p, labels, 2).out;
      expect([grad(loss)(params).w.item(), grad(loss)(params).b.item()]).toEqual([10, 6]);
      const all = (p: typeof params): Tensor => sum(vmap((x: Tensor) => scaled({ w: mul(p.w, x), b: p.b }, labels, 2).out)(double([1, 2, 3])));
      expect([grad(all)(params).w.item(), grad(all)(params).b.item()]).toEqual([60, 36]);
    }));
  });

  describe('calls that are differentiated as a whole, inside of each other', () => {
    const plain = (x: Tensor): Tensor => sum(mul(sin(x), square(x)));
    const curved = customVjp(plain, ({ args: [x], cotangent }) => [mul(cotangent, grad(plain)(x))]);
    const nested: Readonly<Record<string, (x: Tensor) => Tensor>> = {
      'a checkpoint in a checkpoint': checkpoint((x: Tensor) => checkpoint(plain)(x)),
      'three checkpoints': checkpoint((x: Tensor) => checkpoint((y: Tensor) => checkpoint(plain)(y))(x)),
      'a customVjp in a checkpoint': checkpoint((x: Tensor) => curved(x)),
      'a checkpoint in the rule of a customVjp': customVjp(plain, ({ args: [x], cotangent }) => [checkpoint((y: Tensor, c: Tensor) => mul(c, grad(plain)(y)))(x, cotangent)]),
      'a customVjp in the rule of a customVjp': customVjp(plain, ({ args: [x], cotangent }) => [
        mul(cotangent, customVjp(grad(plain), ({ args: [y], cotangent: c }) => [jvp(grad(plain), [y], [c]).tangent])(x)),
      ]),
      'a closure over the argument': (x) => checkpoint((y: Tensor) => checkpoint((z: Tensor) => sum(mul(sin(x), mul(z, x))))(y))(x),
    };

    test.each(Object.entries(nested))('%s: a gradient through vmap and one of each example are right', (_, fn) => scope(() => {
      const points = double([[0.3, 0.5], [1, 2]]);
      const batches = stack([points, mul(0.5, points)]);
      const through = (one: (x: Tensor) => Tensor) => (all: Tensor): Tensor => sum(vmap(one)(all));
      const throughTwice = (one: (x: Tensor) => Tensor) => (all: Tensor): Tensor => sum(vmap(vmap(one))(all));
      expectNear(grad(through(fn))(points), grad(through(plain))(points).data(), 1e-13);
      expectNear(grad(throughTwice(fn))(batches), grad(throughTwice(plain))(batches).data(), 1e-13);
      expectNear(hessian(through(fn))(points), hessian(through(plain))(points).data(), 1e-12);
      expectNear(jacobian(vmap(fn))(points), jacobian(vmap(plain))(points).data(), 1e-13);
      expectNear(grad(checkpoint(through(fn)))(points), grad(through(plain))(points).data(), 1e-13);
      expectNear(vmap(hessian(fn))(points), vmap(hessian(plain))(points).data(), 1e-12);
      expectNear(jvp(grad(through(fn)), [points], [points]).tangent, jvp(grad(through(plain)), [points], [points]).tangent.data(), 1e-12);
    }));
  });

  test('a vjp of a vjp, batched over cotangents', () => scope(() => {
    const { pullback } = vjp((x: Tensor) => sin(x), double([0.1, 0.2]));
    const rows = vmap((cotangent: Tensor) => pullback(cotangent)[0])(double([[1, 0], [0, 1]]));
    expectNear(rows, [Math.cos(0.1), 0, 0, Math.cos(0.2)], 1e-15);
  }));
});
