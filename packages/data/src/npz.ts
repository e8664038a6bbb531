import { DataFormatError, requireOptions, scope, showCollection, type OptionNames, type Tensor, type Tree } from '@adjoint/core';
import { OrderedMap } from 'immutable';
import { toBytes, type BinaryData } from './binaryData.js';
import { chosenNames, readChosen, type NamesOption } from './chosenNames.js';
import { wrongKindError } from './fileKind.js';
import { namedTensors } from './namedTensors.js';
import { encodeNpy, tensorOfNpy } from './npy.js';
import { show } from './strictJson.js';
import { readDirectory, requireUnpackable, unpack, zip, type ZipEntry } from './zip.js';

/** How arrays are written. */
export interface NpzEncodeOptions {
  /** Whether to compress, as `numpy.savez_compressed` does. Default: false, as `numpy.savez`. */
  readonly compress?: boolean;
}

/** How an archive is read. */
export interface NpzDecodeOptions extends NamesOption {
  /** What error messages call the file. Default: `npz data`. */
  readonly name?: string;
  /** The most bytes that the compressed arrays that are read may unpack to in all. Default: 2^30, a gibibyte. */
  readonly maxByteLength?: number;
}

const ending = '.npy';

const npzEncodeOptionNames: OptionNames<NpzEncodeOptions> = { compress: true };

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
  requireOptions('encodeNpz', options, npzEncodeOptionNames);
  const files = namedTensors('encodeNpz', tensors).map(([name, tensor]) => [`${name}${ending}`, encodeNpy(tensor)] as const);
  return zip('encodeNpz', files, options.compress ?? false);
}

const npzDecodeOptionNames: OptionNames<NpzDecodeOptions> = { names: true, name: true, maxByteLength: true };

/**
 * Reads the arrays in the bytes of a .npz archive, compressed or not, all or those that you name, into tensors by name, in the order
 * of the archive. Each array is read as `decodeNpy` does; name the arrays to read where others are text or Python objects.
 *
 * @param data - the whole file.
 * @throws `ArgumentError` when the data is not bytes, or the archive has no array of one of the names.
 * @throws `DataFormatError` when this is another kind of file, the archive or an array in it is damaged (each has a check sum), files share bytes, have
 * one name twice or a name that leads elsewhere (`../x`), are not arrays, or unpack to more than `maxByteLength`. What is wrong with an array that is not read doesn't matter.
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
 * decodeNpz(bytes, { names: ['image'] }).size; // 1
 * decodeNpz(bytes, { name: 'images.npz', maxByteLength: 1000 }); // throws DataFormatError: images.npz: at byte 0: its files claim to unpack to 3264 bytes; expected at most 1000
 * ```
 */
export function decodeNpz(data: BinaryData, options: NpzDecodeOptions = {}): OrderedMap<string, Tensor> {
  requireOptions('decodeNpz', options, npzDecodeOptionNames);
  const { name = 'npz data', maxByteLength = 2 ** 30, names } = options;
  const bytes = toBytes('decodeNpz', data);
  const entries = archiveEntries(bytes, name);
  const describe = (file: string) => `${name}: file ${show(file)}`;
  const nameOf = (file: string): string => {
    if (file.endsWith(ending)) return file.slice(0, -ending.length);
    if (names !== undefined) return file;
    throw wrongKindError(name, bytes, 'npz') ?? new DataFormatError(`${describe(file)}: expected a name that ends in ${ending}, as all arrays of .npz archives have`);
  };
  const files = new Map(entries.map((entry) => [nameOf(entry.name), entry]));
  const chosen = chosenNames('decodeNpz', name, files.keys(), names);
  requireUnpackable(chosen.map((array) => files.get(array)!), maxByteLength, name);
  return scope(() => showCollection(OrderedMap(readChosen(chosen, (array) => {
    const entry = files.get(array)!;
    return tensorOfNpy(unpack(bytes, entry, describe(entry.name)), describe(entry.name));
  }))));
}

/** The files of the archive; where it is another kind of file, the error says so and not what is wrong with a directory. */
function archiveEntries(bytes: Uint8Array, name: string): readonly ZipEntry[] {
  try {
    return readDirectory(bytes, name);
  } catch (error) {
    throw wrongKindError(name, bytes, 'npz') ?? error;
  }
}
