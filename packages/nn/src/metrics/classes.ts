import { ArgumentError, formatType, isFloat, sameShape, scope, ShapeError, unrecorded, valuesBehind, type OptionNames, type Tensor } from '@adjoint/core';
import { argMax, broadcastTo, min, notEqual, sum } from '@adjoint/ops';

/** How an output of one number an example is read as a class. */
export interface ThresholdOptions {
  /**
   * The output above which an example counts as class 1, where there is one output an example. Default: 0, which is the middle
   * of logits; that of probabilities is 0.5.
   */
  readonly threshold?: number;
}

export const thresholdOptionNames: OptionNames<ThresholdOptions> = { threshold: true };

/** The classes of a batch's examples. */
export interface Classified {
  /** How many classes there are. */
  readonly classes: number;
  readonly predicted: ArrayLike<number>;
  readonly actual: ArrayLike<number>;
}

/** Whether there is one output an example, `[n]` or `[n, 1]`, so that there are two classes. */
export function isBinary({ shape }: Tensor): boolean {
  return shape.length === 1 || (shape.length > 1 && shape.at(-1) === 1);
}

/** Whether targets are classes that outputs `[..., classes]` can be counted against: `int32 [...]`, or probabilities. */
export function areClasses(outputs: Tensor, targets: Tensor): boolean {
  if (outputs.shape.length < 2 || outputs.shape.at(-1)! < 2) return false;
  if (targets.dtype === 'int32') return sameShape(targets.shape, outputs.shape.slice(0, -1));
  return isFloat(targets.dtype) && sameShape(targets.shape, outputs.shape);
}

/**
 * The class of each target, or null if a target is not one class: an integer in range, or a row of probabilities. The rows of a
 * regression and of several labels per example are not, although their shapes may be those of probabilities.
 */
export function singleClasses(outputs: Tensor, targets: Tensor): Tensor | null {
  return areClasses(outputs, targets) && targets.size > 0 && oddTarget(outputs, targets) === null ? classesIn(targets) : null;
}

/** The highest of each row of probabilities. */
function classesIn(targets: Tensor): Tensor {
  return isFloat(targets.dtype) ? argMax(targets, { axis: -1 }) : targets;
}

/** How far a row of probabilities may be from a sum of 1 and from values of at least 0, since float32 rounds. */
const tolerance = 1e-3;

/** The sum and the smallest value of each row of a tensor. */
interface Rows {
  readonly sums: ArrayLike<number>;
  readonly smallest: ArrayLike<number>;
}

/** The loss and the accuracy of a batch ask for the same, and batches of a list come again in each epoch. */
const knownRows = new WeakMap<Tensor, Rows>();

/** The rows of targets; null inside `trace`, where tensors have no values. */
function rowsOf(targets: Tensor): Rows | null {
  const known = knownRows.get(targets);
  if (known !== undefined) return known;
  const [sums, smallest] = scope(() => unrecorded(() => [valuesBehind(sum(targets, { axes: -1 })), valuesBehind(min(targets, { axes: -1 }))]));
  if (sums === null || smallest === null) return null;
  const rows = { sums, smallest };
  knownRows.set(targets, rows);
  return rows;
}

/** What is wrong with a row of probabilities; null if nothing is, or it is not finite. */
function oddness(sumOfRow: number, smallest: number): string | null {
  if (smallest < -tolerance) return `it has a value of ${smallest}`;
  return Number.isFinite(sumOfRow) && Math.abs(sumOfRow - 1) > tolerance ? `its sum is ${sumOfRow}` : null;
}

/** The index of the first target that is not one class; null if all are. */
function oddTarget(outputs: Tensor, targets: Tensor): number | null {
  const classes = outputs.shape.at(-1)!;
  if (!isFloat(targets.dtype)) return firstIndex(targets.data(), (target) => target < 0 || target >= classes);
  const { sums, smallest } = rowsOf(targets)!;
  return firstIndex(sums, (sumOfRow, row) => !Number.isFinite(sumOfRow) || oddness(sumOfRow, smallest[row]!) !== null);
}

function firstIndex(values: ArrayLike<number>, holds: (value: number, index: number) => boolean): number | null {
  for (let index = 0; index < values.length; index++) if (holds(values[index]!, index)) return index;
  return null;
}

