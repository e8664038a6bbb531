import { gzipSync } from 'node:zlib';
import { ArgumentError, DataFormatError, ShapeError } from '@adjoint/core';
import { decodeIdx, encodeIdx, readIdx, writeIdx, type IdxArray, type IdxType } from '@adjoint/data';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageOf } from './damage.js';

const arrays = { ubyte: Uint8Array, byte: Int8Array, short: Int16Array, int: Int32Array, float: Float32Array, double: Float64Array };
const types = Object.keys(arrays) as IdxType[];

const idxArray: fc.Arbitrary<IdxArray> = fc
  .tuple(fc.constantFrom(...types), fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }))
  .chain(([type, shape]) => {
    const length = shape.reduce((product, axis) => product * axis, 1);
    const value = type === 'float' || type === 'double' ? fc.double() : fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    return fc.array(value, { minLength: length, maxLength: length }).map((values) => ({ type, shape, data: arrays[type].from(values) }) as IdxArray);
  });

/** An IDX header written out by hand, so that the tests do not lean on the writer. */
function header(code: number, ...shape: number[]): number[] {
  return [0, 0, code, shape.length, ...shape.flatMap((length) => [length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255])];
}

function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}

async function rejectionOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(DataFormatError);
  return (error as Error).message;
}

describe('readIdx', () => {
  test.each<[IdxType, number[], number[]]>([
    ['ubyte', [0x08, 0xff, 0x01], [255, 1]],
    ['byte', [0x09, 0xff, 0x01], [-1, 1]],
    ['short', [0x0b, 0x01, 0x02, 0xff, 0xfe], [258, -2]],
    ['int', [0x0c, 0x00, 0x01, 0x00, 0x00, 0xff, 0xff, 0xff, 0xfe], [65536, -2]],
    ['float', [0x0d, 0x3f, 0x80, 0x00, 0x00, 0xc0, 0x20, 0x00, 0x00], [1, -2.5]],
    ['double', [0x0e, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xc0, 0x04, 0, 0, 0, 0, 0, 0], [1, -2.5]],
  ])('reads big-endian elements of type %s', (type, [code, ...elements], expected) => {
    const array = readIdx(bytes(...header(code!, 2), ...elements));
    expect(array).toEqual({ type, shape: [2], data: arrays[type].from(expected) });
  });

  test('reads a scalar and an axis of length 0', () => {
    expect(readIdx(bytes(0, 0, 8, 0, 7))).toEqual({ type: 'ubyte', shape: [], data: bytes(7) });
    expect(readIdx(bytes(...header(8, 0xffffffff, 0)))).toEqual({ type: 'ubyte', shape: [0xffffffff, 0], data: bytes() });
    const empty = [...Array<number>(254).fill(0xffffffff), 0];
    expect(readIdx(bytes(...header(8, ...empty))).data).toHaveLength(0);
  });

  test('reads a view into a larger buffer, and copies', () => {
    const file = bytes(99, ...header(0x0b, 1), 1, 2);
    const { data } = readIdx(file.subarray(1));
    file.fill(0);
    expect(data).toEqual(Int16Array.of(258));
  });

  test.each<[string, Uint8Array, string]>([
    ['no bytes', bytes(), 'digits: at byte 0: this is an empty file; expected an IDX file; write or download it again'],
    ['half a magic number', bytes(0, 0, 8), 'digits: at byte 3: the file ends; expected the 4 bytes of an IDX magic number'],
    ['a wrong magic number', bytes(1, 2, 3, 4), 'digits: at byte 0: magic number 0x01020304; expected an IDX file, which begins with two zero bytes'],
    ['gzip', bytes(0x1f, 0x8b, 8, 0), 'digits: at byte 0: this is a gzip file; expected an IDX file; unpack it first (decodeIdx unpacks IDX files itself)'],
    ['an unknown type', bytes(0, 0, 0x0a, 0), 'digits: at byte 2: element type 0x0a; expected one of 0x08 (ubyte), 0x09 (byte), 0x0b (short), 0x0c (int), 0x0d (float), 0x0e (double)'],
    ['half a header', bytes(0, 0, 8, 2, 0, 0), 'digits: at byte 6: the file ends; expected a header of 12 bytes with the lengths of 2 axes'],
    ['too little data', bytes(...header(8, 3), 1, 2), 'digits: at byte 10: the file ends after 10 bytes; expected 11 bytes in all, for a header of 8 and ubyte elements of shape [3]'],
    ['too much data', bytes(...header(8, 1), 1, 2), 'digits: at byte 9: the file goes on to 10 bytes or more; expected 9 bytes in all, for a header of 8 and ubyte elements of shape [1]'],
    ['half an element', bytes(...header(0x0b, 1), 1), 'digits: at byte 9: the file ends after 9 bytes; expected 10 bytes in all, for a header of 8 and short elements of shape [1]'],
  ])('refuses %s', (_, file, message) => {
    expect(messageOf(() => readIdx(file, { name: 'digits' }))).toBe(message);
  });

  test('refuses sizes beyond any file before it takes memory for them', () => {
    const axes = Array<number>(255).fill(0xffffffff);
    expect(messageOf(() => readIdx(bytes(...header(0x0e, ...axes))))).toContain('expected Infinity bytes in all');
    expect(messageOf(() => readIdx(bytes(...header(8, 0x10000, 0x10000))))).toContain('expected 4294967308 bytes');
  });
});

