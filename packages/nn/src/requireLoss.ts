import { ArgumentError, formatType, formatValue, isFloat, ShapeError, Tensor } from '@adjoint/core';

/**
 * Checks what a loss returned.
 *
 * @throws `ArgumentError` or `ShapeError` that names the operation, and says why a number will not do.
 */
export function requireScalarLoss(operation: string, loss: unknown): Tensor {
  if (!(loss instanceof Tensor)) {
    throw new ArgumentError(`${operation}: the loss is ${formatValue(loss)}; expected a tensor, computed from outputs and targets with operations${adviceOn(loss)}`);
  }
  if (loss.shape.length === 0 && isFloat(loss.dtype)) return loss;
  throw new ShapeError(`${operation}: the loss is ${formatType(loss)}; expected a float scalar, the mean over the batch`);
}

/**
 * Checks what a function that measures a batch returned.
 *
 * @param place - begins the message: `metrics.f1`.
 * @throws `ArgumentError` or `ShapeError` that says what to do, also if the function should have been called to make a metric.
 */
export function requireMeasure(place: string, measureOf: { readonly name: string }, measured: unknown): Tensor {
  if (measured instanceof Tensor) {
    if (measured.size === 1) return measured;
    throw new ShapeError(`${place} returned ${formatType(measured)}; expected a scalar, the mean over the batch`);
  }
  if (typeof (measured as { readonly update?: unknown } | null | undefined)?.update === 'function') {
    throw new ArgumentError(`${place} returned a metric; expected a scalar tensor: call ${measureOf.name}() to get the metric`);
  }
  throw new ArgumentError(`${place} returned ${formatValue(measured)}; expected a scalar tensor${typeof measured === 'number' ? ': leave out item()' : adviceOn(measured)}`);
}

/** What to do about a result that is not a tensor. */
function adviceOn(result: unknown): string {
  if (typeof result === 'number') return '. A number has no gradient: leave out item(), data() and toArray()';
  if (result instanceof Promise) return '. The function must not be asynchronous';
  return result === undefined ? '. Return the result from the function' : '';
}
