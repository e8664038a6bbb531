import { fromTypedArray } from './create.js';
import { withBackend } from './defaultBackend.js';
import { isFloat } from './dtype.js';
import { ArgumentError, DTypeError, TransformError } from './errors.js';
import { Measure, type MeasureOptions } from './gradientMeasure.js';
import { chosenPositions, ofChosen, type Argnums } from './grad.js';
import { makeReport, type GradientComparison, type GradientReport, type NotFinite } from './gradientReport.js';
import { accumulate } from './identity.js';
import { foldIn, key, type Key } from './key.js';
import type { ChangeAlong } from './numericDerivative.js';
import { normal } from './random.js';
import { scope } from './scope.js';
import { formatType, type Shape } from './shape.js';
import { assertAlive, type Tensor } from './tensor.js';
import { flattenTree, leavesOf, mapTree } from './tree.js';
import { vjp } from './vjp.js';

/** How {@link checkGradients} compares. */
export interface CheckGradientsOptions extends MeasureOptions {
  /** The positions of the arguments to differentiate with respect to; the others are passed on as they are, whatever they are. Default: all. */
  readonly argnums?: Argnums;
  /** 1 checks the gradient, 2 also the gradient's gradient, and so on. Default: 1. */
  readonly order?: number;
  /** Random directions an order. Default: 3. */
  readonly directions?: number;
  /** Compare every element of every argument too. Default: false. */
  readonly elementwise?: boolean;
  /** Of the random directions. Default: 0. */
  readonly seed?: number;
}

/**
 * Compares the gradients of a function with differences of its values.
 *
 * The function may have any number of arguments and any float result (trees of tensors too): the inner product of the
 * result with a random cotangent (of a scalar: the result itself) is differentiated along random directions, which finds a mistake anywhere at the price
 * of two calls of the function. The function of the next order is the gradient for that cotangent plus the result itself.
 * A direction that does not agree is halved until the elements are found that do not, up to 32 wrong ones a tensor.
 * Use `float64` arguments; with `float32` only gross mistakes show.
 *
 * A central difference that disagrees is not yet an error: differences at shrinking steps are extrapolated to a step of 0.
 * Where the slopes from below and from above stay apart, however small the step, the point is a kink. The report lists
 * it with both slopes (`kinks`), and the gradient has to lie between them. Directions and higher orders leave such
 * elements out, so that a kink excuses no mistake elsewhere. A result or a gradient that is NaN or infinite is listed in
 * `notFinite`, and is an error. There is no complex dtype, hence no complex step; `method: 'extrapolated'` reaches about
 * 10 digits instead.
 *
 * @throws {@link ArgumentError} for an option out of range, or a chosen argument that holds anything but tensors.
 * @throws {@link DTypeError} when a chosen argument is not of a float dtype.
 * @throws {@link TransformError} when the function gives no float tensor, a promise, or another result each time.
 *
 * @example
 * ```ts
 * import { checkGradients, tensor, type Tensor } from '@adjoint/core';
 * import { exp, mul, relu, sum } from '@adjoint/ops';
 *
 * const x = tensor([0.5, -1], { dtype: 'float64' });
 * const report = checkGradients((x: Tensor) => mul(x, exp(x)), [x], { order: 2 });
 * report.ok; // true
 *
 * // Only with respect to the first argument; the second is a number.
 * checkGradients((x: Tensor, factor: number) => mul(x, factor), [x, 3], { argnums: 0 }).ok; // true
 *
 * // A point that is not smooth.
 * const { ok, kinks } = checkGradients((x: Tensor) => sum(relu(x)), [tensor([1, 0], { dtype: 'float64' })]);
 * ok; // true
 * kinks[0]?.where; // '0[1]'
 * kinks[0]?.kink?.map(Math.round); // [0, 1]
 * ```
 */
