/* One family of operations with Adjoint, its value and its gradient: `adjointFamilies.ts FAMILY`. */
import { eye, key, normal, scope, tensor, valueAndGrad, type Tensor } from '@adjoint/core';
import {
  add, avgPool2d, batchNorm, cholesky, conv1d, conv2d, conv2dTranspose, conv3d, cumSum, depthwiseConv2d, gather, gelu,
  layerNorm, matmul, maxPool2d, mul, scaledDotProductAttention, silu, softmax, softmaxCrossEntropy, sort, sum, tanh, transpose, variance,
} from '@adjoint/ops';
import { budget, report, timeSteps } from './measure.mjs';

interface Family {
  readonly inputs: readonly Tensor[];
  readonly fn: (...inputs: Tensor[]) => Tensor;
}

const tensors = (...shapes: readonly (readonly number[])[]): Tensor[] => shapes.map((shape, seed) => normal(key(seed), shape));
const whole = (count: number, below: number): Tensor =>
  tensor(Array.from({ length: count }, (_, index) => (index * 7919) % below), { dtype: 'int32' });
const elementwise = (fn: (x: Tensor) => Tensor) => (): Family => ({ inputs: tensors([64, 128, 256]), fn });
const same = { padding: 'same' } as const;

function positiveDefinite(size: number): Tensor {
  const [x] = tensors([size, size]) as [Tensor];
  return add(matmul(x, transpose(x)), mul(size, eye(size)));
}

const families: Readonly<Record<string, () => Family>> = {
  'strided convolution': () => ({ inputs: tensors([16, 56, 56, 32], [3, 3, 32, 64]), fn: (x, k) => conv2d(x, k, { ...same, strides: 2 }) }),
  'dilated convolution': () => ({ inputs: tensors([16, 28, 28, 32], [3, 3, 32, 64]), fn: (x, k) => conv2d(x, k, { ...same, dilation: 2 }) }),
  'grouped convolution': () => ({ inputs: tensors([16, 28, 28, 64], [3, 3, 16, 64]), fn: (x, k) => conv2d(x, k, { ...same, groups: 4 }) }),
  'depthwise convolution': () => ({ inputs: tensors([16, 56, 56, 64], [3, 3, 64, 1]), fn: (x, k) => depthwiseConv2d(x, k, same) }),
  'transposed convolution': () => ({ inputs: tensors([16, 14, 14, 64], [3, 3, 32, 64]), fn: (x, k) => conv2dTranspose(x, k, { ...same, strides: 2 }) }),
  '1-d convolution': () => ({ inputs: tensors([16, 512, 32], [5, 32, 64]), fn: (x, k) => conv1d(x, k, same) }),
  '3-d convolution': () => ({ inputs: tensors([4, 16, 16, 16, 16], [3, 3, 3, 16, 32]), fn: (x, k) => conv3d(x, k, same) }),
  'max pooling': () => ({ inputs: tensors([32, 56, 56, 64]), fn: (x) => maxPool2d(x, { poolSize: 2 }) }),
  'average pooling': () => ({ inputs: tensors([32, 56, 56, 64]), fn: (x) => avgPool2d(x, { poolSize: 2 }) }),
  'layer norm': () => ({ inputs: tensors([4096, 256], [256], [256]), fn: (x, scale, bias) => layerNorm(x, { scale, bias }) }),
  'batch norm': () => ({ inputs: tensors([64, 28, 28, 32], [32], [32]), fn: (x, scale, bias) => batchNorm(x, { scale, bias }) }),
  'causal attention': () => ({
    inputs: tensors([8, 4, 128, 32], [8, 4, 128, 32], [8, 4, 128, 32]),
    fn: (query, keys, values) => scaledDotProductAttention(query, keys, values, { causal: true }),
  }),
  gelu: elementwise((x) => gelu(x)),
  silu: elementwise((x) => silu(x)),
  tanh: elementwise((x) => tanh(x)),
  softmax: () => ({ inputs: tensors([4096, 256]), fn: (x) => softmax(x) }),
  'cross-entropy': () => {
    const labels = whole(1024, 1000);
    return { inputs: tensors([1024, 1000]), fn: (x) => softmaxCrossEntropy(x, labels) };
  },
  embedding: () => {
    const indices = whole(8192, 20000);
    return { inputs: tensors([20000, 64]), fn: (x) => gather(x, indices) };
  },
  'sum of columns': () => ({ inputs: tensors([4096, 512]), fn: (x) => sum(x, { axes: 0 }) }),
  'variance of rows': () => ({ inputs: tensors([4096, 512]), fn: (x) => variance(x, { axes: 1 }) }),
  'cumulative sum': () => ({ inputs: tensors([1024, 1024]), fn: (x) => cumSum(x, { axis: 1 }) }),
  sort: () => ({ inputs: tensors([256, 1024]), fn: (x) => sort(x) }),
  'batched product': () => ({ inputs: tensors([64, 64, 64], [64, 64, 64]), fn: (x, y) => matmul(x, y) }),
  cholesky: () => ({ inputs: [positiveDefinite(256)], fn: (x) => cholesky(x) }),
};

const row = process.argv[2] ?? '';
const { inputs, fn } = families[row]!();
const time = async (name: string, call: () => unknown): Promise<void> =>
  report(name, await timeSteps(() => scope(() => { call(); }), Math.min(1000, budget)), 'ms');
await time(row, () => fn(...inputs));
const gradient = valueAndGrad((args: readonly Tensor[]) => sum(fn(...args)));
await time(`${row}, gradient`, () => gradient(inputs));
