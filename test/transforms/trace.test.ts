import { describe, expect, test } from 'vitest';
import { checkpoint, grad, jacobian, trace, vmap, type Graph, type Tensor } from '@adjoint/core';
import { mul, sin, sum } from '@adjoint/ops';

const fn = (x: Tensor): Tensor => sum(mul(x, sin(x)));
const type = { shape: [4, 2], dtype: 'float32' } as const;
const listed = (graph: Graph): string[] => graph.nodes.map(({ kind, name, shape }) => `${kind} ${name} [${shape.join()}]`).toArray();

describe('the trace of other transforms', () => {
  test('vmap is what it does with all examples, and nothing twice', () => {
    const expected = ['input 0 [4,2]', 'operation sin [4,2]', 'operation mul [4,2]', 'operation sum [4]'];
    expect(listed(trace(vmap(fn))(type))).toEqual(expected);
    expect(listed(trace(vmap(checkpoint(fn)))(type))).toEqual(expected);
    expect(listed(trace(vmap(vmap((x: Tensor) => mul(x, sin(x)))))(type))).toEqual(expected.slice(0, 3));
  });

  test('gradients inside of vmap and around it have as many operations as those of a function of all examples', () => {
    const ofAll = (x: Tensor): Tensor => sum(mul(x, sin(x)), { axes: 1 });
    const count = (graph: Graph): number => graph.operationCounts().get('sin', 0) + graph.operationCounts().get('cos', 0);
    expect(count(trace(vmap(grad(fn)))(type))).toBe(2);
    expect(count(trace(grad((x: Tensor) => sum(vmap(fn)(x))))(type))).toBe(2);
    expect(count(trace(jacobian(ofAll))(type))).toBe(2);
  });

  test('a trace inside of a trace is not part of it', () => {
    const graph = trace((x: Tensor) => {
      expect(trace(fn)(x).operations).toBe(3);
      return sin(x);
    })(type);
    expect(listed(graph)).toEqual(['input 0 [4,2]', 'operation sin [4,2]']);
  });
});
