import { ArgumentError, sameShape, scope, ShapeError, type Shape, type Tensor } from '@adjoint/core';
import { add, concat } from '@adjoint/ops';
import { List } from 'immutable';
import { formatBatch } from '../formatBatch.js';
import { applyInner, Layer, noOwnVariables, type LayerContext, type LayerResult } from '../layer.js';
import type { Variables } from '../tensorTree.js';
import { runChain, specifyChain } from './chain.js';
import { specifyInners, withNames } from './inner.js';

/**
 * Layers one after the other, whose output is added to the input (He et al. 2016): `x + f(x)`. The output must have the
 * input's shape; where it has not, {@link addBranches} takes a projection as its second branch.
 *
 * @throws `ArgumentError` when there is no layer, or two have one name.
 *
 * @example
 * ```ts
 * import { key, ones } from '@adjoint/core';
 * import { constant, dense, relu, residual, sequential } from '@adjoint/nn';
 *
 * const block = residual(dense({ units: 2, kernelInitializer: constant(1) }), relu());
 * const variables = block.init(key(0), [2]);
 * block.apply(variables, ones([1, 2])).output.toArray(); // [[3, 3]]
 * [...variables.params.keys()]; // ['dense']
 * ```
 */
export function residual(...layers: readonly Layer[]): Layer {
  const named = withNames('residual', layers);
  requireSome('residual', named);
  return new Layer({
    type: 'residual',
    layers: List(named),
    needs: noOwnVariables,
    specify: (inputShape, path) => {
      const specification = specifyChain(named, inputShape, path);
      requireShape(specification.outputShape, inputShape, path, 'what the layers make of the input', 'use addBranches(sequential(...), projection)');
      return specification;
    },
    forward: (variables, input, context) => {
      const { output, state } = runChain(named, variables, input, context);
      return { output: add(input, output), state };
    },
  });
}

function requireSome(operation: string, layers: readonly Layer[]): void {
  if (layers.length === 0) throw new ArgumentError(`${operation}: got no layer; expected one or more`);
}

function requireShape(shape: Shape, expected: Shape, path: string, what: string, advice: string): void {
  if (sameShape(shape, expected)) return;
  throw new ShapeError(`${path}: ${what} is ${formatBatch(shape)}; expected ${formatBatch(expected)}, as both are added; ${advice}`);
}

/** A layer whose layers inside all get its input, and whose output is made of all of theirs. */
function branching(type: string, layers: readonly Layer[], mergeShapes: (shapes: readonly Shape[], names: readonly string[], path: string) => Shape, merge: (outputs: readonly Tensor[]) => Tensor): Layer {
  const named = withNames(type, layers);
  requireSome(type, named);
  return new Layer({
    type,
    layers: List(named),
    needs: noOwnVariables,
    specify: (inputShape, path) => specifyInners(path, (specify) =>
      mergeShapes(named.map((layer) => specify(layer, inputShape)), named.map(({ name }) => name), path)),
    forward: (variables, input, context) => {
      const { outputs, state } = runBranches(named, variables, input, context);
      return { output: merge(outputs), state };
    },
  });
}

function runBranches(layers: readonly Layer[], { params, state }: Variables, input: Tensor, context: LayerContext): { readonly outputs: readonly Tensor[]; readonly state: Variables['state'] } {
  let current = state;
  const outputs = layers.map((layer, index) => {
    const result: LayerResult = scope(() => applyInner(layer, { params, state: current }, input, context, index), `${context.path}/${layer.name}`);
    current = result.state;
    return result.output;
  });
  return { outputs, state: current };
}

/**
 * Branches side by side: every layer gets the input, and their outputs are put together along the last axis, the channels. A
 * branch of several layers is a {@link sequential}.
 *
 * @throws `ArgumentError` when there is no layer, or two have one name.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { concatBranches, conv2d, maxPool2d } from '@adjoint/nn';
 *
 * const block = concatBranches(
 *   conv2d({ filters: 16, kernelSize: 1 }),
 *   conv2d({ filters: 8, kernelSize: 3, padding: 'same' }),
 *   maxPool2d({ poolSize: 3, strides: 1, padding: 'same' }),
 * );
 * block.init(key(0), [28, 28, 4]).outputShape; // [28, 28, 28]
 * ```
 */
export function concatBranches(...layers: readonly Layer[]): Layer {
  const mergeShapes = (shapes: readonly Shape[], names: readonly string[], path: string): Shape => {
    const [first] = shapes as readonly [Shape, ...Shape[]];
    const fits = (shape: Shape) => shape.length === first.length && shape.length > 0 && sameShape(shape.slice(0, -1), first.slice(0, -1));
    const odd = shapes.findIndex((shape) => !fits(shape));
    if (odd >= 0) {
      throw new ShapeError(
        `${path}: branch ${names[odd]!} gives ${formatBatch(shapes[odd]!)}, branch ${names[0]!} ${formatBatch(first)}; ` +
          "expected shapes that differ in the last axis alone (padding 'same' keeps the size of images)",
      );
    }
    return [...first.slice(0, -1), shapes.reduce((sum, shape) => sum + shape.at(-1)!, 0)];
  };
  return branching('concatBranches', layers, mergeShapes, (outputs) => concat(outputs, -1));
}

/**
 * Branches side by side: every layer gets the input, and their outputs are added; so {@link residual} with a projection. A
 * branch of several layers is a {@link sequential}.
 *
 * @throws `ArgumentError` when there is no layer, or two have one name.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { addBranches, batchNorm, conv2d, relu, sequential } from '@adjoint/nn';
 *
 * const downsample = addBranches(
 *   sequential(conv2d({ filters: 8, kernelSize: 3, strides: 2, padding: 'same' }), batchNorm(), relu()),
 *   conv2d({ filters: 8, kernelSize: 1, strides: 2 }),
 * );
 * downsample.init(key(0), [28, 28, 4]).outputShape; // [14, 14, 8]
 * ```
 */
export function addBranches(...layers: readonly Layer[]): Layer {
  const mergeShapes = (shapes: readonly Shape[], names: readonly string[], path: string): Shape => {
    const [first] = shapes as readonly [Shape, ...Shape[]];
    shapes.forEach((shape, index) => {
      requireShape(shape, first, path, `the output of branch ${names[index]!}`, `the first branch, ${names[0]!}, gives that`);
    });
    return first;
  };
  return branching('addBranches', layers, mergeShapes, (outputs) => outputs.reduce((sum, output) => add(sum, output)));
}
