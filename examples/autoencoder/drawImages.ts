import type { Tensor } from '@adjoint/core';

/** Which bit of a Braille character is the dot at a row and a column. */
const bits = [[0, 3], [1, 4], [2, 5], [6, 7]] as const;

/** Images `[n, height, width, 1]` of ink from 0 to 1 side by side, with a dot where there is enough; 2 by 4 pixels a character. */
export function drawImages(images: Tensor): string {
  const [count, height, width] = images.shape as [number, number, number, number];
  const ink = images.data();
  const dotAt = (image: number, y: number, x: number) => x < width && y < height && ink[(image * height + y) * width + x]! > 0.4;
  const character = (image: number, top: number, left: number) =>
    String.fromCharCode(bits.flat().reduce((code, bit, index) => code + (dotAt(image, top + (index >> 1), left + (index & 1)) ? 1 << bit : 0), 0x2800));
  const line = (image: number, top: number) => Array.from({ length: Math.ceil(width / 2) }, (_, column) => character(image, top, 2 * column)).join('');
  return Array.from({ length: Math.ceil(height / 4) }, (_, row) => Array.from({ length: count }, (_, image) => line(image, 4 * row)).join('  ')).join('\n');
}
