import { expect, test } from 'vitest';
import { collector } from '../src/memory/collector/node.js';
import { survived, type Survivor } from '../src/memory/collector/collector.js';

test('a survey visits all that lives, or says that it did not', () => {
  let visits = 0;
  const living: readonly Survivor[] = Array.from({ length: 20 }, () => ({ [survived]: () => { visits++; return 'x'; } }));
  const set = new WeakSet(living);
  expect(collector.tells).toBe(true);
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
  collector.collect();
  collector.collect();
  expect(collector.survey(set)).toBe(true);
  expect(names).toEqual(['kept']);
  set.delete(kept);
});
