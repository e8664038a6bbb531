import { key, zeros, type Key } from '@adjoint/core';
import * as ops from '../../src/index.js';

/** Wrong calls of the operations of this family, by name; what follows in brackets tells several of one operation apart. */
export const random: Record<string, () => unknown> = {
  categorical: () => ops.categorical(key(0), zeros([])),
  'categorical (axis)': () => ops.categorical(key(0), zeros([2, 3]), { axis: 2 }),
  'categorical (no classes)': () => ops.categorical(key(0), zeros([2, 0])),
  'categorical (shape)': () => ops.categorical(key(0), zeros([2, 3]), { shape: [3] }),
  'categorical (fewer draws than logits)': () => ops.categorical(key(0), zeros([2, 3]), { shape: [1] }),
  shuffle: () => ops.shuffle(key(0), zeros([])),
  'shuffle (axis)': () => ops.shuffle(key(0), zeros([2]), { axis: 1 }),
  'shuffle (a seed for a key)': () => ops.shuffle(0 as unknown as Key, zeros([2])),
  'categorical (no key)': () => ops.categorical(undefined as unknown as Key, zeros([2])),
  'dropout (no key)': () => ops.dropout(zeros([2]), { rate: 0.5, key: 0 as unknown as Key }),
  dropout: () => ops.dropout(zeros([2]), { rate: 1, key: key(0) }),
};
