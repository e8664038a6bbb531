import { describe, expect, test } from 'vitest';
import { AdjointError, ArgumentError, key, ones, ShapeError, tensor, type Tensor } from '@adjoint/core';
import { constant, conv2d, dense, flatten, lambda, layer, Layer, layerFromConfig, layerToConfig, lstm, multiHeadAttention, predict, registerLayer, sequential, type CallContext } from '@adjoint/nn';
import { add, matmul, mul } from '@adjoint/ops';

/** What is thrown, on one line. */
function errorOf(run: () => unknown): AdjointError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(AdjointError);
    expect((error as Error).message).not.toContain('\n');
    return error as AdjointError;
  }
  throw new Error('nothing was thrown');
}

const x = ones([2, 3]);

describe('what init of an own layer returns', () => {
  const wants = (init: unknown) => () => layer({ type: 'mine', init: () => init as never, apply: (input) => input }).init(key(0), [3]);

  test.each<[string, unknown, RegExp]>([
    ['a misspelled initializer', { params: { w: { shape: [2], initialiser: constant(7) } } }, /^mine: params\.w of init has 'initialiser', which is never read; expected \{ shape, initializer \}/],
    ['a tensor', { params: { w: tensor([7, 7]) } }, /^mine: params\.w of init is Tensor\(float32 \[2\]\); expected an object \{ shape, initializer \}/],
    ['a dtype', { state: { n: { shape: [2], dtype: 'int32' } } }, /^mine: state\.n of init has 'dtype'/],
    ['a shape alone', { params: { w: [3, 1] } }, /^mine: params\.w of init is \[3,1\]; expected an object \{ shape, initializer \}/],
    ['no shape', { params: { w: { initializer: constant(7) } } }, /^mine: params\.w of init: shape is undefined/],
    ['a wrong shape', { params: { w: { shape: [2.5] } } }, /^mine: params\.w of init: shape \[2\.5\]/],
    ['a misspelled part', { param: { w: { shape: [2] } } }, /^mine: what init returned has 'param', which is never read; expected \{ params, state \}/],
    ['variables without params', { w: { shape: [2] } }, /^mine: what init returned has 'w'/],
  ])('%s', (_, init, message) => {
    const error = errorOf(wants(init));
    expect(error.message).toMatch(message);
  });
});

describe('mistakes in apply of an own layer', () => {
  type Context = CallContext<'w', 'n', 'd'>;
  const made = (apply: (input: Tensor, context: Context) => unknown) => layer({
    type: 'mine', layers: { d: dense({ units: 3 }) },
    init: () => ({ params: { w: { shape: [3, 3] } }, state: { n: { shape: [] } } }),
    apply: apply as never,
  });

  test.each<[string, (input: Tensor, context: Context) => unknown, new () => Error, RegExp]>([
    ['an operator', (input, { params }) => (input as never) * (params.w as never), ArgumentError, /^mine: an operator of JavaScript/],
    ['a comparison', (input) => ((input as never) > 0 ? input : mul(input, 2)), ArgumentError, /^mine: an operator of JavaScript/],
    ['a misspelled parameter', (input, { params }) => matmul(input, (params as Record<string, Tensor>).W!), ArgumentError, /^mine: apply fails \(.*\); it reads params\.W, but params has only \[w\]/],
    ['a member of a misspelled parameter', (input, { params }) => add(input, (params as Record<string, Tensor>).weight!.shape[0]!), ArgumentError, /it reads params\.weight, but params has only \[w\]/],
    ['a misspelled state', (input, { state }) => add(input, (state as Record<string, Tensor>).count!), ArgumentError, /it reads state\.count, but state has only \[n\]/],
    ['a misspelled layer', (input, { layers }) => (layers as Record<string, typeof layers.d>).e!(input), ArgumentError, /it reads layers\.e, but layers has only \[d\]/],
    ['layers.d.apply', (input, { layers }) => (layers.d as unknown as { apply: (x: Tensor) => Tensor }).apply(input), ArgumentError, /^mine: layers\.d got undefined; expected a tensor\. Layers inside are functions: layers\.d\(input\), without \.apply/],
    ['a layer without input', (_, { layers }) => (layers.d as () => Tensor)(), ArgumentError, /^mine: layers\.d got undefined/],
    ['another shape', (input) => add(input, ones([7])), ShapeError, /^mine: apply fails for inputs of this shape: add: /],
    ['nothing returned', () => undefined, ArgumentError, /^mine: apply returned undefined; expected a tensor/],
    ['a misspelled result', (input, { state }) => ({ output: input, states: state }), ArgumentError, /^mine: what apply returned has 'states', which is never read; expected \{ output, state \}/],
  ])('%s', (_, apply, type, message) => {
    const error = errorOf(() => made(apply).init(key(0), [3]));
    expect(error).toBeInstanceOf(type);
    expect(error.message).toMatch(message);
  });

  test('a parameter that may be missing can be asked for', () => {
    const mine = made((input, { params }) => ((params as Record<string, Tensor | undefined>).bias === undefined ? input : mul(input, 2)));
    expect(mine.init(key(0), [3]).outputShape).toEqual([3]);
  });

  test('mistakes that only a call makes', () => {
    const inTraining = (wrong: (input: Tensor, context: Context) => unknown) => {
      const mine = made((input, context) => (context.training ? input : wrong(input, context)));
      return () => mine.apply(mine.init(key(0), [3]), x);
    };
    expect(errorOf(inTraining((input, { layers }) => (layers.d as unknown as { apply: (x: Tensor) => Tensor }).apply(input))).message).toMatch(/^mine: layers\.d got undefined/);
    expect(errorOf(inTraining((input, { layers }) => layers.d(input, { masks: x } as never))).message).toMatch(/^mine: layers\.d: unknown option 'masks'/);
    expect(errorOf(inTraining(() => 5)).message).toMatch(/^mine: apply returned 5/);
    expect(errorOf(inTraining((input) => ({ output: input, state: { n: 5 } }))).message).toMatch(/^mine: state\.n, which apply returned, is 5; expected a tensor/);
  });
});

