/* Measures one row with tfjs: `tfjs.mjs ROW cpu|wasm`. */
import { budget, refuse, report, timeSteps } from './measure.mjs';
import { loadTensorflow, missingKernel } from './tensorflow.mjs';

const [row, backend] = process.argv.slice(2);
const tf = await loadTensorflow(backend);

const { layers } = tf;
const convolution = (filters, padding = 'valid', kernelSize = 3) => layers.conv2d({ filters, kernelSize, padding, activation: 'relu' });
const pool = () => layers.maxPooling2d({ poolSize: 2 });
const dense = (units) => layers.dense({ units, activation: 'relu' });

const networks = {
  W1: () => [
    convolution(32), convolution(32), pool(), layers.dropout({ rate: 0.25 }), layers.flatten(),
    dense(256), layers.dropout({ rate: 0.5 }), dense(128),
  ],
  W1b: () => [
    convolution(32, 'same'), convolution(32, 'same'), pool(), layers.dropout({ rate: 0.25 }),
    convolution(64, 'same'), convolution(64, 'same'), pool(), layers.dropout({ rate: 0.25 }), layers.flatten(), dense(256), dense(32),
  ],
  W2: () => [dense(512), dense(256)],
  W3: () => [convolution(6, 'same', 5), pool(), convolution(16, 'valid', 5), pool(), layers.flatten(), dense(120), dense(84)],
};

async function train() {
  const shape = row === 'W2' ? [128, 784] : [64, 28, 28, 1];
  const input = tf.input({ shape: shape.slice(1) });
  let output = input;
  for (const layer of [...networks[row](), layers.dense({ units: 10, activation: 'softmax' })]) output = layer.apply(output);
  const model = tf.model({ inputs: input, outputs: output });
  model.compile({ optimizer: row === 'W3' ? tf.train.momentum(0.01, 0.9) : tf.train.adam(), loss: 'sparseCategoricalCrossentropy' });
  const inputs = tf.randomNormal(shape);
  const targets = tf.tensor2d(Array.from({ length: shape[0] }, (_, index) => [index % 10]));
  report(row, await timeSteps(() => model.trainOnBatch(inputs, targets)), 'ms');
}

async function smallGradient() {
  const [x, w, b] = [0, 1, 2].map(() => tf.randomNormal([8]));
  const gradient = tf.valueAndGrads((weight, bias) => x.mul(weight).add(bias).tanh().square().sum());
  const milliseconds = await timeSteps(() => {
    for (let index = 0; index < 100; index++) tf.tidy(() => { gradient([w, b]); });
  });
  report(row, milliseconds * 10, 'us');
}

async function rates() {
  for (const size of [256, 512, 1024]) {
    const [a, b] = [0, 1].map(() => tf.randomNormal([size, size]));
    const milliseconds = await timeSteps(() => { const c = tf.matMul(a, b); c.dataSync(); c.dispose(); }, Math.min(1000, budget));
    report(`GEMM ${size}`, (2 * size ** 3) / milliseconds / 1e6, 'GFLOP/s');
  }
}

try {
  if (row === 'W6') await smallGradient();
  else if (row === 'GEMM') await rates();
  else await train();
} catch (error) {
  refuse(row, missingKernel(error));
}
