import type { Collection, List, Map as ImmutableMap, Record as ImmutableRecord } from 'immutable';
import { isListOf, requireFunction } from './arguments.js';
import { defaultBackend } from './defaultBackend.js';
import { abstractly } from './memory/abstract.js';
import { refusePromise, scope } from './memory/scope.js';
import { unrecorded } from './recording.js';
import type { Shape, TensorType } from './shape.js';
import { Tensor } from './tensor.js';
import { isType, Tracing } from './tracing.js';
import { mapLeaves, mapTensors, tensorsOf } from './tree.js';

/**
 * What {@link shapeOf} takes for an argument: types, bare shapes or tensors where the function takes tensors. Lists of numbers can't be passed,
 * since they would be taken as shapes.
 */
export type AbstractArgument<Argument> = Tensor extends Argument
  ? TensorType | Shape | Exclude<Argument, Tensor>
  : Argument extends readonly number[]
    ? never
    : Argument extends ((...args: never) => unknown) | ArrayBufferView | Date
      ? Argument
      : Argument extends List<infer Value>
        ? List<AbstractArgument<Value>>
        : Argument extends ImmutableMap<infer Name, infer Value>
          ? ImmutableMap<Name, AbstractArgument<Value>>
          : Argument extends Collection<unknown, unknown> | ImmutableRecord<object>
            ? Argument
            : Argument extends object
              ? { readonly [Name in keyof Argument]: AbstractArgument<Argument[Name]> }
              : Argument;

/** What {@link shapeOf} returns for a result: its structure, with types in place of tensors. */
export type AbstractResult<Result> = Result extends Tensor
  ? TensorType
  : Result extends ((...args: never) => unknown) | ArrayBufferView | Date
    ? Result
    : Result extends List<infer Value>
      ? List<AbstractResult<Value>>
      : Result extends ImmutableMap<infer Name, infer Value>
        ? ImmutableMap<Name, AbstractResult<Value>>
        : Result extends Collection<infer Name, infer Value>
          ? Collection<Name, AbstractResult<Value>>
          : Result extends readonly (infer Element)[]
            ? number extends Result['length']
              // Written like this, it is resolved late, so that types such as NestedArray may contain themselves.
              ? readonly AbstractResult<Element>[]
              : { readonly [Position in keyof Result]: AbstractResult<Result[Position]> }
            : Result extends object
              ? { readonly [Name in keyof Result]: AbstractResult<Result[Name]> }
              : Result;

/** What {@link shapeOf} returns: a function of types for one of tensors. */
export type AbstractFunction<Fn> = Fn extends (...args: infer Args) => infer R
  ? (...types: { readonly [Position in keyof Args]: AbstractArgument<Args[Position]> }) => AbstractResult<R>
  : never;

/**
 * Returns a function that infers the result's types of `fn` from the types of its arguments, without computing anything: no kernel runs, and no
 * memory of a backend is used, whatever `fn` makes.
 *
 * For each tensor that `fn` takes, also inside arrays, objects and Immutable collections, pass one of
 *
 * - a type, `{ shape: [8, 3], dtype: 'int32' }`;
 * - a bare shape, `[8, 3]`, which is the type of a `float32`;
 * - a tensor, of which only the type counts.
 *
 * A list of numbers is always a shape, and so is the empty list: `[]` is a scalar's. A list of anything else is a tree: `[[8, 3], [3]]` stands for
 * a list of two tensors, and `{ shape: [8] }` for an object with one tensor. Anything else, such as numbers, strings, functions and `null`, is
 * passed to `fn` as it is. If `fn` takes a list of numbers, close over it: `shapeOf((x) => reshape(x, [2, 4]))([8])`.
 *
 * The result is the tree that `fn` returns with a frozen type in place of each tensor; what is not a tensor stays.
 *
 * `fn` runs once, with tensors that have types and no values; those that it creates have none either. It may differentiate, and may be
 * differentiated or batched around the call: inside {@link vmap}, a tensor has the type of one example.
 *
 * @throws {@link TransformError} when `fn` reads the values of a tensor that it was given or made, or is asynchronous.
 * @throws {@link ShapeError} when a shape is not a list of integers >= 0, or does not fit an operation of `fn`.
 * @throws {@link DTypeError} when a dtype does not exist, or does not fit an operation of `fn`.
 *
 * @jax jax.eval_shape
 *
 * @example
 * ```ts
 * import { grad, shapeOf, type Tensor } from '@adjoint/core';
 * import { add, matmul, mean, square } from '@adjoint/ops';
 *
 * const dense = (x: Tensor, { kernel, bias }: { kernel: Tensor; bias: Tensor }) => ({ output: add(matmul(x, kernel), bias) });
 * shapeOf(dense)([8, 3], { kernel: [3, 4], bias: [4] }).output; // { shape: [8, 4], dtype: 'float32' }
 *
 * const loss = (kernel: Tensor, x: Tensor) => mean(square(matmul(x, kernel)));
 * shapeOf(grad(loss))({ shape: [1000, 1000], dtype: 'float64' }, [32, 1000]); // { shape: [1000, 1000], dtype: 'float64' }
 * ```
 */
export function shapeOf<Fn extends (...args: Tensor[]) => unknown>(fn: Fn): AbstractFunction<Fn>;
export function shapeOf<Fn extends (...args: never) => unknown>(fn: Fn): AbstractFunction<Fn>;
export function shapeOf(fn: (...args: readonly unknown[]) => unknown): (...types: readonly unknown[]) => unknown {
  requireFunction('shapeOf', 'fn', fn);
  return (...types) => scope(() => {
    const tracing = new Tracing('shapeOf');
    // A type has no backend; next to tensors, it has theirs.
    const backend = tensorsOf(types)[0]?.backend ?? defaultBackend();
    const args = types.map((type, position) => mapLeaves<TensorType | Shape, unknown>(type, isTypeOrShape, (leaf, path) => {
      const given = Array.isArray(leaf) ? { shape: leaf as Shape, dtype: 'float32' as const } : (leaf as TensorType);
      return tracing.input(given, path === '' ? String(position) : `${position}.${path}`, given instanceof Tensor ? given.backend : backend);
    }));
    const result = unrecorded(() => abstractly(tracing, () => fn(...args)));
    refusePromise('shapeOf', result);
    return mapTensors(result, ({ shape, dtype }) => Object.freeze({ shape, dtype }));
  }, `shapeOf(${fn.name})`);
}

/** Whether a node of a tree stands for a tensor. */
function isTypeOrShape(node: unknown): node is TensorType | Shape {
  return isType(node) || isListOf(node, (length) => typeof length === 'number');
}
