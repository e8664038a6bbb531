import { AdjointError, currentModule, flattenTree, scope, Tape, type Primitive, type Tensor } from '@adjoint/core';
import type { Batch } from './batches.js';
import { learningParams, type TrainingState } from './trainingState.js';
import { lossAndGradients, type TrainingStepOptions } from './trainingStep.js';

/** Where a number that is not finite first came up. */
export interface DivergenceOrigin {
  /** The layer, as `sequential/dense_1`; empty where no layer is: in the loss. */
  readonly module: string;
  /** The operation, as `log`. */
  readonly operation: string;
}

/** A loss that is NaN or infinite: training on would only spread it. */
export class DivergenceError extends AdjointError {
  override readonly name: string = 'DivergenceError';

  /** @internal Made by `fit`. */
  constructor(
    message: string,
    /** Steps done before the one that failed. */
    readonly step: number,
    readonly loss: number,
    /** Null where it came in from outside: with the batch, or with the parameters. */
    readonly origin: DivergenceOrigin | null,
  ) {
    super(message);
  }
}

/**
 * The error that says where it began. The step is done once more, and each result looked at; so a step costs nothing while all is
 * well.
 */
export function divergenceOf(options: TrainingStepOptions, state: TrainingState, batch: Batch, loss: number): DivergenceError {
  const begin = `fit: the loss is ${loss} in step ${state.step + 1}`;
  const without = (reason: string) => new DivergenceError(`${begin}: ${reason}`, state.step, loss, null);
  for (const [name, part] of Object.entries(batch) as [string, Tensor][]) {
    if (!isFinite(part)) return without(`the ${name} of the batch are not all finite numbers. Look at the data`);
  }
  // The backward pass goes from the last layer to the first, and takes NaN along: it began at the last.
  const spoilt = flattenTree(state.params).filter(([, parameter]) => !isFinite(parameter)).map(([path]) => path);
  if (spoilt.length > 0) {
    return without(
      `an update before made parameters that are not finite; the gradient first was so at ${spoilt.at(-1)}` +
        `${spoilt.length > 1 ? ` (and from there at ${spoilt.slice(0, -1).reverse().join(', ')})` : ''}. Try a smaller learning rate, or clip the gradient`,
    );
  }
  const watch = new FinitenessWatch();
  scope(() => watch.run([], () => lossAndGradients(options, learningParams(options.model, state.params), state, batch)), 'the search for what diverged');
  const { firstNaN, firstInfinite } = watch;
  const origin = firstInfinite ?? firstNaN;
  if (origin === null) return without('no operation that differentiates made it. Look at the loss function');
  const place = ({ module, operation }: DivergenceOrigin) => `${operation} in ${module === '' ? 'the loss' : module}`;
  const found = [
    ...(firstInfinite === null ? [] : [`the first infinite number came of ${place(firstInfinite)}`]),
    ...(firstNaN === null ? [] : [`the first NaN came of ${place(firstNaN)}`]),
  ];
  return new DivergenceError(`${begin}: ${found.join(', and ')}. Try a smaller learning rate, or clip the gradient`, state.step, loss, origin);
}

/** Looks at the results of all operations, in the order in which they are called. */
class FinitenessWatch extends Tape {
  /** Before the first NaN; behind it, infinite numbers are no news. */
  firstInfinite: DivergenceOrigin | null = null;
  firstNaN: DivergenceOrigin | null = null;

  override append({ name }: Primitive<unknown>, inputs: readonly Tensor[], _: unknown, output: Tensor): void {
    this.look(name, inputs, [output]);
  }

  override appendCall({ inputs, outputs }: Parameters<Tape['appendCall']>[0]): void {
    this.look('a function with a rule of its own', inputs, outputs);
  }

  /** An infinite number that an input had, as that of a mask, did not come up here. */
  private look(operation: string, inputs: readonly Tensor[], outputs: readonly Tensor[]): void {
    if (this.firstNaN !== null || outputs.every(isFinite)) return;
    const here = { module: currentModule(), operation };
    if (outputs.some((output) => output.data().some(Number.isNaN))) this.firstNaN = here;
    else if (inputs.every(isFinite)) this.firstInfinite ??= here;
  }
}

function isFinite(tensor: Tensor): boolean {
  return tensor.data().every(Number.isFinite);
}
