import { ArgumentError, DataFormatError, formatValue, scope } from '@adjoint/core';
import { decodeSafetensors, encodeSafetensors } from '@adjoint/data';
import { parseJson, requireObject } from '../definition/json.js';
import { requireText } from '../options.js';
import { TrainingState } from '../training/trainingState.js';
import { valueFromJson, valueToJson } from './trainingStateJson.js';

/** What a file says of a training state beside it. */
export interface SavedTrainingState {
  readonly state: TrainingState;
  /** Why a callback ended the training; null when none did. */
  readonly stopped: string | null;
}

/**
 * A training state as the bytes of a safetensors file: everything that training goes on from, bit for bit. The tensors have their
 * dotted paths for names, `params.dense.kernel` for instance, so that other programs find the parameters; the rest is JSON in the
 * file's metadata.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { adam, createTrainingState, decodeTrainingState, dense, encodeTrainingState } from '@adjoint/nn';
 *
 * const state = createTrainingState({ model: dense({ units: 2 }), optimizer: adam(), key: key(42), inputShape: [3] });
 * const again = decodeTrainingState(encodeTrainingState(state)).state;
 * again.key.low === state.key.low; // true
 * String(again.params.get('kernel')) === String(state.params.get('kernel')); // true
 * ```
 */
export function encodeTrainingState(state: TrainingState, stopped: string | null = null): Uint8Array<ArrayBuffer> {
  const given: unknown = state;
  if (!(given instanceof TrainingState)) throw new ArgumentError(`encodeTrainingState: state is ${formatValue(given)}; expected a TrainingState, as createTrainingState or fit made it`);
  if (stopped !== null) requireText('encodeTrainingState', 'stopped', stopped);
  const tensors: Parameters<typeof valueToJson>[2] = [];
  const training = valueToJson(state, '', tensors);
  return encodeSafetensors(Object.fromEntries(tensors), { metadata: { format: 'adjoint', training: JSON.stringify({ state: training, stopped }) } });
}

/**
 * The training state that {@link encodeTrainingState} wrote.
 *
 * @param name - what error messages call the file.
 * @returns the state, for `fit({ state })`, and why a callback had ended the training.
 * @throws `DataFormatError` when the bytes are damaged, hold something else, or were written by a version with other fields.
 */
export function decodeTrainingState(bytes: Uint8Array, name = 'training state'): SavedTrainingState {
  requireText('decodeTrainingState', 'name', name);
  return scope(() => {
    const { tensors, metadata } = decodeSafetensors(bytes, { name });
    const text = metadata.get('training');
    if (text === undefined) throw new DataFormatError(`${name}: its metadata has no 'training'; expected a file that encodeTrainingState wrote`);
    const { state: written, stopped } = requireObject(parseJson(text, `${name}: the training state`), `${name}: the training state`);
    const state = valueFromJson(written, `${name}: the training state`, tensors);
    if (state instanceof TrainingState && (stopped === null || typeof stopped === 'string')) return { state, stopped };
    throw new DataFormatError(`${name}: its metadata describes no training state`);
  }, 'decodeTrainingState');
}
