/* One family of operations with jax-js on its wasm backend, value and gradient each in one jit: `jaxjsFamilies.mjs FAMILY`. */
import { blockUntilReady, defaultDevice, init, jit, lax, nn, numpy as np, random, valueAndGrad } from '@jax-js/jax';
import { budget, refuse, report, timeSteps } from './measure.mjs';

const [row] = process.argv.slice(2);
await init('wasm');
defaultDevice('wasm');

let seed = 0;
const normal = (shape) => random.normal(random.key(seed++), shape);
const whole = (count, below) => np.array(Array.from({ length: count }, (_, index) => (index * 7919) % below), { dtype: np.int32 });
const same = [[1, 1], [1, 1]];
const windows = (x) => {
  const [n, c, h, w] = x.shape;
  return x.reshape([n, c, h / 2, 2, w / 2, 2]);
};
const normalized = (x, axes, keep) => {
  const mean = np.mean(x.ref, axes, { keepdims: true });
  const centred = x.sub(mean);
  const variance = np.mean(np.square(centred.ref), axes, { keepdims: true });
  return centred.div(np.sqrt(variance.add(keep)));
};
const elementwise = (fn) => ({ inputs: () => [normal([64, 128, 256])], fn });

/** Images are [n, c, h, w] and kernels [filters, c, h, w] here. */
const families = {
  'strided convolution': { inputs: () => [normal([16, 32, 56, 56]), normal([64, 32, 3, 3])], fn: (x, k) => lax.convGeneralDilated(x, k, [2, 2], same) },
  'dilated convolution': { inputs: () => [normal([16, 32, 28, 28]), normal([64, 32, 3, 3])], fn: (x, k) => lax.convGeneralDilated(x, k, [1, 1], [[2, 2], [2, 2]], { rhsDilation: [2, 2] }) },
  'grouped convolution': { inputs: () => [normal([16, 64, 28, 28]), normal([64, 16, 3, 3])], fn: (x, k) => lax.convGeneralDilated(x, k, [1, 1], same, { featureGroupCount: 4 }) },
  'depthwise convolution': { inputs: () => [normal([16, 64, 56, 56]), normal([64, 1, 3, 3])], fn: (x, k) => lax.convGeneralDilated(x, k, [1, 1], same, { featureGroupCount: 64 }) },
  'transposed convolution': { inputs: () => [normal([16, 64, 14, 14]), normal([32, 64, 3, 3])], fn: (x, k) => lax.convGeneralDilated(x, k, [1, 1], [[1, 2], [1, 2]], { lhsDilation: [2, 2] }) },
  '1-d convolution': { inputs: () => [normal([16, 32, 512]), normal([64, 32, 5])], fn: (x, k) => lax.convGeneralDilated(x, k, [1], [[2, 2]]) },
  '3-d convolution': { inputs: () => [normal([4, 16, 16, 16, 16]), normal([32, 16, 3, 3, 3])], fn: (x, k) => lax.convGeneralDilated(x, k, [1, 1, 1], [[1, 1], [1, 1], [1, 1]]) },
  'max pooling': { inputs: () => [normal([32, 64, 56, 56])], fn: (x) => np.max(windows(x), [3, 5]) },
  'average pooling': { inputs: () => [normal([32, 64, 56, 56])], fn: (x) => np.mean(windows(x), [3, 5]) },
  'layer norm': { inputs: () => [normal([4096, 256]), normal([256]), normal([256])], fn: (x, scale, offset) => normalized(x, -1, 1e-5).mul(scale).add(offset) },
  'batch norm': { inputs: () => [normal([64, 32, 28, 28]), normal([32, 1, 1]), normal([32, 1, 1])], fn: (x, scale, offset) => normalized(x, [0, 2, 3], 1e-5).mul(scale).add(offset) },
  'causal attention': { inputs: () => [0, 1, 2].map(() => normal([8, 128, 4, 32])), fn: (q, k, v) => nn.dotProductAttention(q, k, v, { isCausal: true }) },
  gelu: elementwise((x) => nn.gelu(x)),
  silu: elementwise((x) => nn.silu(x)),
  tanh: elementwise((x) => np.tanh(x)),
  softmax: { inputs: () => [normal([4096, 256])], fn: (x) => nn.softmax(x, -1) },
  'cross-entropy': {
    inputs: () => [normal([1024, 1000])],
    make: () => { const targets = nn.oneHot(whole(1024, 1000), 1000); return (x) => nn.logSoftmax(x, -1).mul(targets.ref).sum(); },
  },
  embedding: { inputs: () => [normal([20000, 64])], make: () => { const indices = whole(8192, 20000); return (x) => np.take(x, indices.ref, 0); } },
  'sum of columns': { inputs: () => [normal([4096, 512])], fn: (x) => np.sum(x, 0) },
  'variance of rows': { inputs: () => [normal([4096, 512])], fn: (x) => np.var_(x, 1) },
  'cumulative sum': { inputs: () => [normal([1024, 1024])], fn: (x) => np.cumsum(x, 1) },
  sort: { inputs: () => [normal([256, 1024])], fn: (x) => np.sort(x, -1) },
  'batched product': { inputs: () => [normal([64, 64, 64]), normal([64, 64, 64])], fn: (x, y) => np.matmul(x, y) },
  cholesky: { inputs: () => { const x = normal([256, 256]); return [np.matmul(x.ref, x.transpose()).add(np.eye(256).mul(256))]; }, fn: (x) => lax.linalg.cholesky(x) },
};

async function measure(name, fn, inputs) {
  const call = jit(fn);
  report(name, await timeSteps(async () => {
    const result = call(...inputs.map((x) => x.ref));
    await blockUntilReady(result);
    for (const array of [result].flat(2)) array.dispose();
  }, Math.min(1000, budget)), 'ms');
}

const { inputs: makeInputs, fn, make } = families[row];
const inputs = makeInputs();
const operation = fn ?? make();
const attempt = async (name, work) => {
  try {
    await work();
  } catch (error) {
    refuse(name, String(error.message).split('\n')[0].slice(0, 80));
  }
};
await attempt(row, () => measure(row, operation, inputs));
await attempt(`${row}, gradient`, () => measure(`${row}, gradient`, valueAndGrad((...xs) => operation(...xs).sum(), { argnums: inputs.map((_, index) => index) }), inputs));
