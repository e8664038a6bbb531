import { scope, tensor, view, zeros, DataFormatError, type DType } from '@adjoint/core';
import { decodeNpy, encodeNpy } from '@adjoint/data';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyTensor } from './anyTensor.js';
import { changes, messageOf } from './damage.js';

const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const bytesOf = (array: ArrayBufferView): number[] => [...new Uint8Array(array.buffer, array.byteOffset, array.byteLength)];

/** A file written out by hand, so that the tests do not lean on the writer. */
function file(header: string, data: readonly number[] = [], version = '\x01\0'): Uint8Array {
  const length = String.fromCharCode(header.length & 255, header.length >>> 8) + (version.startsWith('\x01') ? '' : '\0\0');
  return Uint8Array.from([...latin1(`\x93NUMPY${version}${length}${header}`), ...data]);
}

function array(descr: string, shape: string, data: readonly number[] = [], order = 'False'): Uint8Array {
  return file(`{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`, data);
}

describe('encodeNpy', () => {
  // What numpy.save of NumPy 1.24 wrote.
  test.each<[string, Parameters<typeof tensor>, string]>([
    ['a matrix', [[[1, 2, 3], [4, 5, 6]]], `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }${' '.repeat(58)}\n\0\0\x80?\0\0\0@\0\0@@\0\0\x80@\0\0\xa0@\0\0\xc0@`],
    ['a scalar', [2.5, { dtype: 'float64' }], `{'descr': '<f8', 'fortran_order': False, 'shape': (), }${' '.repeat(62)}\n\0\0\0\0\0\0\x04@`],
    ['no elements', [[], { dtype: 'int32', shape: [0, 3] }], `{'descr': '<i4', 'fortran_order': False, 'shape': (0, 3), }${' '.repeat(58)}\n`],
    ['booleans', [[true, false]], `{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }${' '.repeat(60)}\n\x01\0`],
  ])('writes %s as NumPy does', (_, [values, options], expected) => {
    expect(encodeNpy(tensor(values, options))).toEqual(latin1(`\x93NUMPY\x01\0v\0${expected}`));
  });

  // The length of the header in NumPy 1.24, which leaves room for the first axis to grow.
  test.each([[1, 128], [14, 128], [15, 192], [30, 192]])('pads the header of %i axes as NumPy does', (rank, length) => {
    expect(encodeNpy(zeros(Array<number>(rank).fill(1)))).toHaveLength(length + 4);
  });

  test('what it writes reads back the same in every bit', () => {
    fc.assert(fc.property(anyTensor, (written) => scope(() => {
      const read = decodeNpy(encodeNpy(written));
      expect([read.dtype, read.shape, read.data()]).toEqual([written.dtype, written.shape, written.data()]);
    })));
  });

  test('writes a strided view in row-major order', () => {
    expect(encodeNpy(view(tensor([[1, 2], [3, 4]]), [2, 2], [1, 2]))).toEqual(encodeNpy(tensor([[1, 3], [2, 4]])));
  });
});

