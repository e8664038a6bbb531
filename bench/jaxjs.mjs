/* Measures one row with jax-js on its wasm backend, the whole training step in one jit: `jaxjs.mjs ROW`. */
import { blockUntilReady, defaultDevice, init, jit, lax, nn, numpy as np, random, valueAndGrad } from '@jax-js/jax';
import { budget, report, timeSteps } from './measure.mjs';

const [row] = process.argv.slice(2);
await init('wasm');
defaultDevice('wasm');

let seed = 0;
const normal = (shape, scale = 1) => random.normal(random.key(seed++), shape).mul(scale);

/** A layer: its parameters' shapes, and what it does; every use of an array but the last is of its `ref`. */
const convolution = (channels, filters, size = 3, pad = 0) => ({
  shapes: [[filters, channels, size, size], [filters, 1, 1]],
  apply: (x, [kernel, bias]) => nn.relu(lax.convGeneralDilated(x, kernel, [1, 1], [[pad, pad], [pad, pad]]).add(bias)),
});
const dense = (inputs, units, isLast = false) => ({
  shapes: [[inputs, units], [units]],
  apply: (x, [kernel, bias]) => { const y = np.matmul(x, kernel).add(bias); return isLast ? y : nn.relu(y); },
});
const plain = (apply) => ({ shapes: [], apply });
const pool = () => plain((x) => {
  const [n, c, h, w] = x.shape;
  return np.max(x.reshape([n, c, h / 2, 2, w / 2, 2]), [3, 5]);
});
const flatten = () => plain((x) => x.reshape([x.shape[0], -1]));
const dropout = (rate) => plain((x, _, key) => np.where(random.bernoulli(key, 1 - rate, x.shape), x.mul(1 / (1 - rate)), 0));

const networks = {
  W1: () => [convolution(1, 32), convolution(32, 32), pool(), dropout(0.25), flatten(), dense(4608, 256), dropout(0.5), dense(256, 128), dense(128, 10, true)],
  W1b: () => [
    convolution(1, 32, 3, 1), convolution(32, 32, 3, 1), pool(), dropout(0.25), convolution(32, 64, 3, 1), convolution(64, 64, 3, 1), pool(),
    dropout(0.25), flatten(), dense(3136, 256), dense(256, 32), dense(32, 10, true),
  ],
  W2: () => [dense(784, 512), dense(512, 256), dense(256, 10, true)],
  W3: () => [convolution(1, 6, 5, 2), pool(), convolution(6, 16, 5), pool(), flatten(), dense(400, 120), dense(120, 84), dense(84, 10, true)],
};

async function train() {
  const layers = networks[row]();
  const shape = row === 'W2' ? [128, 784] : [64, 1, 28, 28];
  const counts = layers.map(({ shapes }) => shapes.length);
  const shapes = layers.flatMap((layer) => layer.shapes);
  const labels = Array.from({ length: shape[0] }, (_, index) => index % 10);
  const loss = (params, x, targets, key) => {
    let place = 0;
    let y = x;
    layers.forEach((layer, index) => {
      y = layer.apply(y, params.slice(place, place + counts[index]), key.ref);
      place += counts[index];
    });
    key.dispose();
    return nn.logSoftmax(y).mul(targets).sum().mul(-1 / shape[0]);
  };
  const isAdam = row !== 'W3';
  const step = jit((params, first, second, x, targets, key) => {
    const [value, gradients] = valueAndGrad(loss)(params.map((p) => p.ref), x, targets, key);
    const next = [[], [], []];
    gradients.forEach((gradient, index) => {
      if (isAdam) {
        const moment = first[index].mul(0.9).add(gradient.ref.mul(0.1));
        const square = second[index].mul(0.999).add(gradient.ref.mul(gradient).mul(0.001));
        next[0].push(params[index].sub(moment.ref.mul(0.001).div(np.sqrt(square.ref).add(1e-8))));
        next[1].push(moment);
        next[2].push(square);
      } else {
        const velocity = first[index].mul(0.9).add(gradient);
        next[0].push(params[index].sub(velocity.ref.mul(0.01)));
        next[1].push(velocity);
        next[2].push(second[index]);
      }
    });
    return [value, ...next];
  });
  const x = normal(shape);
  const targets = nn.oneHot(np.array(labels, { dtype: np.int32 }), 10);
  let params = shapes.map((s) => normal(s, 0.05));
  let first = shapes.map((s) => np.zeros(s));
  let second = shapes.map((s) => np.zeros(s));
  report(row, await timeSteps(async () => {
    const [value, ...next] = step(params, first, second, x.ref, targets.ref, random.key(seed++));
    [params, first, second] = next;
    await blockUntilReady([value, params, first, second]);
    value.dispose();
  }), 'ms');
}

async function smallGradient() {
  const [x, w, b] = [0, 1, 2].map(() => normal([8]));
  const gradient = jit(valueAndGrad((weight, bias, input) => { const y = np.tanh(input.mul(weight).add(bias)); return y.ref.mul(y).sum(); }, { argnums: [0, 1] }));
  report(row, 1000 * await timeSteps(async () => {
    const [value, gradients] = gradient(w.ref, b.ref, x.ref);
    await blockUntilReady([value, gradients]);
    value.dispose();
    gradients.forEach((g) => g.dispose());
  }), 'us');
}

async function rates() {
  const product = jit((a, b) => np.matmul(a, b));
  for (const size of [256, 512, 1024]) {
    const [a, b] = [0, 1].map(() => normal([size, size]));
    const milliseconds = await timeSteps(async () => { const c = product(a.ref, b.ref); await blockUntilReady(c); c.dispose(); }, Math.min(1000, budget));
    report(`GEMM ${size}`, (2 * size ** 3) / milliseconds / 1e6, 'GFLOP/s');
  }
}

if (row === 'W6') await smallGradient();
else if (row === 'GEMM') await rates();
else await train();
