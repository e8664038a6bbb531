import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ArgumentError, key, ShapeError, type Tensor } from '@adjoint/core';
import '@adjoint/ops';
import { ImageDataset } from '../src/index.js';

/** Images of one by two pixels; the first pixel is the label, the second the position. */
const numbered = (count: number) => new ImageDataset({
  images: Uint8Array.from({ length: 2 * count }, (_, index) => (index % 2 === 0 ? (index / 2) % 10 : index >> 1)),
  labels: Uint8Array.from({ length: count }, (_, index) => index % 10),
  height: 1, width: 2, classes: 10,
});
const positions = (dataset: ImageDataset) => Array.from({ length: dataset.count }, (_, index) => dataset.image(index)[1]!);

describe('ImageDataset', () => {
  test('batches cover every example once, each with its own label, in an order that the key gives', () => {
    fc.assert(fc.property(
      fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 70 }), fc.boolean(), fc.option(fc.nat(), { nil: undefined }),
      (count, batchSize, dropRemainder, seed) => {
        const batches = numbered(count).batches({ batchSize, dropRemainder, ...(seed === undefined ? {} : { key: key(seed) }) });
        const sizes: number[] = [];
        const seen: number[] = [];
        for (const { inputs, targets } of batches) {
          const size = targets.shape[0]!;
          expect([inputs.dtype, targets.dtype, inputs.shape]).toEqual(['float32', 'int32', [size, 1, 2, 1]]);
          sizes.push(size);
          const pixels = Array.from(inputs.data(), (value) => Math.round(value * 255));
          targets.data().forEach((label, row) => {
            expect(pixels[2 * row]).toBe(label);
            seen.push(pixels[2 * row + 1]!);
          });
        }
        const used = dropRemainder ? count - (count % batchSize) : count;
        expect(batches.length).toBe(sizes.length);
        expect(sizes.slice(0, -1).every((size) => size === batchSize)).toBe(true);
        expect(new Set(seen).size).toBe(used);
        expect(seen).toHaveLength(used);
        if (seed === undefined) expect(seen).toEqual(Array.from({ length: used }, (_, index) => index));
      },
    ));
  });

  test('skipping batches gives those that are left, augmented as they were', () => {
    for (const options of [{ batchSize: 4 }, { batchSize: 4, key: key(3), augmentation: { shift: 1 } }, { batchSize: 4, key: key(3), dropRemainder: true }]) {
      const all = numbered(14).batches(options);
      const pixels = (batches: Iterable<{ readonly inputs: Tensor }>) => [...batches].map(({ inputs }) => [...inputs.data()]);
      expect(pixels(all.skip(1).skip(1))).toEqual(pixels(all).slice(2));
      expect([all.skip(2).length, all.skip(9).length, pixels(all.skip(9)).length]).toEqual([all.length - 2, 0, 0]);
    }
  });

  test('two walks over the same batches, and the same key, give the same order; another key another', () => {
    const order = (seed: number) => [...numbered(50).batches({ batchSize: 7, key: key(seed) })].flatMap(({ inputs }) => [...inputs.data()]);
    expect(order(1)).toEqual(order(1));
    expect(order(1)).not.toEqual(order(2));
    const batches = numbered(50).batches({ batchSize: 7, key: key(3) });
    const walk = () => [...batches].flatMap(({ targets }) => [...targets.data()]);
    expect(walk()).toEqual(walk());
  });

  test('black is 0 and white is 1', () => {
    const dataset = new ImageDataset({ images: Uint8Array.of(0, 255), labels: Uint8Array.of(3), height: 1, width: 2, classes: 10 });
    expect([...dataset.batches({ batchSize: 1 })][0]!.inputs.toArray()).toEqual([[[[0], [1]]]]);
  });

  test('slice, take, split and shuffle keep images and labels together', () => {
    const dataset = numbered(20);
    expect(positions(dataset.slice(5, 8))).toEqual([5, 6, 7]);
    expect(positions(dataset.take(2))).toEqual([0, 1]);
    expect(dataset.split(15).map(positions).map(({ length }) => length)).toEqual([15, 5]);
    const shuffled = dataset.shuffle(key(4));
    expect(positions(shuffled)).not.toEqual(positions(dataset));
    expect(positions(shuffled).sort((a, b) => a - b)).toEqual(positions(dataset));
    positions(shuffled).forEach((position, index) => expect(shuffled.labels[index]).toBe(position % 10));
  });

  test.each([
    [() => new ImageDataset({ images: new Uint8Array(5), labels: new Uint8Array(2), height: 1, width: 2, classes: 10 }), ShapeError],
    [() => new ImageDataset({ images: new Uint8Array(2), labels: Uint8Array.of(10), height: 1, width: 2, classes: 10 }), ArgumentError],
    [() => new ImageDataset({ images: new Uint8Array(0), labels: new Uint8Array(0), height: 0, width: 2, classes: 10 }), ArgumentError],
    [() => numbered(3).image(3), ArgumentError],
    [() => numbered(3).take(4), ArgumentError],
    [() => numbered(3).slice(2, 1), ArgumentError],
    [() => numbered(3).split(-1), ArgumentError],
    [() => numbered(3).batches({ batchSize: 0 }), ArgumentError],
    [() => numbered(3).batches({ batchSize: 1.5 }), ArgumentError],
  ])('refuses what does not fit (%#)', (make, error) => {
    expect(make).toThrow(error);
  });
});

test('batches stay as they were made when their options are changed afterwards', () => {
  const dataset = new ImageDataset({ images: new Uint8Array(5 * 4), labels: Uint8Array.of(0, 1, 2, 3, 4), height: 2, width: 2, classes: 5 });
  const augmentation = { shift: 1 };
  const options = { batchSize: 2, key: key(0), augmentation, dropRemainder: true };
  const batches = dataset.batches(options);
  const labels = () => [...batches].map(({ targets }) => [...targets.data()]);
  const before = labels();
  Object.assign(options, { batchSize: 0, key: undefined, dropRemainder: false });
  augmentation.shift = NaN;
  expect(labels()).toEqual(before);
  expect([...batches].every(({ inputs }) => Array.from(inputs.data()).every((pixel) => pixel === 0))).toBe(true);
});
