import { expect, test } from 'vitest';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { collectorOfHost } from '../src/memory/collector/node.js';
import { survived, type Survivor, type Surveyor } from '../src/memory/collector/collector.js';

function surveyor(): Surveyor {
  const collector = collectorOfHost();
  if (!collector.tells) throw new Error('Node can survey');
  return collector;
}


test('a survey visits all that lives, or says that it did not', () => {
  let visits = 0;
  const living: readonly Survivor[] = Array.from({ length: 20 }, () => ({ [survived]: () => { visits++; return 'x'; } }));
  const set = new WeakSet(living);
  const collector = surveyor();
  expect(collector.survey(set)).toBe(true);
  expect(visits).toBe(20);

  // A survey needs more stack than is left in the deepest frames.
  const outcomes = new Set<string>();
  let frames = 0;
  const dive = (): void => {
    try {
      dive();
    } catch {
      // Where the stack ends, engines throw errors of other kinds as well.
    }
    if (frames++ > 3000) return;
    visits = 0;
    try {
      const isComplete = collector.survey(set);
      outcomes.add(isComplete ? `complete, ${visits} visits` : 'incomplete');
    } catch {
      outcomes.add('thrown');
    }
  };
  dive();
  outcomes.delete('incomplete');
  outcomes.delete('thrown');
  expect([...outcomes]).toEqual(['complete, 20 visits']);
});

test('what is gone is not visited after a collection', () => {
  const names: string[] = [];
  const made = (name: string): Survivor => ({ [survived]: () => { names.push(name); return ''; } });
  const kept = made('kept');
  const set = new WeakSet([kept]);
  ((): void => { set.add(made('lost')); })();
  const collector = surveyor();
  collector.collect();
  expect(collector.survey(set)).toBe(true);
  expect(names).toEqual(['kept']);
  set.delete(kept);
});

test('a collection of young objects finds what is gone', () => {
  const collector = surveyor();
  const names: string[] = [];
  const made = (name: string): Survivor => ({ [survived]: () => { names.push(name); return ''; } });
  collector.collectYoung();
  const kept = made('kept');
  const set = new WeakSet([kept]);
  ((): void => { set.add(made('lost')); })();
  collector.collectYoung();
  expect(collector.survey(set)).toBe(true);
  expect(names).toEqual(['kept']);
  set.delete(kept);
});

test('contexts and threads that are made later have no function to collect', async () => {
  surveyor();
  expect(runInNewContext('typeof gc')).toBe('undefined');
  const worker = new Worker('require("node:worker_threads").parentPort.postMessage(typeof gc)', { eval: true });
  expect(await new Promise((resolve) => worker.once('message', resolve))).toBe('undefined');
});
