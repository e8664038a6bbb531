import {
  constantLike, flattenTree, foldIn, mapTree, requireOptions, requireTensor, scope, split, stopGradient, TransformError, vjp, type Key, type OptionNames, type Tensor,
} from '@adjoint/core';
import { requireLayer, type Layer } from '../layer.js';
import { lossOf, type Loss } from '../losses.js';
import { requireOptimizer, type Optimizer } from '../optimizers/optimizer.js';
import { requireFunctions } from '../options.js';
import { requireScalarLoss } from '../requireLoss.js';
import { mergeTrees, type LayerState, type Params } from '../tensorTree.js';
import { requireBatch, type Batch } from './batches.js';
import { learningParams, requireTrainingState, type TrainingState } from './trainingState.js';

/** What is trained, how, and towards what. */
export interface TrainingStepOptions {
  readonly model: Layer;
  readonly optimizer: Optimizer;
  /** Default: {@link crossEntropy}. */
  readonly loss?: Loss;
}

/** What a training step gives. */
export interface TrainingStepResult {
  readonly state: TrainingState;
  /** The loss of the batch before the update, a scalar. */
  readonly loss: Tensor;
  /** The model's outputs for the batch before the update. */
  readonly output: Tensor;
}

/** The pure function from a state and a batch to the next state. */
export type TrainingStep = (state: TrainingState, batch: Batch) => TrainingStepResult;

/** The keys of a training: one for its steps, one for its epochs. */
export function trainingKeys(key: Key): { readonly steps: Key; readonly epochs: Key } {
  const [steps, epochs] = split(key, 2);
  return { steps, epochs };
}

const trainingStepOptionNames: OptionNames<TrainingStepOptions> = { model: true, optimizer: true, loss: true };

/**
 * Makes the function that trains on one batch: outputs, loss, gradients and update, in its own scope. A loop that
 * replaces the state, as below, doesn't have to free the earlier ones.
 *
 * @throws `ArgumentError` when the model, the optimizer or the loss is something else; by the step, when a batch has other parts than
 * inputs and targets.
 * @throws `TransformError`, by the first step, if the loss does not depend on any parameter that learns.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { createTrainingState, dense, makeTrainingStep, meanSquaredError, sgd } from '@adjoint/nn';
 *
 * const [model, optimizer] = [dense({ units: 1 }), sgd({ learningRate: 0.1 })];
 * const step = makeTrainingStep({ model, optimizer, loss: meanSquaredError });
 * let state = createTrainingState({ model, optimizer, key: key(0), inputShape: [1] });
 * const batch = { inputs: tensor([[1], [2]]), targets: tensor([[3], [5]]) };
 * for (let count = 0; count < 200; count++) ({ state } = step(state, batch));
 * step(state, batch).loss.item() < 1e-3; // true
 * ```
 */
export function makeTrainingStep(options: TrainingStepOptions): TrainingStep {
  requireOptions('makeTrainingStep', options, trainingStepOptionNames);
  return trainingStepOf('makeTrainingStep', options);
}

/** The training step of a function that messages name. */
export function trainingStepOf(operation: string, options: TrainingStepOptions): TrainingStep {
  const { model, optimizer } = options;
  const loss = lossOf(options.loss);
  requireLayer(operation, 'model', model);
  requireFunctions(operation, { loss });
  requireOptimizer(operation, optimizer);
  let isFirst = true;
  return (state, batch) => scope(() => {
    requireTrainingState('a training step', state);
    requireBatch(operation, batch);
    const { inputs, targets } = Object(batch) as Batch;
    requireTensor('a training step', 'inputs', inputs);
    requireTensor('a training step', 'targets', targets);
    const learning = learningParams(model, state.params);
    if (isFirst && flattenTree(learning).length === 0) {
      throw new TransformError(`${operation}: the model has no parameters that learn; expected some that are not frozen by trainable: false`);
    }
    const learned = lossAndGradients(operation, { model, loss }, learning, state, batch);
    // Later, a loss may have nothing to learn from in a batch, for instance if all of it is padding.
    if (isFirst && !learned.isLearned) throw nothingLearned(operation);
    isFirst = false;
    const { params, state: optimizerState } = optimizer.update(learned.gradients, state.optimizerState, learning);
    return {
      state: state.merge({ params: mergeTrees(state.params, params), state: learned.state, optimizerState, step: state.step + 1 }),
      loss: learned.loss,
      output: learned.output,
    };
  }, 'a training step');
}

function nothingLearned(operation: string): TransformError {
  return new TransformError(
    `${operation}: the loss does not depend on any parameter that learns, so there is nothing to train. Compute it from the outputs with operations alone: ` +
      'numbers read by item(), data() or toArray() have no gradient, and neither have stopGradient, comparisons, argMax and casts to integers',
  );
}

interface LossAndGradients {
  readonly loss: Tensor;
  readonly output: Tensor;
  readonly state: LayerState;
  readonly gradients: Params;
  /** Whether the loss depends on any parameter that learns. */
  readonly isLearned: boolean;
}

/** In a scope of its own, so that the activations are given back before the update. */
export function lossAndGradients(
  operation: string, { model, loss = lossOf() }: Pick<TrainingStepOptions, 'model' | 'loss'>, learning: Params, { params, state, step, key: trainingKey }: TrainingState,
  { inputs, targets }: Batch,
): LossAndGradients {
  return scope(() => {
    const key = foldIn(trainingKeys(trainingKey).steps, step);
    const { value, pullback } = vjp((argument: Params) => {
      const result = model.apply({ params: mergeTrees(params, argument), state }, inputs, { training: true, key });
      return { loss: requireScalarLoss(operation, loss(result.output, targets)), ...mapTree({ output: result.output, state: result.state }, stopGradient) };
    }, learning);
    // Output and state are constants to the tape: whatever their cotangents are, nothing flows through.
    let unused = 0;
    const [gradients] = pullback({ ...value, loss: constantLike(1, value.loss, value.loss.dtype) }, () => { unused++; });
    return { ...value, gradients, isLearned: unused === 0 || unused < flattenTree(gradients).length };
  }, 'a training step');
}
