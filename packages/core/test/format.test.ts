import { describe, expect, test } from 'vitest';
import { alias } from '../src/identity.js';
import { arange, dispose, ones, scope, tensor, zeros, view, type Tensor } from '../src/index.js';

/** A contiguous tensor under another shape. */
function shaped(x: Tensor, shape: readonly number[]): Tensor {
  return tensor(x.data(), { shape });
}

const lines = (...text: string[]): string => text.join('\n');

describe('printing', () => {
  test.each<[string, Tensor, string]>([
    ['a scalar', tensor(5), 'Tensor(5, float32)'],
    ['a fraction without the digits that float32 adds', tensor(0.1), 'Tensor(0.1, float32)'],
    ['a bool scalar', tensor(true), 'Tensor(true, bool)'],
    ['a vector', tensor([1, 2, 3]), 'Tensor([1, 2, 3], float32 [3])'],
    ['aligned columns', tensor([1.5, -2, 300]), 'Tensor([  1.5,  -2.0, 300.0], float32 [3])'],
    ['four decimals at most', tensor([0.1, 0.25, 1 / 3]), 'Tensor([0.1000, 0.2500, 0.3333], float32 [3])'],
    ['what only rounds to whole numbers with a decimal', tensor([0.99999, 2]), 'Tensor([1.0, 2.0], float32 [2])'],
    ['bool', tensor([[true, false]]), 'Tensor([[ true, false]], bool [1,2])'],
    ['not finite among whole numbers', tensor([1, Number.NaN, -Infinity]), 'Tensor([        1,       NaN, -Infinity], float32 [3])'],
    ['not finite among fractions', tensor([Number.NaN, 0.5, Infinity]), 'Tensor([     NaN,      0.5, Infinity], float32 [3])'],
    ['not finite alone', tensor([Number.NaN]), 'Tensor([NaN], float32 [1])'],
    [
      'mixed magnitudes', tensor([1e-5, 1, Number.NaN, -2500], { dtype: 'float64' }),
      'Tensor([ 1.0000e-5,  1.0000e+0,        NaN, -2.5000e+3], float64 [4])',
    ],
    ['a large range', tensor([1234.5, 0.001]), 'Tensor([1.2345e+3, 1.0000e-3], float32 [2])'],
    ['int32 with all digits', tensor([123456789, -5], { dtype: 'int32' }), 'Tensor([123456789,        -5], int32 [2])'],
    ['nothing', zeros([0]), 'Tensor([], float32 [0])'],
    ['empty rows', zeros([2, 0]), lines('Tensor([[],', '        []], float32 [2,0])')],
    ['no rows', zeros([0, 2]), 'Tensor([], float32 [0,2])'],
    ['a matrix', tensor([[1, 2], [3, 40]]), lines('Tensor([[ 1,  2],', '        [ 3, 40]], float32 [2,2])')],
    [
      'three axes', shaped(arange(8), [2, 2, 2]),
      lines('Tensor([[[0, 1],', '         [2, 3]],', '', '        [[4, 5],', '         [6, 7]]], float32 [2,2,2])'),
    ],
  ])('%s', (_, x, text) => {
    expect(String(x)).toBe(text);
  });

  test('up to a thousand elements are printed whole, of more the ends of long axes', () => {
    expect(String(arange(1000)).split(',')).toHaveLength(1001);
    expect(String(arange(1001))).toBe('Tensor([   0,    1,    2, ...,  998,  999, 1000], float32 [1001])');
    expect(String(shaped(arange(1200), [2, 600]))).toBe(
      lines('Tensor([[   0,    1,    2, ...,  597,  598,  599],', '        [ 600,  601,  602, ..., 1197, 1198, 1199]], float32 [2,600])'),
    );
    expect(String(shaped(arange(1400), [700, 2]))).toBe(
      lines(
        'Tensor([[   0,    1],', '        [   2,    3],', '        [   4,    5],', '        ...,',
        '        [1394, 1395],', '        [1396, 1397],', '        [1398, 1399]], float32 [700,2])',
      ),
    );
  });

  test('only what is shown decides on the format', () => {
    const values = new Float32Array(2000);
    values[1000] = 0.5;
    expect(String(tensor(values))).toBe('Tensor([0, 0, 0, ..., 0, 0, 0], float32 [2000])');
  });

  test('very many short axes print', () => {
    const shape = new Array<number>(17).fill(2);
    expect(String(ones(shape))).toContain('float32 [2,2,');
  });

  test('a view prints what it shows', () => {
    const x = arange(6);
    expect(String(view(x, [3, 2], [-1, -3], 5))).toBe(lines('Tensor([[5, 2],', '        [4, 1],', '        [3, 0]], float32 [3,2])'));
    expect(String(view(x, [2, 2], [0, 1], 4))).toBe(lines('Tensor([[4, 5],', '        [4, 5]], float32 [2,2])'));
  });

  test('a released tensor tells who released it, instead of throwing in a debugger', () => {
    const x = tensor([1, 2]);
    dispose(x);
    expect(String(x)).toBe('Tensor(released by dispose(), float32 [2])');
    let inner: Tensor | undefined;
    scope(() => { inner = alias(tensor(1)); }, 'the third step');
    expect(String(inner)).toBe('Tensor(released by the third step, float32 [])');
  });
});
