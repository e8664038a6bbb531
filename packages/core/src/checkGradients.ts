import { fromTypedArray } from './create.js';
import { withBackend } from './defaultBackend.js';
import { isFloat } from './dtype.js';
import { ArgumentError, DTypeError, TransformError } from './errors.js';
import { Measure, type MeasureOptions } from './gradientMeasure.js';
import { chosenPositions, ofChosen, type Argnums } from './grad.js';
import { makeReport, percent, type DetectableError, type Findings, type GradientComparison, type GradientReport, type NotFinite, type Unproven } from './gradientReport.js';
import { accumulate } from './identity.js';
import { foldIn, key, type Key } from './key.js';
import type { ChangeAlong } from './numericDerivative.js';
import { inDouble, withPrecision } from './precision.js';
import { requireOptions, type OptionNames } from './options.js';
import { normal } from './random.js';
import { refusePromise, scope } from './memory/scope.js';
import { formatType, type Shape } from './shape.js';
import { assertAlive, type Tensor } from './tensor.js';
import { flattenTree, leavesOf, mapTree } from './tree.js';
import { vjp } from './vjp.js';
import { requireFunction, requireList } from './arguments.js';

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

const checkGradientsOptionNames: OptionNames<CheckGradientsOptions> = {
  sensitivity: true,
  argnums: true, order: true, directions: true, elementwise: true, seed: true, method: true, epsilon: true, relativeTolerance: true,
  absoluteTolerance: true, kinks: true,
};

/**
 * Compares the gradients of a function with differences of its values.
 *
 * The function may have any number of arguments and any float result (trees of tensors too): the inner product of the
 * result with a random cotangent (of a scalar: the result itself) is differentiated along random directions, which finds a mistake anywhere at the price
 * of two calls of the function. The function of the next order is the gradient for that cotangent plus the result itself.
 * A direction that does not agree is halved until the elements are found that do not, up to 32 wrong ones a tensor.
 *
 * The function is run in `float64`: `float32` tensors among the arguments are converted, and the gradient in `float32` is
 * compared with the one in `float64`. What the function closes over is promoted. If the function does not take `float64`, or
 * computes in `float32` itself, the comparison is in `float32` and much coarser (`precision`).
 *
 * The report says how large an error of each argument's gradient has to be to be found (`detectable`). An argument whose error
 * may be larger than `sensitivity` is compared on its own. If that does not help, it is listed in `unproven`, as are empty
 * tensors and gradients that are 0. In `float32` `ok` is false then; otherwise it is a warning. `isProven` says whether
 * anything was proven at all.
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
  requireFunction('checkGradients', 'fn', fn);
  requireList('checkGradients', 'args', args, 'a list of the arguments');
  requireOptions('checkGradients', options, checkGradientsOptionNames);
  const { order: highest = 1, directions = 3, seed = 0 } = options;
  requireNumbers({ order: highest, directions }, (value) => Number.isInteger(value) && value >= 1, 'an integer >= 1');
  requireNumbers({ epsilon: options.epsilon }, (value) => Number.isFinite(value) && value > 0, 'a finite number above 0');
  const { relativeTolerance, absoluteTolerance } = options;
  requireNumbers({ relativeTolerance, absoluteTolerance }, (value) => value >= 0, 'a number from 0');
  requireNumbers({ sensitivity: options.sensitivity }, (value) => value > 0, 'a number above 0');
  const positions = options.argnums === undefined ? args.map((_, position) => position) : chosenPositions('checkGradients', options.argnums, args.length);
  const given = positions.flatMap((position) => leavesAt(position, args[position]));
  if (given.length === 0) throw new TransformError('checkGradients: the arguments hold no tensor; there is nothing to differentiate with respect to');
  const measures = { float32: new Measure(true, options), float64: new Measure(false, options) };
  const found: Findings[] = [];
  scope(() => {
    const used = given.some(({ tensor }) => tensor.dtype === 'float32') ? inDoubleIfPossible(fn, args, positions) : args;
    let current: OfChosen = ofChosen(fn, used, positions);
    const chosen = positions.map((position) => used[position]);
    const leaves = positions.flatMap((position) => leavesAt(position, used[position]));
    const leftOut = leaves.map(({ tensor }) => new Uint8Array(tensor.size));
    for (let order = 1; order <= highest; order++) {
      const below = current;
      const levelKey = foldIn(key(seed), order);
      const { result: value, precision } = scope(() => withPrecision(chosen, () => checked(below(...chosen))), 'checkGradients');
      const cotangent = scope(() => randomLike(value, foldIn(levelKey, 0), 'the result'));
      const level = new Level(below, chosen, valuesOf(value), cotangent, order, leaves, leftOut, measures[precision]);
      const findings = level.check(levelKey, directions, options.elementwise === true);
      found.push({ ...findings, precision });
      if (findings.notFinite.some(({ where }) => where.startsWith('result'))) break;
      if (used !== args && order === 1) found.push(level.inSingle(ofChosen(fn, args, positions), positions.map((position) => args[position])));
      // The cotangent moves with the arguments, so that the next order proves the rules' dependence on it as well.
      current = (...inputs) => {
        const { value, pullback } = vjp(below, ...inputs);
        return pullback(accumulateTrees(value, cotangent));
      };
    }
  }, 'checkGradients()');
  return makeReport({
    comparisons: found.flatMap(({ comparisons }) => comparisons),
    notFinite: found.flatMap(({ notFinite }) => notFinite),
    precision: found.some(({ precision }) => precision === 'float32') ? 'float32' : 'float64',
    detectable: found.flatMap(({ detectable }) => detectable),
    unproven: found.flatMap(({ unproven }) => unproven),
  });
}

/** The arguments in `float64` if the function takes them and computes with them in `float64`; else the arguments as they are. */
function inDoubleIfPossible<Args extends readonly unknown[]>(fn: (...args: Args) => unknown, args: Readonly<Args>, positions: readonly number[]): Readonly<Args> {
  const converted = args.map((arg, position) => {
    if (positions.includes(position)) return inDouble(arg);
    try {
      return inDouble(arg);
    } catch {
      // The others may be anything, and then stay as they are.
      return arg;
    }
  }) as unknown as Args;
  try {
    const precision = scope(() => withPrecision(positions.map((position) => converted[position]), () => checked(fn(...converted))).precision);
    return precision === 'float64' ? converted : args;
  } catch {
    // The function says what is wrong again if that is not the dtype.
    return args;
  }
}