describe('decodeNpy', () => {
  test.each<[string, DType, ArrayBufferView, number[]]>([
    ['|b1', 'bool', Uint8Array.of(1, 0), [1, 0]],
    ['|i1', 'int32', Int8Array.of(-128, 1), [-128, 1]],
    ['|u1', 'int32', Uint8Array.of(255, 1), [255, 1]],
    ['<i2', 'int32', Int16Array.of(-32768, 1), [-32768, 1]],
    ['<u2', 'int32', Uint16Array.of(65535, 1), [65535, 1]],
    ['<i4', 'int32', Int32Array.of(-(2 ** 31), 1), [-(2 ** 31), 1]],
    ['<u4', 'int32', Uint32Array.of(2 ** 31 - 1, 1), [2 ** 31 - 1, 1]],
    ['<i8', 'int32', BigInt64Array.of(-(2n ** 31n), 1n), [-(2 ** 31), 1]],
    ['<u8', 'int32', BigUint64Array.of(2n ** 31n - 1n, 1n), [2 ** 31 - 1, 1]],
    ['<f2', 'float32', Uint16Array.of(0x3c00, 0xc000), [1, -2]],
    ['<f4', 'float32', Float32Array.of(0.1, -Infinity), [Math.fround(0.1), -Infinity]],
    ['<f8', 'float64', Float64Array.of(0.1, NaN), [0.1, NaN]],
  ])('reads %s as %s, in either byte order', (descr, dtype, elements, expected) => {
    const little = bytesOf(elements);
    const size = Number(descr[2]);
    const big = little.map((_, at) => little[at - (at % size) + size - 1 - (at % size)]!);
    for (const bytes of [array(descr, '(2,)', little), array(descr.replace(/^./, '>'), '(2,)', big)]) {
      const read = decodeNpy(bytes);
      expect(read.dtype).toBe(dtype);
      expect([...read.data()]).toEqual(expected);
    }
  });

  // Written by NumPy 1.24: [[1, 2, 3], [4, 5, 6]] in float32.
  test.each([
    ['version 2', 'k05VTVBZAgB0AAAAeydkZXNjcic6ICc8ZjQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAIA/AAAAQAAAQEAAAIBAAACgQAAAwEA='],
    ['version 3, in Fortran order', 'k05VTVBZAwB0AAAAeydkZXNjcic6ICc8ZjQnLCAnZm9ydHJhbl9vcmRlcic6IFRydWUsICdzaGFwZSc6ICgyLCAzKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAIA/AACAQAAAAEAAAKBAAABAQAAAwEA='],
  ])('reads %s', (_, base64) => {
    expect(decodeNpy(Buffer.from(base64, 'base64')).toArray()).toEqual([[1, 2, 3], [4, 5, 6]]);
  });

  test('reads three axes in Fortran order', () => {
    const data = bytesOf(Int32Array.from({ length: 24 }, (_, index) => index));
    const read = decodeNpy(array('<i4', '(2, 3, 4)', data, 'True'));
    expect(read.shape).toEqual([2, 3, 4]);
    // Element [i, j, k] lies at i + 2 j + 6 k.
    expect(read.toArray()).toEqual([0, 1].map((i) => [0, 1, 2].map((j) => [0, 1, 2, 3].map((k) => i + 2 * j + 6 * k))));
  });

  test('reads headers that other writers lay out otherwise', () => {
    expect(decodeNpy(file('{"shape":(2L,1L),"fortran_order":False,"descr":"|u1"}', [7, 8])).toArray()).toEqual([[7], [8]]);
    expect(decodeNpy(file("{ 'descr' : '|u1' , 'fortran_order' : False , 'shape' : ( ) }   \n", [7])).item()).toBe(7);
  });

  test('copies the bytes', () => {
    const bytes = array('<f4', '()', bytesOf(Float32Array.of(1)));
    const read = decodeNpy(bytes);
    bytes.fill(0);
    expect(read.item()).toBe(1);
  });

  test.each<[string, Uint8Array, string]>([
    ['no bytes', latin1(''), 'f: at byte 0: this is an empty file; expected a .npy file'],
    ['another format', latin1('PK\x03\x04'), 'f: at byte 0: this is a zip archive; expected a .npy file; unpack it first'],
    ['an unknown format', latin1('\x01\x02'), 'f: at byte 0: the byte 1; expected a .npy file, which begins with \\x93NUMPY'],
    ['half a magic string', latin1('\x93NUM'), 'f: at byte 4: the byte is missing'],
    ['no version', latin1('\x93NUMPY'), 'f: at byte 6: the file ends; expected the version of the format'],
    ['version 4', file('{}', [], '\x04\0'), 'version 4.0; expected'],
    ['version 1.1', file('{}', [], '\x01\x01'), 'version 1.1; expected'],
    ['no length', latin1('\x93NUMPY\x01\0v'), "f: at byte 9: the file ends; expected a header's length"],
    ['a header beyond the file', latin1('\x93NUMPY\x01\0v\0{}'), "f: at byte 8: the header's length is 118; expected at most 2"],
    ['a huge header', latin1(`\x93NUMPY\x02\0\xff\xff\xff\xff${' '.repeat(20_000)}`), "the header's length is 4294967295; expected at most 10000"],
    ['no UTF-8', array('\xff', '()'), 'the header is no text'],
    ['no dictionary', file("('descr', '<f4')"), 'the header is "(\'descr\', \'<f4\')": it does not go on at character 16 as expected; expected a Python dictionary'],
    ['an open dictionary', file("{'descr': '<f4', "), 'it does not go on at character 16 as expected'],
    ['something behind the dictionary', file("{'descr': '<f4', 'fortran_order': False, 'shape': (), } {}", [0, 0, 0, 0]), 'it does not go on at character'],
    ['code', file("{'descr': __import__('os').system('ls'), 'fortran_order': False, 'shape': (), }"), 'it does not go on at character 1'],
    ['no descr', file("{'fortran_order': False, 'shape': (), }"), "'descr' is missing"],
    ['no shape', file("{'descr': '<f4', 'fortran_order': False, }"), "'shape' is missing"],
    ['a name twice', file("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (), }"), "'descr' stands twice"],
    ['another name', file("{'descr': '<f4', 'fortran_order': False, 'shape': (), 'x': True, }"), "'x' is none of these"],
    ['a tuple for an order', array('<f4', '()', [0, 0, 0, 0], '()'), "'fortran_order' is ()"],
    ['a number for a shape', array('<f4', '3'), 'it does not go on at character'],
    ['a number in brackets', array('|u1', '(3)', [0, 0, 0]), "'shape' is (3)"],
    ['a negative length', array('|u1', '(-1,)', [0]), "'shape' is (-1,)"],
    ['a fraction', array('|u1', '(1.0,)', [0]), "'shape' is (1.0,)"],
    ['commas alone', array('|u1', '(,)', [0]), "'shape' is (,)"],
    ['a length beyond 2^53', array('|u1', '(9007199254740993, 0)'), 'expected a shape of at most 64 axes, each below 2^53'],
    ['65 axes', array('|u1', `(${'1, '.repeat(65)})`, [0]), 'expected a shape of at most 64 axes'],
    ['a product beyond all numbers', array('|u1', `(${'9007199254740991, '.repeat(64)})`, [0]), 'expected Infinity, for a header of'],
    ['too few bytes', array('<f4', '(2,)', [0, 0, 0, 0]), 'the file has 72 bytes; expected 76, for a header of 68 and \'<f4\' elements of shape [2]'],
    ['too many bytes', array('|u1', '(1,)', [0, 0]), 'f: at byte 69: the file has 70 bytes; expected 69'],
    ['complex numbers', array('<c8', '()', [0, 0, 0, 0, 0, 0, 0, 0]), "elements of type '<c8'; expected '<' or '>'"],
    ['Python objects', array('|O', '()', [0]), "elements of type '|O', which are Python objects; those are never read, since they could run code"],
    ['text', array('<U3', '()', [0]), "elements of type '<U3'"],
    ['records', file("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (), }", [0, 0, 0, 0]), 'it does not go on at character 1'],
    ['no byte order', array('|f4', '()', [0, 0, 0, 0]), "elements of type '|f4'"],
    ['no type', array('', '()'), "elements of type ''"],
    ['a boolean of 2', array('|b1', '()', [2]), 'f: element 0 is the byte 2; expected booleans'],
    ['an integer beyond int32', array('<i8', '()', bytesOf(BigInt64Array.of(-(2n ** 31n) - 1n))), 'f: element 0 is -2147483649'],
  ])('refuses %s', (_, bytes, message) => {
    expect(messageOf(() => decodeNpy(bytes, { name: 'f' }))).toContain(message);
  });
});

test('a changed file gives a DataFormatError or the tensor that it says, never another error', () => {
  fc.assert(fc.property(anyTensor, changes, (written, { cut, flip }) => scope(() => {
    const bytes = encodeNpy(written);
    expect(() => decodeNpy(bytes.subarray(0, cut % bytes.length))).toThrow(DataFormatError);
    try {
      const read = decodeNpy(flip(bytes));
      expect(read.data()).toHaveLength(read.size);
      expect(read.size).toBeLessThanOrEqual(bytes.length);
    } catch (error) {
      expect(error).toBeInstanceOf(DataFormatError);
    }
  })), { numRuns: 500 });
});
