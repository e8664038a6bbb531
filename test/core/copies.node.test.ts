import { afterAll, describe, expect, test, vi } from 'vitest';
import * as core from '@adjoint/core';
import * as nn from '@adjoint/nn';
import * as ops from '@adjoint/ops';

vi.resetModules();
const other = await import('@adjoint/core');
const otherOps = await import('@adjoint/ops');
const otherNn = await import('@adjoint/nn');

describe('an object of another copy of the packages is named as such', () => {
  const foreign = other.tensor([1, 2]);
  const foreignKey = other.key(0);
  const foreignLayer = otherNn.dense({ units: 1 });
  const own = core.tensor([1, 2]);
  const model = nn.dense({ units: 1 });

  test.each<[string, string, () => unknown]>([
    ['Tensor', 'core', () => ops.add(own, foreign)],
    ['Tensor', 'core', () => otherOps.add(foreign, own)],
    ['Tensor', 'core', () => ops.sum(foreign)],
    ['Tensor', 'core', () => ops.reshape(foreign, [2])],
    ['Tensor', 'core', () => ops.concat([own, foreign])],
    ['Tensor', 'core', () => core.grad((x) => ops.sum(x))(foreign)],
    ['Tensor', 'core', () => core.grad(() => foreign)(own)],
    ['Tensor', 'core', () => core.vjp((x: core.Tensor) => x, { a: foreign } as never)],
    ['Tensor', 'core', () => core.jvp(ops.square, [own], [foreign])],
    ['Tensor', 'core', () => core.mapTree({ a: foreign }, (leaf) => leaf)],
    ['Key', 'core', () => core.uniform(foreignKey, [2])],
    ['Key', 'core', () => core.split(foreignKey)],
    ['Layer', 'nn', () => nn.sequential(foreignLayer)],
    ['Optimizer', 'nn', () => nn.createTrainingState({ model, optimizer: otherNn.adam(), key: core.key(0), inputShape: [2] })],
    ['Layer', 'nn', () => nn.createTrainingState({ model: foreignLayer, optimizer: nn.adam(), key: core.key(0), inputShape: [2] })],
  ])('%s of %s (%#)', (kind, name, run) => {
    expect(run).toThrow(new RegExp(`(is|got|returned) an? ${kind} of another copy of @adjoint/${name} \\(there are \\d+ copies, from .*: load it by import or by require, not by both.*npm dedupe`));
  });

  test('what belongs to this copy is shown as ever', () => {
    expect(core.formatValue(own)).toBe('Tensor(float32 [2])');
    expect(() => core.split(1 as never)).toThrow(/^split: key is 1; expected a Key/);
  });
});

afterAll(() => vi.resetModules());