function checked(result: unknown): unknown {
  refusePromise('checkGradients', result);
  return result;
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
function requireNumbers(values: Readonly<Record<string, number | undefined>>, fits: (value: number) => boolean, expected: string): void {
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && !fits(value)) throw new ArgumentError(`checkGradients: ${name} is ${value}; expected ${expected}`);
  }
}

type Values = readonly Float64Array[];

/** How far a gradient in `float32` may be from the one in `float64`, as vectors. */
const singleTolerance = { relative: 0.05, absolute: 1e-4 } as const;

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

  check(levelKey: Key, directions: number, elementwise: boolean): Omit<Findings, 'precision'> {
    const nothing = { comparisons: [], detectable: [], unproven: [], notFinite: this.notFinite };
    if (this.notFinite.length > 0) return nothing;
    this.leaveNotFiniteOut();
    if (this.result.every(({ length }) => length === 0)) {
      return { ...nothing, unproven: [{ order: this.order, path: null, reason: 'the result has no elements; nothing was compared', isError: false }] };
    }
    const random = Array.from({ length: directions }, (_, index) => this.randomDirection(foldIn(levelKey, index + 1)));
    const along = (direction: Values, index: number): readonly Along[] => this.compareAlong(direction, `direction ${index}`, this.measure);
    let ofDirections = random.flatMap(along);
    const isPlain = ofDirections.every(({ comparison: { ok, kink } }) => ok && kink === null);
    const ofElements = elementwise ? this.everyElement() : isPlain ? [] : this.suspects(random[0]!);
    const kinks = ofElements.filter(({ comparison }) => comparison.kink !== null);
    if (kinks.length > 0) {
      for (const { leaf, element } of kinks) this.leftOut[leaf]![element] = 1;
      ofDirections = random.flatMap(along);
    }
    const detectable: DetectableError[] = [];
    const unproven: Unproven[] = [];
    for (const [leaf, { path }] of this.leaves.entries()) {
      const reason = this.whyNotCompared(leaf);
      if (reason !== null) {
        unproven.push({ order: this.order, path, reason, isError: false });
        continue;
      }
      let relative = this.detects(leaf, ofDirections, ofElements);
      if (relative > this.measure.sensitivity && !this.isFlat(leaf)) {
        // A small gradient next to large ones: on its own it is compared more sharply.
        // Its wider steps may leave the range in which the function is finite; that says nothing of the gradient.
        const alone = random.flatMap((direction) => this.compareAlong(this.within(leaf, direction), `direction of ${path}`, this.measure.sharper))
          .filter(({ comparison }) => Number.isFinite(comparison.numeric));
        ofDirections.push(...alone);
        if (alone.length > 0) relative = this.detects(leaf, alone, []);
      }
      detectable.push({ order: this.order, path, relative });
      // Of a rule that gives 0 where the differences are not, the comparisons speak.
      const isWrong = this.isFlat(leaf) && [...ofDirections, ...ofElements].some(({ comparison }) => !comparison.ok);
      if (relative > this.measure.sensitivity && !isWrong) unproven.push(this.unprovenFor(leaf, relative, ofDirections));
    }
    const comparisons = [...ofDirections, ...ofElements].map(({ comparison }) => comparison);
    return { comparisons, detectable, unproven, notFinite: this.notFinite };
  }

  /** Compares the gradient in `float32` with this one. */
  inSingle(fn: OfChosen, chosen: readonly unknown[]): Findings {
    const gradients = scope(() => {
      const { value, pullback } = vjp(fn, ...chosen);
      let index = 0;
      return valuesOf(pullback(mapTree(value, (leaf) => likeLeaf(leaf, this.weights[index++]!))));
    });
    const notFinite: NotFinite[] = [];
    const comparisons = this.leaves.flatMap(({ path, tensor }, leaf): GradientComparison[] => {
      const isCompared = (_: number, element: number) => this.leftOut[leaf]![element] !== 1;
      const [found, expected] = [gradients[leaf]!.filter(isCompared), this.gradients[leaf]!.filter(isCompared)];
      if (found.length === 0) return [];
      if (!found.every(Number.isFinite)) {
        notFinite.push(...this.findNotFinite(`float32 gradient ${path}`, tensor.shape, gradients[leaf]!));
        return [];
      }
      const [analytic, numeric, error] = [lengthOf(found), lengthOf(expected), lengthOf(found.map((value, element) => value - expected[element]!))];
      const tolerance = singleTolerance.absolute + singleTolerance.relative * numeric;
      return [{ order: this.order, where: `float32 gradient ${path}`, path: null, index: null, analytic, numeric, error, tolerance, kink: null, ok: error <= tolerance }];
    });
    return { comparisons, notFinite, precision: 'float64', detectable: [], unproven: [] };
  }

  /** The comparison along a direction that moves anything. */
  private compareAlong(direction: Values, where: string, measure: Measure): readonly Along[] {
    const around = this.around(direction);
    if (!around.some((values) => values.some((value) => value !== 0))) return [];
    const comparison = this.compare(around, { where, path: null, index: null }, measure);
    const gradients = this.gradientsWithin(around);
    const unit = this.weightOfScalar();
    return [{ comparison, direction: around, shares: gradients.map((values, leaf) => Math.abs(inner([values], [around[leaf]!]) / unit)) }];
  }

  /** The part of a direction that moves one tensor. */
  private within(leaf: number, direction: Values): Values {
    return direction.map((values, other) => (other === leaf ? values : new Float64Array(values.length)));
  }

  private whyNotCompared(leaf: number): string | null {
    const leftOut = this.leftOut[leaf]!;
    if (leftOut.length === 0) return 'it has no elements; nothing was compared';
    return leftOut.every((is) => is === 1) ? 'every element is a kink or has no finite gradient; nothing was compared' : null;
  }

  /** Whether the gradient is 0 wherever it is compared. */
  private isFlat(leaf: number): boolean {
    return this.gradients[leaf]!.every((value, element) => value === 0 || this.leftOut[leaf]![element] === 1);
  }

  /** The smallest relative error of a tensor's gradient that one of the comparisons finds. */
  private detects(leaf: number, ofDirections: readonly Along[], ofElements: readonly Suspect[]): number {
    const smooth = ({ comparison: { kink } }: { readonly comparison: GradientComparison }) => kink === null;
    const sizes = [
      ...ofDirections.filter(smooth).map(({ comparison: { tolerance }, shares }) => [tolerance, shares[leaf]!]),
      ...ofElements.filter((element) => element.leaf === leaf).filter(smooth).map(({ comparison: { tolerance, analytic } }) => [tolerance, Math.abs(analytic)]),
    ] as [number, number][];
    return sizes.reduce((least, [tolerance, share]) => (share > 0 ? Math.min(least, tolerance / share) : least), Infinity);
  }

  private unprovenFor(leaf: number, relative: number, ofDirections: readonly Along[]): Unproven {
    const { path } = this.leaves[leaf]!;
    if (this.isFlat(leaf)) {
      const slopes = ofDirections.map(({ comparison: { tolerance }, direction }) => tolerance / lengthOf(direction[leaf]!));
      const least = slopes.length === 0 ? Infinity : Math.min(...slopes);
      return { order: this.order, path, reason: `the gradient is 0, and so are the differences; one below ${least.toExponential(1)} would not be told from it`, isError: false };
    }
    const inDtype = this.measure.isSingle ? ' in float32 (the function does not compute in float64)' : '';
    const reason = `an error below ${percent(relative)} of its gradient would not be found${inDtype}; a sensitivity of ${this.measure.sensitivity} was asked for`;
    return { order: this.order, path, reason, isError: this.measure.isSingle };
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

  /** The scale of the terms, not of their sum: large terms that cancel still round. In `float32` the sum of all would hide too much. */
  private scaleOf(direction: Values): number {
    const scale = this.measure.isSingle ? norm : magnitude;
    return scale(this.gradientsWithin(direction), direction) + scale(this.weights, this.result);
  }

  /** The gradient, with 0 where the direction is 0: what is not finite there does not matter. */
  private gradientsWithin(direction: Values): Values {
    return this.gradients.map((values, leaf) => values.map((value, element) => (direction[leaf]![element] === 0 ? 0 : value)));
  }

  private compare(direction: Values, place: Pick<GradientComparison, 'where' | 'path' | 'index'>, measure = this.measure, step = 1): GradientComparison {
    const unit = step * this.weightOfScalar();
    // Without the sign of a zero, which a random cotangent gives.
    const analytic = inner(this.gradientsWithin(direction), direction) / unit + 0;
    const change = this.changeAlong(direction);
    const judged = measure.judge((by) => change(by) / unit, analytic, this.scaleOf(direction) / Math.abs(unit));
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
    return { leaf, element, comparison: this.compare(this.only(leaf, element, element + 1, () => step), { where: `${path}[${index.join(',')}]`, path, index }, this.measure, step) };
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

/** A comparison along a direction, and how much of the derivative each tensor's gradient contributes. */
interface Along {
  readonly comparison: GradientComparison;
  readonly direction: Values;
  readonly shares: readonly number[];
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

/** A tensor's type with other values. */
function likeLeaf(leaf: Tensor, values: Float64Array): Tensor {
  return withBackend(leaf.backend, () => fromTypedArray(leaf.dtype === 'float32' ? Float32Array.from(values) : values, leaf.shape, leaf.dtype));
}

/** The arguments moved along a direction. */
function moved<Args extends readonly unknown[]>(args: Args, points: Values, direction: Values, step: number): Args {
  let index = 0;
  return mapTree(args, (leaf) => {
    const along = direction[index]!;
    const values = points[index++]!.map((value, element) => value + step * along[element]!);
    return likeLeaf(leaf, values);
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

/** The root of the sum of the squares of the terms. */
function norm(left: Values, right: Values): number {
  return Math.sqrt(left.reduce((sum, values, index) => values.reduce((part, value, element) => part + (value * right[index]![element]!) ** 2, sum), 0));
}

/** The Euclidean length of a vector. */
function lengthOf(values: Float64Array): number {
  return Math.sqrt(inner([values], [values]));
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