export function checkGradients<Args extends readonly unknown[]>(
  fn: (...args: Args) => unknown,
  args: Readonly<Args>,
  options: CheckGradientsOptions = {},
): GradientReport {
  const { order = 1, directions = 3, seed = 0 } = options;
  requireOptions({ order, directions }, (value) => Number.isInteger(value) && value >= 1, 'a whole number from 1');
  requireOptions({ epsilon: options.epsilon }, (value) => Number.isFinite(value) && value > 0, 'a finite number above 0');
  const { relativeTolerance, absoluteTolerance } = options;
  requireOptions({ relativeTolerance, absoluteTolerance }, (value) => value >= 0, 'a number from 0');
  const positions = options.argnums === undefined ? args.map((_, position) => position) : chosenPositions('checkGradients', options.argnums, args.length);
  const leaves = positions.flatMap((position) => leavesAt(position, args[position]));
  if (leaves.length === 0) throw new TransformError('checkGradients: the arguments hold no tensor; there is nothing to differentiate with respect to');
  const comparisons: GradientComparison[] = [];
  const notFinite: NotFinite[] = [];
  scope(() => {
    let current: OfChosen = ofChosen(fn, args, positions);
    const chosen = positions.map((position) => args[position]);
    const leftOut = leaves.map(({ tensor }) => new Uint8Array(tensor.size));
    const measure = new Measure(leaves.some(({ tensor }) => tensor.dtype === 'float32'), options);
    for (let level = 1; level <= order; level++) {
      const below = current;
      const levelKey = foldIn(key(seed), level);
      const value = scope(() => below(...chosen), 'checkGradients');
      const cotangent = scope(() => randomLike(value, foldIn(levelKey, 0), 'the result'));
      const found = new Level(below, chosen, valuesOf(value), cotangent, level, leaves, leftOut, measure).check(levelKey, directions, options.elementwise === true);
      comparisons.push(...found.comparisons);
      notFinite.push(...found.notFinite);
      if (found.notFinite.some(({ where }) => where.startsWith('result'))) break;
      // The cotangent moves with the arguments, so that the next order proves the rules' dependence on it as well.
      current = (...inputs) => {
        const { value, pullback } = vjp(below, ...inputs);
        return pullback(accumulateTrees(value, cotangent));
      };
    }
  }, 'checkGradients()');
  return makeReport(comparisons, notFinite);
}

type OfChosen = (...chosen: readonly unknown[]) => unknown;

/** A tensor to differentiate with respect to. */
interface Leaf {
  readonly path: string;
  readonly tensor: Tensor;
}

