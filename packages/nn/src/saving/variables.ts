import { ArgumentError, DataFormatError, scope, Tensor, requireOptions, type OptionNames } from '@adjoint/core';
import { OrderedMap } from 'immutable';
import { requireText } from '../options.js';
import { emptyTree, requireVariables, type TensorTree, type Variables } from '../tensorTree.js';
import { TrainingState } from '../training/trainingState.js';
import { decodeTree, encodeTree } from './treeFile.js';

/** How variables are read. */
export interface DecodeVariablesOptions {
  /** What error messages call the file. Default: `variables`. */
  readonly name?: string;
}

/**
 * Parameters and state as the bytes of a safetensors file, in any environment: the tensors' names are their dotted paths after
 * `params.` and `state.`.
 *
 * @throws `ArgumentError` when `state` is a whole training state.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { decodeSafetensors } from '@adjoint/data';
 * import { decodeVariables, dense, encodeVariables } from '@adjoint/nn';
 *
 * const variables = dense({ units: 2 }).init(key(0), [3]);
 * const bytes = encodeVariables(variables);
 * [...decodeSafetensors(bytes).tensors.keys()]; // ['params.bias', 'params.kernel']
 * [...decodeVariables(bytes).params.keys()]; // ['kernel', 'bias']
 * ```
 */
export function encodeVariables(variables: Variables): Uint8Array<ArrayBuffer> {
  if ((Object(variables) as { readonly state?: unknown }).state instanceof TrainingState) {
    throw new ArgumentError('encodeVariables: state is a TrainingState; expected the variables in it; pass { params: state.params, state: state.state }');
  }
  requireVariables('encodeVariables', variables);
  const { params, state } = variables;
  return encodeTree(OrderedMap<Tensor | TensorTree>({ params, state }));
}

const decodeVariablesOptionNames: OptionNames<DecodeVariablesOptions> = { name: true };

/**
 * The parameters and the state that {@link encodeVariables} wrote, in the same order. Whether they are those of a model,
 * {@link matchVariables} tells.
 *
 * @throws `DataFormatError` when the bytes are damaged or hold other tensors.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { decodeVariables, dense, encodeVariables } from '@adjoint/nn';
 *
 * const bytes = encodeVariables(dense({ units: 2 }).init(key(0), [3]));
 * decodeVariables(bytes).params.get('kernel'); // a tensor, float32 [3, 2]
 * decodeVariables(bytes.subarray(1), { name: 'dense.safetensors' }); // throws DataFormatError: dense.safetensors: at byte 0
 * ```
 */
export function decodeVariables(bytes: Uint8Array, options: DecodeVariablesOptions = {}): Variables {
  requireOptions('decodeVariables', options, decodeVariablesOptionNames);
  const { name = 'variables' } = options;
  requireText('decodeVariables', 'name', name);
  return scope(() => variablesOfTree(decodeTree(bytes, name), name));
}

function variablesOfTree(tree: TensorTree, name: string): Variables {
  const [params, state] = [tree.get('params', emptyTree), tree.get('state', emptyTree)];
  const other = tree.keySeq().find((key) => key !== 'params' && key !== 'state');
  if (other === undefined && !(params instanceof Tensor) && !(state instanceof Tensor)) return { params, state };
  throw new DataFormatError(
    `${name}: it has the tensors [${tree.keySeq().take(10).join(', ')}]; expected names that begin with params. or state., as encodeVariables writes them. ` +
      'Of a file from PyTorch, fromPyTorch makes variables',
  );
}
