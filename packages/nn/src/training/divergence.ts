import { AdjointError, currentModule, flattenTree, scope, Tape, Tensor, type Primitive } from '@adjoint/core';
import { isCollection, isRecord } from 'immutable';
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

/** A loss that is NaN or infinite, which training on would only spread; or a last update that made such parameters, which no loss sees. */
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
  const { inputs, targets } = batch;
  const spoiltData = Object.entries({ inputs, targets }).filter(([, part]) => !isFinite(part)).map(([name]) => `the ${name} of the batch are not all finite numbers`);
  const spoilt = spoiltParameters(state);
  // Parameters first: data with NaN that the loss hides may make them, through the gradient.
  if (spoilt.length > 0) return without([`an update before ${madeOf(spoilt)}`, ...spoiltData.map((data) => `${data}: ${hiding}`)].join('. Also, '));
  if (spoiltData.length > 0) return without(`${spoiltData[0]!}. Look at the data, or, if such numbers are meant to be ignored, ${hiding}`);
  const watch = new FinitenessWatch();
  scope(() => watch.run([], () => lossAndGradients('fit', options, learningParams(options.model, state.params), state, batch)), 'the search for what diverged');
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

/**
 * The error of a training whose last update no loss sees; null when it left all well. What was not finite when the training began, it
 * did not make.
 */
export function divergenceAtEnd(start: TrainingState, state: TrainingState, loss: number): DivergenceError | null {
  const because = (reason: string) => new DivergenceError(`fit: the loss is ${loss} in step ${state.step}, but its update ${reason}`, state.step - 1, loss, null);
  const since = (paths: readonly string[], before: readonly string[]) => paths.filter((path) => !before.includes(path));
  const spoilt = since(spoiltParameters(state), spoiltParameters(start));
  if (spoilt.length > 0) return because(madeOf(spoilt));
  const nanIn = ({ state: tree }: TrainingState) => flattenTree(tree).filter(([, leaf]) => hasNaN(leaf)).map(([path]) => path);
  const [unknown] = since(nanIn(state), nanIn(start));
  if (unknown !== undefined) return because(`left NaN in the layers' state, first at ${unknown}. Look at the data and at what the layer computes`);
  if (hasNaN(state.optimizerState) && !hasNaN(start.optimizerState)) return because("left NaN in the optimizer's state: a gradient was not finite. Try a smaller learning rate, or clip the gradient");
  return null;
}

const hiding =
  'give them the weight 0 in a loss of @adjoint/ops, or replace them with where before they are computed with. With where afterwards, the loss is finite and its gradient is not';

/** The parameters that are not all finite numbers, by their dotted paths. */
export function spoiltParameters({ params }: Pick<TrainingState, 'params'>): string[] {
  return flattenTree(params).filter(([, parameter]) => !isFinite(parameter)).map(([path]) => path);
}

/** The backward pass goes from the last layer to the first, and takes NaN along: it began at the last. */
function madeOf(spoilt: readonly string[]): string {
  return `made parameters that are not finite; the gradient first was so at ${spoilt.at(-1)}` +
    `${spoilt.length > 1 ? ` (and from there at ${spoilt.slice(0, -1).reverse().join(', ')})` : ''}. Try a smaller learning rate, or clip the gradient`;
}

function hasNaN(value: unknown): boolean {
  if (value instanceof Tensor) return value.data().some(Number.isNaN);
  if (isCollection(value)) return value.valueSeq().some(hasNaN);
  if (isRecord(value)) return value.toSeq().some(hasNaN);
  return Array.isArray(value) && value.some(hasNaN);
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
    if (outputs.some(hasNaN)) this.firstNaN = here;
    else if (inputs.every(isFinite)) this.firstInfinite ??= here;
  }
}

function isFinite(tensor: Tensor): boolean {
  return tensor.data().every(Number.isFinite);
}
