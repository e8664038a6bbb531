import { BackendError } from './errors.js';
import { formatValue } from './formatValue.js';

/** The error of a backend that is asked for an operation that no backend has. */
export function unknownOperation(backend: string, operation: unknown, known: Iterable<string>): BackendError {
  return new BackendError(`${formatValue(operation)}: the ${backend} backend has no such operation; expected one of [${[...known].join(', ')}]`);
}
