import { ArgumentError, DataFormatError, scope, tensor, view, zeros, type DType, type Tensor } from '@adjoint/core';
import { decodeSafetensors, encodeSafetensors } from '@adjoint/data';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyTensor } from './anyTensor.js';
import { changes, messageOf } from './damage.js';
import { living } from '../../../test/living.js';

/** A file written out by hand, so that the tests do not lean on the writer. */
function file(header: string, data: readonly number[] = [], length = header.length): Uint8Array {
  return Uint8Array.from([length & 255, length >>> 8, 0, 0, 0, 0, 0, 0, ...Buffer.from(header), ...data]);
}

/** A file of one tensor. */
function single(dtype: string, shape: string, data: readonly number[], offsets = `[0,${data.length}]`): Uint8Array {
  return file(`{"x":{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}}`, data);
}

const bytesOf = (array: ArrayBufferView): number[] => [...new Uint8Array(array.buffer, array.byteOffset, array.byteLength)];

const names = fc.string({ unit: 'grapheme', maxLength: 6 });
const anyFile = fc.record({ tensors: fc.dictionary(names, anyTensor, { maxKeys: 4 }), metadata: fc.dictionary(names, fc.string({ unit: 'grapheme' }), { maxKeys: 2 }) });

const plain = (tensors: Iterable<readonly [string, Tensor]>) =>
  Object.fromEntries([...tensors].map(([name, { dtype, shape, ...rest }]) => [name, { dtype, shape: [...shape], rest: rest.size }]));

describe('encodeSafetensors', () => {
  test('lays a file out as the reference implementation does', () => {
    const bytes = encodeSafetensors({ attn: [tensor([0, 1, 2, 3, 4, 5], { shape: [1, 2, 3] })] });
    const header = '{"attn.0":{"dtype":"F32","shape":[1,2,3],"data_offsets":[0,24]}}';
    expect(bytes).toEqual(file(header, bytesOf(Float32Array.of(0, 1, 2, 3, 4, 5))));
    expect(encodeSafetensors({})).toEqual(file('{}      '));
    expect(encodeSafetensors({}, { metadata: { framework: 'pt' } })).toEqual(file('{"__metadata__":{"framework":"pt"}}     '));
    expect(encodeSafetensors({ attn0: zeros([1]) })).toEqual(
      file('{"attn0":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}      ', [0, 0, 0, 0]),
    );
  });

  test('puts long elements first, and names in the order of their UTF-8 bytes', () => {
    const { tensors } = decodeSafetensors(encodeSafetensors({
      mask: tensor([true]), count: tensor([1], { dtype: 'int32' }), b: tensor(1), a: tensor(2), double: tensor(1, { dtype: 'float64' }),
      // U+FF61 comes before U+10000, whose first half as UTF-16 is U+D800.
      '\u{10000}': tensor(3), '\uff61': tensor(4),
    }));
    expect([...tensors.keys()]).toEqual(['double', 'a', 'b', '\uff61', '\u{10000}', 'count', 'mask']);
  });

  test('writes a strided view in row-major order', () => {
    const transposed = view(tensor([[1, 2], [3, 4]]), [2, 2], [1, 2]);
    expect(encodeSafetensors({ x: transposed })).toEqual(encodeSafetensors({ x: tensor([[1, 3], [2, 4]]) }));
  });

  test('what it writes reads back the same in every bit', () => {
    fc.assert(fc.property(anyFile, ({ tensors, metadata }) => scope(() => {
      fc.pre(!('__metadata__' in tensors));
      const read = decodeSafetensors(encodeSafetensors(tensors, { metadata }));
      expect(plain(read.tensors)).toEqual(plain(Object.entries(tensors)));
      for (const [name, written] of Object.entries(tensors)) expect(read.tensors.get(name)!.data()).toEqual(written.data());
      expect(Object.fromEntries(read.metadata)).toEqual({ ...metadata });
      expect(encodeSafetensors(read.tensors, { metadata: read.metadata })).toHaveLength(encodeSafetensors(tensors, { metadata }).length);
    })));
  });

  test('refuses names that the format cannot hold', () => {
    expect(() => encodeSafetensors({ 'a.b': zeros([1]), a: { b: zeros([1]) } })).toThrow(ArgumentError);
    expect(() => encodeSafetensors({ 'a.b': zeros([1]), a: { b: zeros([1]) } })).toThrow(/the tree has two tensors of the dotted path "a\.b"/);
    expect(() => encodeSafetensors({ __metadata__: zeros([1]) })).toThrow(/the name __metadata__, which the format uses itself/);
    expect(() => encodeSafetensors({ '\ud800': zeros([1]) })).toThrow(/"\\ud800" is no text of whole characters/);
    expect(() => encodeSafetensors({}, { metadata: { epoch: 7 as unknown as string } })).toThrow(/7 is no text/);
  });
});