describe('inputs without a batch axis', () => {
  test.each<[Layer, number[], string]>([
    [dense({ units: 2 }), [3], 'dense: the input is [n]; '],
    [conv2d({ filters: 2, kernelSize: 3 }), [8, 8, 1], 'conv2d: the input is [n, 8, 1]; '],
    [lstm({ units: 2 }), [5, 3], 'lstm: the input is [n, 3]; '],
    [multiHeadAttention({ heads: 1 }), [5, 4], 'multiHeadAttention: the input is [n, 4]; '],
    [sequential(dense({ units: 2 }), dense({ units: 1 })), [3], 'sequential/dense: the input is [n]; '],
    [sequential(flatten(), dense({ units: 1 })), [3, 4], 'sequential/dense: for inputs [n, 4], the variables are not those'],
  ])('%#', (model, shape, begin) => {
    const variables = model.init(key(0), shape);
    for (const run of [() => model.apply(variables, ones(shape)), () => predict(model, variables, ones(shape))]) {
      const error = errorOf(run);
      expect(error).toBeInstanceOf(ShapeError);
      expect(error.message.startsWith(begin)).toBe(true);
      expect(error.message).toContain(`give it a batch axis in front: [1, ${shape.join(', ')}], as expandDims(input, 0) does`);
    }
  });

  test('other wrong shapes keep their own message', () => {
    const model = dense({ units: 2 });
    expect(errorOf(() => model.apply(model.init(key(0), [3]), ones([2, 4]))).message).toMatch(/the variables are not those of this model/);
    expect(errorOf(() => model.apply(model.init(key(0), [3]), ones([4]))).message).toMatch(/^dense: the input is \[n\]; expected/);
  });
});

describe('variables that are something else', () => {
  const model = dense({ units: 2 });
  const variables = model.init(key(0), [3]);
  test.each<[unknown, RegExp]>([
    [undefined, /They are undefined$/],
    [Promise.resolve(variables), /They are a Promise, which has to be awaited$/],
    [{ params: variables.params }, /They are an object {"params":an Immutable OrderedMap of 2}$/],
  ])('%#', (given, message) => {
    expect(errorOf(() => model.apply(given as never, x)).message).toMatch(message);
  });
});

describe('own layers in files', () => {
  const square = (input: Tensor) => mul(input, input);

  test('a lambda without a type of its own says how to give it one, and doing so works', () => {
    const advice = /lambda\(fn, \{ type: 'mine' \}\).*registerLayer\('mine', \(\) => lambda\(fn, \{ type: 'mine' \}\)\)/;
    expect(errorOf(() => layerToConfig(sequential(lambda(square)))).message).toMatch(advice);
    expect(errorOf(() => { registerLayer('lambda', () => lambda(square)); }).message).toMatch(advice);
    const squared = () => lambda(square, { type: 'squaredInCustomErrors' });
    registerLayer('squaredInCustomErrors', squared);
    const again = layerFromConfig(JSON.parse(JSON.stringify(layerToConfig(sequential(squared())))));
    expect(again.apply(again.init(key(0), [2]), tensor([[2, 3]])).output.toArray()).toEqual([[4, 9]]);
  });

  test.each<[string, () => Layer, RegExp]>([
    ['that takes other options', () => lambda(square, { type: 'otherOptionsInCustomErrors' }), /could not be read again: .*Look at the function that registerLayer was given/],
    ['that makes another type', () => lambda(square, { type: 'otherTypeInCustomErrors' }), /could not be read again: .*makes no layer of this type/],
  ])('a maker %s is found before a file is written', (_, make, message) => {
    registerLayer('otherOptionsInCustomErrors', lambda as never);
    registerLayer('otherTypeInCustomErrors', () => dense({ units: 1 }));
    expect(errorOf(() => layerToConfig(sequential(make()))).message).toMatch(message);
  });

  test('a layer of one\'s own has no type of the library', () => {
    expect(errorOf(() => lambda(square, { type: 'relu' })).message).toMatch(/^layer: the type 'relu' is a layer of the library/);
  });
});

describe('new Layer', () => {
  test('refuses misspelled fields, and what forward should not return', () => {
    const forward = (_: unknown, input: Tensor) => input;
    expect(errorOf(() => new Layer({ type: 'mine', foward: forward } as never)).message).toMatch(/^Layer: unknown option 'foward'/);
    const mine = new Layer({ type: 'mine', forward: forward as never });
    expect(errorOf(() => mine.apply(mine.init(key(0), [3]), x)).message).toMatch(/^mine: forward returned Tensor\(float32 \[2,3\]\); expected \{ output, state \}/);
    const around = sequential(mine, dense({ units: 1 }));
    expect(errorOf(() => around.apply(around.init(key(0), [3]), x)).message).toMatch(/^sequential\/mine: forward returned Tensor/);
  });
});

test('a config may hold tensors at any depth', () => {
  const inner = tensor([1, 2]);
  const { config } = layer({ type: 'holder', config: { a: { b: [inner, { c: 1 }] } }, init: () => ({}), apply: (input) => input });
  expect(config.getIn(['a', 'b', 0])).toBe(inner);
  expect(config.getIn(['a', 'b', 1, 'c'])).toBe(1);
});
