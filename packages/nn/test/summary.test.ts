import { expect, test } from 'vitest';
import { key } from '@adjoint/core';
import { batchNorm, conv2d, countParameters, dense, dropout, flatten, maxPool2d, relu, sequential, summary } from '@adjoint/nn';
import { living } from '../../../test/living.js';

const model = sequential(
  conv2d({ filters: 32, kernelSize: 3 }), relu(), maxPool2d({ poolSize: 2 }), dropout({ rate: 0.25 }), flatten(),
  sequential(dense({ units: 128 }), relu()), dense({ units: 10 }),
);

test('summary is a table, nested layers indented, and makes no tensors', () => {
  const before = living();
  expect(summary(model, [28, 28, 1])).toBe([
    'Layer       Output shape     Parameters',
    '───────────────────────────────────────',
    'conv2d      [n, 26, 26, 32]         320',
    'relu        [n, 26, 26, 32]           0',
    'maxPool2d   [n, 13, 13, 32]           0',
    'dropout     [n, 13, 13, 32]           0',
    'flatten     [n, 5408]                 0',
    'sequential  [n, 128]            692,352',
    '  dense     [n, 128]            692,352',
    '  relu      [n, 128]                  0',
    'dense       [n, 10]               1,290',
    '───────────────────────────────────────',
    'Total                           693,962',
  ].join('\n'));
  expect(living()).toEqual(before);
});

test('summary of a single layer', () => {
  expect(summary(dense({ units: 2, name: 'head' }), [3])).toBe([
    'Layer         Output shape  Parameters',
    '──────────────────────────────────────',
    'head (dense)  [n, 2]                 8',
    '──────────────────────────────────────',
    'Total                                8',
  ].join('\n'));
});

test('summary tells what is frozen, how much state there is, and where a layer is used again', () => {
  const shared = dense({ units: 4, name: 'shared' });
  const stem = sequential(dense({ units: 4 }), batchNorm({ trainable: false })).set('name', 'stem');
  expect(summary(sequential(stem.set('trainable', false), shared, relu(), shared, dense({ units: 1 })), [3])).toBe([
    'Layer                      Output shape  Parameters',
    '───────────────────────────────────────────────────',
    'stem (sequential, frozen)  [n, 4]                24',
    '  dense (frozen)           [n, 4]                16',
    '  batchNorm (frozen)       [n, 4]                 8',
    'shared (dense)             [n, 4]                20',
    'relu                       [n, 4]                 0',
    'shared, use 2 (dense)      [n, 4]                 0',
    'dense                      [n, 1]                 5',
    '───────────────────────────────────────────────────',
    'Total                                            49',
    'Trainable                                        25',
    'Frozen                                           24',
    'State                                             8',
  ].join('\n'));
});

test('summary counts the parameters inside of a layer that is used again once', () => {
  const shared = sequential(dense({ units: 2 }), relu()).set('name', 'shared');
  expect(summary(sequential(shared, shared), [2])).toBe([
    'Layer                       Output shape  Parameters',
    '────────────────────────────────────────────────────',
    'shared (sequential)         [n, 2]                 6',
    '  dense                     [n, 2]                 6',
    '  relu                      [n, 2]                 0',
    'shared, use 2 (sequential)  [n, 2]                 0',
    '  dense                     [n, 2]                 0',
    '  relu                      [n, 2]                 0',
    '────────────────────────────────────────────────────',
    'Total                                              6',
  ].join('\n'));
});

test('countParameters agrees with the summary', () => {
  expect(countParameters(model.init(key(0), [28, 28, 1]).params)).toBe(693_962);
});
