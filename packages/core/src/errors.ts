import { formatLine } from './formatValue.js';

/** The base of every error that Adjoint throws on purpose, so that one `instanceof` tells them from bugs. */
export class AdjointError extends Error {
  override readonly name: string = 'AdjointError';

  /**
   * Escapes control characters in the message, line breaks included, and shortens lines that names or lists have made too long to read.
   *
   * @param message - a line, or a list of lines.
   */
  constructor(message: string | readonly string[] = '', options?: ErrorOptions) {
    super([message].flat().map(formatLine).join('\n'), options);
  }
}

/** Shapes that do not fit the operation or each other. */
export class ShapeError extends AdjointError {
  override readonly name: string = 'ShapeError';
}

/** A dtype that the operation does not take. */
export class DTypeError extends AdjointError {
  override readonly name: string = 'DTypeError';
}

/** An axis that the tensor does not have, or that is named twice. */
export class AxisError extends AdjointError {
  override readonly name: string = 'AxisError';
}

/** An argument outside of what a function takes, where no more special error fits. */
export class ArgumentError extends AdjointError {
  override readonly name: string = 'ArgumentError';
}

/** A tensor whose memory went back to the pool. */
export class ReleasedTensorError extends AdjointError {
  override readonly name: string = 'ReleasedTensorError';
  /** @internal The tensor, if one was used. */
  readonly tensor: unknown;

  constructor(message: string, options: ErrorOptions & { readonly tensor?: unknown } = {}) {
    super(message, options);
    this.tensor = options.tensor;
  }
}

/** A function that a transform cannot take: asynchronous, no scalar, no tensors. */
export class TransformError extends AdjointError {
  override readonly name: string = 'TransformError';
}

/** Tensors of different backends in one operation, or a backend that cannot do what was asked. */
export class BackendError extends AdjointError {
  override readonly name: string = 'BackendError';
}

/** Bytes that are not what their format says: truncated, a wrong magic number, a size that does not fit. */
export class DataFormatError extends AdjointError {
  override readonly name: string = 'DataFormatError';
}
