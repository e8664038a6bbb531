import { ArgumentError, DataFormatError, tensor } from '@adjoint/core';
import { decodeIdx, decodeNpy, decodeNpz, decodeSafetensors, encodeNpy, encodeNpz, encodeSafetensors, loadMnist, readIdx, writeIdx, type BinaryData } from '@adjoint/data';
import { gzipSync, zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';

const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const utf8 = (text: string) => new TextEncoder().encode(text);
const messageOf = async (read: () => unknown): Promise<string> => {
  try {
    await read();
  } catch (error) {
    expect(error).toBeInstanceOf(DataFormatError);
    return (error as Error).message;
  }
  return expect.fail('nothing was thrown');
};

const readers: Readonly<Record<string, (bytes: BinaryData) => unknown>> = {
  safetensors: (bytes) => decodeSafetensors(bytes, { name: 'f' }),
  npy: (bytes) => decodeNpy(bytes, { name: 'f' }),
  npz: (bytes) => decodeNpz(bytes, { name: 'f' }),
  idx: (bytes) => decodeIdx(bytes, { name: 'f' }),
};
const own: Readonly<Record<string, Uint8Array>> = {
  safetensors: encodeSafetensors({ x: tensor([1, 2]) }),
  npy: encodeNpy(tensor([1, 2])),
  npz: encodeNpz({ x: tensor([1, 2]) }),
  idx: writeIdx({ type: 'ubyte', shape: [3], data: Uint8Array.of(7, 8, 9) }),
};
const labels: Readonly<Record<string, RegExp>> = { safetensors: /a safetensors file.*decodeSafetensors/, npy: /a \.npy file.*decodeNpy/, npz: /an \.npz archive.*decodeNpz/, idx: /an IDX file.*decodeIdx/ };

const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n';
const foreign: readonly (readonly [what: string, bytes: Uint8Array, message: RegExp])[] = [
  ['a Git LFS pointer', utf8(pointer), /a Git LFS pointer, not the file itself; expected .*; download the file itself with git lfs pull/],
  ['a Git LFS pointer with Windows line ends', utf8(pointer.replaceAll('\n', '\r\n')), /a Git LFS pointer/],
  ['a git-annex pointer', utf8('/annex/objects/SHA256E-s5--abc.npy\n'), /git-annex pointer.*git annex get/],
  ['an HTML page', utf8('<!DOCTYPE html>\n<html lang="en"><head><title>Sign in</title>'), /this is an HTML page; expected .*download the file itself/],
  ['an HTML page after space and a comment', utf8('\ufeff\n  <!-- saved -->\n<HTML>'), /an HTML page/],
  ['an HTML page in Latin-1', latin1(`<html><body>caf\xe9 ${'x'.repeat(5000)}</body></html>`), /an HTML page/],
  ["a server's error", utf8('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'), /an XML document.*AccessDenied/],
  ['a message in JSON', utf8('{"error":"Repository not found"}'), /this is JSON/],
  ['the index of a split model', utf8('{\n  "metadata": {\n    "total_size": 5\n  },\n  "weight_map": {\n    "a": "model-00001-of-00002.safetensors"}}'), /the index of a model that is split.*weight_map/],
  ['a PyTorch file', zipSync({ 'archive/data.pkl': latin1('\x80\x02}q'), 'archive/version': utf8('3\n') }, { level: 0 }), /a PyTorch file \(a zip archive with a pickle\).*safetensors\.torch\.save_file/],
  ['a PyTorch file of an old version', latin1('\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.'), /a PyTorch file \(a pickle\)/],
  ['a pickle', latin1('\x80\x04\x95\x10\0\0\0\0\0\0\0}\x94.'), /a Python pickle/],
  ['a Keras file', zipSync({ 'metadata.json': utf8('{}') }), /a Keras model/],
  ['HDF5', latin1('\x89HDF\r\n\x1a\n\0\0\0\0\0\x08\x08\0'), /an HDF5 file.*numpy\.savez/],
  ['ONNX', latin1('\x08\x08\x12\x07pytorch\x1a\x052.1.0'), /an ONNX model/],
  ['GGUF', latin1('GGUF\x03\0\0\0'), /a GGUF file/],
  ['text', utf8('a,b,c\n1,2,3\n'), /text that begins "a,b,c"/],
  ['text in UTF-16', latin1('\xff\xfea\0,\0b\0\n\0'), /text in UTF-16/],
  ['a PNG image', latin1('\x89PNG\r\n\x1a\n\0\0\0\rIHDR'), /a PNG image/],
  ['a JPEG image', latin1('\xff\xd8\xff\xe0\0\x10JFIF\0'), /a JPEG image/],
  ['a tar archive', latin1(`${'x'.repeat(100)}${'\0'.repeat(157)}ustar\x0000`), /a tar archive/],
  ['nothing', new Uint8Array(0), /an empty file/],
  ['zeros', new Uint8Array(1000), /nothing but zeros/],
];

describe.each(Object.keys(readers))('the reader of %s', (format) => {
  test.each(foreign)('names %s', async (_, bytes, message) => {
    expect(await messageOf(() => readers[format]!(bytes))).toMatch(message);
  });

  test.each(Object.keys(own).filter((other) => other !== format))('names a file of %s', async (other) => {
    expect(await messageOf(() => readers[format]!(own[other]!))).toMatch(labels[other]!);
  });

  test('names what is in a gzip file, or that it is one', async () => {
    expect(await messageOf(() => readers[format]!(gzipSync(own['npy' === format ? 'safetensors' : 'npy']!)))).toMatch(/a gzip file|unpacked\): at byte 0: this is a (\.npy|safetensors) file/);
  });

  test('takes memory in any form, and refuses what is none', async () => {
    const bytes = own[format]!;
    const result = (read: unknown) => JSON.stringify(read, (key, value: unknown) => (key === 'storage' ? undefined : value));
    const expected = result(await readers[format]!(bytes));
    const padded = Uint8Array.from([9, ...bytes, 9]);
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    const even = new Uint8Array(bytes.length + (bytes.length % 2));
    even.set(bytes);
    const views: BinaryData[] = [
      bytes.buffer, new DataView(padded.buffer, 1, bytes.length), new Int8Array(padded.buffer, 1, bytes.length), Buffer.from(padded).subarray(1, -1),
      new Uint8ClampedArray(bytes), shared, shared.buffer, ...(bytes.length % 2 === 0 ? [new Uint16Array(even.buffer)] : []),
    ];
    for (const view of views) expect(result(await readers[format]!(view))).toBe(expected);
    for (const [wrong, message] of [
      ['x.npy', /bytes is the string "x\.npy".*await readBytes\(path\)/], [undefined, /bytes is undefined/], [null, /bytes is null/], [7, /bytes is 7/],
      [{}, /bytes is an object/], [[1, 2], /bytes is an array.*Uint8Array\.from/], [new Blob([bytes as Uint8Array<ArrayBuffer>]), /bytes is a Blob.*blob\.arrayBuffer\(\)/],
      [new Response('x'), /response\.arrayBuffer\(\)/], [Promise.resolve(bytes), /bytes is a Promise.*await it/],
    ] as const) {
      const error: unknown = await Promise.resolve().then(() => readers[format]!(wrong as unknown as BinaryData)).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ArgumentError);
      expect(String(error)).toMatch(message);
      expect(String(error)).toContain('expected a Uint8Array or an ArrayBuffer');
    }
  });
});