describe('writeIdx', () => {
  test('what it writes reads back the same', () => {
    fc.assert(fc.property(idxArray, (array) => {
      expect(readIdx(writeIdx(array))).toEqual(array);
    }));
  });

  test('writes the header of the format', () => {
    expect(writeIdx({ type: 'short', shape: [1, 2], data: Int16Array.of(258, -2) })).toEqual(bytes(...header(0x0b, 1, 2), 1, 2, 0xff, 0xfe));
  });

  test('refuses what the format cannot hold', () => {
    const data = bytes(1);
    expect(() => writeIdx({ type: 'ubyte', shape: [2], data })).toThrow(new ShapeError('writeIdx: shape [2] takes 2 elements; got 1'));
    expect(() => writeIdx({ type: 'ubyte', shape: [-1, -1], data })).toThrow(ShapeError);
    expect(() => writeIdx({ type: 'ubyte', shape: [0.5, 2], data })).toThrow(ShapeError);
    expect(() => writeIdx({ type: 'ubyte', shape: [2 ** 32, 0], data: bytes() })).toThrow(ShapeError);
    expect(() => writeIdx({ type: 'ubyte', shape: Array<number>(256).fill(1), data })).toThrow(ShapeError);
    expect(() => writeIdx({ type: 'short', shape: [1], data } as unknown as IdxArray)).toThrow(ArgumentError);
  });
});

test('a truncated or changed file gives a DataFormatError or an array of what it says, never another error', () => {
  const change = fc.record({ array: idxArray, cut: fc.nat(), flipAt: fc.nat(), flip: fc.integer({ min: 1, max: 255 }) });
  fc.assert(fc.property(change, ({ array, cut, flipAt, flip }) => {
    const file = writeIdx(array);
    expect(messageOf(() => readIdx(file.subarray(0, cut % file.length)))).toMatch(/^IDX data: at byte \d+: .*; expected /);
    const position = flipAt % file.length;
    file[position]! ^= flip;
    try {
      const read = readIdx(file);
      expect(writeIdx(read)).toHaveLength(file.length);
      if (position < 2) throw new Error('a wrong magic number was read');
    } catch (error) {
      expect(error).toBeInstanceOf(DataFormatError);
    }
  }));
});

describe('decodeIdx', () => {
  test('what encodeIdx writes reads back the same, compressed or not', async () => {
    await fc.assert(fc.asyncProperty(idxArray, fc.boolean(), async (array, gzip) => {
      const packed = await encodeIdx(array, { gzip });
      expect(packed[0] === 0x1f).toBe(gzip);
      expect(await decodeIdx(packed)).toEqual(array);
    }), { numRuns: 50 });
  });

  test('unpacks what another gzip has packed, over many pieces', async () => {
    const data = Uint8Array.from({ length: 300_000 }, (_, index) => (index * index) % 251);
    const array: IdxArray = { type: 'ubyte', shape: [300, 1000], data };
    expect(await decodeIdx(gzipSync(writeIdx(array)))).toEqual(array);
  });

  test('gives a DataFormatError for a file cut anywhere', async () => {
    const packed = gzipSync(writeIdx({ type: 'ubyte', shape: [40], data: Uint8Array.from({ length: 40 }, (_, index) => index * 7) }));
    for (let length = 0; length < packed.length; length++) {
      expect(await rejectionOf(decodeIdx(packed.subarray(0, length), { name: 'cut.gz' }))).toMatch(/^cut\.gz.*: at byte \d+: /);
    }
  });

  test('gives the array or a DataFormatError when a byte of the compressed file is changed', async () => {
    const array: IdxArray = { type: 'ubyte', shape: [40], data: Uint8Array.from({ length: 40 }, (_, index) => index * 7) };
    const packed = gzipSync(writeIdx(array));
    for (let position = 0; position < packed.length; position++) {
      const changed = Uint8Array.from(packed);
      changed[position]! ^= 0x41;
      const result: unknown = await decodeIdx(changed).catch((error: unknown) => error);
      if (!(result instanceof DataFormatError)) expect(result).toEqual(array);
    }
  });

  test('stops unpacking at the length the header says', async () => {
    const zeros = new Uint8Array(64 * 2 ** 20);
    zeros.set(header(8, 10));
    const bomb = gzipSync(zeros);
    const message = await rejectionOf(decodeIdx(bomb, { name: 'bomb.gz' }));
    const reached = Number(/goes on to (\d+) bytes/.exec(message)?.[1]);
    expect(message).toMatch(/^bomb\.gz \(unpacked\): at byte 18: .* expected 18 bytes in all/);
    expect(reached).toBeLessThan(2 ** 20);
  });

  test('refuses a header that claims more than the file can unpack to, or than is allowed', async () => {
    const liar = gzipSync(bytes(...header(8, 0x7fffffff), 1, 2, 3));
    expect(await rejectionOf(decodeIdx(liar))).toContain('the header claims 2147483655 bytes');
    const honest = gzipSync(writeIdx({ type: 'ubyte', shape: [1000], data: new Uint8Array(1000) }));
    expect(await rejectionOf(decodeIdx(honest, { maxByteLength: 1007 }))).toContain('expected at most 1007');
    expect((await decodeIdx(honest, { maxByteLength: 1008 })).shape).toEqual([1000]);
  });

  test('refuses too little data inside, and bytes after the gzip data', async () => {
    const short = gzipSync(bytes(...header(8, 5), 1, 2));
    expect(await rejectionOf(decodeIdx(short, { name: 'short.gz' }))).toContain('short.gz (unpacked): at byte 10: the file ends after 10 bytes; expected 13');
    const whole = gzipSync(bytes(...header(8, 2), 1, 2));
    expect(await rejectionOf(decodeIdx(bytes(...whole, 9, 9, 9)))).toMatch(/gzip/);
  });
});
