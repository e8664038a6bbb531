/*
 * A network learns how a damped spring swings from the law of its motion alone: x″ + 2 δ x′ + x = 0, x(0) = 1, x′(0) = 0.
 * It never sees a position. Its loss is how far its own derivatives are from the law, so that the gradient of the loss
 * takes a third derivative of the network.
 *
 * Run: npm run example examples/physicsInformed.ts
 *
 * For more: npm run example examples/physicsInformed.ts -- --help
 */
import { setImmediate } from 'node:timers/promises';
import { Command } from 'commander';
import { foldIn, grad, key, split, tensor, uniform, valueAndGrad, vmap, type Tensor } from '@adjoint/core';
import { adam, cosineDecay, dense, lambda, sequential, type Params } from '@adjoint/nn';
import { add, mean, mul, reshape, sin, square, sub, tanh } from '@adjoint/ops';
import { runExample, wholeNumber } from './commandLine.js';
import { columns as terminalColumns, wrap } from './terminal.js';

const damping = 0.1;
/** Almost three swings, of about 2 π each. */
const duration = 18;
const timesPerStep = 64;

const { steps, seed, quiet } = new Command('physicsInformed')
  .description('Solves the equation of a damped spring by a network, and compares it with the exact solution.')
  .option('--steps <number>', 'how long to train', wholeNumber(1), 2000)
  .option('--seed <number>', 'the same seed gives the same result', wholeNumber(0), 42)
  .option('--quiet', 'show the result alone')
  .parse()
  .opts<{ readonly steps: number; readonly seed: number; readonly quiet?: true }>();

const model = sequential(dense({ units: 32 }), lambda(sin), dense({ units: 32 }), lambda(sin), dense({ units: 1 }));
const [initKey, timesKey] = split(key(seed), 2);
const { params: initial, state } = model.init(initKey, [1]);
const optimizer = adam({ learningRate: cosineDecay({ initial: 0.01, steps }) });

/** Where the spring is at a time, both scalars. Whatever the network says, the factor makes it begin at 1, at rest. */
const motion = (params: Params) => (time: Tensor): Tensor => {
  const { output } = model.apply({ params, state }, reshape(sub(time, duration / 2), [1, 1]));
  return add(1, mul(square(tanh(time)), reshape(output, [])));
};

/** The mean square of x″ + 2 δ x′ + x over times `[n]`. The law is written for one time; `vmap` applies it to all of them. */
function loss(params: Params, times: Tensor): Tensor {
  const position = motion(params);
  const velocity = grad(position);
  const acceleration = grad(velocity);
  const law = (time: Tensor) => add(acceleration(time), add(mul(2 * damping, velocity(time)), position(time)));
  return mean(square(vmap(law)(times)));
}

/** What mathematics says. */
function exactPosition(time: number): number {
  const frequency = Math.sqrt(1 - damping ** 2);
  return Math.exp(-damping * time) * (Math.cos(frequency * time) + (damping / frequency) * Math.sin(frequency * time));
}

const columns = Math.min(72, terminalColumns);
const shownTimes = Array.from({ length: columns }, (_, column) => (duration * column) / (columns - 1));
const exact = shownTimes.map(exactPosition);
const positionsOf = (params: Params) => [...vmap(motion(params))(tensor(shownTimes)).data()];
const largestError = (positions: readonly number[]) => Math.max(...positions.map((position, index) => Math.abs(position - exact[index]!)));

/** Two curves from -1 to 1, the second one over the first. */
function plot(under: readonly number[], over: readonly number[]): string {
  const height = 21;
  const rowOf = (value: number) => Math.round(((1 - value) / 2) * (height - 1));
  return Array.from({ length: height }, (_, row) =>
    under.map((value, column) => (rowOf(over[column]!) === row ? '●' : rowOf(value) === row ? '·' : ' ')).join('').trimEnd(),
  ).join('\n');
}

await runExample(async (signal) => {
  let [params, optimizerState] = [initial, optimizer.init(initial)];
  for (let step = 1; step <= steps && !signal.aborted; step++) {
    const times = uniform(foldIn(timesKey, step), [timesPerStep], { high: duration });
    const { value, gradient } = valueAndGrad(loss)(params, times);
    ({ params, state: optimizerState } = optimizer.update(gradient, optimizerState, params));
    if (quiet !== true && (step === 1 || step % 200 === 0)) {
      console.log(`step ${String(step).padStart(4)}   loss ${value.item().toExponential(2)}   largest error ${largestError(positionsOf(params)).toFixed(5)}`);
    }
    // Lets Ctrl-C come through.
    await setImmediate();
  }
  const positions = positionsOf(params);
  console.log(`${quiet === true ? '' : '\n'}${plot(exact, positions)}`);
  console.log(wrap(`● network   · exact, where they differ   largest error ${largestError(positions).toFixed(5)}`));
});
