/*
 * A small network learns to tell two interleaved spirals apart, and draws what it learned.
 *
 * Run: npm run example examples/spiral.ts
 */
import { grad, key, normal, tensor, type Key, type Tensor } from '@adjoint/core';
import { accuracy, adam, dense, sequential, tanh } from '@adjoint/nn';
import { argMax, softmaxCrossEntropy } from '@adjoint/ops';
import { columns as terminalColumns } from './terminal.js';

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
    const error = loss(params).item();
    const share = accuracy(model.apply({ params, state }, points).output, arms).item();
    console.log(`step ${String(step).padStart(3)}   loss ${error.toFixed(4)}   accuracy ${(100 * share).toFixed(1)} %`);
  }
  ({ params, state: optimizerState } = optimizer.update(grad(loss)(params), optimizerState, params));
}

// Each character shows two cells, one above the other, and a point if there is one: o and x are the arms.
const columns = Math.min(78, terminalColumns);
const rows = 34;
const reach = 1.15;
const across = (column: number) => ((column + 0.5) / columns * 2 - 1) * reach;
const up = (line: number, lines: number) => (1 - (line + 0.5) / lines * 2) * reach;
const cells = Array.from({ length: 2 * rows * columns }, (_, cell) => [across(cell % columns), up(Math.floor(cell / columns), 2 * rows)]);
const sides = argMax(model.apply({ params, state }, tensor(cells)).output, { axis: 1 }).data();

const positions = points.data();
const marks = new Map(Array.from(arms.data(), (arm, index) => {
  const column = Math.floor((positions[2 * index]! / reach + 1) / 2 * columns);
  const row = Math.floor((1 - positions[2 * index + 1]! / reach) / 2 * rows);
  return [row * columns + column, arm === 0 ? 'o' : 'x'] as const;
}));
const blocks = [' ', '▄', '▀', '█'];
for (let row = 0; row < rows; row++) {
  console.log(Array.from({ length: columns }, (_, column) => {
    const [above, below] = [0, 1].map((half) => sides[(2 * row + half) * columns + column]!) as [number, number];
    return marks.get(row * columns + column) ?? blocks[2 * above + below]!;
  }).join(''));
}
