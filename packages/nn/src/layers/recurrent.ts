import {
  formatType, onesLike, scope, ShapeError, withBackend, zeros as zeroTensor, type Shape, type Tensor,
} from '@adjoint/core';
import { add, broadcastTo, dropout, expandDims, matmul, mul, stack, swapAxes, unstack, where } from '@adjoint/ops';
import { OrderedMap } from 'immutable';
import { glorotUniform, orthogonal, zeros, type Initializer } from '../initializers.js';
import { layerFields, Layer, parameter, withFixedShapes, type LayerContext, type LayerOptions } from '../layer.js';
import { requireCount, requireFlag, requireFraction, requireFunctions } from '../options.js';
import { LayerSpecification, VariableSpecification } from '../specification.js';
import type { LayerState, Params } from '../tensorTree.js';
import { biased } from './biased.js';
import { requireStepMask, requireSteps } from './steps.js';
import { trainingKey } from './trainingKey.js';

/** What the recurrent layers share. */
export interface RecurrentOptions extends LayerOptions {
  /** The length of the output and of the state. */
  readonly units: number;
  /** Whether to give the output of every step, `[n, steps, units]`, or of the last one alone, `[n, units]`. Default: false. */
  readonly returnSequences?: boolean;
  /** Whether to go from the last step to the first. Outputs stand at their inputs' steps (in Keras in the order of the run). Default: false. */
  readonly backwards?: boolean;
  /**
   * Whether the state at the end is the layer's `state` for the next call, which goes on from there. `init` gives zeros of
   * `[1, units]`, which broadcast over the batch; to begin with another state, put it there. Default: false, from zeros each time.
   */
  readonly stateful?: boolean;
  /** The share of the state that is set to 0 in training before the recurrent product, the same one at every step. Default: 0. */
  readonly recurrentDropout?: number;
  /** Default: true. */
  readonly useBias?: boolean;
  /** Of the kernel, from features to all gates. Default: {@link glorotUniform}. */
  readonly kernelInitializer?: Initializer;
  /** Of the recurrent kernel, from the state to all gates. Default: {@link orthogonal}. */
  readonly recurrentInitializer?: Initializer;
  /** Of the biases. Default: {@link zeros}. */
  readonly biasInitializer?: Initializer;
}

/** What tells one recurrent layer from another. */
export interface Cell {
  readonly type: string;
  /** How many vectors of `units` the products with the kernels give. */
  readonly gates: number;
  /** The names of the state's tensors `[n, units]`; the first one is the output. */
  readonly states: readonly string[];
  /** Whether the recurrent product has a bias of its own, since it does not only enter a sum. */
  readonly recurrentBias?: boolean;
  /** The options that only this layer has. */
  readonly config?: object;
  /** What becomes of the initializer of the bias. */
  readonly firstBias?: ((initializer: Initializer) => Initializer) | undefined;
  /** The states after a step, given the gates' share `[n, gates * units]` of the input and of the state. */
  readonly step: (projected: Tensor, recurrent: Tensor, states: readonly Tensor[]) => readonly Tensor[];
}

const defaultRecurrentInitializer = orthogonal();

