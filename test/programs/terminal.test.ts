import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { formatConfusion } from '../../examples/mnist/result.js';
import { counted, cut, wrap } from '../../examples/terminal.js';

test('wrap breaks lines at spaces, and counts no colors', () => {
  expect(wrap('\none two three\nfour', 8)).toBe('\none two\nthree\nfour');
  expect(wrap('\u001b[32mone\u001b[39m two three', 7)).toBe('\u001b[32mone\u001b[39m two\nthree');
  expect(wrap('unbreakable is long', 5)).toBe('unbre\nakabl\ne is\nlong');
  expect(wrap('a  b', Infinity)).toBe('a  b');
});

test('cut shortens lines that are too long', () => {
  expect(cut('abcdef\nabc', 4)).toBe('abc…\nabc');
  expect(cut('abcdef', 0)).toBe('…');
  expect(cut('abcdef', Infinity)).toBe('abcdef');
});

test('one thing is singular', () => {
  expect([0, 1, 2].map((count) => counted(count, 'step'))).toEqual(['0 steps', '1 step', '2 steps']);
});

test('the confusion matrix fits a narrow terminal', () => {
  const names = ['T-shirt', 'trouser', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'ankle boot'];
  const matrix = names.map((_, row) => names.map((__, column) => (row === column ? 180 : 9)));
  const widthOf = (labels: readonly string[], width: number): number => Math.max(...stripVTControlCharacters(formatConfusion(matrix, labels, width)).split('\n').map(({ length }) => length));
  for (const labels of [names, Array.from('0123456789')]) for (const width of [60, 80, 100]) expect(widthOf(labels, width)).toBeLessThanOrEqual(width);
  expect(formatConfusion(matrix, names, Infinity)).toContain('ankle boot');
});
