import { ArgumentError } from '@adjoint/core';
import { shorten } from './strictJson.js';

/** The bytes of a file: a `Uint8Array`, a Node `Buffer`, any other view of memory, or an `ArrayBuffer`. */
export type BinaryData = ArrayBufferLike | ArrayBufferView;

/**
 * The given data as bytes, without a copy unless the memory is shared: the platform's decoders don't take shared memory.
 *
 * @throws `ArgumentError` when it is something else, such as a path or a `Blob`.
 */
export function toBytes(operation: string, data: BinaryData): Uint8Array<ArrayBuffer> {
  // By tag and not by class, since the buffers of a frame or a test environment have other classes.
  const tag = Object.prototype.toString.call(data).slice('[object '.length, -1);
  const isView = ArrayBuffer.isView(data);
  if (!isView && tag !== 'ArrayBuffer' && tag !== 'SharedArrayBuffer') throw notBytes(operation, data, tag);
  let bytes: Uint8Array;
  try {
    bytes = isView ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
  } catch (cause) {
    throw new ArgumentError(`${operation}: the memory of bytes was transferred or resized; pass the buffer before it is transferred, or a copy`, { cause });
  }
  const isShared = Object.prototype.toString.call(bytes.buffer) === '[object SharedArrayBuffer]';
  return isShared ? new Uint8Array(bytes) : (bytes as Uint8Array<ArrayBuffer>);
}

function notBytes(operation: string, data: unknown, tag: string): ArgumentError {
  const given = typeof data === 'string' ? `the string ${JSON.stringify(shorten(data))}`
    : data === null || data === undefined || typeof data !== 'object' ? typeof data === 'function' ? 'a function' : String(data)
      : Array.isArray(data) ? 'an array' : tag === 'Object' ? 'an object' : `a ${tag}`;
  return new ArgumentError(`${operation}: bytes is ${given}; expected a Uint8Array or an ArrayBuffer; ${advice[tag] ?? defaultAdvice}`);
}

const defaultAdvice = 'pass the content of the file';
const advice: Readonly<Record<string, string>> = {
  String: "to read a file, pass await readBytes(path) (of '@adjoint/data/node')",
  Blob: 'pass await blob.arrayBuffer()',
  File: 'pass await file.arrayBuffer()',
  Response: 'pass await response.arrayBuffer()',
  Promise: 'await it',
  Array: 'pass Uint8Array.from(array)',
};
