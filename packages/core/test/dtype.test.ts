import { expect, test } from 'vitest';
import { allocateArray, bytesPerElement, isFloat, promote, type DType } from '../src/index.js';

const dtypes: readonly DType[] = ['bool', 'int32', 'float32', 'float64'];

test.each<[DType, readonly DType[]]>([
  ['bool', ['bool', 'int32', 'float32', 'float64']],
  ['int32', ['int32', 'int32', 'float32', 'float64']],
  ['float32', ['float32', 'float32', 'float32', 'float64']],
  ['float64', ['float64', 'float64', 'float64', 'float64']],
])("%s promotes with each as JAX's table says", (left, expected) => {
  expect(dtypes.map((right) => promote(left, right))).toEqual(expected);
  expect(dtypes.map((right) => promote(right, left))).toEqual(expected);
});

test('each dtype has its typed array', () => {
  expect(dtypes.map((dtype) => allocateArray(dtype, 2))).toEqual([new Uint8Array(2), new Int32Array(2), new Float32Array(2), new Float64Array(2)]);
  for (const dtype of dtypes) expect(bytesPerElement(dtype)).toBe(allocateArray(dtype, 1).BYTES_PER_ELEMENT);
  expect(dtypes.filter(isFloat)).toEqual(['float32', 'float64']);
});
