import { callTrees, type Flattened, type Lifted, type Rule } from './customCall.js';
import { TransformError } from './errors.js';
import { formatValue } from './formatValue.js';
import { refusePromise } from './memory/scope.js';
import { formatType, sameShape } from './shape.js';
import { total } from './structure.js';
import { type Tensor } from './tensor.js';
import { inOrderOf, mapTensors, placesOf } from './tree.js';
import { runBatched } from './vmap.js';
import { requireFunction } from './arguments.js';

/** What a rule of {@link customVjp} sees of the call that it differentiates. */
export interface CustomVjpContext<Args extends readonly unknown[], R> {
  /** The arguments of the call. */
  readonly args: Args;
  /** What the function gave. */
  readonly output: R;
  /** The cotangent of the output, of its structure. */
  readonly cotangent: R;
}

/** One cotangent an argument, of its structure; null for an argument without one. */
export type Cotangents<Args extends readonly unknown[]> = { readonly [Position in keyof Args]: Args[Position] | null };

/**
 * A function with a gradient rule of one's own, where what comes of its operations is unstable, slow, or not what is wanted: a
 * straight-through estimate, a clipped gradient, an implicit function. For an operation with a kernel of its own there is
 * {@link definePrimitive}.
 *
 * The rule is written with operations, so that gradients of gradients follow from it, and `vmap` runs it for all examples
 * at once. `jvp` transposes it, which is right for a rule that is linear in the cotangent, as that of a derivative is.
 * Arguments and output may be trees; arguments that hold no tensors are passed on as they are, and have the cotangent null.
 *
 * @throws {@link TransformError} when the function is asynchronous; when it closes over a tensor that a gradient is asked for; and,
 * in the gradient, when the rule gives another number, structure or type of cotangents than that of the arguments.
 *
 * @example
 * ```ts
 * import { customVjp, grad, tensor, type Tensor } from '@adjoint/core';
 * import { clip, round, sum } from '@adjoint/ops';
 *
 * const roundStraightThrough = customVjp((x: Tensor) => round(x), ({ cotangent }) => [cotangent]);
 * grad((x: Tensor) => sum(roundStraightThrough(x)))(tensor([0.4, 1.6])).toArray(); // [1, 1]
 *
 * const clipped = customVjp((x: Tensor) => x, ({ cotangent }) => [clip(cotangent, -1, 1)]);
 * grad((x: Tensor) => sum(clipped(x), {}))(tensor([5])).toArray(); // [1]
 * ```
 */
export function customVjp<Args extends readonly Tensor[], R>(
  fn: (...args: Args) => R,
  rule: (context: CustomVjpContext<Args, R>) => Cotangents<Args>,
): (...args: Args) => R;
export function customVjp<Args extends readonly unknown[], R>(
  fn: (...args: Args) => R,
  rule: (context: CustomVjpContext<Args, R>) => Cotangents<Args>,
): (...args: Args) => R;
export function customVjp<Args extends readonly unknown[], R>(
  fn: (...args: Args) => R,
  rule: (context: CustomVjpContext<Args, R>) => Cotangents<Args>,
): (...args: Args) => R {
  requireFunction('customVjp', 'fn', fn);
  requireFunction('customVjp', 'rule', rule);
  const name = `customVjp(${fn.name})`;
  return (...args) => callTrees(name, fn, args, (flat) => ({
    definition: { fn: flat.fn, rule: flatRule(name, rule, flat) },
    liftRule,
    closes: false,
  }));
}

/** The user's rule as one of lists. */
function flatRule<Args extends readonly unknown[], R>(
  name: string,
  rule: (context: CustomVjpContext<Args, R>) => Cotangents<Args>,
  flat: Flattened<Args, R>,
): Rule {
  return ({ inputs, outputs, cotangents }) => {
    const args = flat.args(inputs);
    const given = rule({ args, output: flat.result(outputs), cotangent: flat.result(cotangents) });
    const found: unknown = given;
    refusePromise(`${name}: the rule`, found);
    if (!Array.isArray(found) || found.length !== args.length) {
      throw new TransformError(`${name}: the rule gave ${Array.isArray(found) ? `${found.length} cotangents` : formatValue(found)} for ${args.length} arguments; expected a list with one cotangent per argument (null for none)`);
    }
    return args.flatMap((arg, position) => checkedCotangents(name, position, arg, given[position]));
  };
}

/** The cotangents of one argument's tensors. */
function checkedCotangents(name: string, position: number, arg: unknown, given: unknown): (Tensor | null)[] {
  const leaves = placedTensors(arg);
  if (given === null || given === undefined) return leaves.map(() => null);
  const found = placedTensors(given);
  const cotangents = inOrderOf(leaves, found);
  if (cotangents === null) {
    throw new TransformError(`${name}: the rule's cotangent of argument ${position} has ${placesOf(found)}, the argument ${placesOf(leaves)}; expected one structure`);
  }
  return leaves.map(([path, leaf], index) => {
    const cotangent = cotangents[index]!;
    if (cotangent.dtype === leaf.dtype && sameShape(cotangent.shape, leaf.shape)) return cotangent;
    throw new TransformError(`${name}: the rule's cotangent of argument ${position}${path === '' ? '' : `.${path}`} is ${formatType(cotangent)}; expected ${formatType(leaf)}`);
  });
}

function placedTensors(value: unknown): [path: string, leaf: Tensor][] {
  const tensors: [string, Tensor][] = [];
  mapTensors(value, (leaf, path) => tensors.push([path, leaf]));
  return tensors;
}

/** The rule for all examples at once; an input that is the same in all of them gets the sum over them. */
function liftRule({ batching, batched, outputsBatched }: Lifted, rule: Rule): Rule {
  return ({ inputs, outputs, cotangents, closedOver, needs }) => {
    const example = (content: Tensor) => (outputsBatched() ? batching.wrap(content) : content);
    const results = runBatched(batching, () => rule({
      inputs: inputs.map((input, index) => (batched[index] ? batching.wrap(input) : input)),
      outputs: outputs.map(example),
      cotangents: cotangents.map(example),
      closedOver,
      needs,
    }));
    return results.map((result, index) => {
      if (result === null) return null;
      if (batched[index]) return batching.spread(result);
      return outputsBatched() ? total(batching.spread(result)) : result;
    });
  };
}
