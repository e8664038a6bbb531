import { beforeEach, describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import {
  apply, ArgumentError, checkGradients, definePrimitive, DTypeError, empty, memoryStats, registeredPrimitives, ReleasedTensorError, setDefaultBackend, tensor, TransformError,
  type Primitive, type Tensor, type VjpContext,
} from '@adjoint/core';
import { assertGradients, GradientError, tensors } from '@adjoint/core/testing';
import { add, broadcastTo, cast, matmul, mul, neg, slice, square, sum, tanh, transpose } from '@adjoint/ops';
import { backends } from '../backends.js';

const double = (values: Parameters<typeof tensor>[0]): Tensor => tensor(values, { dtype: 'float64' });

type Rule = (context: VjpContext<Record<string, never>>) => readonly (Tensor | null)[];

let planted = 0;

/** `x * x`, `[n] * [m, n]` and so on, with the kernel of a product and a gradient rule to be tried. */
function product(rule: Rule, keeps: Primitive['keeps'] = { inputs: 'all' }): (left: Tensor, right: Tensor) => Tensor {
  const primitive = definePrimitive({
    name: `test: product ${planted++}`,
    keeps,
    infer: ([left, right]) => (left!.shape.length > right!.shape.length ? left! : right!),
    forward: (backend, [left, right], _, type) => {
      const out = empty(backend, type);
      backend.binary('multiply', left!, right!, out);
      return out;
    },
    vjp: rule,
  });
  return (left, right) => apply(primitive, [left, right], {});
}

const right: Rule = ({ inputs: [a, b], cotangent }) => [mul(cotangent, b!), mul(cotangent, a!)];

describe.each(backends)('checkGradients on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  const x = () => double([0.5, -1.5, 2]);
  const y = () => double([1, 0.25, -0.75]);

  test('passes right rules, of trees too, to the third order', () => {
    const fn = (p: { w: Tensor; b: Tensor }, scale: Tensor) => [tanh(add(mul(p.w, p.b), scale)), square(p.w)];
    const report = checkGradients(fn, [{ w: x(), b: y() }, double(0.3)], { order: 3, elementwise: true });
    expect(String(report)).toContain('gradients agree');
    expect(report.ok).toBe(true);
    expect(new Set(report.comparisons.map(({ order }) => order))).toEqual(new Set([1, 2, 3]));
    expect(report.comparisons.filter(({ order, where }) => order === 1 && where.startsWith('direction'))).toHaveLength(3);
    expect(report.comparisons.map(({ where }) => where)).toEqual(expect.arrayContaining(['0.w[0]', '0.b[2]', '1[]']));
    expect(checkGradients(product(right), [x(), y()], { order: 2 }).ok).toBe(true);
  });

  test.each<[string, Rule]>([
    ['a wrong sign', ({ inputs: [a, b], cotangent }) => [mul(cotangent, b!), neg(mul(cotangent, a!))]],
    ['a wrong factor', ({ inputs: [a, b], cotangent }) => [mul(cotangent, b!), mul(1.01, mul(cotangent, a!))]],
    ['the inputs confused', ({ inputs: [, b], cotangent }) => [mul(cotangent, b!), mul(cotangent, b!)]],
    ['a cotangent that is forgotten', ({ inputs: [, b], cotangent }) => [mul(cotangent, b!), null]],
  ])('finds %s, and names the elements', (_, rule) => {
    const report = checkGradients(product(rule), [x(), y()]);
    expect(report.ok).toBe(false);
    const named = report.comparisons.filter(({ ok, where }) => !ok && !where.startsWith('direction')).map(({ where }) => where);
    expect(named).toEqual(['1[0]', '1[1]', '1[2]']);
    expect(String(report)).toMatch(/^gradients differ in \d+ of \d+ comparisons:\n {2}order 1, direction 0: analytic \S+, numeric \S+, error \S+e\S+, tolerance \S+e\S+\n/);
  });

  test('finds one wrong element, and only that', () => {
    const rule: Rule = ({ inputs: [a, b], cotangent }) => [mul(mul(cotangent, b!), double([[1, 1], [1, 1.5]])), mul(cotangent, a!)];
    const report = checkGradients(product(rule), [double([[1, 2], [3, 4]]), double([[5, 6], [7, 8]])], { elementwise: true });
    expect(report.comparisons.filter(({ ok, where }) => !ok && where.includes('[')).map(({ where }) => where)).toEqual(['0[1,1]']);
  });

  test('finds a wrong stride: a rule that forgets to transpose back', () => {
    const primitive = definePrimitive({
      name: `test: transposed ${planted++}`,
      infer: ([input]) => input!,
      forward: (on, [input], _, type) => {
        const out = empty(on, type);
        on.copy(transpose(input!), out);
        return out;
      },
      vjp: ({ cotangent }) => [cotangent],
    });
    const report = checkGradients((a: Tensor) => apply(primitive, [a], {}), [double([[1, 2], [3, 4]])]);
    expect(report.comparisons.filter(({ ok, where }) => !ok && where.includes('[')).map(({ where }) => where)).toEqual(['0[0,1]', '0[1,0]']);
  });

  test('a missing reduction is told by the types already', () => {
    const broadcast = product(({ inputs: [a, b], cotangent }) => [mul(cotangent, b!), mul(cotangent, a!)]);
    expect(() => checkGradients(broadcast, [x(), double([[1, 2, 3], [4, 5, 6]])])).toThrow(
      /^test: product \d+: its gradient rule's cotangent of input 0 is float64 \[2,3\]; expected float64 \[3\]$/,
    );
    const reduced = product(({ inputs: [a, b], cotangent }) => [sum(mul(cotangent, b!), { axes: 0 }), mul(cotangent, a!)]);
    expect(checkGradients(reduced, [x(), double([[1, 2, 3], [4, 5, 6]])]).ok).toBe(true);
    const oneRow: Rule = ({ inputs: [a, b], cotangent }) => [broadcastTo(sum(slice(mul(cotangent, b!), [[0, 1]]), { axes: 0 }), [3]), mul(cotangent, a!)];
    expect(checkGradients(product(oneRow), [x(), double([[1, 2, 3], [4, 5, 6]])]).ok).toBe(false);
  });

  test('finds a first derivative that is right and cannot be differentiated', () => {
    const rule: Rule = ({ inputs: [a, b], cotangent }) => [mul(cotangent, double(b!.data())), mul(cotangent, double(a!.data()))];
    expect(checkGradients(product(rule), [x(), y()]).ok).toBe(true);
    const report = checkGradients(product(rule), [x(), y()], { order: 2 });
    expect(report.ok).toBe(false);
    expect(report.worst!.order).toBe(2);
  });

  test('a gradient that is no number is wrong', () => {
    const rule: Rule = ({ inputs: [a, b], cotangent }) => [mul(Number.NaN, mul(cotangent, b!)), mul(cotangent, a!)];
    const report = checkGradients(product(rule), [x(), y()]);
    expect(report.ok).toBe(false);
    expect(report.worst!.analytic).toBeNaN();
  });

  test('float32 shows gross mistakes with the defaults, and no others', () => {
    const weights = tensor([[0.5, -1], [2, 0.25]]);
    const fn = (a: Tensor) => tanh(matmul(weights, square(a)));
    expect(checkGradients(fn, [tensor([[0.3, 1], [-0.7, 0.2]])], { order: 2 }).ok).toBe(true);
    const wrong: Rule = ({ inputs: [a, b], cotangent }) => [mul(cotangent, b!), mul(2, mul(cotangent, a!))];
    expect(checkGradients(product(wrong), [tensor([1, 2]), tensor([3, 4])]).ok).toBe(false);
  });

  test('the seed decides on the directions, and nothing stays in memory', () => {
    const args: [Tensor] = [x()];
    const before = memoryStats();
    const run = (seed: number) => checkGradients(tanh, args, { seed }).comparisons.map(({ analytic }) => analytic);
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
    expect(memoryStats()).toEqual(before);
  });

  test.each<[string, Parameters<typeof checkGradients>[2]]>([
    ['order', { order: 0 }], ['order', { order: 1.5 }], ['directions', { directions: 0 }], ['directions', { directions: Number.NaN }],
    ['epsilon', { epsilon: 0 }], ['epsilon', { epsilon: Number.NaN }], ['epsilon', { epsilon: -1e-6 }], ['relativeTolerance', { relativeTolerance: -1 }],
    ['absoluteTolerance', { absoluteTolerance: Number.NaN }], ['seed', { seed: -1 }],
  ])('%s out of range is refused: %j', (option, options) => {
    expect(() => checkGradients(tanh, [x()], options)).toThrow(ArgumentError);
    expect(() => checkGradients(tanh, [x()], options)).toThrow(option);
  });

  test('what has no gradient is refused', () => {
    expect(() => checkGradients((a: Tensor) => cast(a, 'int32'), [x()])).toThrow(TransformError);
    expect(() => checkGradients((a: Tensor) => cast(a, 'int32'), [x()])).toThrow('checkGradients: the result is int32 [3]; expected float32 or float64');
    expect(() => checkGradients((a: Tensor) => cast(a, 'float64'), [tensor([1], { dtype: 'int32' })])).toThrow(DTypeError);
  });

  test('assertGradients catches a rule that reads what its primitive does not keep', () => {
    fc.assert(
      fc.property(tensors([2]), tensors([2]), (a, b) => {
        const run = (fn: (left: Tensor, right: Tensor) => Tensor) => () =>
          assertGradients({ inputs: [a, b], fn: (left, other) => fn(square(left), square(other)) });
        expect(run(product(right))).not.toThrow();
        expect(run(product(right, { inputs: [0] }))).toThrow(ReleasedTensorError);
      }),
      { numRuns: 10 },
    );
  });

  test('assertGradients throws with the report', () => {
    const wrong = product(({ inputs: [a, b], cotangent }) => [mul(cotangent, b!), neg(mul(cotangent, a!))]);
    fc.assert(
      fc.property(tensors([2], { awayFromZero: 0.5 }), tensors([2], { awayFromZero: 0.5 }), (a, b) => {
        const run = () => assertGradients({ inputs: [a, b], fn: (left, other) => wrong(left, other) });
        expect(run).toThrow(GradientError);
        expect(run).toThrow(/^gradients differ in/);
      }),
      { numRuns: 5 },
    );
  });
});

test('a name is taken once', () => {
  const primitive: Primitive = { name: 'test: once', infer: ([input]) => input!, forward: (_, [input]) => input!, vjp: 'none' };
  expect(definePrimitive(primitive)).toBe(primitive);
  expect(registeredPrimitives().get('test: once')).toBe(primitive);
  expect(() => definePrimitive({ ...primitive })).toThrow(ArgumentError);
  expect(() => definePrimitive({ ...primitive })).toThrow('definePrimitive: there is a primitive test: once already; give this one another name');
});
