/*
 * A small network learns to tell two interleaved spirals apart, and draws what it learnt.
 *
 * Run: npm run example examples/spiral.ts
 */
import { dispose, grad, key, normal, scope, tensor, type Key, type Tensor } from '@adjoint/core';
import { accuracy, adam, dense, sequential, tanh } from '@adjoint/nn';
import { argMax, softmaxCrossEntropy } from '@adjoint/ops';

const pointsPerArm = 200;

/** Points `[400, 2]` on two arms that wind around each other, with a little noise, and the arm of each, `int32 [400]`. */
function makeSpirals(from: Key): { points: Tensor; arms: Tensor } {
  const noise = normal(from, [2 * pointsPerArm, 2], { standardDeviation: 0.02 }).data();
  const positions = Array.from({ length: 2 * pointsPerArm }, (_, index) => {
    const arm = index % 2;
    const along = Math.floor(index / 2) / pointsPerArm;
    const angle = 1.75 * 2 * Math.PI * along + arm * Math.PI;
    return [along * Math.sin(angle) + noise[2 * index]!, along * Math.cos(angle) + noise[2 * index + 1]!];
  });
  return { points: tensor(positions), arms: tensor(positions.map((_, index) => index % 2), { dtype: 'int32' }) };
}

const { points, arms } = makeSpirals(key(1));
const model = sequential(dense({ units: 32 }), tanh(), dense({ units: 32 }), tanh(), dense({ units: 2 }));
const optimizer = adam({ learningRate: 0.01 });

const { params: initial, state } = model.init(key(2), [2]);
let params = initial;
let optimizerState = optimizer.init(params);
const loss = (candidate: typeof params) => softmaxCrossEntropy(model.apply({ params: candidate, state }, points).output, arms);

for (let step = 0; step <= 600; step++) {
  if (step % 100 === 0) {
    const [error, share] = scope(() => [loss(params).item(), accuracy(model.apply({ params, state }, points).output, arms).item()]);
    console.log(`step ${String(step).padStart(3)}   loss ${error.toFixed(4)}   accuracy ${(100 * share).toFixed(1)} %`);
  }
  const updated = scope(() => optimizer.update(grad(loss)(params), optimizerState, params));
  dispose([params, optimizerState], updated);
  params = updated.params;
  optimizerState = updated.state;
}

const width = 64;
const height = 32;
const grid = tensor(
  Array.from({ length: width * height }, (_, cell) => [
    ((cell % width) / (width - 1)) * 2.2 - 1.1,
    1.1 - (Math.floor(cell / width) / (height - 1)) * 2.2,
  ]),
);
const sides = argMax(model.apply({ params, state }, grid).output, { axis: 1 }).data();
for (let row = 0; row < height; row++) {
  console.log([...sides.subarray(row * width, (row + 1) * width)].map((side) => (side === 0 ? '·' : '█')).join(''));
}
