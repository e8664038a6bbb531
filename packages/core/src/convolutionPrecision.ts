import type { ConvolutionPrecision } from './backend.js';
import { ArgumentError } from './errors.js';

const precisions: readonly unknown[] = ['default', 'highest'] satisfies readonly ConvolutionPrecision[];

let current: ConvolutionPrecision = 'default';

/** Returns the precision of convolutions that are called without one. */
export function defaultConvolutionPrecision(): ConvolutionPrecision {
  return current;
}

/**
 * Sets the precision of convolutions that are called without one. It counts when a convolution is called; its gradients, to any
 * order, have the precision of the call.
 *
 * `default` computes `float32` convolutions with 3 by 3 kernels by a transform (Winograd's), which is faster. The error is then
 * relative to the largest values nearby: one pixel of 1e6 adds errors of about 2 to outputs up to three pixels away. `highest`
 * always sums directly. See the performance guide for the bounds.
 *
 * @throws {@link ArgumentError} when the precision is not `default` or `highest`.
 *
 * @jax jax.default_matmul_precision
 *
 * @example
 * ```ts
 * import { defaultConvolutionPrecision, setDefaultConvolutionPrecision } from '@adjoint/core';
 *
 * setDefaultConvolutionPrecision('highest');
 * defaultConvolutionPrecision(); // 'highest'
 * setDefaultConvolutionPrecision('default');
 * ```
 */
export function setDefaultConvolutionPrecision(precision: ConvolutionPrecision): void {
  requireConvolutionPrecision('setDefaultConvolutionPrecision', precision);
  current = precision;
}

/**
 * Runs `fn` with another default precision of convolutions, and then restores the previous one, also after an error. What an
 * asynchronous function does after its first `await` has the previous one again.
 *
 * @throws {@link ArgumentError} when the precision is not `default` or `highest`.
 *
 * @example
 * ```ts
 * import { ones, withConvolutionPrecision } from '@adjoint/core';
 * import { conv2d } from '@adjoint/ops';
 *
 * const images = ones([1, 8, 8, 16]);
 * const kernel = ones([3, 3, 16, 16]);
 * withConvolutionPrecision('highest', () => conv2d(images, kernel)).shape; // [1, 6, 6, 16]
 * ```
 */
export function withConvolutionPrecision<R>(precision: ConvolutionPrecision, fn: () => R): R {
  requireConvolutionPrecision('withConvolutionPrecision', precision);
  const former = current;
  current = precision;
  try {
    return fn();
  } finally {
    current = former;
  }
}

/**
 * Checks that a value is a precision of convolutions.
 *
 * @throws {@link ArgumentError} that names the operation.
 */
export function requireConvolutionPrecision(operation: string, value: unknown): asserts value is ConvolutionPrecision {
  if (precisions.includes(value)) return;
  const given = typeof value === 'string' ? `'${value.slice(0, 40)}'` : value === null ? 'null' : `of type ${typeof value}`;
  throw new ArgumentError(`${operation}: precision is ${given}; expected 'default' or 'highest'`);
}
