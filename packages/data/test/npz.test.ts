import { ArgumentError, DataFormatError, scope, tensor, zeros } from '@adjoint/core';
import { decodeNpz, encodeNpy, encodeNpz } from '@adjoint/data';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { anyTensor } from './anyTensor.js';
import { changes, messageOf } from './damage.js';
import { living } from '../../../test/living.js';

// Written by NumPy 1.24: weights = [[1, 2, 3], [4, 5, 6]] in float32 and layer/bias = [0, 1, 2] in int64.
const fromNumpy = {
  'numpy.savez':
    'UEsDBBQAAAAAAAAAIQB8nN6imAAAAJgAAAALABQAd2VpZ2h0cy5ucHkBABAAmAAAAAAAAACYAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxmNCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCAzKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAACAPwAAAEAAAEBAAACAQAAAoEAAAMBAUEsDBBQAAAAAAAAAIQD3QBLqmAAAAJgAAAAOABQAbGF5ZXIvYmlhcy5ucHkBABAAmAAAAAAAAACYAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxpOCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgzLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAAAAAAAAAABAAAAAAAAAAIAAAAAAAAAUEsBAhQDFAAAAAAAAAAhAHyc3qKYAAAAmAAAAAsAAAAAAAAAAAAAAIABAAAAAHdlaWdodHMubnB5UEsBAhQDFAAAAAAAAAAhAPdAEuqYAAAAmAAAAA4AAAAAAAAAAAAAAIAB1QAAAGxheWVyL2JpYXMubnB5UEsFBgAAAAACAAIAdQAAAK0BAAAAAA==',
  'numpy.savez_compressed':
    'UEsDBBQAAAAIAAAAIQB8nN6iWAAAAJgAAAALABQAd2VpZ2h0cy5ucHkBABAAmAAAAAAAAABYAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CsaaOgq1CmQDLgaGBnsGBgYHIALiBiBeAMQHHABQSwMEFAAAAAgAAAAhAPdAEupMAAAAmAAAAA4AFABsYXllci9iaWFzLm5weQEAEACYAAAAAAAAAEwAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNpoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaxjqaOgq1ChQALgYoYITSTFAaAFBLAQIUAxQAAAAIAAAAIQB8nN6iWAAAAJgAAAALAAAAAAAAAAAAAACAAQAAAAB3ZWlnaHRzLm5weVBLAQIUAxQAAAAIAAAAIQD3QBLqTAAAAJgAAAAOAAAAAAAAAAAAAACAAZUAAABsYXllci9iaWFzLm5weVBLBQYAAAAAAgACAHUAAAAhAQAAAAA=',
};

/** The places in an archive of one file of no extra fields, whose name is `x.npy`. */
const nameLength = 'x.npy'.length;
const content = encodeNpy(tensor([1, 2]));
const single = (compress: boolean) => encodeNpz({ x: tensor([1, 2]) }, { compress });
const plain = single(false);
const packed = single(true);
const endOf = (bytes: Uint8Array) => bytes.length - 22;
const directoryOf = (bytes: Uint8Array) => endOf(bytes) - 46 - nameLength;

/** Bytes at some places in place of those that are there. */
function patched(bytes: Uint8Array, ...patches: readonly (readonly [at: number, ...bytes: number[]])[]): Uint8Array {
  const changed = Uint8Array.from(bytes);
  for (const [at, ...values] of patches) changed.set(values, at);
  return changed;
}

/** An archive of files of any content, by another writer. */
const archive = (files: Readonly<Record<string, Uint8Array>>) => zipSync(files, { level: 6 });