/**
 * Checks that rows of targets are probabilities. A row of zeros, which no class counts in, is taken, and so is any row of weight 0.
 *
 * @throws `ArgumentError` that names the operation and the row.
 */
export function requireDistributions(operation: string, targets: Tensor, weights: Tensor | undefined): void {
  const rows = rowsOf(targets);
  const counted = weights === undefined ? null : scope(() => unrecorded(() => valuesBehind(broadcastTo(notEqual(weights, 0), targets.shape.slice(0, -1)))));
  // In `vmap` weights that all examples share are fewer than the rows.
  if (rows === null || (counted !== null && counted.length !== rows.sums.length)) return;
  const { sums, smallest } = rows;
  const isOdd = (row: number): boolean => counted?.[row] !== 0 && (sums[row] !== 0 || smallest[row] !== 0) && oddness(sums[row]!, smallest[row]!) !== null;
  const row = firstIndex(sums, (_, index) => isOdd(index));
  if (row === null) return;
  throw new ArgumentError(
    `${operation}: row ${row} of targets is not a probability distribution (${oddness(sums[row]!, smallest[row]!)!}); expected classes as int32 [n], or probabilities. ` +
      'For numbers use meanSquaredError, for several labels per example binaryCrossEntropyWithLogits',
  );
}

/**
 * The class of each target that {@link areClasses}, as a tensor.
 *
 * @throws `ArgumentError` when a target is not one class.
 */
export function classesOfTargets(operation: string, outputs: Tensor, targets: Tensor): Tensor {
  const odd = oddTarget(outputs, targets);
  if (odd !== null) {
    const classes = outputs.shape.at(-1)!;
    throw new ArgumentError(
      isFloat(targets.dtype)
        ? `${operation}: row ${odd} of targets is not a probability distribution (its sum is not 1, or a value is negative); expected one class per example. ` +
          'For several labels per example, measure each label with a binary metric'
        : `${operation}: the target at index ${odd} is ${targets.data()[odd]!}; expected a class from 0 to ${classes - 1}`,
    );
  }
  return classesIn(targets);
}

/**
 * What each example was taken for, and what it is.
 *
 * @throws `ShapeError` when the targets are no classes of the outputs.
 * @throws `ArgumentError` when a target is none of the classes.
 */
export function classify(operation: string, outputs: Tensor, targets: Tensor, { threshold = 0 }: ThresholdOptions = {}): Classified {
  if (isBinary(outputs)) {
    const actual = labelsOf(operation, outputs, targets);
    return { classes: 2, predicted: outputs.data().map((output) => Number(output > threshold)), actual };
  }
  if (!areClasses(outputs, targets)) {
    throw new ShapeError(
      `${operation}: outputs is ${formatType(outputs)}, targets ${formatType(targets)}; expected [n, classes] of two classes or more ` +
        'with int32 [n] or probabilities [n, classes], or [n] with labels 0 and 1',
    );
  }
  const classes = outputs.shape.at(-1)!;
  return scope(() => {
    const actual = classesOfTargets(operation, outputs, targets).data();
    return { classes, predicted: argMax(outputs, { axis: -1 }).data(), actual };
  });
}

/**
 * The labels 0 and 1 of outputs `[n]` or `[n, 1]`.
 *
 * @throws as {@link classify} does.
 */
export function labelsOf(operation: string, outputs: Tensor, targets: Tensor): ArrayLike<number> {
  if (targets.size !== outputs.size || !isBinary(targets)) {
    throw new ShapeError(`${operation}: outputs is ${formatType(outputs)}, targets ${formatType(targets)}; expected a label 0 or 1 for each output`);
  }
  const labels = targets.data();
  requireClasses(operation, labels, 2);
  return labels;
}

function requireClasses(operation: string, labels: ArrayLike<number>, classes: number): void {
  for (let index = 0; index < labels.length; index++) {
    const label = labels[index]!;
    if (Number.isInteger(label) && label >= 0 && label < classes) continue;
    throw new ArgumentError(`${operation}: the target at index ${index} is ${label}; expected a class from 0 to ${classes - 1}`);
  }
}
