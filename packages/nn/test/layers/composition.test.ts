import { List, OrderedMap } from 'immutable';
import { describe, expect, test } from 'vitest';
import {
  ArgumentError, checkGradients, flattenTree, grad, jvp, key, mapTree, normal, ones, scope, ShapeError, tensor, vmap, type Key, type Shape, type Tensor,
} from '@adjoint/core';
import { add, cast, concat, expandDims, matmul, mean, mul, notEqual, oneHot, relu as reluOf, slice, square, squeeze, sub, sum } from '@adjoint/ops';
import * as nn from '@adjoint/nn';
import { living } from '../../../../test/living.js';

const noTensors: nn.Params = OrderedMap();

const paths = (tree: nn.Params) => flattenTree(tree).map(([path]) => path);

/** The output of a layer with the variables of a key. */
function run(layer: nn.Layer, input: Tensor, options: nn.ApplyOptions = {}): Tensor {
  return layer.apply(layer.init(key(0), input.shape.slice(1)), input, options).output;
}

const expectClose = (actual: Tensor, expected: Tensor) => {
  expect([...actual.shape]).toEqual([...expected.shape]);
  actual.data().forEach((value, index) => expect(value).toBeCloseTo(expected.data()[index]!, 9));
};

describe('residual', () => {
  test('adds its input', () => {
    const layer = nn.residual(nn.dense({ units: 2, kernelInitializer: nn.constant(2) }), nn.relu());
    expect(run(layer, tensor([[1, -3]])).toArray()).toEqual([[1, -3]]);
    expect(run(layer, tensor([[1, 3]])).toArray()).toEqual([[9, 11]]);
  });

  test('needs layers that keep the shape', () => {
    const model = nn.sequential(nn.residual(nn.dense({ units: 3 })));
    expect(() => model.init(key(0), [2])).toThrow(ShapeError);
    expect(() => model.init(key(0), [2])).toThrow(/^sequential\/residual: what the layers make of the input is \[n, 3\]; expected \[n, 2\].*addBranches/);
    expect(() => nn.residual()).toThrow(/residual: got no layer/);
  });
});

describe('branches', () => {
  const twice = nn.dense({ units: 1, kernelInitializer: nn.constant(2) });
  const thrice = nn.dense({ units: 1, kernelInitializer: nn.constant(3) });

  test('get the same input, and are put together or added', () => {
    expect(run(nn.concatBranches(twice, nn.identity(), thrice), tensor([[5]])).toArray()).toEqual([[10, 5, 15]]);
    expect(run(nn.addBranches(twice, nn.identity(), thrice), tensor([[5]])).toArray()).toEqual([[30]]);
    expect(paths(nn.concatBranches(twice, thrice).init(key(0), [1]).params)).toEqual(['dense.kernel', 'dense.bias', 'dense_1.kernel', 'dense_1.bias']);
  });

  test('have keys of their own', () => {
    const output = run(nn.concatBranches(nn.dropout({ rate: 0.5 }), nn.dropout({ rate: 0.5 })), ones([1, 100]), { training: true, key: key(3) }).data();
    expect(output.slice(0, 100)).not.toEqual(output.slice(100));
  });

  test('keep the state of all', () => {
    const layer = nn.addBranches(nn.batchNorm({ momentum: 0 }), nn.sequential(nn.batchNorm({ momentum: 0.5 })));
    const { state } = layer.apply(layer.init(key(0), [1]), tensor([[2], [4]]), { training: true });
    expect(nn.getAt(state, 'batchNorm.mean').toArray()).toEqual([3]);
    expect(nn.getAt(state, 'sequential.batchNorm.mean').toArray()).toEqual([1.5]);
  });

  test.each([
    [nn.concatBranches(nn.conv2d({ filters: 1, kernelSize: 3 }), nn.identity()), [5, 5, 1], /^top\/branch: branch identity gives \[n, 5, 5, 1\], branch conv2d \[n, 3, 3, 1\]; .*padding 'same'/],
    [nn.concatBranches(nn.flatten(), nn.identity()), [2, 2], /branch identity gives \[n, 2, 2\], branch flatten \[n, 4\]/],
    [nn.addBranches(nn.dense({ units: 2 }), nn.identity()), [3], /^top\/branch: the output of branch identity is \[n, 3\]; expected \[n, 2\].*dense, gives that/],
    [nn.addBranches(nn.dense({ units: 2 }), nn.sequential(nn.maxPool1d({ poolSize: 2 }))), [3], /^top\/branch\/sequential\/maxPool1d: /],
  ])('refuse outputs that do not fit (%#)', (layer, shape, message) => {
    const model = nn.sequential(layer.set('name', 'branch')).set('name', 'top');
    expect(() => model.init(key(0), shape)).toThrow(ShapeError);
    expect(() => model.init(key(0), shape)).toThrow(message);
  });

  test.each([
    [() => nn.concatBranches(), /concatBranches: got no layer/],
    [() => nn.addBranches([nn.relu()] as never), /addBranches: argument 0 is a list; expected a layer, as dense\(\{ units: 8 \}\), or sequential\(\.\.\.list\)/],
    [() => nn.bidirectional('lstm' as never), /bidirectional: layer is "lstm"; expected a layer/],
    [() => nn.sequential(nn.relu as never), /sequential: argument 0 is a function; expected a layer/],
    [() => nn.addBranches(nn.relu({ name: 'a' }), nn.tanh({ name: 'a' })), /two layers are named 'a'.*pass the same layer twice/],
  ])('refuse what are no layers (%#)', (make, message) => {
    expect(make).toThrow(ArgumentError);
    expect(make).toThrow(message);
  });
});