describe('encodeNpz and decodeNpz', () => {
  test.each(Object.entries(fromNumpy))('reads what %s wrote', (_, base64) => {
    const read = decodeNpz(Buffer.from(base64, 'base64'));
    expect(read.map((leaf) => [leaf.dtype, leaf.toArray()]).toObject()).toEqual({
      weights: ['float32', [[1, 2, 3], [4, 5, 6]]], 'layer/bias': ['int32', [0, 1, 2]],
    });
  });

  test('what is written reads back the same in every bit', () => {
    const files = fc.dictionary(fc.stringMatching(/^[\wé]{1,5}$/), anyTensor, { maxKeys: 4 });
    fc.assert(fc.property(files, fc.boolean(), (tensors, compress) => scope(() => {
      const bytes = encodeNpz(tensors, { compress });
      const read = decodeNpz(bytes);
      expect([...read.keys()].sort()).toEqual(Object.keys(tensors).sort());
      for (const [name, written] of Object.entries(tensors)) expect(read.get(name)!.data()).toEqual(written.data());
      expect(encodeNpz(tensors, { compress })).toEqual(bytes);
    })));
  });

  test('compresses where asked, over many pieces', () => {
    const image = tensor(Float32Array.from({ length: 200_000 }, (_, index) => index % 7));
    expect(encodeNpz({ image }).length).toBeGreaterThan(800_000);
    const bytes = encodeNpz({ image }, { compress: true });
    expect(bytes.length).toBeLessThan(50_000);
    expect(decodeNpz(bytes).get('image')!.data()).toEqual(image.data());
  });

  test('reads an archive with a comment, and one without a file', () => {
    expect([...decodeNpz(Uint8Array.from([...patched(plain, [plain.length - 2, 3, 0]), 80, 75, 5])).keys()]).toEqual(['x']);
    expect(decodeNpz(encodeNpz({})).size).toBe(0);
  });

  test('refuses to write what cannot be read', () => {
    expect(() => encodeNpz({ '../x': zeros([1]) })).toThrow(new ArgumentError('encodeNpz: the name "../x.npy" is no relative path; expected one without .., backslashes and drives'));
    expect(() => encodeNpz({ 'a.b': zeros([1]), a: { b: zeros([1]) } })).toThrow(/two tensors of the dotted path "a\.b"/);
  });
});

