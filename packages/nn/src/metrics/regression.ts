import { ArgumentError, formatType, sameShape, ShapeError } from '@adjoint/core';
import { List } from 'immutable';
import { meanSquaredError } from '../losses.js';
import { meanOf, metricOf, resultOf, type Metric } from './metric.js';

/**
 * The root of the mean squared error over all examples.
 *
 * @throws `ShapeError` when outputs and targets differ in shape.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { measure, rootMeanSquaredError } from '@adjoint/nn';
 *
 * measure(rootMeanSquaredError(), tensor([1, 2]), tensor([4, 5])); // 3
 * ```
 */
export function rootMeanSquaredError(): Metric<number> {
  return resultOf('rootMeanSquaredError', meanOf(meanSquaredError), Math.sqrt);
}

/** Mean, sum of squared deviations and sum of squared errors, of one output. */
const numbersPerOutput = 3;

/**
 * The share of the targets' variance that the outputs explain, as scikit-learn's `r2_score`: 1 is perfect, 0 as good as the
 * targets' mean. Of several outputs `[n, outputs]` the mean. Where the targets do not vary it is 1 when every output is right,
 * and 0 otherwise; NaN for fewer than two examples.
 *
 * The moments of batches are combined as Chan, Golub and LeVeque (1979) do, in double precision.
 *
 * @throws `ShapeError` when outputs and targets differ in shape.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { measure, r2Score } from '@adjoint/nn';
 *
 * measure(r2Score(), tensor([2.5, 0, 2, 8]), tensor([3, -0.5, 2, 7])).toFixed(3); // '0.949'
 * ```
 */
export function r2Score(): Metric<number> {
  return metricOf('r2Score', {
    direction: 'max',
    initial: List([0]),
    update: (state, outputs, targets) => {
      if (!sameShape(outputs.shape, targets.shape)) {
        throw new ShapeError(`r2Score: outputs is ${formatType(outputs)}, targets ${formatType(targets)}; expected one shape, reshape one of them`);
      }
      const [count = 1] = outputs.shape;
      if (count === 0) return state;
      const width = outputs.size / count;
      const before = state.size === 1 ? new Array<number>(1 + numbersPerOutput * width).fill(0) : state.toArray();
      if (before.length !== 1 + numbersPerOutput * width) throw new ArgumentError(`r2Score: the batch has ${width} outputs an example, those before had another number`);
      return List(combine(before, outputs.data(), targets.data(), count, width));
    },
    result: (state) => {
      if (state.get(0)! < 2) return NaN;
      const width = (state.size - 1) / numbersPerOutput;
      let sum = 0;
      for (let output = 0; output < width; output++) {
        const [deviations, errors] = [state.get(2 + numbersPerOutput * output)!, state.get(3 + numbersPerOutput * output)!];
        sum += deviations === 0 ? Number(errors === 0) : 1 - errors / deviations;
      }
      return sum / width;
    },
  });
}

function combine(before: readonly number[], outputs: ArrayLike<number>, targets: ArrayLike<number>, count: number, width: number): number[] {
  const seen = before[0]!;
  const combined = [seen + count];
  for (let output = 0; output < width; output++) {
    const [meanBefore, deviationsBefore, errorsBefore] = before.slice(1 + numbersPerOutput * output, 1 + numbersPerOutput * (output + 1)) as [number, number, number];
    let [sum, deviations, errors] = [0, 0, 0];
    for (let index = output; index < count * width; index += width) sum += targets[index]!;
    const mean = sum / count;
    for (let index = output; index < count * width; index += width) {
      deviations += (targets[index]! - mean) ** 2;
      errors += (targets[index]! - outputs[index]!) ** 2;
    }
    const apart = mean - meanBefore;
    combined.push(
      meanBefore + (apart * count) / (seen + count),
      deviationsBefore + deviations + (apart ** 2 * seen * count) / (seen + count),
      errorsBefore + errors,
    );
  }
  return combined;
}