/** The layer that takes a cell through the steps of sequences `[n, steps, features]`. */
export function recurrentLayer(cell: Cell, options: RecurrentOptions): Layer {
  const {
    units, returnSequences = false, backwards = false, stateful = false, recurrentDropout = 0, useBias = true,
    kernelInitializer = glorotUniform, recurrentInitializer = defaultRecurrentInitializer, biasInitializer = zeros,
  } = options;
  const { type, gates, recurrentBias = false, firstBias = (initializer: Initializer) => initializer } = cell;
  requireCount(type, 'units', units);
  for (const [name, flag] of Object.entries({ returnSequences, backwards, stateful, useBias })) requireFlag(type, name, flag);
  requireFraction(type, 'recurrentDropout', recurrentDropout);
  requireFunctions(type, { kernelInitializer, recurrentInitializer, biasInitializer });
  const variable = (shape: Shape, initializer: Initializer) => new VariableSpecification({ shape, initializer });
  const names = [...(useBias ? ['bias'] : []), ...(useBias && recurrentBias ? ['recurrentBias'] : [])];
  return withFixedShapes(new Layer({
    ...layerFields(type, options, {
      units, returnSequences, backwards, stateful, recurrentDropout, useBias, kernelInitializer, recurrentInitializer, biasInitializer, ...cell.config,
    }),
    specify: (inputShape, path) => {
      requireSteps(inputShape, path);
      const [steps, features] = inputShape as [number, number];
      return new LayerSpecification({
        outputShape: returnSequences ? [steps, units] : [units],
        params: OrderedMap([
          ['kernel', variable([features, gates * units], kernelInitializer)],
          ['recurrentKernel', variable([units, gates * units], recurrentInitializer)],
          ...names.map((name): [string, VariableSpecification] => [name, variable([gates * units], firstBias(biasInitializer))]),
        ]),
        state: OrderedMap(stateful ? cell.states.map((name) => [name, variable([1, units], zeros)]) : []),
      });
    },
    forward: ({ params, state }, input, context) => {
      const { path, mask } = context;
      requireSteps(input.shape.slice(1), path);
      if (mask !== undefined) requireStepMask('mask', mask, input, path);
      // What padding holds must not meet the cotangents of 0 that it gets.
      const counted = mask === undefined ? input : where(expandDims(mask, -1), input, 0);
      const projected = project(params, counted, useBias, path);
      const [count] = input.shape as [number];
      const first = stateful
        ? cell.states.map((name) => keptState(state, name, [count, units], path))
        : cell.states.map(() => withBackend(projected.backend, () => zeroTensor([count, units], { dtype: projected.dtype })));
      const visited = run(cell, params, projected, first, recurrentMask(first[0]!, recurrentDropout, context), names.includes('recurrentBias'), backwards, context);
      const last = visited[backwards ? 0 : visited.length - 1]!;
      return {
        output: returnSequences ? stack(visited.map((states) => states[0]!), 1) : last[0]!,
        state: stateful ? state.merge(cell.states.map((name, index) => [name, last[index]!])) : state,
      };
    },
  }));
}

/** What the inputs of all steps give to the gates, in one product: `[steps, n, gates * units]`, each step in one piece. */
function project(params: Params, input: Tensor, useBias: boolean, path: string): Tensor {
  return biased(matmul(swapAxes(input, 0, 1), parameter(params, 'kernel', path)), useBias, params, path);
}

/** What the state is multiplied by before the recurrent product; undefined for nothing. */
function recurrentMask(state: Tensor, rate: number, context: LayerContext): Tensor | undefined {
  if (!context.training || rate === 0) return undefined;
  return dropout(onesLike(state), { rate, key: trainingKey(context) });
}

/** The states after each step, by the step. */
function run(
  cell: Cell, params: Params, projected: Tensor, first: readonly Tensor[], dropMask: Tensor | undefined, recurrentBias: boolean, backwards: boolean,
  { mask, path }: LayerContext,
): (readonly Tensor[])[] {
  const recurrentKernel = parameter(params, 'recurrentKernel', path);
  const bias = recurrentBias ? parameter(params, 'recurrentBias', path) : undefined;
  const inputs = unstack(projected);
  const counting = mask === undefined ? [] : unstack(expandDims(mask, -1), 1);
  const visited = new Array<readonly Tensor[]>(inputs.length);
  let states = first;
  for (let visit = 0; visit < inputs.length; visit++) {
    const step = backwards ? inputs.length - 1 - visit : visit;
    const before = states;
    states = scope(() => {
      const product = matmul(dropMask === undefined ? before[0]! : mul(before[0]!, dropMask), recurrentKernel);
      const after = cell.step(inputs[step]!, bias === undefined ? product : add(product, bias), before);
      const counts = counting[step];
      return counts === undefined ? after : after.map((next, index) => where(counts, next, before[index]!));
    }, path);
    visited[step] = states;
  }
  return visited;
}

/** A tensor of the state of the call before, for the whole batch. */
function keptState(state: LayerState, name: string, shape: Shape, path: string): Tensor {
  const kept = parameter(state, name, path, 'state');
  const [count, units] = kept.shape;
  if (kept.shape.length === 2 && units === shape[1] && (count === 1 || count === shape[0])) return broadcastTo(kept, shape);
  throw new ShapeError(`${path}: state.${name} is ${formatType(kept)}; expected [${shape.join(', ')}] for this batch, or [1, ${units}]: begin with the state that init gave`);
}
