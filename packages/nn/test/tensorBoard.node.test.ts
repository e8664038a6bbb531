import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { key, normal } from '@adjoint/core';
import * as nn from '@adjoint/nn';
import { tensorBoard } from '@adjoint/nn/node';
import { encodeEvent, maskedChecksum } from '../src/node/eventFile.js';

let folder: string;
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'adjoint-board-')); });
afterAll(() => rm(folder, { recursive: true, force: true }));

/** CRC-32C bit by bit, by its polynomial, and masked as the format says; written apart from what it checks. */
function checksum(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  crc = ~crc >>> 0;
  return Number(((BigInt(crc >>> 15) | (BigInt(crc) << 17n)) + 0xa282ead8n) & 0xffffffffn);
}

/** The fields of a protocol buffer: numbers for varints, bytes for the others. */
function fieldsOf(data: Buffer): [field: number, content: number | Buffer][] {
  const fields: [number, number | Buffer][] = [];
  let at = 0;
  const varint = (): number => {
    let [value, scale] = [0, 1];
    for (;; scale *= 128) {
      const byte = data[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < data.length) {
    const tag = varint();
    const kind = tag & 7;
    if (kind === 0) fields.push([tag >> 3, varint()]);
    else {
      const length = kind === 1 ? 8 : kind === 5 ? 4 : varint();
      fields.push([tag >> 3, data.subarray(at, (at += length))]);
    }
  }
  return fields;
}

/** Reads an event file as TensorBoard does, both checksums included. */
async function readEvents(file: string): Promise<{ readonly step: number; readonly says: Record<string, unknown> }[]> {
  const data = await readFile(file);
  const events = [];
  for (let at = 0; at < data.length; ) {
    const length = Number(data.readBigUInt64LE(at));
    expect(data.readUInt32LE(at + 8)).toBe(checksum(data.subarray(at, at + 8)));
    const content = data.subarray(at + 12, at + 12 + length);
    expect(data.readUInt32LE(at + 12 + length)).toBe(checksum(content));
    at += 16 + length;
    const fields = new Map(fieldsOf(content));
    expect(Math.abs((fields.get(1) as Buffer).readDoubleLE() - Date.now() / 1000)).toBeLessThan(1000);
    const says: Record<string, unknown> = {};
    if (fields.has(3)) says['version'] = String(fields.get(3));
    if (fields.has(7)) says['session'] = new Map(fieldsOf(fields.get(7) as Buffer)).get(1);
    for (const [, value] of fieldsOf((fields.get(5) ?? Buffer.alloc(0)) as Buffer)) {
      const scalar = new Map(fieldsOf(value as Buffer));
      says[String(scalar.get(1))] = (scalar.get(2) as Buffer).readFloatLE();
    }
    events.push({ step: fields.get(2) as number, says });
  }
  return events;
}

const [model, optimizer] = [nn.dense({ units: 1 }), nn.sgd({ learningRate: 0.125 })];
const data = { inputs: normal(key(0), [6, 2]), targets: normal(key(1), [6, 1]) };
const train = (logs: string, options: Partial<nn.FitOptions> = {}) => nn.fit({
  model, optimizer, loss: nn.meanSquaredError, data, validation: data, batchSize: 2, epochs: 2, metrics: { r2: nn.r2Score() },
  state: nn.createTrainingState({ model, optimizer, key: key(0), inputShape: [2] }), callbacks: [tensorBoard(logs, { every: 2 })], ...options,
});

test('checksums are those that RFC 3720 publishes, masked', () => {
  const published: [Uint8Array, number][] = [
    [new Uint8Array(32), 0x8a9136aa],
    [new Uint8Array(32).fill(0xff), 0x62a8ab43],
    [Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
    [new TextEncoder().encode('123456789'), 0xe3069283],
  ];
  for (const [bytes, crc] of published) expect(maskedChecksum(bytes)).toBe((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
});

test('an event is the bytes that the format asks for', () => {
  // wall_time 1.0, step 300, summary { value { tag "a", simple_value 0.5 } }.
  const message = Buffer.from('09000000000000f03f10ac022a0a0a080a01611500 00003f'.replaceAll(' ', ''), 'hex');
  const event = Buffer.from(encodeEvent({ wallTime: 1, step: 300, scalars: [['a', 0.5]] }));
  expect(event.subarray(12, -4).toString('hex')).toBe(message.toString('hex'));
});

test('a training is in the file, by step and by epoch', async () => {
  const logs = join(folder, 'logs');
  const { history } = await train(logs);
  const [file, ...others] = await readdir(logs);
  expect([others, file!.startsWith('events.out.tfevents.')]).toEqual([[], true]);
  const events = await readEvents(join(logs, file!));
  expect(events.slice(0, 2)).toEqual([{ step: 0, says: { version: 'brain.Event:2' } }, { step: 1, says: { session: 1 } }]);
  expect(events.slice(2).map(({ step, says }) => [step, Object.keys(says)[0]])).toEqual([[2, 'batch/loss'], [3, 'loss'], [4, 'batch/loss'], [6, 'batch/loss'], [6, 'loss']]);
  const last = history.last()!;
  expect(events.at(-1)!.says).toEqual({
    loss: Math.fround(last.loss), learningRate: 0.125, samplesPerSecond: Math.fround(last.samplesPerSecond), r2: Math.fround(last.metrics.get('r2') as number),
    'validation/loss': Math.fround(last.validationLoss!), 'validation/r2': Math.fround(last.validationMetrics.get('r2') as number),
  });
});

test('a training that goes on writes a file of its own, from which TensorBoard sees where', async () => {
  const logs = join(folder, 'resumed');
  const { state } = await train(logs, { epochs: 1 });
  await new Promise((resolve) => setTimeout(resolve, 2));
  await train(logs, { state, epochs: 1 });
  const files = (await readdir(logs)).sort();
  expect(files).toHaveLength(2);
  expect((await readEvents(join(logs, files[1]!))).map(({ step }) => step)).toEqual([3, 4, 4, 6, 6]);
});
