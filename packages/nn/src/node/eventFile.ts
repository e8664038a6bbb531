import crc32c from 'crc-32/crc32c.js';

/*
 * An event file is a series of records: the length of the data (64 bits), its checksum, the data, their checksum; all of it
 * little-endian. The data is a protocol buffer, TensorFlow's `Event` (tensorflow/core/util/event.proto).
 */

/** What an event file says at one moment: which format it has, that a training began, or numbers. */
export interface TensorBoardEvent {
  /** In seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  readonly fileVersion?: string;
  readonly sessionStart?: boolean;
  readonly scalars?: readonly (readonly [tag: string, value: number])[];
}

/** The bytes of an event, as they stand in a file. */
export function encodeEvent(event: TensorBoardEvent): Uint8Array {
  const data = eventMessage(event);
  const record = Buffer.alloc(8 + 4 + data.length + 4);
  record.writeBigUInt64LE(BigInt(data.length));
  record.writeUInt32LE(maskedChecksum(record.subarray(0, 8)), 8);
  record.set(data, 12);
  record.writeUInt32LE(maskedChecksum(data), 12 + data.length);
  return record;
}

/**
 * A CRC-32C, turned and moved: checksums of data that holds checksums would be weak
 * (tensorflow/core/lib/hash/crc32c.h).
 */
export function maskedChecksum(data: Uint8Array): number {
  const checksum = crc32c.buf(data) >>> 0;
  return (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0;
}

/** Field numbers are those of `Event`, `SessionLog`, `Summary` and `Summary.Value`. */
function eventMessage({ wallTime, step, fileVersion, sessionStart, scalars }: TensorBoardEvent): Buffer {
  return Buffer.concat([
    double(1, wallTime),
    varint(2, step),
    ...(fileVersion === undefined ? [] : [bytes(3, Buffer.from(fileVersion))]),
    ...(scalars === undefined ? [] : [bytes(5, Buffer.concat(scalars.map(([tag, value]) => bytes(1, Buffer.concat([bytes(1, Buffer.from(tag)), float(2, value)])))))]),
    ...(sessionStart === true ? [bytes(7, varint(1, 1))] : []),
  ]);
}

/** The kinds of fields: how many bytes follow, or that they are told. */
const wire = { varint: 0, double: 1, bytes: 2, float: 5 } as const;

function field(number: number, kind: keyof typeof wire, content: Buffer): Buffer {
  return Buffer.concat([base128((number << 3) | wire[kind]), content]);
}

function varint(number: number, value: number): Buffer {
  return field(number, 'varint', base128(value));
}

function double(number: number, value: number): Buffer {
  const content = Buffer.alloc(8);
  content.writeDoubleLE(value);
  return field(number, 'double', content);
}

function float(number: number, value: number): Buffer {
  const content = Buffer.alloc(4);
  content.writeFloatLE(value);
  return field(number, 'float', content);
}

function bytes(number: number, content: Buffer): Buffer {
  return field(number, 'bytes', Buffer.concat([base128(content.length), content]));
}

/** Seven bits a byte, the low ones first; the high bit says that more follow. */
function base128(value: number): Buffer {
  const digits: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) digits.push((rest % 128) | 128);
  return Buffer.from([...digits, rest]);
}
