/*
 * What a file is that a reader can't read, told by its first bytes: people pass a web page, a Git LFS pointer or another library's
 * file far more often than a damaged one.
 */
import type { DataFormatError } from '@adjoint/core';
import { toBytes, type BinaryData } from './binaryData.js';
import { formatError } from './namedBytes.js';
import { shorten } from './strictJson.js';

/** What the first bytes of a file say it is. */
export interface FileDescription {
  /** Of a format that has a reader here its name, `text` for text of no known kind, and `other` for all others. */
  readonly format: 'safetensors' | 'npy' | 'npz' | 'idx' | 'json' | 'text' | 'other';
  /** In words that go on after `this is`: `an HTML page`. */
  readonly what: string;
  /** How to get at what is in it, or at the file that was wanted. */
  readonly advice: string;
}

/** The formats that have readers here. */
const formats = {
  safetensors: { format: 'safetensors', what: 'a safetensors file', advice: 'read it with decodeSafetensors' },
  npy: { format: 'npy', what: 'a .npy file', advice: 'read it with decodeNpy' },
  npz: { format: 'npz', what: 'an .npz archive', advice: 'read it with decodeNpz' },
  idx: { format: 'idx', what: 'an IDX file', advice: 'read it with decodeIdx' },
} as const satisfies Readonly<Record<string, FileDescription>>;

/** How many bytes at the start of a file tell its kind. */
export const fileKindLength = 4096;

/**
 * The error for a file of another kind than expected.
 *
 * @param bytes - the file, or at least its first {@link fileKindLength} bytes.
 * @returns null when the file looks like what was expected, or its kind is unknown; the reader knows better what is wrong then.
 */
export function wrongKindError(name: string, bytes: Uint8Array, ...expected: readonly (keyof typeof formats)[]): DataFormatError | null {
  const found = describeBytes(bytes);
  const isExpected = (format: string) => (expected as readonly string[]).includes(format);
  if (found === null || isExpected(found.format) || (found === zipArchive && isExpected('npz'))) return null;
  return formatError(name, 0, `this is ${found.what}`, `${expected.map((format) => formats[format].what).join(' or ')}; ${found.advice}`);
}

/**
 * Says what a file is by its first bytes: one that can be read here, another library's, a web page, a Git LFS pointer, an image.
 * The readers use it for the errors about files of other kinds.
 *
 * @param data - the file, or its first 4,096 bytes.
 * @returns null when the bytes say nothing.
 * @throws `ArgumentError` when the data is not bytes.
 *
 * @example
 * ```ts
 * import { describeBytes } from '@adjoint/data';
 *
 * describeBytes(new TextEncoder().encode('<!doctype html><title>Not found</title>'))!.what; // 'an HTML page'
 * describeBytes(new Uint8Array([0, 0, 8, 1, 0, 0, 0, 1, 7]))!.format; // 'idx'
 * ```
 */
export function describeBytes(data: BinaryData): FileDescription | null {
  const start = toBytes('describeBytes', data).subarray(0, fileKindLength);
  if (start.length === 0) return other('an empty file', 'write or download it again');
  if (start.length >= 16 && start.every((byte) => byte === 0)) {
    return other('a file that begins with nothing but zeros', 'a copy or download did not finish; copy or download it again');
  }
  const latin = String.fromCharCode(...start);
  if (latin.startsWith('PK\x03\x04') || latin.startsWith('PK\x05\x06')) return zipKind(latin);
  const known = signatures.find(([signature]) => signature.test(latin));
  if (known !== undefined) return known[1];
  if (isSafetensors(start)) return formats.safetensors;
  return textKind(start);
}

function other(what: string, advice: string): FileDescription {
  return { format: 'other', what, advice };
}

const pyTorchAdvice =
  "it can't be read, since loading a pickle can run code; in Python, save the tensors with safetensors.torch.save_file(state_dict, 'model.safetensors')";
const savezAdvice = 'save its arrays with numpy.savez or as safetensors';
const unpackAdvice = 'unpack it first';
const imageAdvice = 'decode the image to pixels first';
const pointerAdvice = (command: string) => `download the file itself with ${command}`;

