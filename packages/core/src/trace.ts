import type { Collection } from 'immutable';
import { requireFunction } from './arguments.js';
import { defaultBackend } from './defaultBackend.js';
import type { Graph } from './graph/graph.js';
import { GraphRecorder } from './graph/graphRecorder.js';
import { innermostInterpreter } from './interpreter.js';
import { recordingTo, type Recorder } from './recording.js';
import { refusePromise, scope } from './memory/scope.js';
import type { TensorType } from './shape.js';
import type { Tensor } from './tensor.js';
import { isType, Tracing } from './tracing.js';
import { flattenTree, mapLeaves } from './tree.js';

/** What {@link trace} takes in the place of an argument: types, or tensors of them, where the function takes tensors. */
export type TypesOf<Argument> = Tensor extends Argument
  ? TensorType
  : Argument extends Collection<unknown, unknown>
    ? Argument
    : Argument extends object
      ? { readonly [Name in keyof Argument]: TypesOf<Argument[Name]> }
      : Argument;

/**
 * The graph of a function: what it would compute for arguments of these types, without computing it. Where an argument is a
 * tree of tensors, its types stand in the same structure; a tensor counts as its type, so that parameters can be passed as
 * they are. What is no tensor is passed on.
 *
 * The function is run once, on tensors that have types and no values: it must not look at values. Gradients taken inside, or
 * the trace of a gradient itself, show the operations of the gradient rules as well. What the function makes or reads besides
 * its arguments is a constant.
 *
 * @throws {@link TransformError} when the function reads the values of a tensor, or is asynchronous.
 * @throws {@link ShapeError} or another typed error where the types do not fit an operation.
 *
 * @jax jax.make_jaxpr
 * @torch torch.fx.symbolic_trace
 *
 * @example
 * ```ts
 * import { trace, type Tensor } from '@adjoint/core';
 * import { add, matmul, tanh } from '@adjoint/ops';
 *
 * const dense = (x: Tensor, kernel: Tensor, bias: Tensor) => tanh(add(matmul(x, kernel), bias));
 * const graph = trace(dense)({ shape: [8, 3], dtype: 'float32' }, { shape: [3, 4], dtype: 'float32' }, { shape: [4], dtype: 'float32' });
 * graph.nodes.map((node) => `${node.name} [${node.shape}]`).toArray();
 * // ['0 [8,3]', '1 [3,4]', '2 [4]', 'matmul [8,4]', 'add [8,4]', 'tanh [8,4]']
 * ```
 */
export function trace<Args extends readonly Tensor[], R>(fn: (...args: Args) => R): (...types: { readonly [Position in keyof Args]: TypesOf<Args[Position]> }) => Graph;
export function trace<Args extends readonly unknown[], R>(fn: (...args: Args) => R): (...types: { readonly [Position in keyof Args]: TypesOf<Args[Position]> }) => Graph;
export function trace<Args extends readonly unknown[], R>(fn: (...args: Args) => R): (...types: { readonly [Position in keyof Args]: TypesOf<Args[Position]> }) => Graph {
  requireFunction('trace', 'fn', fn);
  const name = fn.name === '' ? 'function' : fn.name;
  return (...types) => scope(() => {
    const tracing = new Tracing('trace');
    const recorder = new GraphRecorder();
    const args = mapLeaves<TensorType, Args>(types, isType, (type, path) => {
      const input = tracing.input(type, path, defaultBackend());
      recorder.input(input, path);
      return input;
    });
    // A vmap inside is heard once: as what it does with all examples, and not with the tensors that stand for one.
    const listener: Recorder = {
      append: (primitive, inputs, attrs, output) => {
        const level = innermostInterpreter([output])?.level ?? 0;
        if (level <= tracing.level) recorder.append(primitive, inputs, attrs, output);
      },
    };
    const outputs = recordingTo(listener, () => fn(...args));
    refusePromise('trace', outputs);
    return recorder.finish(name, flattenTree(outputs, 'trace: the result'));
  }, `trace(${name})`);
}