describe('a layer at two places', () => {
  const shared = nn.dense({ units: 2, kernelInitializer: nn.heNormal, name: 'shared' });

  test('has one set of parameters, and the sum of both gradients', () => {
    const model = nn.sequential(shared, nn.tanh(), shared);
    const { params, state } = model.init(key(0), [2], { dtype: 'float64' });
    expect(paths(params)).toEqual(['shared.kernel', 'shared.bias']);
    const x = tensor([[1, -2]], { dtype: 'float64' });
    const own = params.get('shared') as nn.Params;
    const once = shared.apply({ params: own, state }, x).output;
    const again = shared.apply({ params: own, state }, run(nn.tanh(), once)).output;
    expect(model.apply({ params, state }, x).output.data()).toEqual(again.data());
    expect(checkGradients((p: nn.Params) => model.apply({ params: p, state }, x).output, [params]).ok).toBe(true);
  });

  test('has one state, which goes from the first place to the second', () => {
    const counting = nn.batchNorm({ momentum: 0.5, name: 'norm', useScale: false, useBias: false });
    const model = nn.sequential(counting, nn.lambda((x) => add(x, 10)), counting);
    const { state } = model.apply(model.init(key(0), [1]), tensor([[2], [4]]), { training: true });
    // First (0 + 3) / 2; then the standardized batch plus 10 has the mean 10: (1.5 + 10) / 2.
    expect(nn.getAt(state, 'norm.mean').item()).toBeCloseTo(5.75, 5);
  });

  test('comes back from JSON as one layer', () => {
    const model = nn.sequential(shared, nn.tanh(), shared);
    const definition = nn.layerToConfig(model);
    expect(definition.layers![2]).toBe('shared');
    const again = nn.layerFromConfig(JSON.parse(JSON.stringify(definition)));
    expect(paths(again.init(key(0), [2]).params)).toEqual(['shared.kernel', 'shared.bias']);
    expect(run(again, ones([1, 2])).data()).toEqual(run(model, ones([1, 2])).data());
  });

  test('must need the same parameters at both', () => {
    const model = nn.sequential(shared, nn.dense({ units: 3 }), shared);
    expect(() => model.init(key(0), [2])).toThrow(ShapeError);
    expect(() => model.init(key(0), [2])).toThrow(/^sequential\/shared: the layer is used twice; here, for an input \[n, 3\], it needs \{ kernel: \[3, 2\], bias: \[2\] \}, before it needed \{ kernel: \[2, 2\]/);
  });

  test('must need the same state at both', () => {
    const means = nn.batchNorm({ useScale: false, useBias: false, name: 'means' });
    expect(() => nn.sequential(means, nn.dense({ units: 3 }), means).init(key(0), [2]))
      .toThrow(new ShapeError('sequential/means: the layer is used twice; here, for an input [n, 3], it needs { mean: [3], variance: [3] }, before it needed { mean: [2], variance: [2] }'));
  });
});

describe('layer', () => {
  const affine = nn.layer({
    type: 'affine',
    init: (inputShape) => ({
      params: { factor: { shape: [inputShape.at(-1)!], initializer: nn.constant(2) }, shift: { shape: [] } },
      state: { calls: { shape: [] } },
    }),
    apply: (input, { params, state }) => ({ output: add(mul(input, params.factor), params.shift), state: { calls: add(state.calls, 1) } }),
  });

  test('has variables of its own', () => {
    const { params, state, outputShape } = affine.init(key(0), [3]);
    expect(paths(params)).toEqual(['factor', 'shift']);
    expect(outputShape).toEqual([3]);
    const after = affine.apply({ params, state }, ones([2, 3]));
    expect(after.output.toArray()).toEqual([[2, 2, 2], [2, 2, 2]]);
    expect(nn.getAt(after.state, 'calls').item()).toBe(1);
    expect(nn.getAt(state, 'calls').item()).toBe(0);
    const gradients = grad((p: nn.Params) => sum(affine.apply({ params: p, state }, ones([2, 3])).output))(params);
    expect(nn.getAt(gradients, 'factor').toArray()).toEqual([2, 2, 2]);
  });

  const siamese = nn.layer({
    type: 'siamese',
    layers: { encoder: nn.sequential(nn.dense({ units: 4 }), nn.batchNorm(), nn.tanh()), head: nn.dense({ units: 2 }) },
    apply: (input, { layers }) => layers.head(sub(layers.encoder(input), layers.encoder(mul(input, 2)))),
  });

  test('calls layers inside, as often as it wants, with one set of variables each', () => {
    const { params, state, outputShape } = siamese.init(key(0), [3], { dtype: 'float64' });
    expect(outputShape).toEqual([2]);
    expect([...params.keys()]).toEqual(['encoder', 'head']);
    const x = tensor([[1, -2, 0.5], [0.3, 1, 1]], { dtype: 'float64' });
    const options = { training: true, key: key(1) };
    const report = checkGradients((p: nn.Params, input: Tensor) => siamese.apply({ params: p, state }, input, options).output, [params, x]);
    expect(report.ok, report.toString()).toBe(true);
    expect(siamese.set('trainable', true).isTrainable('encoder.dense.kernel')).toBe(true);
    expect(siamese.apply({ params, state }, x, options).state.equals(state)).toBe(false);
  });

  test('freezes layers inside, shows them in the summary, and takes part in training', () => {
    const frozen = nn.layer({ type: 'tuned', layers: { base: nn.dense({ units: 3, trainable: false }), head: nn.dense({ units: 2 }) }, apply: (x, { layers }) => layers.head(layers.base(x)) });
    expect(nn.summary(frozen, [2])).toBe([
      'Layer                 Output shape  Parameters',
      '──────────────────────────────────────────────',
      'base (dense, frozen)  [n, 3]                 9',
      'head (dense)          [n, 2]                 8',
      '──────────────────────────────────────────────',
      'Total                                       17',
      'Trainable                                    8',
      'Frozen                                       9',
    ].join('\n'));
    const optimizer = nn.sgd({ learningRate: 0.1 });
    const state = nn.createTrainingState({ model: frozen, optimizer, key: key(0), inputShape: [2] });
    const next = nn.makeTrainingStep({ model: frozen, optimizer })(state, { inputs: ones([2, 2]), targets: tensor([0, 1], { dtype: 'int32' }) }).state;
    expect(nn.getAt(next.params, 'base.kernel')).toBe(nn.getAt(state.params, 'base.kernel'));
    expect(nn.getAt(next.params, 'head.kernel').data()).not.toEqual(nn.getAt(state.params, 'head.kernel').data());
  });

  test('comes back from JSON when it is registered, with its layers', () => {
    const gated = ({ scale }: { readonly scale: number }, [gate, value]: readonly nn.Layer[]) => nn.layer({
      type: 'gated', config: { scale }, layers: { gate: gate!, value: value! },
      apply: (x, { layers }) => mul(mul(layers.gate(x), layers.value(x)), scale),
    });
    nn.registerLayer('gated', gated);
    const model = nn.sequential(gated({ scale: 3 }, [nn.sequential(nn.dense({ units: 2 }), nn.sigmoid()), nn.dense({ units: 2 })]));
    const again = nn.layerFromConfig(JSON.parse(JSON.stringify(nn.layerToConfig(model))));
    expect(run(again, ones([2, 3])).data()).toEqual(run(model, ones([2, 3])).data());
    expect(nn.summary(again, [3])).toBe(nn.summary(model, [3]));
  });

  test('leaves no memory behind, at init and at apply', () => {
    scope(() => {
      const variables = siamese.init(key(0), [3]);
      const before = living();
      siamese.specify([3], 'siamese');
      nn.lambda((x) => reluOf(x)).specify([1000], 'lambda');
      expect(living()).toEqual(before);
      scope(() => void siamese.apply(variables, ones([2, 3])));
      expect(living()).toEqual(before);
    });
  });

  test.each([
    [nn.layer({ type: 'mine', layers: { inner: nn.conv1d({ filters: 1, kernelSize: 2 }) }, apply: (x, { layers }) => layers.inner(x) }), /^top\/mine\/inner: the input is \[n, 3\]/],
    [nn.layer({ type: 'mine', apply: (x) => add(x, ones([7])) }), /^top\/mine: apply fails for inputs of this shape: add: /],
    [nn.layer({ type: 'mine', apply: (x) => mean(x) }), /^top\/mine: apply fails .*of 2 examples it makes \[\]; expected \[2, \.\.\.\]/],
    [nn.lambda(() => 3 as never), /^top\/lambda: apply returned 3; expected a tensor, or \{ output, state \}/],
    [nn.layer({ type: 'mine', layers: { a: nn.relu() }, init: () => ({ params: { a: { shape: [1] } } }), apply: (x) => x }), /^top\/mine: a variable and a layer inside are both named 'a'/],
  ])('says at init what does not fit, with its path (%#)', (made, message) => {
    expect(() => nn.sequential(made).set('name', 'top').init(key(0), [3])).toThrow(message);
  });

  test.each([
    [() => nn.layer({ apply: (x: Tensor) => x } as never), /layer: type is undefined; expected a string/],
    [() => nn.layer({ type: 'mine' } as never), /mine: apply is undefined; expected a function/],
    [() => nn.layer({ type: 'mine', layers: { 'a.b': nn.relu() }, apply: (x) => x }), /mine: the layer name 'a\.b' holds/],
    [() => nn.lambda(3 as never), /lambda: fn is 3; expected a function/],
  ])('refuses what is not complete (%#)', (make, message) => {
    expect(make).toThrow(ArgumentError);
    expect(make).toThrow(message);
  });

  test('refuses a config that refers to itself', () => {
    const config: Record<string, unknown> = { units: 3 };
    config['self'] = { config };
    expect(() => nn.layer({ type: 'mine', config, apply: (x) => x })).toThrow(ArgumentError);
    expect(() => nn.layer({ type: 'mine', config, apply: (x) => x })).toThrow(/^mine: config\.self is .*; expected values that can be written as JSON, without a cycle$/);
    expect(() => nn.dense({ units: 1, kernelInitializer: Object.assign((of: Key, shape: Shape) => nn.zeros(of, shape), { config }) as never })).toThrow(/^dense: config\.kernelInitializer is /);
    let deep: unknown = 1;
    for (let depth = 0; depth < 100_000; depth++) deep = [deep];
    expect(() => nn.layer({ type: 'mine', config: { deep }, apply: (x) => x })).toThrow(ArgumentError);
  });

  test('names the variable that is missing', () => {
    const { params, state } = affine.init(key(0), [3]);
    expect(() => affine.apply({ params: params.delete('shift'), state }, ones([1, 3]))).toThrow(/^affine: for inputs \[n, 3\], the variables are not those of this model: missing \[params\.shift\]/);
    expect(() => affine.apply({ params: params.set('extra', ones([1])), state }, ones([1, 3]))).toThrow(/^affine: .* the variables are not those of this model: superfluous \[params\.extra\]/);
    const liar = nn.layer({ type: 'liar', apply: (output) => ({ output, state: { other: output } as never }) });
    expect(() => liar.apply(liar.init(key(0), [1]), ones([1, 1]))).toThrow(/^liar: state has no tensor 'other'/);
  });
});

describe('the variables of a call', () => {
  const cache = nn.layer({
    type: 'cache',
    init: ([features]) => ({ state: { seen: { shape: [0, features!] } } }),
    apply: (input, { state }) => ({ output: input, state: { seen: concat([state.seen, input]) } }),
  });
  const positions = nn.layer({
    type: 'positions',
    init: (inputShape) => ({ params: { table: { shape: inputShape } } }),
    apply: (input, { params }) => add(input, slice(params.table, [[0, input.shape[1]!]])),
  });

  test.each([
    ['alone', cache, 'seen'],
    ['inside a model', nn.sequential(nn.dense({ units: 3 }), cache), 'cache.seen'],
    ['inside a layer', nn.layer({ type: 'mine', layers: { cache }, apply: (x, { layers }) => layers.cache(x) }), 'cache.seen'],
  ])('may have a state that grows, %s', (_, model, path) => {
    let variables: nn.Variables = model.init(key(0), [3]);
    for (let call = 0; call < 3; call++) variables = { ...variables, state: model.apply(variables, ones([2, 3])).state };
    expect(nn.getAt(variables.state, path).shape).toEqual([6, 3]);
    expect(nn.getAt(nn.matchVariables(model, [3], variables).state, path).shape).toEqual([6, 3]);
  });

  test.each([['alone', positions], ['inside a model', nn.residual(nn.dense({ units: 3 }), positions)]])('may have parameters longer than an input needs, %s', (_, model) => {
    const variables = model.init(key(0), [8, 3]);
    expect(model.apply(variables, ones([2, 5, 3])).output.shape).toEqual([2, 5, 3]);
    expect(() => model.apply({ ...variables, params: nn.dense({ units: 1 }).init(key(0), [3]).params }, ones([2, 5, 3]))).toThrow(ArgumentError);
  });

  test('may be those of layers that a call leaves out', () => {
    const model = nn.layer({
      type: 'mine',
      layers: { always: nn.dense({ units: 2 }), training: nn.dense({ units: 2 }) },
      apply: (x, { layers, training }) => (training ? add(layers.always(x), layers.training(x)) : layers.always(x)),
    });
    expect(run(model, ones([4, 3])).shape).toEqual([4, 2]);
  });

  test('are compared without running functions for shapes', () => {
    let runs = 0;
    const count = (x: Tensor) => {
      runs++;
      return x;
    };
    const model = nn.sequential(nn.lambda(count), nn.layer({ type: 'mine', apply: count }), nn.gru({ units: 2 }));
    const variables = model.init(key(0), [3, 4]);
    runs = 0;
    for (let steps = 1; steps <= 100; steps++) model.apply(variables, ones([1, steps, 4]));
    expect(runs).toBe(200);
  });

  test('are refused where a layer inside has those of another', () => {
    const inner = nn.dense({ units: 5 });
    const other = nn.dense({ units: 2 });
    const wrap = (layer: nn.Layer): nn.Layer[] => [
      nn.sequential(layer.set('name', 'inner')),
      nn.concatBranches(layer.set('name', 'inner')),
      nn.addBranches(layer.set('name', 'inner')),
      nn.bidirectional(nn.sequential(layer)),
      nn.layer({ type: 'mine', layers: { inner: layer }, apply: (x, { layers }) => layers.inner(x) }),
      new nn.Layer({ type: 'raw', specify: layer.specify, forward: (variables, x, context) => nn.sequential(layer.set('name', 'inner')).forward({ ...variables, params: noTensors.set('inner', variables.params) }, x, context) }),
    ];
    for (const [index, model] of wrap(inner).entries()) {
      const variables = wrap(other)[index]!.init(key(0), [4, 3]);
      expect(() => model.apply(variables, ones([2, 4, 3]))).toThrow(/the variables are not those of this model: misshapen \[params\..*kernel is float32 \[3,2\], expected a float of shape \[3,5\]/);
      const more = { ...variables, params: variables.params.set('another', ones([1])) };
      expect(() => model.apply(more, ones([2, 4, 3]))).toThrow(/the variables are not those of this model: superfluous \[params\.another\]/);
    }
  });

  test('of a layer with a shape rule of its own are compared by name', () => {
    const own = new nn.Layer({
      type: 'own',
      layers: List([nn.dense({ units: 2, name: 'inner' })]),
      specify: (inputShape) => new nn.LayerSpecification({ outputShape: [2], params: OrderedMap({ table: new nn.VariableSpecification({ shape: inputShape }) }) }),
      forward: ({ params, state }, input) => ({ output: matmul(input, nn.getAt(params, 'table')), state }),
    });
    const params: nn.Params = noTensors.set('table', ones([3, 2]));
    expect(own.apply({ params, state: noTensors }, ones([1, 3])).output.toArray()).toEqual([[3, 3]]);
    expect(() => own.apply({ params: params.set('other', ones([1])), state: noTensors }, ones([1, 3]))).toThrow(/superfluous \[params\.other\]/);
    expect(() => own.apply({ params: noTensors, state: noTensors }, ones([1, 3]))).toThrow(/missing \[params\.table\]/);
  });
});

describe('a model in other transforms', () => {
  const model = nn.sequential(
    nn.conv2d({ filters: 2, kernelSize: 2 }), nn.batchNorm(), nn.tanh(), nn.concatBranches(nn.avgPool2d({ poolSize: 2 }), nn.maxPool2d({ poolSize: 2 })),
    nn.groupNorm({ groups: 2 }), nn.flatten(), nn.residual(nn.dense({ units: 4 }), nn.softplus()), nn.layerNorm(), nn.dense({ units: 2 }),
  );
  const variables = model.init(key(0), [3, 3, 1], { dtype: 'float64' });
  const images = normal(key(1), [4, 3, 3, 1], { dtype: 'float64' });

  test('gives for each example of a vmap what it gives for a batch of it', () => {
    const one = (image: Tensor) => squeeze(model.apply(variables, expandDims(image, 0)).output, 0);
    expectClose(vmap(one)(images), model.apply(variables, images).output);
  });

  test('has the same derivative forwards as backwards, and one of second order', () => {
    const loss = (p: nn.Params) => sum(square(model.apply({ ...variables, params: p }, images).output));
    const direction = mapTree(variables.params, (leaf) => normal(key(leaf.size), leaf.shape, { dtype: 'float64' }));
    const backwards = flattenTree(grad(loss)(variables.params)).map(([path, gradient]) => sum(mul(gradient, nn.getAt(direction, path))).item());
    const { tangent } = jvp(loss, [variables.params], [direction]);
    expect(tangent.item()).toBeCloseTo(backwards.reduce((total, part) => total + part, 0), 8);
    expect(checkGradients(loss, [variables.params], { order: 2, directions: 1 }).ok).toBe(true);
  });
});

describe('a layer inside', () => {
  const ids = (rows: number[][]) => tensor(rows, { dtype: 'int32' });
  const classifier = nn.layer({
    type: 'classifier',
    layers: { embed: nn.embedding({ vocabularySize: 9, units: 3 }), read: nn.lstm({ units: 4 }), decide: nn.dense({ units: 2 }) },
    apply: (input, { layers }) => layers.decide(layers.read(layers.embed(input), { mask: notEqual(input, 0) })),
  });

  test('is given a mask that the layer around makes', () => {
    const variables = classifier.init(key(0), [5]);
    const whole = classifier.apply(variables, ids([[5, 7, 2]])).output;
    expectClose(classifier.apply(variables, ids([[5, 7, 2, 0, 0]])).output, whole);
    expect(classifier.apply(variables, ids([[5, 7, 2, 1, 1]])).output.data()).not.toEqual(whole.data());
  });

  test('is given what it attends to, and a mask in the place of that of the layer around', () => {
    const translator = nn.layer({
      type: 'translator',
      layers: { embed: nn.embedding({ vocabularySize: 9, units: 4 }), write: nn.transformerDecoderBlock({ heads: 2, hiddenUnits: 4 }) },
      apply: (input, { layers }) => {
        const [source, target] = [slice(input, [null, [0, 4]]), slice(input, [null, [4, 6]])];
        return layers.write(layers.embed(target), { mask: notEqual(target, 0), memory: layers.embed(source), memoryMask: notEqual(source, 0) });
      },
    });
    const variables = translator.init(key(0), [6]);
    expect(variables.outputShape).toEqual([2, 4]);
    const outputOf = (row: number[]) => translator.apply(variables, ids([row]), { mask: ones([1, 6], { dtype: 'bool' }) }).output;
    const { params, state } = variables;
    const embedded = (row: number[]) => nn.embedding({ vocabularySize: 9, units: 4 }).apply({ params: params.get('embed') as nn.Params, state }, ids([row])).output;
    const expected = nn.transformerDecoderBlock({ heads: 2, hiddenUnits: 4 }).apply({ params: params.get('write') as nn.Params, state }, embedded([3, 4]), { memory: embedded([5, 6]) });
    expectClose(outputOf([5, 6, 0, 0, 3, 4]), expected.output);
  });

  test('learns so in fit, from sequences of several lengths', async () => {
    const optimizer = nn.adam({ learningRate: 0.05 });
    const data = { inputs: ids([[1, 3, 0, 0], [2, 3, 3, 0], [1, 0, 0, 0], [2, 4, 3, 3]]), targets: tensor([0, 1, 0, 1], { dtype: 'int32' }) };
    const { history } = await nn.fit({ model: classifier, optimizer, data, epochs: 40, state: nn.createTrainingState({ model: classifier, optimizer, key: key(1), inputShape: [4] }) });
    expect(history.last()!.loss).toBeLessThan(0.1);
  });
});

describe('lambda', () => {
  test('is told its output shape where a trial on zeros of float32 would fail', () => {
    const classes = nn.lambda((x) => cast(oneHot(x, 4), 'float32'), { outputShape: (shape) => [...shape, 4] });
    expect(run(nn.sequential(classes, nn.flatten()), tensor([[1, 3]], { dtype: 'int32' })).toArray()).toEqual([[0, 1, 0, 0, 0, 0, 0, 1]]);
  });

  test('is saved under a type of its own', () => {
    const tripled = () => nn.lambda((x) => mul(x, 3), { type: 'tripled' });
    expect(() => nn.layerToConfig(nn.lambda((x) => x))).toThrow(/layer of type 'lambda', which is not known/);
    nn.registerLayer('tripled', tripled);
    expect(run(nn.layerFromConfig(nn.layerToConfig(tripled())), ones([1, 1])).toArray()).toEqual([[3]]);
  });
});
