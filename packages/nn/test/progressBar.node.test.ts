import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { key, normal } from '@adjoint/core';
import * as nn from '@adjoint/nn';
import { progressBar } from '@adjoint/nn/node';

/** What a stream gets while two epochs of three steps are trained. */
async function shown(isTTY: boolean, columns = 120, before = 0): Promise<string> {
  const stream = Object.assign(new PassThrough(), { isTTY, columns, cursorTo: () => true, clearLine: () => true, moveCursor: () => true });
  let text = '';
  stream.on('data', (chunk: Buffer) => { text += chunk.toString(); });
  const [model, optimizer] = [nn.dense({ units: 1 }), nn.sgd({ learningRate: 0.1 })];
  const data = { inputs: normal(key(0), [6, 2]), targets: normal(key(1), [6, 1]) };
  const fresh = nn.createTrainingState({ model, optimizer, key: key(0), inputShape: [2] });
  const options = { model, optimizer, loss: nn.meanSquaredError, data, batchSize: 2 };
  const state = before === 0 ? fresh : (await nn.fit({ ...options, state: fresh, epochs: before })).state;
  await nn.fit({
    ...options, state, validation: data, epochs: 2, metrics: { r2: nn.r2Score() },
    callbacks: [progressBar({ stream: stream as unknown as NodeJS.WriteStream })],
  });
  return text;
}

/** The text without the codes that colour it. */
const plain = (text: string) => text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[a-zA-Z]`, 'g'), '');
const line = (epoch: number) => new RegExp(`epoch ${epoch}/2   loss [\\d.]+   r2 -?[\\d.]+   validation loss [\\d.]+   validation r2 -?[\\d.]+   [\\d.]+ s   \\d+ samples/s`);

test('where there is no terminal, it is a line an epoch', async () => {
  const lines = plain(await shown(false)).trim().split('\n');
  expect(lines).toHaveLength(2);
  lines.forEach((text, index) => expect(text).toMatch(line(index + 1)));
});

test('in a terminal it is a bar, which the line of the epoch replaces', async () => {
  const text = plain(await shown(true));
  expect(text).toContain('░');
  expect(text).toMatch(/epoch 1\/2 {2}█+░+ 33%/);
  expect(text).toMatch(line(2));
});

test.each([
  [40, /^ {2}█{10} 100% {2}loss [\d.]+$/],
  [60, /^ {2}█{10} 100% {2}loss [\d.]+ {3}\d+ s left$/],
  [200, /^ {2}█{24} 100% {2}loss [\d.]+ {3}\d+ s left {3}\d+ samples\/s$/],
  [0, /^ {2}█{10} 100% {2}loss [\d.]+ {3}\d+ s left {3}\d+ samples\/s$/],
])('in a terminal of %i columns, where 0 is unknown, it says what a line has room for', async (columns, last) => {
  expect(plain(await shown(true, columns)).split('\r').find((text) => text.includes('100%'))!.replace('epoch 1/2', '')).toMatch(last);
});

test.each([80, 60, 40])('no line is wider than a terminal of %i columns, and none breaks within a number', async (columns) => {
  const text = plain(await shown(true, columns));
  for (const part of text.split(/[\r\n]/)) expect(part.length).toBeLessThanOrEqual(columns);
  expect(text.split('\r').at(-1)!.replaceAll(/\n {9}/g, '')).toMatch(line(2));
});

test('says where a training continues', async () => {
  expect(plain(await shown(false, 120, 1))).toMatch(/^continuing after 1 epoch, at step 3\nepoch 2\/3 /);
});

test('the numbers of epochs are as wide as the last', async () => {
  const [, ninth, tenth] = plain(await shown(false, 120, 8)).split('\n');
  expect(ninth).toMatch(/^epoch {2}9\/10 {3}loss/);
  expect(tenth).toMatch(/^epoch 10\/10 {3}loss/);
});
