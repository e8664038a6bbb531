import { checkpoint, customVjp, grad, key, ones, scope, vmap, zeros, type Tensor } from '@adjoint/core';
import { dense, lambda, layer, sequential } from '@adjoint/nn';
import { add, mul, square, sub, sum } from '@adjoint/ops';
import { paced, type Loop, type MemoryProgram, type Run } from '../program.js';

/** 4 MB in float32. */
const size = 2 ** 20;
const rounds = 40;

/** Applies `fn` 40 times; the scoped form frees each result when the next one is there. */
function repeat(run: Run, start: Tensor, fn: (x: Tensor) => Tensor): Tensor {
  let x = run.scope(() => fn(start));
  for (let round = 1; round < rounds; round++) x = run.scope(() => fn(x), x);
  return x;
}

/** Additions, whose rules need no data: 320 MB per call. */
const additions = (run: Run, start: Tensor): Tensor => repeat(run, start, (x) => add(sub(x, 0.5), 0.5));

/** Products too, for functions that no tape records. */
const products = (run: Run, start: Tensor): Tensor => repeat(run, start, (x) => mul(add(x, 1), 0.5));

/** A gradient through `fn` a step. */
function gradientOf(fn: (run: Run) => (x: Tensor) => Tensor): Loop {
  return (run) => {
    const start = zeros([size]);
    const derivative = grad(fn(run));
    return () => {
      run.dispose(derivative(start));
      return start;
    };
  };
}

/** Optimizes inside the function that `grad` differentiates. The outer tape sees the steps as constants. */
const innerOptimization = gradientOf((run) => (x) => {
  const descend = (weights: Tensor): Tensor => sub(weights, mul(0.1, grad((candidate: Tensor) => sum(square(candidate)))(weights)));
  const weights = repeat(run, ones([size]), descend);
  return sum(mul(x, weights));
});

/** Calls `fn` of 4 MB a step, by something that runs callbacks. */
function callOf(make: (run: Run) => (x: Tensor) => Tensor): Loop {
  return (run) => {
    const start = zeros([64, size / 64]);
    const call = make(run);
    return () => {
      run.dispose(call(start));
      return start;
    };
  };
}

const inVmap = callOf((run) => vmap((row: Tensor) => products(run, row)));
const inVmapOfGrad = callOf((run) => vmap(grad((row: Tensor) => sum(additions(run, row)))));
const inScope = callOf((run) => (x) => scope(() => products(run, x)));
const inCheckpoint = callOf((run) => grad((x: Tensor) => sum(checkpoint((inner: Tensor) => additions(run, inner))(x))));
const inCustomVjp = callOf((run) => grad((x: Tensor) => sum(customVjp(
  (inner: Tensor) => products(run, inner),
  ({ cotangent }) => [products(run, cotangent)],
)(x))));

/** A layer whose forward pass has a loop. */
function inLayer(make: (run: Run) => (input: Tensor) => Tensor): Loop {
  return (run) => {
    const apply = make(run);
    const model = sequential(layer({ type: 'settle', apply: (input) => apply(input) }), lambda((input) => apply(input)), dense({ units: 4 }));
    const variables = run.scope(() => model.init(key(0), [256]));
    const input = zeros([size / 256, 256]);
    return () => {
      run.dispose(model.apply(variables, input).output);
      return [variables.params, variables.state, input];
    };
  };
}

const steps = { short: 5, long: 300 };

export const callbacks: readonly MemoryProgram[] = [
  ...paced('loop in grad, nothing to keep', steps, gradientOf((run) => (x) => sum(additions(run, x))), ['sync', 'setImmediate']),
  ...paced('optimization in grad', steps, innerOptimization, ['sync', 'setImmediate']),
  ...paced('loop in vmap', steps, inVmap, ['sync', 'setImmediate']),
  ...paced('loop in vmap of grad', steps, inVmapOfGrad, ['sync']),
  ...paced('loop in a scope', steps, inScope, ['sync']),
  ...paced('loop in checkpoint', steps, inCheckpoint, ['sync']),
  ...paced('loop in customVjp', steps, inCustomVjp, ['sync']),
  ...paced('loop in layers', steps, inLayer((run) => (input) => products(run, input)), ['sync', 'setImmediate']),
];
