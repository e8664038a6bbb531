import { defaultConvolutionPrecision, withConvolutionPrecision } from './convolutionPrecision.js';
import { callTrees, type Lifted, type Rule, type TensorFunction } from './customCall.js';
import { isFloat } from './dtype.js';
import { alias } from './identity.js';
import { Tape } from './tape.js';
import type { Tensor } from './tensor.js';
import { requireFunction } from './arguments.js';

/**
 * The same function, whose intermediate results no tape keeps: the gradient runs it a second time instead (Chen et al. 2016,
 * "Training deep nets with sublinear memory cost"). For a deep chain of n parts, each a checkpoint, that means the memory of
 * one part and n results, for the price of one more forward pass.
 *
 * The function has to compute the same every time, as one whose randomness comes from a `Key` does. Gradients flow to its
 * arguments and to the tensors that it closes over. Arguments that hold no tensors are passed on as they are.
 *
 * @throws {@link TransformError} when the function is asynchronous.
 * @throws {@link ReleasedTensorError} when an argument was released.
 *
 * @example
 * ```ts
 * import { checkpoint, grad, tensor, type Tensor } from '@adjoint/core';
 * import { sin, sum, tanh } from '@adjoint/ops';
 *
 * const block = checkpoint((x: Tensor) => tanh(sin(tanh(x))));
 * grad((x: Tensor) => sum(block(block(x))))(tensor([0, 0])).toArray(); // [1, 1]
 * ```
 */
export function checkpoint<Args extends readonly Tensor[], R>(fn: (...args: Args) => R): (...args: Args) => R;
export function checkpoint<Args extends readonly unknown[], R>(fn: (...args: Args) => R): (...args: Args) => R;
export function checkpoint<Args extends readonly unknown[], R>(fn: (...args: Args) => R): (...args: Args) => R {
  requireFunction('checkpoint', 'fn', fn);
  const name = `checkpoint(${fn.name})`;
  return (...args) => callTrees(name, fn, args, (flat) => ({
    definition: { fn: flat.fn, rule: rerun(flat.fn) },
    liftRule: (lifted: Lifted) => rerun(lifted.fn),
    closes: true,
  }));
}

/** Runs the function again, on a tape this time, with the settings of its first run. */
function rerun(fn: TensorFunction): Rule {
  const precision = defaultConvolutionPrecision();
  return ({ inputs, closedOver, cotangents, needs }) => {
    const tape = new Tape();
    // Those that it closes over are found by their identity, so there can be no other in their place.
    const given = inputs.map(alias);
    const targets = [...given, ...closedOver].filter((_, index) => needs[index]);
    try {
      const outputs = tape.run(targets, () => withConvolutionPrecision(precision, () => fn(given)));
      const floats = outputs.map((_, index) => index).filter((index) => isFloat(outputs[index]!.dtype));
      const gradients = tape.backward(floats.map((index) => outputs[index]!), floats.map((index) => cotangents[index]!), targets).values();
      return needs.map((needed) => (needed ? gradients.next().value! : null));
    } finally {
      tape.close();
    }
  };
}