/* eslint-disable no-control-regex -- Signatures of binary files have control characters. */
/** The first that fits wins. Each character is a byte. */
const signatures: readonly (readonly [signature: RegExp, kind: FileDescription])[] = [
  [/^\x93NUMPY/, formats.npy],
  [/^(\xef\xbb\xbf)?\s*(<!--.*?-->\s*)*<(!doctype html|html|head|body|title|script)[\s>]/is,
    other('an HTML page', 'a server sent a page, such as an error or a login, in place of the file; open the address in a browser, and download the file itself')],
  [/^version https:\/\/git-lfs/, other('a Git LFS pointer, not the file itself', pointerAdvice('git lfs pull'))],
  [/^(\.git|\/)?\/?annex\/objects\//, other('a git-annex pointer, not the file itself', pointerAdvice('git annex get'))],
  [/^(md5: [^\n]*\n)?outs:\n- md5: /, other('a DVC pointer, not the file itself', pointerAdvice('dvc pull'))],
  [/^\x80[\x02-\x05]\x8a\nl\xfc\x9cF\xf9/, other('a PyTorch file (a pickle)', pyTorchAdvice)],
  [/^\x80[\x02-\x05]/, other('a Python pickle', pyTorchAdvice)],
  [/^\x1f\x8b/, other('a gzip file', `${unpackAdvice} (decodeIdx unpacks IDX files itself)`)],
  [/^(BZh[1-9]|\xfd7zXZ\0|\x28\xb5\x2f\xfd|7z\xbc\xaf|Rar!|\x04\x22\x4d\x18)/, other('a compressed file', unpackAdvice)],
  [/^.{257}ustar/s, other('a tar archive', unpackAdvice)],
  [/^\x89HDF\r\n\x1a\n/, other('an HDF5 file, as Keras writes (.h5)', `in Python, ${savezAdvice}`)],
  [/^MATLAB [57]\./, other('a MATLAB file', `in Python, load it with SciPy and ${savezAdvice}`)],
  [/^GGUF/, other('a GGUF file, as llama.cpp reads', 'take the safetensors file of the model')],
  [/^.{4}TFL3/s, other('a TensorFlow Lite model', savezAdvice)],
  [/^\x08\x01\x12/, other('a TensorFlow SavedModel', savezAdvice)],
  [/^\x08[\x03-\x14][\x12\x1a\x22\x28\x32\x3a\x42]/, other('an ONNX model', 'in Python, save its initializers as safetensors or with numpy.savez')],
  [/^(PAR1|ARROW1)/, other('a Parquet or Arrow file', savezAdvice)],
  [/^SQLite format 3\0/, other('an SQLite database', savezAdvice)],
  [/^\x89PNG\r\n/, other('a PNG image', imageAdvice)],
  [/^\xff\xd8\xff/, other('a JPEG image', imageAdvice)],
  [/^GIF8[79]a/, other('a GIF image', imageAdvice)],
  [/^RIFF.{4}WEBP/s, other('a WebP image', imageAdvice)],
  [/^(II\*\0|MM\0\*)/, other('a TIFF image', imageAdvice)],
  [/^BM.{4}\0{4}/s, other('a BMP image', imageAdvice)],
  [/^RIFF.{4}WAVE/s, other('a WAV file', 'decode the audio to samples first')],
  [/^%PDF-/, other('a PDF document', 'look at the path or the address that it came from')],
  [/^\0asm/, other('a WebAssembly module', 'look at the path')],
  [/^(\xff\xfe|\xfe\xff)/, other('text in UTF-16', 'a shell or an editor converted it; take the original file, or save the text in UTF-8')],
  // Last of the binary ones: it's the weakest.
  [/^\0\0[\x08\x09\x0b-\x0e][\x01-\x08]/, formats.idx],
];
/* eslint-enable no-control-regex */

/** An archive by the name of its first file: several formats are zip archives. */
function zipKind(latin: string): FileDescription {
  const nameLength = latin.charCodeAt(26) + 256 * latin.charCodeAt(27);
  const first = latin.slice(30, 30 + nameLength);
  if (first.endsWith('.npy')) return formats.npz;
  if (/(^|\/)(data\.pkl|constants\.pkl|byteorder|\.format_version|\.data\/)/.test(first)) return other('a PyTorch file (a zip archive with a pickle)', pyTorchAdvice);
  if (/^(metadata\.json|config\.json|model\.weights\.h5)$/.test(first)) return other('a Keras model (.keras)', `in Python, ${savezAdvice}`);
  if (/^(\[Content_Types\]\.xml|_rels\/|word\/|xl\/)/.test(first)) return other('an Office document', 'export the table as CSV');
  return zipArchive;
}

const zipArchive: FileDescription = other('a zip archive', unpackAdvice);

function isSafetensors(start: Uint8Array): boolean {
  return start.length > 8 && start[8] === 0x7b /* { */ && start.subarray(4, 8).every((byte) => byte === 0);
}

function textKind(start: Uint8Array): FileDescription | null {
  let text: string;
  try {
    // The last character may be cut off.
    text = new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: true });
  } catch {
    return null;
  }
  // eslint-disable-next-line no-control-regex -- Text has none of these.
  if (text.length < 4 || /[\0-\x08\x0e-\x1f\x7f]/.test(text)) return null;
  const trimmed = text.trimStart();
  if (/^(<\?xml|<Error>|<svg)/.test(trimmed)) return other('an XML document, as servers send for errors', `read what it says: ${JSON.stringify(shorten(trimmed))}`);
  if (/^\{.*"weight_map"\s*:/s.test(trimmed)) {
    return other('the index of a model that is split into several files', 'read the safetensors files that its weight_map names');
  }
  if (/^(\{\s*("|\}|$)|\[\s*([[\]{"\d-]|$))/.test(trimmed)) return { format: 'json', what: 'JSON', advice: 'parse it with JSON.parse' };
  return { format: 'text', what: `text that begins ${JSON.stringify(shorten(trimmed.split(/\r?\n/, 1)[0]!))}`, advice: 'look at the path or the address that it came from' };
}
