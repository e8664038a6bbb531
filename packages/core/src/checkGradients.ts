import { fromTypedArray } from './create.js';
import { withBackend } from './defaultBackend.js';
import { isFloat } from './dtype.js';
import { ArgumentError, TransformError } from './errors.js';
import { accumulate } from './identity.js';
import { foldIn, key, type Key } from './key.js';
import { normal } from './random.js';
import { scope } from './scope.js';
import { formatType } from './shape.js';
import { flattenTree, leavesOf, mapTree } from './tree.js';
import { vjp } from './vjp.js';

/** How {@link checkGradients} compares. */
export interface CheckGradientsOptions {
  /** 1 checks the gradient, 2 also the gradient's gradient, and so on. Default: 1. */
  readonly order?: number;
  /** Random directions an order. Default: 3. */
  readonly directions?: number;
  /** Compare every element of every argument too. Default: false. */
  readonly elementwise?: boolean;
  /** The step of the central difference. Default: the cube root of the dtype's precision. */
  readonly epsilon?: number;
  /** Default: 1e-6 for `float64`, 2e-2 for `float32`. */
  readonly relativeTolerance?: number;
  /** Default: 1e-7 for `float64`, 2e-3 for `float32`. */
  readonly absoluteTolerance?: number;
  /** Of the random directions. Default: 0. */
  readonly seed?: number;
}

/** One comparison of a derivative. */
export interface GradientComparison {
  readonly order: number;
  /** `direction 0`, or an element as `0.kernel[2,1]`: the argument's position, the path inside of it, and the index. */
  readonly where: string;
  readonly analytic: number;
  readonly numeric: number;
  readonly error: number;
  readonly tolerance: number;
  readonly ok: boolean;
}

/** What {@link checkGradients} found; prints as text that says what is wrong and where. */
export interface GradientReport {
  readonly ok: boolean;
  readonly comparisons: readonly GradientComparison[];
  /** The comparison with the largest error for its tolerance. */
  readonly worst: GradientComparison | null;
  toString(): string;
}

/**
 * Compares the gradients of a function with central differences.
 *
 * The function may have any number of arguments and any float result (trees of tensors too): the inner product of the
 * result with a random cotangent is differentiated along random directions, which finds a mistake anywhere at the price
 * of two calls of the function. The function of the next order is the gradient for that cotangent plus the result itself. A failing direction is followed element by element, so that the report names the place.
 * Use `float64` arguments; with `float32` only gross mistakes show.
 *
 * @throws {@link ArgumentError} for an option out of range.
 * @throws {@link TransformError} when the function gives no float tensor.
 *
 * @example
 * ```ts
 * import { checkGradients, tensor, type Tensor } from '@adjoint/core';
 * import { exp, mul } from '@adjoint/ops';
 *
 * const x = tensor([0.5, -1], { dtype: 'float64' });
 * const report = checkGradients((x: Tensor) => mul(x, exp(x)), [x], { order: 2 });
 * report.ok; // true
 * ```
 */
export function checkGradients<Args extends readonly unknown[]>(
  fn: (...args: Args) => unknown,
  args: Args,
  options: CheckGradientsOptions = {},
): GradientReport {
  const { order = 1, directions = 3, seed = 0 } = options;
  requireOptions({ order, directions }, (value) => Number.isInteger(value) && value >= 1, 'a whole number from 1');
  requireOptions({ epsilon: options.epsilon }, (value) => Number.isFinite(value) && value > 0, 'a finite number above 0');
  const { relativeTolerance, absoluteTolerance } = options;
  requireOptions({ relativeTolerance, absoluteTolerance }, (value) => value >= 0, 'a number from 0');
  const comparisons: GradientComparison[] = [];
  scope(() => {
    let current: (...args: Args) => unknown = fn;
    for (let level = 1; level <= order; level++) {
      const below = current;
      const levelKey = foldIn(key(seed), level);
      const cotangent = scope(() => randomLike(below(...args), foldIn(levelKey, 0), 'the result'));
      comparisons.push(...checkLevel(below, args, cotangent, level, levelKey, { ...options, directions }));
      // The cotangent moves with the arguments, so that the next order proves the rules' dependence on it as well.
      current = (...inputs) => {
        const { value, pullback } = vjp(below, ...inputs);
        return pullback(accumulateTrees(value, cotangent));
      };
    }
  }, 'checkGradients()');
  return makeReport(comparisons);
}

/** The sums of two trees of one structure, in the structure of the first. */
function accumulateTrees<T>(left: T, right: unknown): T {
  const others = leavesOf(right);
  let index = 0;
  return mapTree(left, (leaf) => accumulate(leaf, others[index++]!));
}

/** Throws for the first option that was given and is not as expected. */
function requireOptions(values: Readonly<Record<string, number | undefined>>, fits: (value: number) => boolean, expected: string): void {
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && !fits(value)) throw new ArgumentError(`checkGradients: ${name} is ${value}; expected ${expected}`);
  }
}

type Values = readonly Float64Array[];

