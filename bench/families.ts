/** The families of operations that `npm run bench -- --rows families` measures, each with its gradient. */
export const families: readonly string[] = [
  'strided convolution', 'dilated convolution', 'grouped convolution', 'depthwise convolution', 'transposed convolution',
  '1-d convolution', '3-d convolution', 'max pooling', 'average pooling', 'layer norm', 'batch norm', 'causal attention',
  'gelu', 'silu', 'tanh', 'softmax', 'cross-entropy', 'embedding', 'sum of columns', 'variance of rows', 'cumulative sum',
  'sort', 'batched product', 'cholesky',
];

/** Whether a row is a family; the other rows have programs of their own. */
export function isFamily(row: string): boolean {
  return families.includes(row);
}
