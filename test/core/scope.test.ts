import { List, Map, Record as ImmutableRecord } from 'immutable';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  dispose, keep, ReleasedTensorError, scope, setDefaultBackend, tensor, TransformError, view, zeros, type Tensor,
} from '@adjoint/core';
import { add, mul, reshape, transpose } from '@adjoint/ops';
import { backends } from '../backends.js';
import { living } from '../living.js';

/** How many tensors and bytes are alive that were not before `fn`, while its result is held. */
function grown(fn: () => unknown): { tensors: number; bytes: number } {
  const before = living();
  const result = fn();
  const after = living();
  dispose(result);
  return { tensors: after.tensors - before.tensors, bytes: after.bytes - before.bytes };
}

const nothing = { tensors: 0, bytes: 0 };
const oneFloat = { tensors: 1, bytes: 4 };

class Pair extends ImmutableRecord({ left: tensor(0), right: tensor(0) }) {}

describe.each(backends)('scopes on $name', ({ backend }) => {
  beforeEach(() => setDefaultBackend(backend));

  test('what was made inside goes back, but for the result', () => {
    expect(grown(() => scope(() => { add(mul(tensor(2), 3), 1); }))).toEqual(nothing);
    expect(grown(() => scope(() => add(mul(tensor(2), 3), 1)))).toEqual(oneFloat);
    expect(scope(() => add(mul(tensor(2), 3), 1)).item()).toBe(7);
  });

  test('memory that went back is taken again, so that the backend reserves no more', () => {
    const step = (): void => scope(() => { mul(zeros([64, 64]), 2); });
    step();
    const reserved = backend.reservedBytes();
    for (let index = 0; index < 100; index++) step();
    expect(backend.reservedBytes()).toBe(reserved);
  });

  test('a result may be a nest of arrays, objects and Immutable collections', () => {
    const before = living();
    const result = scope(() => {
      tensor(9);
      return {
        list: [tensor(1), [tensor(2)]], map: Map({ a: List([tensor(3)]) }), record: new Pair({ left: tensor(4), right: tensor(5) }), name: 'x', count: 3,
      };
    });
    expect(living().tensors - before.tensors).toBe(5);
    const { list: [first, inner], map, record } = result;
    const all = [first as Tensor, (inner as Tensor[])[0]!, map.get('a').get(0)!, record.left, record.right];
    expect(all.map((each) => each.item())).toEqual([1, 2, 3, 4, 5]);
    dispose(result);
    expect(living()).toEqual(before);
  });

  test('a nested scope hands its result to the one around', () => {
    let inner: Tensor | undefined;
    expect(grown(() => scope(() => {
      inner = scope(() => add(tensor(1), 1));
      expect(inner.item()).toBe(2);
    }))).toEqual(nothing);
    expect(inner!.isReleased).toBe(true);
    expect(scope(() => scope(() => scope(() => tensor(3)))).item()).toBe(3);
  });

  test('a tensor from outside is not released by a scope that returns it or not', () => {
    const x = tensor(1);
    scope(() => { add(x, 1); });
    expect(scope(() => x)).toBe(x);
    expect(x.item()).toBe(1);
  });

  test('a released tensor says who released it and what to do', () => {
    let lost: Tensor | undefined;
    scope(() => { lost = tensor([1, 2]); }, 'the second step');
    const uses = { data: () => lost!.data(), toArray: () => lost!.toArray(), item: () => lost!.item(), add: () => add(lost!, 1), reshape: () => reshape(lost!, [2, 1]) };
    for (const use of Object.values(uses)) expect(use).toThrow(ReleasedTensorError);
    expect(uses.add).toThrow(
      'add: input 0 (float32 [2]) was released by the second step; to use it longer, return it from that scope, keep(tensor) it there, or dispose of it later',
    );
    expect(uses.data).toThrow(/^data: the tensor/);
    return expect(lost!.read()).rejects.toThrow(ReleasedTensorError);
  });

  test('keep takes a tree out of all scopes', () => {
    let kept: Tensor[] = [];
    expect(grown(() => {
      scope(() => scope(() => { kept = keep([tensor(5), mul(tensor(2), 3)]); }));
      return kept;
    })).toEqual({ tensors: 2, bytes: 8 });
    expect(kept.map((x) => x.isReleased)).toEqual([true, true]);
  });

  test('dispose gives back at once, in a scope and out of it, and twice is once', () => {
    const before = living();
    const x = tensor([1, 2]);
    dispose([x, x]);
    dispose(x);
    expect(x.isReleased).toBe(true);
    expect(living()).toEqual(before);
    scope(() => {
      const y = tensor(1);
      dispose(y);
      expect(living()).toEqual(before);
    });
    expect(living()).toEqual(before);
  });

  test('dispose spares what is in except', () => {
    const shared = tensor(1);
    const old = { a: shared, b: tensor(2) };
    dispose(old, { a: shared, c: tensor(3) });
    expect([shared.isReleased, old.b.isReleased]).toEqual([false, true]);
  });

  test('an error passes through, and the scope ends', () => {
    const before = living();
    expect(() => scope(() => {
      scope(() => {
        tensor(1);
        throw new Error('stop');
      });
    })).toThrow('stop');
    expect(living()).toEqual(before);
    expect(grown(() => tensor(1))).toEqual(oneFloat);
  });

  test('a promise is refused, and nothing stays', () => {
    const before = living();
    const run = (): unknown => scope(() => {
      tensor(1);
      return Promise.resolve(1);
    });
    expect(run).toThrow(TransformError);
    expect(run).toThrow(/^scope\(\): the function returned a promise.*Await the data first/);
    expect(living()).toEqual(before);
  });

  test('views share a storage, which the last of them frees', () => {
    const before = living();
    const x = zeros([4, 4]);
    const views = [transpose(x), reshape(x, [16]), view(x, [2], [1], 3)];
    expect(living()).toEqual({ tensors: before.tensors + 4, bytes: before.bytes + 64 });
    dispose(x);
    expect(living().bytes).toBe(before.bytes + 64);
    expect(views[0]!.toArray()).toEqual([[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]);
    dispose(views);
    expect(living()).toEqual(before);
  });

  test('a view that is returned keeps the storage that the scope made', () => {
    expect(grown(() => scope(() => transpose(zeros([2, 3]))))).toEqual({ tensors: 1, bytes: 24 });
  });

  test('a long loop inside of one scope holds no list of all that ever was', () => {
    scope(() => {
      const state = { x: tensor(0) };
      for (let step = 0; step < 20_000; step++) {
        const next = scope(() => add(state.x, 1));
        dispose(state.x);
        state.x = next;
      }
      expect(state.x.item()).toBe(20_000);
      expect(state.x.owner!.members.length).toBeLessThan(5000);
    });
  });

  test('a scope takes tensors of the scope around along, and of no other', () => {
    const outside = tensor(1);
    scope(() => {
      const [taken, returned] = [tensor(2), tensor(3)];
      const result = scope(() => ({ sum: add(outside, add(taken, returned)), returned }), 'inner', [outside, taken, { returned }]);
      expect([outside, taken, result.returned].map(({ isReleased }) => isReleased)).toEqual([false, true, false]);
      expect(result.sum.item()).toBe(6);
    });
    scope(() => undefined, 'alone', outside);
    expect(outside.item()).toBe(1);
    expect(grown(() => scope(() => Array.from({ length: 100 }, (_, step) => step).reduce((x, step) => scope(() => add(x, step), 'step', x), outside)))).toEqual(oneFloat);
    dispose(outside);
  });
});