describe('decodeNpz refuses', () => {
  test.each<[string, Uint8Array, string]>([
    ['no bytes', new Uint8Array(0), 'f: at byte 0: this is an empty file; expected an .npz archive'],
    ['a .npy file', content, 'f: at byte 0: this is a .npy file; expected an .npz archive; read it with decodeNpy'],
    ['half an archive', plain.subarray(0, 100), 'no end of a zip directory; expected a whole zip archive'],
    ['bytes behind the archive', Uint8Array.from([...plain, 0]), 'no end of a zip directory'],
    ['bytes before the archive', Uint8Array.from([0, ...plain]), `a directory of ${46 + nameLength} bytes at ${directoryOf(plain)}; expected one that ends at ${endOf(plain) + 1}`],
    ['a zip64 archive', patched(plain, [endOf(plain) + 16, 255, 255, 255, 255]), 'a zip64 archive; expected one below 4 GiB'],
    ['several disks', patched(plain, [endOf(plain) + 4, 1]), 'an archive over several disks'],
    ['more files than there are', patched(plain, [endOf(plain) + 8, 2, 0, 2, 0]), 'no directory entry; expected the entry of file 2 of 2'],
    ['fewer files than there are', patched(plain, [endOf(plain) + 8, 0, 0, 0, 0]), 'bytes behind the entries of 0 files'],
    ['a damaged directory', patched(plain, [directoryOf(plain), 0]), 'no directory entry; expected the entry of file 1 of 1'],
    ['a name beyond the directory', patched(plain, [directoryOf(plain) + 28, 255, 255]), 'goes on beyond the directory'],
    ['encryption', patched(plain, [directoryOf(plain) + 8, 1]), 'f: file "x.npy": at byte'],
    ['a method that nobody knows', patched(plain, [directoryOf(plain) + 10, 12]), 'compression method 12; expected 0 (none) or 8 (deflate)'],
    ['a method that the file does not have', patched(packed, [8, 0]), 'compression method 0; expected 8, as the directory says'],
    ['no file where one should be', patched(plain, [0, 0]), 'no file at byte 0; expected one before the directory'],
    ['a file behind the directory', patched(plain, [directoryOf(plain) + 42, 255, 255, 255, 0]), 'no file at byte 16777215'],
    ['another name before the file', patched(plain, [30, 121]), 'another name; expected the name that the directory gives'],
    ['a longer name before the file', patched(plain, [26, 6]), 'f: file "x.npy": at byte'],
    ['more bytes than there are', patched(plain, [directoryOf(plain) + 20, 255, 255, 0, 0, 255, 255, 0, 0]), "65535 bytes go on beyond the directory's start"],
    ['lengths that differ without compression', patched(plain, [directoryOf(plain) + 24, 1, 0, 0, 0]), 'it claims 1 bytes; expected what 136 can hold'],
    ['a length beyond what compression can do', patched(packed, [directoryOf(packed) + 24, 255, 255, 255, 127]), 'it claims 2147483647 bytes'],
    ['a length below that of the content', patched(packed, [directoryOf(packed) + 24, 100]), 'it unpacks to 136 bytes or more; expected 100 bytes, as the directory says'],
    ['a length above that of the content', patched(packed, [directoryOf(packed) + 24, 200]), 'it unpacks to 136 bytes; expected 200 bytes'],
    ['a wrong check sum', patched(plain, [directoryOf(plain) + 16, 0, 0, 0, 0]), 'its CRC-32 is'],
    ['a changed element', patched(plain, [directoryOf(plain) - 1, 7]), 'the file is damaged'],
    ['damaged compression', patched(packed, [30 + nameLength, 255]), 'its compressed bytes are damaged or cut off'],
    ['a name that leads out', archive({ '../x.npy': content }), 'the name "../x.npy"; expected a relative path, without .., backslashes and drives'],
    ['a name that leads out in its middle', archive({ 'a/../../x.npy': content }), 'the name "a/../../x.npy"'],
    ['an absolute name', archive({ '/etc/x.npy': content }), 'the name "/etc/x.npy"'],
    ['a name with backslashes', archive({ '..\\x.npy': content }), 'expected a relative path'],
    ['a name with a drive', archive({ 'C:x.npy': content }), 'the name "C:x.npy"'],
    ['a name with a zero', archive({ 'x\0.npy': content }), 'expected a relative path'],
    ['a name that is no UTF-8', patched(plain, [30, 255], [directoryOf(plain) + 46, 255]), 'a name that is no UTF-8'],
    ['a file that is no array', archive({ 'x.txt': content }), 'f: file "x.txt": expected a name that ends in .npy'],
    ['a folder', archive({ 'x/': new Uint8Array(0) }), 'f: file "x/"'],
    ['a damaged array', archive({ 'x.npy': content.subarray(0, 100) }), 'f: file "x.npy": at byte 8: the header\'s length is 118; expected at most 90'],
  ])('%s', (_, bytes, message) => {
    const before = living();
    expect(messageOf(() => decodeNpz(bytes, { name: 'f' }))).toContain(message);
    expect(living()).toEqual(before);
  });

  test('a name twice', () => {
    const two = encodeNpz({ x: tensor([1, 2]), y: tensor([3, 4]) });
    const second = two.lastIndexOf(121 /* y */);
    const local = directoryOf(two) - (46 + nameLength) - content.length - nameLength;
    expect(messageOf(() => decodeNpz(patched(two, [second - 3, 0], [second, 120], [local, 120]), { name: 'f' }))).toMatch(/file|name/);
    expect(messageOf(() => decodeNpz(patched(two, [local, 120], [endOf(two) - nameLength, 120]), { name: 'f' }))).toContain('the name "x.npy" a second time');
  });

  test('files that share bytes', () => {
    const two = encodeNpz({ x: tensor([1, 2]), y: tensor([1, 2]) });
    const start = endOf(two) - 2 * (46 + nameLength);
    // The first file goes on to the end of the second.
    const longer = 2 * content.length + 30 + nameLength;
    const bytes = patched(two, [start + 20, longer & 255, longer >>> 8, 0, 0, longer & 255, longer >>> 8, 0, 0]);
    expect(messageOf(() => decodeNpz(bytes))).toMatch(/file "y\.npy": at byte 171: it begins inside of the file before; expected a start from 342/);
  });

  test('more than maxByteLength before it unpacks, and counts no file that is not compressed', () => {
    const bomb = encodeNpz({ zeros: zeros([1 << 20]) }, { compress: true });
    expect(messageOf(() => decodeNpz(bomb, { name: 'bomb', maxByteLength: 1 << 20 }))).toBe(
      'bomb: at byte 0: its files claim to unpack to 4194432 bytes; expected at most 1048576, which maxByteLength allows',
    );
    expect(decodeNpz(bomb, { maxByteLength: 4194432 }).get('zeros')!.size).toBe(1 << 20);
    expect(decodeNpz(plain, { maxByteLength: 0 }).size).toBe(1);
  });
});

test('a changed archive gives a DataFormatError or the tensors that were in it', () => {
  const files = fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), anyTensor, { minKeys: 1, maxKeys: 3 });
  fc.assert(fc.property(files, fc.boolean(), changes, (tensors, compress, { cut, flip }) => scope(() => {
    const bytes = encodeNpz(tensors, { compress });
    expect(() => decodeNpz(bytes.subarray(0, cut % bytes.length))).toThrow(DataFormatError);
    try {
      // Names and dates have no check sum; the elements have.
      const written = Object.values(tensors).map((leaf) => String(leaf)).sort();
      expect(decodeNpz(flip(bytes)).toList().map(String).sort().toArray()).toEqual(written);
    } catch (error) {
      expect(error).toBeInstanceOf(DataFormatError);
    }
  })), { numRuns: 300 });
});
