/* One family of operations with tfjs: `tfjsFamilies.mjs FAMILY cpu|wasm`. */
import { budget, refuse, report, timeSteps } from './measure.mjs';
import { loadTensorflow, missingKernel } from './tensorflow.mjs';

const [row, backend] = process.argv.slice(2);
const tf = await loadTensorflow(backend);
const whole = (count, below) => tf.tensor1d(Array.from({ length: count }, (_, index) => (index * 7919) % below), 'int32');
const normalized = (x, axes) => {
  const { mean, variance } = tf.moments(x, axes, true);
  return x.sub(mean).mul(variance.add(1e-5).rsqrt());
};
const elementwise = (fn) => ({ inputs: [[64, 128, 256]], fn });
const causal = () => tf.linalg.bandPart(tf.ones([128, 128]), -1, 0).sub(1).mul(1e9);
const heads = (x) => x.transpose([0, 2, 1, 3]);

const families = {
  'strided convolution': { inputs: [[16, 56, 56, 32], [3, 3, 32, 64]], fn: (x, k) => tf.conv2d(x, k, 2, 'same') },
  'dilated convolution': { inputs: [[16, 28, 28, 32], [3, 3, 32, 64]], fn: (x, k) => tf.conv2d(x, k, 1, 'same', 'NHWC', 2) },
  'depthwise convolution': { inputs: [[16, 56, 56, 64], [3, 3, 64, 1]], fn: (x, k) => tf.depthwiseConv2d(x, k, 1, 'same') },
  'transposed convolution': { inputs: [[16, 14, 14, 64], [3, 3, 32, 64]], fn: (x, k) => tf.conv2dTranspose(x, k, [16, 28, 28, 32], 2, 'same') },
  '1-d convolution': { inputs: [[16, 512, 32], [5, 32, 64]], fn: (x, k) => tf.conv1d(x, k, 1, 'same') },
  '3-d convolution': { inputs: [[4, 16, 16, 16, 16], [3, 3, 3, 16, 32]], fn: (x, k) => tf.conv3d(x, k, 1, 'same') },
  'max pooling': { inputs: [[32, 56, 56, 64]], fn: (x) => tf.maxPool(x, 2, 2, 'valid') },
  'average pooling': { inputs: [[32, 56, 56, 64]], fn: (x) => tf.avgPool(x, 2, 2, 'valid') },
  'layer norm': { inputs: [[4096, 256], [256], [256]], fn: (x, scale, offset) => normalized(x, [1]).mul(scale).add(offset) },
  'batch norm': { inputs: [[64, 28, 28, 32], [32], [32]], fn: (x, scale, offset) => normalized(x, [0, 1, 2]).mul(scale).add(offset) },
  'causal attention': {
    inputs: [[8, 128, 4, 32], [8, 128, 4, 32], [8, 128, 4, 32]],
    fn: (q, k, v) => heads(tf.matMul(tf.softmax(tf.matMul(heads(q), heads(k), false, true).mul(1 / Math.sqrt(32)).add(causal())), heads(v))),
  },
  gelu: elementwise((x) => x.mul(tf.erf(x.mul(Math.SQRT1_2)).add(1)).mul(0.5)),
  silu: elementwise((x) => x.mul(tf.sigmoid(x))),
  tanh: elementwise((x) => tf.tanh(x)),
  softmax: { inputs: [[4096, 256]], fn: (x) => tf.softmax(x) },
  'cross-entropy': { inputs: [[1024, 1000]], make: () => { const targets = tf.oneHot(whole(1024, 1000), 1000); return (x) => tf.losses.softmaxCrossEntropy(targets, x); } },
  embedding: { inputs: [[20000, 64]], make: () => { const indices = whole(8192, 20000); return (x) => tf.gather(x, indices); } },
  'sum of columns': { inputs: [[4096, 512]], fn: (x) => tf.sum(x, 0) },
  'variance of rows': { inputs: [[4096, 512]], fn: (x) => tf.moments(x, 1).variance },
  'cumulative sum': { inputs: [[1024, 1024]], fn: (x) => tf.cumsum(x, 1) },
  sort: { inputs: [[256, 1024]], fn: (x) => tf.topk(x, 1024).values },
  'batched product': { inputs: [[64, 64, 64], [64, 64, 64]], fn: (x, y) => tf.matMul(x, y) },
};

async function attempt(name, call) {
  try {
    report(name, await timeSteps(() => tf.tidy(() => { call(); }), Math.min(1000, budget)), 'ms');
  } catch (error) {
    refuse(name, missingKernel(error));
  }
}

const family = families[row];
if (family === undefined) {
  refuse(row, 'not there');
} else {
  const inputs = family.inputs.map((shape) => tf.randomNormal(shape));
  const operation = family.fn ?? family.make();
  await attempt(row, () => operation(...inputs));
  const gradient = tf.grads((...xs) => operation(...xs).sum());
  await attempt(`${row}, gradient`, () => gradient(inputs));
}
