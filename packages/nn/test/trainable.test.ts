import { describe, expect, test } from 'vitest';
import { flattenTree, grad, key, normal, tensor, type Tensor } from '@adjoint/core';
import { sum, square } from '@adjoint/ops';
import * as nn from '@adjoint/nn';

const base = nn.sequential(nn.dense({ units: 3 }), nn.tanh(), nn.dense({ units: 3 })).merge({ name: 'base', trainable: false });
const model = nn.sequential(base, nn.dense({ units: 2, name: 'head' }));
const inputs = normal(key(1), [8, 4]);
const targets = tensor([0, 1, 0, 1, 1, 0, 0, 1], { dtype: 'int32' });
const paths = ['base.dense.kernel', 'base.dense.bias', 'base.dense_1.kernel', 'base.dense_1.bias', 'head.kernel', 'head.bias'];

test('a frozen layer freezes what is inside', () => {
  expect(paths.filter((path) => model.isTrainable(path))).toEqual(['head.kernel', 'head.bias']);
  expect(nn.dense({ units: 1, trainable: false }).isTrainable('kernel')).toBe(false);
  expect(nn.dense({ units: 1 }).isTrainable('kernel')).toBe(true);
});

test('no gradient reaches frozen parameters, but one passes through their layers', () => {
  const { params, state } = model.init(key(0), [4]);
  const loss = (p: nn.Params, x: Tensor) => sum(square(model.apply({ params: p, state }, x).output));
  const largest = ([path, leaf]: [string, Tensor]): [string, number] => [path, Math.max(...leaf.data().map(Math.abs))];
  for (const [path, gradient] of flattenTree(grad(loss)(params, inputs)).map(largest)) expect(gradient > 0).toBe(path.startsWith('head'));
  expect(largest(['', grad((x: Tensor) => loss(params, x))(inputs)])[1]).toBeGreaterThan(0);
  const alone = base.init(key(0), [4]);
  const ofBase = grad((p: nn.Params) => sum(base.apply({ ...alone, params: p }, inputs).output))(alone.params);
  expect(flattenTree(ofBase).every(([, leaf]) => leaf.data().every((value) => value === 0))).toBe(true);
});

describe.each([
  nn.sgd({ learningRate: 0.1, momentum: 0.9 }),
  nn.adam({ learningRate: 0.1 }),
])('a training step of $type', (optimizer) => {
  test('leaves frozen parameters as they are, changes the others, and keeps no moments for the frozen', () => {
    const step = nn.makeTrainingStep({ model, optimizer });
    const first = nn.createTrainingState({ model, optimizer, key: key(2), inputShape: [4] });
    const next = step(step(first, { inputs, targets }).state, { inputs, targets }).state;
    const before = flattenTree(first.params);
    const after = flattenTree(next.params);
    expect(after.map(([path]) => path)).toEqual(paths);
    for (const [index, [path, leaf]] of after.entries()) {
      if (path.startsWith('base')) expect(leaf).toBe(before[index]![1]);
      else expect(leaf.data()).not.toEqual(before[index]![1].data());
    }
    for (const moments of first.optimizerState.moments.values()) {
      expect(flattenTree(moments).map(([path]) => path)).toEqual(['head.kernel', 'head.bias']);
    }
  });

  test('computes for the others what it would for a model without the frozen layers', () => {
    const whole = nn.createTrainingState({ model, optimizer, key: key(2), inputShape: [4] });
    const features = base.apply({ params: whole.params.get('base') as nn.Params, state: whole.state }, inputs).output;
    const head = nn.sequential(nn.dense({ units: 2, name: 'head' }));
    const params = nn.filterTree(whole.params, 'head.**');
    const small = whole.merge({ params, optimizerState: optimizer.init(params) });
    const ofWhole = nn.makeTrainingStep({ model, optimizer })(whole, { inputs, targets }).state.params;
    const ofHead = nn.makeTrainingStep({ model: head, optimizer })(small, { inputs: features, targets }).state.params;
    expect(nn.getAt(ofWhole, 'head.kernel').data()).toEqual(nn.getAt(ofHead, 'head.kernel').data());
  });
});
