import { DataFormatError, scope, type Tensor, type Tree } from '@adjoint/core';
import { OrderedMap } from 'immutable';
import { namedTensors } from './namedTensors.js';
import { decodeNpy, encodeNpy } from './npy.js';
import { show } from './strictJson.js';
import { unzip, zip } from './zip.js';

/** How arrays are written. */
export interface NpzEncodeOptions {
  /** Whether to compress, as `numpy.savez_compressed` does. Default: false, as `numpy.savez`. */
  readonly compress?: boolean;
}

/** How an archive is read. */
export interface NpzDecodeOptions {
  /** What error messages call the file. Default: `npz data`. */
  readonly name?: string;
  /** The most bytes that compressed arrays may unpack to in all. Default: 2^30, a gibibyte. */
  readonly maxByteLength?: number;
}

const ending = '.npy';

/**
 * The bytes of a .npz archive of the tensors of a tree by their dotted paths, which `numpy.load` reads.
 *
 * @throws `ArgumentError` when two tensors have one dotted path, a name leads out of a folder (`../x`), or the archive would
 * take 4 GiB.
 * @numpy np.savez
 * @jax jnp.savez
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { decodeNpz, encodeNpz } from '@adjoint/data';
 *
 * const bytes = encodeNpz({ inputs: tensor([[1, 2]]), targets: tensor([0], { dtype: 'int32' }) }, { compress: true });
 * decodeNpz(bytes); // { inputs: [[1, 2]], targets: [0] }
 * ```
 */
export function encodeNpz(tensors: Tree, options: NpzEncodeOptions = {}): Uint8Array<ArrayBuffer> {
  const files = namedTensors('encodeNpz', tensors).map(([name, tensor]) => [`${name}${ending}`, encodeNpy(tensor)] as const);
  return zip('encodeNpz', files, options.compress ?? false);
}

/**
 * Reads the bytes of a .npz archive, compressed or not, into tensors by name, in the order of the archive. Each array is
 * read as {@link decodeNpy} does.
 *
 * @throws `DataFormatError` when the archive or an array in it is damaged (each has a check sum), files share bytes, have
 * one name twice or a name that leads elsewhere (`../x`), are no arrays, or unpack to more than `maxByteLength`.
 * @numpy np.load
 * @jax jnp.load
 *
 * @example
 * ```ts
 * import { zeros } from '@adjoint/core';
 * import { decodeNpz, encodeNpz } from '@adjoint/data';
 *
 * const bytes = encodeNpz({ image: zeros([28, 28]) }, { compress: true });
 * decodeNpz(bytes).get('image')!.shape; // [28, 28]
 * decodeNpz(bytes, { name: 'images.npz', maxByteLength: 1000 }); // throws DataFormatError: images.npz: at byte 0: its files claim to unpack to 3264 bytes; expected at most 1000
 * ```
 */
export function decodeNpz(bytes: Uint8Array, options: NpzDecodeOptions = {}): OrderedMap<string, Tensor> {
  const { name = 'npz data', maxByteLength = 2 ** 30 } = options;
  return scope(() => OrderedMap(Array.from(unzip(bytes, maxByteLength, name), ([file, content]): [string, Tensor] => {
    const what = `${name}: file ${show(file)}`;
    if (!file.endsWith(ending)) throw new DataFormatError(`${what}: expected a name that ends in ${ending}, as all arrays of .npz archives have`);
    return [file.slice(0, -ending.length), decodeNpy(content, { name: what })];
  })));
}