describe('decodeSafetensors', () => {
  test.each<[string, DType, ArrayBufferView, number[]]>([
    ['BOOL', 'bool', Uint8Array.of(1, 0), [1, 0]],
    ['U8', 'int32', Uint8Array.of(255, 1), [255, 1]],
    ['I8', 'int32', Int8Array.of(-128, 1), [-128, 1]],
    ['U16', 'int32', Uint16Array.of(65535, 1), [65535, 1]],
    ['I16', 'int32', Int16Array.of(-32768, 1), [-32768, 1]],
    ['U32', 'int32', Uint32Array.of(2 ** 31 - 1, 1), [2 ** 31 - 1, 1]],
    ['I32', 'int32', Int32Array.of(-(2 ** 31), 1), [-(2 ** 31), 1]],
    ['I64', 'int32', BigInt64Array.of(-(2n ** 31n), 1n), [-(2 ** 31), 1]],
    ['U64', 'int32', BigUint64Array.of(2n ** 31n - 1n, 1n), [2 ** 31 - 1, 1]],
    ['F32', 'float32', Float32Array.of(0.1, -Infinity), [Math.fround(0.1), -Infinity]],
    ['F64', 'float64', Float64Array.of(0.1, NaN), [0.1, NaN]],
    // Bits of binary16 and of bfloat16 with the values that NumPy and PyTorch give them.
    ['F16', 'float32', Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x83ff, 0x8000, 0x7c00, 0xfc00, 0x7e00, 0x3555),
      [1, -2, 65504, 2 ** -14, 2 ** -24, -(2 ** -14 - 2 ** -24), -0, Infinity, -Infinity, NaN, 0.333251953125]],
    ['BF16', 'float32', Uint16Array.of(0x3f80, 0xc000, 0x0001, 0x8000, 0x7f80, 0x7fc0, 0x3eab), [1, -2, 2 ** -133, -0, Infinity, NaN, 0.333984375]],
  ])('reads %s as %s', (format, dtype, elements, expected) => {
    const bytes = single(format, `[${expected.length}]`, bytesOf(elements));
    for (const shifted of [bytes, Uint8Array.from([0, ...bytes]).subarray(1), Buffer.from([0, ...bytes]).subarray(1)]) {
      const read = decodeSafetensors(shifted).tensors.get('x')!;
      expect(read.dtype).toBe(dtype);
      expect([...read.data()]).toEqual(expected);
    }
  });

  test('reads a header of any length, with spaces, escapes and fields that it does not know', () => {
    const header = '{ "\\u0061": {"shape": [ ], "dtype":"I32", "note": true, "data_offsets" :[4, 8]} , "b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}\n';
    const { tensors, metadata } = decodeSafetensors(file(header, bytesOf(Uint32Array.of(0x3f800000, 7))));
    expect([...tensors].map(([name, leaf]) => [name, leaf.toArray()])).toEqual([['b', [1]], ['a', 7]]);
    expect(metadata.size).toBe(0);
  });

  test('takes any name for a name', () => {
    const entry = '{"dtype":"U8","shape":[0],"data_offsets":[0,0]}';
    expect([...decodeSafetensors(file(`{"__proto__":${entry},"":${entry},"toString":${entry},"../x":${entry}}`)).tensors.keys()].sort())
      .toEqual(['', '../x', '__proto__', 'toString']);
  });

  test('copies the bytes', () => {
    const bytes = single('F32', '[1]', bytesOf(Float32Array.of(1)));
    const { tensors } = decodeSafetensors(bytes);
    bytes.fill(0);
    expect(tensors.get('x')!.item()).toBe(1);
  });

  const half = '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":';
  test.each<[string, Uint8Array, string]>([
    ['no bytes', new Uint8Array(0), "f: at byte 0: this is an empty file; expected a safetensors file; write or download it again"],
    ['half a length', Uint8Array.of(8, 0, 0), "f: at byte 3: the file ends; expected the 8 bytes of a header's length"],
    ['a header beyond the file', file('{}', [], 3), "f: at byte 0: the header's length is 3; expected at most 2"],
    ['a header longer than the format allows', Uint8Array.of(1, 225, 245, 5, 0, 0, 0, 0), "the header's length is 100000001; expected at most 100000000"],
    ['a header of 2^63 bytes', Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 128), "the header's length is 9223372036854775808; expected at most"],
    ['another format', Uint8Array.from(Buffer.from('\x93NUMPY\x01\0v\0{}', 'latin1')), "f: at byte 0: this is a .npy file; expected a safetensors file; read it with decodeNpy"],
    ['no header', file(''), 'f: at byte 8: the header does not begin with {'],
    ['a header that begins with a space', file(' {}'), 'the header does not begin with {'],
    ['a header that begins with a byte order mark', file('\ufeff{}', [], 5), 'the header does not begin with {'],
    ['an array', file('[]'), 'the header does not begin with {'],
    ['half an object', file('{"x":'), 'the header cannot be read'],
    ['half a string', file('{"x'), 'the string at character 1 does not end'],
    ['something behind the object', file('{}{}'), 'the header cannot be read'],
    ['zeros for padding', file('{}\0\0'), 'the header cannot be read'],
    ['no UTF-8', file('{"\xff":1}', [], 7).map((byte) => (byte === 0xc3 ? 0xff : byte)), 'the header cannot be read: its bytes are no UTF-8'],
    ['a name twice', file('{"x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0078":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', [1]), 'the name "x" stands twice in an object'],
    ['a field twice', file('{"x":{"dtype":"U8","dtype":"I8","shape":[0],"data_offsets":[0,0]}}'), 'the name "dtype" stands twice'],
    ['metadata twice', file('{"__metadata__":{},"__metadata__":{}}'), 'the name "__metadata__" stands twice'],
    ['deep nesting', file(`{"x":${'['.repeat(200_000)}`, [], 200_005).map((byte, at) => (at < 8 ? [0x45, 0x0d, 3, 0, 0, 0, 0, 0][at]! : byte)), 'the nesting is deeper than 3'],
    ['metadata that is no object', file('{"__metadata__":[]}'), '__metadata__ is []; expected an object of strings'],
    ['metadata that is a text', file('{"__metadata__":"pt"}'), '__metadata__ is "pt"'],
    ['metadata of numbers', file('{"__metadata__":{"epoch":7}}'), '__metadata__ is {"epoch":7}'],
    ['a tensor that is a number', file('{"x":7}'), 'f: tensor "x": at byte 8: dtype is missing'],
    ['a tensor that is null', file('{"x":null}'), 'dtype is missing; expected one of BOOL, U8'],
    ['an unknown dtype', single('F33', '[1]', [0]), 'dtype is "F33"; expected one of'],
    ['a dtype in small letters', single('f32', '[1]', [0, 0, 0, 0]), 'dtype is "f32"'],
    ['a dtype that every object has', single('toString', '[]', [0]), 'dtype is "toString"'],
    ['no shape', file('{"x":{"dtype":"U8","data_offsets":[0,0]}}'), 'shape is missing'],
    ['a shape that is a number', single('U8', '1', [0]), 'shape is 1; expected a list'],
    ['a negative length', single('U8', '[-1]', [0]), 'the number -1 at character 28 is not an integer >= 0'],
    ['a fraction', single('U8', '[0.5,2]', [0]), 'the number 0.5'],
    ['a whole number with an exponent', single('U8', '[1e0]', [0]), 'the number 1e0'],
    ['NaN', single('U8', '[NaN]', [0]), 'the header cannot be read'],
    ['a length beyond 2^53', single('U8', '[9007199254740993]', [0]), 'shape is [9007199254740992]'],
    ['a text for a length', single('U8', '["1"]', [0]), 'shape is ["1"]'],
    ['65 axes', single('U8', `[${Array<number>(65).fill(1).join()}]`, [0]), 'a list of at most 64 whole numbers'],
    ['a product beyond all numbers', single('U8', `[${Array<number>(30).fill(2 ** 40).join()}]`, [0]), '1 bytes; expected'],
    ['a product that overflows to the right size', single('U8', '[4294967296,4294967296,1]', []), '0 bytes; expected 18446744073709552000'],
    ['no offsets', file('{"x":{"dtype":"U8","shape":[0]}}'), 'data_offsets is missing'],
    ['one offset', single('U8', '[1]', [0], '[0]'), 'data_offsets is [0]'],
    ['three offsets', single('U8', '[1]', [0], '[0,1,1]'), 'data_offsets is [0,1,1]'],
    ['offsets that go back', single('U8', '[1]', [0], '[1,0]'), 'data_offsets is [1,0]'],
    ['too few bytes for the shape', single('F32', '[2]', [0, 0, 0, 0]), 'data_offsets [0,4] are 4 bytes; expected 8, which F32 [2] takes'],
    ['too many bytes for the shape', single('F32', '[]', [0, 0, 0, 0, 0]), '5 bytes; expected 4'],
    ['half a byte', single('F4', '[1]', [0]), '1 bytes; expected 0.5'],
    ['offsets beyond the file', single('U8', '[2]', [0], '[0,2]'), 'the file has 62 bytes; expected 63, where the last tensor'],
    ['bytes behind the last tensor', single('U8', '[1]', [0, 0], '[0,1]'), 'f: at byte 62: the file has 63 bytes; expected 62'],
    ['a hole at the start', single('U8', '[1]', [0, 0], '[1,2]'), 'its elements begin at byte 62, behind a hole; expected byte 61'],
    ['a hole between tensors', file(`${half}[3,5]}}`, [0, 0, 0, 0, 0]), 'f: tensor "b": at byte 113: its elements begin at byte 116, behind a hole; expected byte 115'],
    ['tensors that overlap', file(`${half}[1,3]}}`, [0, 0, 0]), 'its elements begin at byte 114, inside of the tensor before; expected byte 115'],
    ['a boolean of 2', single('BOOL', '[2]', [1, 2]), 'f: tensor "x": element 1 is the byte 2; expected booleans'],
    ['an integer beyond int32', single('I64', '[1]', [0, 0, 0, 0, 1, 0, 0, 0]), 'element 0 is 4294967296; expected numbers from -2147483648 to 2147483647'],
    ['an unsigned integer beyond int32', single('U32', '[1]', [255, 255, 255, 255]), 'element 0 is 4294967295'],
    ['elements that no dtype holds', single('F8_E4M3', '[1]', [0]), 'no dtype holds F8_E4M3; cast it to F32 before it is saved'],
  ])('refuses %s', (_, bytes, message) => {
    const before = living();
    expect(messageOf(() => decodeSafetensors(bytes, { name: 'f' }))).toContain(message);
    expect(living()).toEqual(before);
  });

  test('keeps messages short, whatever the file says', () => {
    const long = 'x'.repeat(50_000);
    expect(messageOf(() => decodeSafetensors(file(`{"${long}":{"dtype":"${long}"}}`, [], 100_018).map((byte, at) => (at === 2 ? 1 : byte)))).length).toBeLessThan(500);
  });
});

test('a changed file gives a DataFormatError or the tensors that it says, never another error', () => {
  fc.assert(fc.property(anyFile, changes, ({ tensors, metadata }, change) => scope(() => {
    fc.pre(!('__metadata__' in tensors));
    const bytes = encodeSafetensors(tensors, { metadata });
    expect(() => decodeSafetensors(bytes.subarray(0, change.cut % bytes.length))).toThrow(DataFormatError);
    try {
      const read = decodeSafetensors(change.flip(bytes));
      const size = [...read.tensors.values()].reduce((sum, { size: count }) => sum + count, 0);
      expect(size).toBeLessThanOrEqual(bytes.length);
      for (const leaf of read.tensors.values()) expect(leaf.data()).toHaveLength(leaf.size);
    } catch (error) {
      expect(error).toBeInstanceOf(DataFormatError);
    }
  })), { numRuns: 500 });
});
