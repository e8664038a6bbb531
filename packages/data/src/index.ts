/**
 * Reading and writing files of tensors (safetensors, .npy and .npz, IDX), MNIST, and cutting datasets into shuffled batches; in browsers
 * and in Node.
 *
 * @packageDocumentation
 */
export type { Augmentation } from './augmentation.js';
export type { Batch, Batches, BatchOptions } from './batches.js';
export type { BinaryData } from './binaryData.js';
export type { NamesOption } from './chosenNames.js';
export { describeBytes, type FileDescription } from './fileKind.js';
export { decodeIdx, encodeIdx, type IdxDecodeOptions, type IdxEncodeOptions } from './compressedIdx.js';
export { readIdx, writeIdx, type IdxArray, type IdxDataOf, type IdxReadOptions, type IdxType } from './idx.js';
export { ImageDataset } from './imageDataset.js';
export type { LabelledImages } from './labelledImages.js';
export { loadMnist, mnistClasses, mnistImageSize, type MnistDataset, type MnistFiles } from './mnist.js';
export type { NamedBytes } from './namedBytes.js';
export { decodeNpy, encodeNpy, type NpyDecodeOptions } from './npy.js';
export { decodeNpz, encodeNpz, type NpzDecodeOptions, type NpzEncodeOptions } from './npz.js';
export {
  decodeSafetensors, encodeSafetensors, type Safetensors, type SafetensorsDecodeOptions, type SafetensorsEncodeOptions,
} from './safetensors.js';
export type { SafetensorsEntry } from './safetensorsHeader.js';