function leavesAt(position: number, argument: unknown): Leaf[] {
  const advice = 'name the positions of the others by argnums, and it is passed on as it is';
  let list: readonly (readonly [string, Tensor])[];
  try {
    list = flattenTree(argument, `checkGradients: argument ${position}`);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    throw new ArgumentError(`${error.message}; or ${advice}`);
  }
  return list.map(([inside, tensor]) => {
    const path = inside === '' ? `${position}` : `${position}.${inside}`;
    assertAlive('checkGradients', tensor, `argument ${path}`);
    if (!isFloat(tensor.dtype)) {
      throw new DTypeError(`checkGradients: argument ${path} is ${formatType(tensor)}; gradients exist for float32 and float64 only. Convert it with cast, or ${advice}`);
    }
    return { path, tensor };
  });
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

/** How many wrong elements of a tensor are looked for. */
const mostNamed = 32;

/** One order: a function, its gradient for a cotangent, and what differences say of it. */
class Level {
  private readonly points: Values;
  private readonly weights: Values;
  private readonly gradients: Values;
  private readonly notFinite: NotFinite[] = [];

  constructor(
    private readonly fn: OfChosen,
    private readonly chosen: readonly unknown[],
    private readonly result: Values,
    cotangent: unknown,
    private readonly order: number,
    private readonly leaves: readonly Leaf[],
    /** Which elements no direction moves: kinks, and those whose gradient is not finite. Goes from order to order. */
    private readonly leftOut: readonly Uint8Array[],
    private readonly measure: Measure,
  ) {
    this.points = leaves.map(({ tensor }) => Float64Array.from(tensor.data()));
    this.weights = valuesOf(cotangent);
    this.gradients = scope(() => {
      const { value, pullback } = vjp(fn, ...chosen);
      this.requireRepeated(valuesOf(value));
      flattenTree(value).forEach(([path, { shape }], leaf) => this.notFinite.push(...this.findNotFinite(path === '' ? 'result' : `result.${path}`, shape, result[leaf]!)));
      return valuesOf(pullback(cotangent));
    });
  }

  check(levelKey: Key, directions: number, elementwise: boolean): { readonly comparisons: GradientComparison[]; readonly notFinite: readonly NotFinite[] } {
    if (this.notFinite.length > 0) return { comparisons: [], notFinite: this.notFinite };
    this.leaveNotFiniteOut();
    const random = Array.from({ length: directions }, (_, index) => this.randomDirection(foldIn(levelKey, index + 1)));
    const along = (direction: Values, index: number): readonly GradientComparison[] => {
      const around = this.around(direction);
      const moves = around.some((values) => values.some((value) => value !== 0));
      return moves ? [this.compare(around, { where: `direction ${index}`, path: null, index: null })] : [];
    };
    let ofDirections = random.flatMap(along);
    const isPlain = ofDirections.every(({ ok, kink }) => ok && kink === null);
    const ofElements = elementwise ? this.everyElement() : isPlain ? [] : this.suspects(random[0]!);
    const kinks = ofElements.filter(({ comparison }) => comparison.kink !== null);
    if (kinks.length > 0) {
      for (const { leaf, element } of kinks) this.leftOut[leaf]![element] = 1;
      ofDirections = random.flatMap(along);
    }
    return { comparisons: [...ofDirections, ...ofElements.map(({ comparison }) => comparison)], notFinite: this.notFinite };
  }

  private resultAt(direction: Values, step: number): Values {
    return scope(() => valuesOf(this.fn(...moved(this.chosen, this.points, direction, step))));
  }

  /** The same arguments give the same result, but for rounding. */
  private requireRepeated(again: Values): void {
    const isClose = (value: number, other: number) => Object.is(value, other) || Math.abs(value - other) <= 1e-3 * this.measure.epsilon * Math.max(1, Math.abs(value));
    if (this.result.every((values, leaf) => values.every((value, element) => isClose(value, again[leaf]![element]!)))) return;
    throw new TransformError(
      'checkGradients: the function gives another result for the same arguments; it may depend on nothing else. Pass it a fixed key where it draws random numbers',
    );
  }

  private findNotFinite(what: string, shape: Shape, values: Float64Array): NotFinite[] {
    return Array.from(values.entries())
      .filter(([, value]) => !Number.isFinite(value))
      .map(([element, value]) => ({ order: this.order, where: `${what}[${unravel(element, shape).join(',')}]`, value }));
  }

  private leaveNotFiniteOut(): void {
    for (const [leaf, { path, tensor }] of this.leaves.entries()) {
      const values = this.gradients[leaf]!;
      this.notFinite.push(...this.findNotFinite(`gradient ${path}`, tensor.shape, values));
      for (const [element, value] of values.entries()) if (!Number.isFinite(value)) this.leftOut[leaf]![element] = 1;
    }
  }

  /** Normal random numbers, in proportion to elements above 1. */
  private randomDirection(from: Key): Values {
    const random = scope(() => valuesOf(randomLike(this.chosen, from, 'an argument')));
    return random.map((values, leaf) => values.map((value, element) => value * this.stepOf(leaf, element)));
  }

  private stepOf(leaf: number, element: number): number {
    const magnitude = Math.abs(this.points[leaf]![element]!);
    return magnitude > 1 && Number.isFinite(magnitude) ? magnitude : 1;
  }

  private around(direction: Values): Values {
    return direction.map((values, leaf) => values.map((value, element) => (this.leftOut[leaf]![element] === 1 ? 0 : value)));
  }

  private changeAlong(direction: Values): ChangeAlong {
    return (step) => {
      const there = this.resultAt(direction, step);
      return inner(this.weights, there.map((values, leaf) => values.map((value, element) => value - this.result[leaf]![element]!)));
    };
  }

  /** The scale of the terms, not of their sum: large terms that cancel still round. */
  private scaleOf(direction: Values): number {
    return magnitude(this.gradientsWithin(direction), direction) + magnitude(this.weights, this.result);
  }

  /** The gradient, with 0 where the direction is 0: what is not finite there does not matter. */
  private gradientsWithin(direction: Values): Values {
    return this.gradients.map((values, leaf) => values.map((value, element) => (direction[leaf]![element] === 0 ? 0 : value)));
  }

  private compare(direction: Values, place: Pick<GradientComparison, 'where' | 'path' | 'index'>, step = 1): GradientComparison {
    const unit = step * this.weightOfScalar();
    // Without the sign of a zero, which a random cotangent gives.
    const analytic = inner(this.gradientsWithin(direction), direction) / unit + 0;
    const change = this.changeAlong(direction);
    const judged = this.measure.judge((by) => change(by) / unit, analytic, this.scaleOf(direction) / Math.abs(unit));
    return { order: this.order, ...place, analytic, ...judged };
  }

  /** The derivative of one number is told without the cotangent, which is random so that a rule cannot forget it. */
  private weightOfScalar(): number {
    const all = this.weights.flatMap((values) => Array.from(values));
    return all.length === 1 ? all[0]! : 1;
  }

  private compareElement(leaf: number, element: number): Suspect {
    const { path, tensor } = this.leaves[leaf]!;
    const index = unravel(element, tensor.shape);
    const step = this.stepOf(leaf, element);
    return { leaf, element, comparison: this.compare(this.only(leaf, element, element + 1, () => step), { where: `${path}[${index.join(',')}]`, path, index }, step) };
  }

  /** A direction that moves some elements of one tensor. */
  private only(leaf: number, from: number, to: number, by: (element: number) => number): Values {
    return this.points.map((values, other) => values.map((_, element) => (other === leaf && element >= from && element < to ? by(element) : 0)));
  }

  private everyElement(): Suspect[] {
    return this.leaves.flatMap((_, leaf) => Array.from(this.points[leaf]!.keys()).filter((element) => this.leftOut[leaf]![element] === 0).map((element) => this.compareElement(leaf, element)));
  }

  /** The elements that are wrong or kinks: halves of a direction in which nothing is wrong are not looked at closer. */
  private suspects(random: Values): Suspect[] {
    return this.leaves.flatMap((_, leaf) => {
      const found: Suspect[] = [];
      let wrong = 0;
      // Of magnitudes from 1 to 2, so that no element hides behind another; different ones, since a tie of equals stays a tie.
      const step = (element: number) => {
        const drawn = random[leaf]![element]! / this.stepOf(leaf, element);
        return this.leftOut[leaf]![element] === 1 ? 0 : Math.sign(drawn) * (1 + (Math.abs(drawn) % 1)) * this.stepOf(leaf, element);
      };
      const look = (from: number, to: number): void => {
        if (from >= to || wrong === mostNamed) return;
        if (to - from === 1) {
          const suspect = this.compareElement(leaf, from);
          const { ok, kink } = suspect.comparison;
          if (!ok || kink !== null) found.push(suspect);
          if (!ok) wrong++;
          return;
        }
        const direction = this.only(leaf, from, to, step);
        if (this.measure.isPlain(this.changeAlong(direction), inner(this.gradientsWithin(direction), direction), this.scaleOf(direction))) return;
        const middle = (from + to) >> 1;
        look(from, middle);
        look(middle, to);
      };
      look(0, this.points[leaf]!.length);
      return found;
    });
  }
}

interface Suspect {
  readonly leaf: number;
  readonly element: number;
  readonly comparison: GradientComparison;
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
  }, `checkGradients: ${what}`);
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