function checkLevel<Args extends readonly unknown[]>(
  fn: (...args: Args) => unknown,
  args: Args,
  cotangent: unknown,
  order: number,
  levelKey: Key,
  options: CheckGradientsOptions & { readonly directions: number },
): GradientComparison[] {
  const leaves = flattenTree(args);
  const single = leaves.some(([, leaf]) => leaf.dtype === 'float32');
  const epsilon = options.epsilon ?? (single ? 5e-3 : 6e-6);
  const relative = options.relativeTolerance ?? (single ? 2e-2 : 1e-6);
  const absolute = options.absoluteTolerance ?? (single ? 2e-3 : 1e-7);

  const points: Values = leaves.map(([, leaf]) => Float64Array.from(leaf.data()));
  const weights = valuesOf(cotangent);
  const analytic = scope(() => vjp(fn, ...args).pullback(cotangent), 'checkGradients()');
  const gradients = valuesOf(analytic);

  const evaluate = (direction: Values, step: number): Values => scope(() => valuesOf(fn(...moved(args, points, direction, step))));
  const compare = (where: string, direction: Values): GradientComparison => {
    const above = evaluate(direction, epsilon);
    const below = evaluate(direction, -epsilon);
    const difference = above.map((values, index) => values.map((value, element) => value - below[index]![element]!));
    const numeric = inner(weights, difference) / (2 * epsilon);
    const expected = inner(gradients, direction);
    const error = Math.abs(expected - numeric);
    // The scale of the terms, not of their sum: large terms that cancel still round.
    const scale = magnitude(gradients, direction) + magnitude(weights, above);
    const tolerance = absolute + relative * scale;
    return { order, where, analytic: expected, numeric, error, tolerance, ok: error <= tolerance };
  };

  const comparisons = Array.from({ length: options.directions }, (_, index) =>
    compare(`direction ${index}`, valuesOf(randomLike(args, foldIn(levelKey, index + 1), 'an argument'))),
  );
  if (options.elementwise !== true && comparisons.every(({ ok }) => ok)) return comparisons;
  for (const [position, [path, leaf]] of leaves.entries()) {
    for (let element = 0; element < leaf.size; element++) {
      const direction = points.map((values) => new Float64Array(values.length));
      direction[position]![element] = 1;
      comparisons.push(compare(`${path}[${unravel(element, leaf.shape).join(',')}]`, direction));
    }
  }
  return comparisons;
}

function valuesOf(tree: unknown): Values {
  return leavesOf(tree).map((leaf) => Float64Array.from(leaf.data()));
}

/** Normal random numbers in the structure of a tree. */
function randomLike<T>(tree: T, from: Key, what: string): T {
  let index = 0;
  return mapTree(tree, (leaf) => {
    const { dtype } = leaf;
    if (!isFloat(dtype)) throw new TransformError(`checkGradients: ${what} is ${formatType(leaf)}; expected float32 or float64`);
    return withBackend(leaf.backend, () => normal(foldIn(from, index++), leaf.shape, { dtype }));
  });
}

/** The arguments moved along a direction. */
function moved<Args extends readonly unknown[]>(args: Args, points: Values, direction: Values, step: number): Args {
  let index = 0;
  return mapTree(args, (leaf) => {
    const along = direction[index]!;
    const values = points[index++]!.map((value, element) => value + step * along[element]!);
    return withBackend(leaf.backend, () => fromTypedArray(leaf.dtype === 'float32' ? Float32Array.from(values) : values, leaf.shape, leaf.dtype));
  });
}

function inner(left: Values, right: Values): number {
  return left.reduce((sum, values, index) => values.reduce((part, value, element) => part + value * right[index]![element]!, sum), 0);
}

function magnitude(left: Values, right: Values): number {
  return left.reduce(
    (sum, values, index) => values.reduce((part, value, element) => part + Math.abs(value * right[index]![element]!), sum),
    0,
  );
}

function unravel(element: number, shape: readonly number[]): number[] {
  const index = new Array<number>(shape.length);
  let rest = element;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return index;
}

function makeReport(comparisons: readonly GradientComparison[]): GradientReport {
  const badness = ({ error, tolerance }: GradientComparison) => (Number.isNaN(error) ? Infinity : error / tolerance);
  const worst = comparisons.reduce<GradientComparison | null>(
    (found, comparison) => (found === null || badness(comparison) > badness(found) ? comparison : found),
    null,
  );
  const failed = comparisons.filter(({ ok }) => !ok);
  const line = ({ order, where, analytic, numeric, error, tolerance }: GradientComparison) =>
    `  order ${order}, ${where}: analytic ${analytic}, numeric ${numeric}, error ${error.toExponential(2)}, tolerance ${tolerance.toExponential(2)}`;
  return {
    ok: failed.length === 0,
    comparisons,
    worst,
    toString: () =>
      failed.length === 0
        ? `gradients agree: ${comparisons.length} comparisons, the worst\n${worst === null ? '' : line(worst)}`
        : [`gradients differ in ${failed.length} of ${comparisons.length} comparisons:`, ...failed.slice(0, 10).map(line)].join('\n'),
  };
}