test('readIdx and loadMnist name foreign files too', async () => {
  expect(await messageOf(() => readIdx(utf8(pointer), { name: 'f' }))).toMatch(/f: at byte 0: this is a Git LFS pointer/);
  const file = { name: 'train-images', bytes: utf8('<html>').buffer };
  expect(await messageOf(() => loadMnist({ trainImages: file, trainLabels: file, testImages: file, testLabels: file }))).toMatch(/train-images: at byte 0: this is an HTML page/);
});

describe('names', () => {
  const text = latin1(`\x93NUMPY\x01\0v\0${"{'descr': '<U5', 'fortran_order': False, 'shape': (1,), }".padEnd(117)}\n${'a\0\0\0'.repeat(5)}`);
  const archive = zipSync({ 'x.npy': own['npy']!, 'labels.npy': text, 'notes.txt': utf8('mine') }, { level: 0 });

  test('choose arrays of an archive, where others cannot be read', () => {
    expect(decodeNpz(archive, { names: ['x'] }).map((leaf) => leaf.toArray()).toObject()).toEqual({ x: [1, 2] });
    expect(decodeNpz(archive, { names: [] }).size).toBe(0);
    const two = zipSync({ 'x.npy': own['npy']!, 'labels.npy': text, 'y.npy': own['npy']! }, { level: 0 });
    expect(() => decodeNpz(two, { name: 'f' })).toThrow(/f: file "labels\.npy": .*'<U5'.*To read the others, pass their names: \{ names: \['x', 'y'\] \}/);
    expect([...decodeNpz(two, { names: ['y', 'x', 'y'] }).keys()]).toEqual(['x', 'y']);
    expect(() => decodeNpz(two, { name: 'f', names: ['z'] })).toThrow(new ArgumentError('decodeNpz: f has no tensor "z"; expected names of [x, labels, y]'));
    expect(() => decodeNpz(two, { names: 'x' as unknown as string[] })).toThrow(/names is "x"; expected a list of strings/);
  });

  test('count only what is read as unpacked', () => {
    const bytes = encodeNpz({ big: tensor(new Float32Array(100_000)), small: tensor([1]) }, { compress: true });
    expect(decodeNpz(bytes, { names: ['small'], maxByteLength: 1000 }).size).toBe(1);
  });

  const entry = (dtype: string, start: number, end: number) => `{"dtype":"${dtype}","shape":[${end - start}],"data_offsets":[${start},${end}]}`;
  const safetensors = (dtype: string) => {
    const header = `{"f8":${entry(dtype, 0, 2)},"x":${entry('U8', 2, 4)}}`;
    return Uint8Array.from([header.length, 0, 0, 0, 0, 0, 0, 0, ...utf8(header), 1, 2, 3, 4]);
  };

  test.each(['F8_E4M3', 'F8_FUTURE'])('choose tensors, where others are %s', (dtype) => {
    expect(decodeSafetensors(safetensors(dtype), { names: ['x'] }).tensors.map((leaf) => leaf.toArray()).toObject()).toEqual({ x: [3, 4] });
    expect(() => decodeSafetensors(safetensors(dtype), { name: 'f' })).toThrow(/f: tensor "f8": .*F8_.*names: \['x'\]/);
    expect(() => decodeSafetensors(safetensors(dtype), { name: 'f', names: ['y'] })).toThrow(new ArgumentError('decodeSafetensors: f has no tensor "y"; expected names of [f8, x]'));
  });

  test('are listed briefly, however many there are', () => {
    const many = encodeSafetensors(Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`layer${index}`, tensor([1])])));
    expect(() => decodeSafetensors(many, { names: ['z'] })).toThrow(/and 180 more\]/);
  });
});
