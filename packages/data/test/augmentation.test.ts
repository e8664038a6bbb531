import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ArgumentError, key } from '@adjoint/core';
import '@adjoint/ops';
import { augmentImages } from '../src/augmentation.js';
import { ImageDataset, type Augmentation } from '../src/index.js';

const [height, width] = [12, 10];

/** One image with a bright disc in its middle. */
function disc(): Float32Array {
  return Float32Array.from({ length: height * width }, (_, pixel) => {
    const [y, x] = [Math.floor(pixel / width) - (height - 1) / 2, (pixel % width) - (width - 1) / 2];
    return Math.exp(-(y * y + x * x) / 4);
  });
}

function augment(image: Float32Array, augmentation: Augmentation, seed: number): Float32Array {
  const out = new Float32Array(image.length);
  augmentImages(image, out, 1, height, width, augmentation, key(seed));
  return out;
}

/** The mass of an image, and its centre as `[y, x]`. */
function moments(image: Float32Array): { mass: number; y: number; x: number } {
  let [mass, y, x] = [0, 0, 0];
  image.forEach((value, pixel) => {
    mass += value;
    y += value * Math.floor(pixel / width);
    x += value * (pixel % width);
  });
  return { mass, y: y / mass, x: x / mass };
}

describe('augmentation', () => {
  test('by nothing leaves an image as it is', () => {
    expect(augment(disc(), {}, 1)).toEqual(disc());
  });

  test('a shift moves the centre by no more than it says and keeps the mass', () => {
    fc.assert(fc.property(fc.nat(), fc.double({ min: 0, max: 1.5, noNaN: true }), (seed, shift) => {
      const before = moments(disc());
      const after = moments(augment(disc(), { shift }, seed));
      expect(Math.abs(after.y - before.y)).toBeLessThan(shift + 0.05);
      expect(Math.abs(after.x - before.x)).toBeLessThan(shift + 0.05);
      expect(after.mass / before.mass).toBeCloseTo(1, 1);
    }));
  });

  test('another key moves an image elsewhere', () => {
    const centres = Array.from({ length: 20 }, (_, seed) => moments(augment(disc(), { shift: 1 }, seed)).y.toFixed(4));
    expect(new Set(centres).size).toBeGreaterThan(15);
  });

  test('turning what is round changes little', () => {
    fc.assert(fc.property(fc.nat(), fc.integer({ min: 0, max: 180 }), (seed, rotate) => {
      const [before, after] = [disc(), augment(disc(), { rotate }, seed)];
      after.forEach((value, pixel) => expect(Math.abs(value - before[pixel]!)).toBeLessThan(0.12));
    }));
  });

  test('a zoom changes the mass by its square', () => {
    fc.assert(fc.property(fc.nat(), fc.double({ min: 0, max: 0.25, noNaN: true }), (seed, zoom) => {
      const ratio = moments(augment(disc(), { zoom }, seed)).mass / moments(disc()).mass;
      expect(ratio).toBeGreaterThan((1 - zoom) ** 2 - 0.05);
      expect(ratio).toBeLessThan((1 + zoom) ** 2 + 0.05);
    }));
  });

  test('a flip mirrors as many images as it says', () => {
    const slope = Float32Array.from({ length: height * width }, (_, pixel) => pixel);
    const mirrored = Float32Array.from(slope, (_, pixel) => pixel - (pixel % width) + (width - 1 - (pixel % width)));
    expect(augment(slope, { flip: 1 }, 1)).toEqual(mirrored);
    const flipped = Array.from({ length: 200 }, (_, seed) => augment(slope, { flip: 0.25 }, seed)).filter((image) => image[0] !== 0);
    expect(flipped.every((image) => String(image) === String(mirrored))).toBe(true);
    expect(Math.abs(flipped.length / 200 - 0.25)).toBeLessThan(0.1);
  });

  test('noise has the mean 0 and the deviation that it says, and changes every pixel', () => {
    const grey = new Float32Array(height * width).fill(0.5);
    const values = Array.from({ length: 50 }, (_, seed) => [...augment(grey, { noise: 0.1 }, seed)]).flat().map((value) => value - 0.5);
    const mean = values.reduce((sum, value) => sum + value) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.005);
    expect(Math.sqrt(variance)).toBeCloseTo(0.1, 2);
    expect(values.includes(0)).toBe(false);
  });

  test('a cutout blacks out one square, or what of it lies inside, and nothing else', () => {
    const white = new Float32Array(height * width).fill(1);
    fc.assert(fc.property(fc.nat(), fc.integer({ min: 1, max: 14 }), (seed, cutout) => {
      const image = augment(white, { cutout }, seed);
      const black = [...image.keys()].filter((pixel) => image[pixel] === 0);
      const [rows, columns] = [new Set(black.map((pixel) => Math.floor(pixel / width))), new Set(black.map((pixel) => pixel % width))];
      expect(black.length).toBe(rows.size * columns.size);
      expect(black.length).toBeGreaterThan(0);
      for (const lines of [rows, columns]) {
        expect(lines.size).toBeLessThanOrEqual(cutout);
        expect(Math.max(...lines) - Math.min(...lines) + 1).toBe(lines.size);
      }
      expect(image.every((value) => value === 0 || value === 1)).toBe(true);
    }));
  });

  test('options do not change what another does at random', () => {
    const image = disc();
    const [shifted, both] = [augment(image, { shift: 2 }, 3), augment(image, { shift: 2, cutout: 3 }, 3)];
    expect(both.every((value, pixel) => value === 0 || value === shifted[pixel])).toBe(true);
    expect(both).not.toEqual(shifted);
  });

  test('in batches, the same key gives the same images and another key others, with the labels as they were', () => {
    const dataset = new ImageDataset({
      images: Uint8Array.from({ length: 7 * height * width }, (_, pixel) => (pixel * 37) % 256),
      labels: Uint8Array.of(0, 1, 2, 3, 4, 5, 6), height, width, classes: 10,
    });
    const walk = (seed: number, augmentation?: Augmentation): [number[], number[]] => {
      const batches = [...dataset.batches({ batchSize: 3, key: key(seed), ...(augmentation && { augmentation }) })];
      return [batches.flatMap(({ inputs }) => [...inputs.data()]), batches.flatMap(({ targets }) => [...targets.data()])];
    };
    const augmentation = { shift: 2, rotate: 10, zoom: 0.1 };
    expect(walk(1, augmentation)).toEqual(walk(1, augmentation));
    expect(walk(1, augmentation)[0]).not.toEqual(walk(1)[0]);
    expect(walk(1, augmentation)[1]).toEqual(walk(1)[1]);
    expect(walk(1, {})).toEqual(walk(1));
  });

  test('what cannot be is refused before a batch is made', () => {
    const dataset = new ImageDataset({ images: new Uint8Array(4), labels: Uint8Array.of(0), height: 2, width: 2, classes: 1 });
    const refuse = (augmentation: Augmentation, expected: RegExp): void => {
      expect(() => dataset.batches({ batchSize: 1, key: key(0), augmentation })).toThrow(expected);
    };
    refuse({ shift: -1 }, /augmentation\.shift is -1; expected a number of pixels from 0/);
    refuse({ rotate: 200 }, /augmentation\.rotate is 200; expected degrees from 0 to 180/);
    refuse({ zoom: 1 }, /augmentation\.zoom is 1; expected a share from 0, below 1/);
    refuse({ zoom: NaN }, /augmentation\.zoom is NaN/);
    refuse({ flip: 1.5 }, /augmentation\.flip is 1\.5; expected a probability from 0 to 1/);
    refuse({ noise: -0.1 }, /augmentation\.noise is -0\.1; expected a standard deviation from 0/);
    refuse({ cutout: 2.5 }, /augmentation\.cutout is 2\.5; expected a whole number of pixels from 0/);
    expect(() => dataset.batches({ batchSize: 1, augmentation: { shift: 1 } })).toThrow(ArgumentError);
  });
});
