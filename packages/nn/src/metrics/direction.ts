import {
  binaryCrossEntropyWithLogits, huber, klDivergence, meanAbsoluteError, meanSquaredError as squaredErrorOf, softmaxCrossEntropy,
} from '@adjoint/ops';
import { crossEntropy, meanSquaredError, type Loss } from '../losses.js';
import { accuracy } from './classAccuracy.js';

/** Whether lower (`min`) or higher (`max`) values of a number are better. */
export type Direction = 'min' | 'max';

const directions = new Map<unknown, Direction>([
  [accuracy, 'max'],
  ...[
    crossEntropy, meanSquaredError, squaredErrorOf, meanAbsoluteError, huber, klDivergence, softmaxCrossEntropy, binaryCrossEntropyWithLogits,
  ].map((loss) => [loss, 'min'] as const),
]);

/** Returns the direction of the library's own measures; null for any other function, whose name says nothing reliable. */
export function directionOf(measure: Loss): Direction | null {
  return directions.get(measure) ?? null;
}
