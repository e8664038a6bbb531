import type { Backend } from './backend.js';
import { requireFunction } from './arguments.js';
import { ArgumentError } from './errors.js';
import { formatText, formatValue } from './formatValue.js';
import { requireOptions, type OptionNames } from './options.js';
import { redefine } from './redefinition.js';
import type { TensorType } from './shape.js';
import type { Tensor } from './tensor.js';

/** What a gradient rule sees of the call that it differentiates. */
export interface VjpContext<Attrs> {
  /** The inputs of the call. Their types always; their data only of those that the primitive `keeps`. */
  readonly inputs: readonly Tensor[];
  /** The result of the call. Its type always; its data only if the primitive `keeps` it. */
  readonly output: Tensor;
  readonly attrs: Attrs;
  /** The gradient with respect to the output, of its shape and dtype. */
  readonly cotangent: Tensor;
  /** Which inputs need a cotangent at all; a rule returns null for the others and computes nothing for them. */
  readonly needs: readonly boolean[];
}

/** Whose data a tape holds until the gradient rule has run. */
export interface Keeps {
  /** Positions in `inputs`, or `'all'`. Default: none. */
  readonly inputs?: readonly number[] | 'all';
  /** Default: false. */
  readonly output?: boolean;
}

/** What a batching rule sees of a call that many examples make at once. */
export interface BatchContext<Attrs> {
  /** The inputs of the call. Those that differ from example to example have all of them along a new first axis. */
  readonly inputs: readonly Tensor[];
  /** Which inputs have that first axis. */
  readonly batched: readonly boolean[];
  readonly attrs: Attrs;
  /** How many examples there are. */
  readonly size: number;
}

/**
 * How `vmap` runs a primitive on all examples at once:
 *
 * - `'broadcast'`: it is elementwise and broadcasts its inputs, so that the examples are one axis more.
 * - `'leading'`: it works on the last axes and takes any number of axes before them, the same ones for all inputs.
 * - a function that gives the results with the examples along the first axis, written with the public operations.
 */
export type BatchRule<Attrs> = 'broadcast' | 'leading' | ((context: BatchContext<Attrs>) => Tensor);

/**
 * An operation that a tape can record: a shape rule, a kernel call and a gradient rule.
 *
 * A gradient rule is written with the public operations alone, so that it can itself be differentiated.
 */
export interface Primitive<Attrs = Record<string, never>> {
  readonly name: string;
  /** What the rule reads. Default: all inputs and the output. */
  readonly keeps?: Keeps;
  /** The type of the result; needs no data. Throws a typed error when the inputs do not fit. */
  infer(inputs: readonly TensorType[], attrs: Attrs): TensorType;
  /** Runs kernels and returns the result, which has exactly the inferred `type`. */
  forward(backend: Backend, inputs: readonly Tensor[], attrs: Attrs, type: TensorType): Tensor;
  /** One cotangent an input, of that input's shape and dtype; or null, which says zero or not needed. `'none'`: not differentiable. */
  readonly vjp: ((context: VjpContext<Attrs>) => readonly (Tensor | null)[]) | 'none';
  /** Default: a call an example, which is right for every primitive and slow. */
  readonly batch?: BatchRule<Attrs>;
}

const primitiveNames: OptionNames<Primitive<unknown>> = { name: true, keeps: true, infer: true, forward: true, vjp: true, batch: true };
const keepsNames: OptionNames<Keeps> = { inputs: true, output: true };

const registry = new Map<string, Primitive<unknown>>();

/**
 * Registers a primitive under its name, so that tools can list all that exist: a test suite, for instance, which fails
 * when one has no gradient property.
 *
 * A primitive of a name that is taken replaces the former one, with a warning on the console unless they are the same.
 *
 * @returns the primitive itself.
 * @throws {@link ArgumentError} when a rule is missing, misspelled or of another kind.
 *
 * @example
 * ```ts
 * import { apply, definePrimitive, empty, grad, tensor, type Tensor } from '@adjoint/core';
 * import { mul } from '@adjoint/ops';
 *
 * const cubePrimitive = definePrimitive({
 *   name: 'cube',
 *   keeps: { inputs: 'all' },
 *   infer: ([x]) => x!,
 *   forward: (backend, [x], _, type) => {
 *     const squared = empty(backend, type);
 *     backend.unary('square', x!, squared);
 *     const out = empty(backend, type);
 *     backend.binary('multiply', squared, x!, out);
 *     return out;
 *   },
 *   vjp: ({ inputs: [x], cotangent }) => [mul(cotangent, mul(3, mul(x!, x!)))],
 * });
 * const cube = (x: Tensor) => apply(cubePrimitive, [x], {});
 * grad(cube)(tensor(2)).item(); // 12
 * ```
 */
export function definePrimitive<Attrs = Record<string, never>>(primitive: Primitive<Attrs>): Primitive<Attrs> {
  requireDefinition(primitive as Primitive<unknown>);
  redefine('definePrimitive', 'the primitive', registry, primitive.name, primitive as Primitive<unknown>);
  return primitive;
}

function requireDefinition(primitive: Primitive<unknown>): void {
  requireOptions('definePrimitive', primitive, primitiveNames);
  const { name, keeps = {}, infer, forward, vjp, batch } = primitive as { readonly [Rule in keyof Primitive]: unknown };
  const refuse = (what: string, value: unknown, expected: string): never => {
    throw new ArgumentError(`definePrimitive: ${what} is ${formatValue(value)}; expected ${expected}`);
  };
  if (typeof name !== 'string' || name === '') return refuse('name', name, 'text that is not empty');
  const of = (part: string) => `${part} of ${formatText(name)}`;
  requireFunction('definePrimitive', of('infer'), infer);
  requireFunction('definePrimitive', of('forward'), forward);
  if (typeof vjp !== 'function' && vjp !== 'none') refuse(of('vjp'), vjp, "a function, or 'none'");
  if (batch !== undefined && typeof batch !== 'function' && batch !== 'broadcast' && batch !== 'leading') refuse(of('batch'), batch, "'broadcast', 'leading' or a function");
  requireOptions(`definePrimitive: ${of('keeps')}`, keeps as Keeps, keepsNames);
  const { inputs = 'all', output = false } = keeps as { readonly [Part in keyof Keeps]: unknown };
  const isPositions = Array.isArray(inputs) && inputs.every((position) => Number.isInteger(position) && position >= 0);
  if (inputs !== 'all' && !isPositions) refuse(of('keeps.inputs'), inputs, "'all' or a list of integers >= 0");
  if (typeof output !== 'boolean') refuse(of('keeps.output'), output, 'a boolean');
}

/** All primitives that were defined, by name. */
export function registeredPrimitives(): ReadonlyMap<string, Primitive<unknown>> {
  return registry;
}
