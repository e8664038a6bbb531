import { describe, expect, it } from 'vitest';
import { currentModule, grad, key, ones, Tape, tensor, TransformError, withModule, type Tensor } from '@adjoint/core';
import { conv2d, dense, flatten, relu, sequential } from '@adjoint/nn';
import { add, greater, mul, sum, where } from '@adjoint/ops';

describe('withModule', () => {
  it('nests names, and goes back to where it was, also after an error', () => {
    expect(withModule('a', () => withModule('b', currentModule))).toBe('a/b');
    expect(() => withModule('a', () => { throw new RangeError('stop'); })).toThrow(RangeError);
    expect(currentModule()).toBe('');
  });

  it('refuses an empty name and an asynchronous function', () => {
    expect(() => withModule('', currentModule)).toThrow('withModule: the name is empty');
    expect(() => withModule('a', async () => Promise.resolve(1))).toThrow(TransformError);
  });

  it('is the module of the calls of the gradient rules too, to any order', () => {
    const x = tensor(3);
    const tape = new Tape();
    const inside = (y: Tensor) => withModule('cube', () => mul(y, mul(y, y)));
    tape.run([x], () => grad(grad(inside))(x));
    const { nodes } = tape.graph();
    expect(nodes.filter(({ kind }) => kind === 'operation').every(({ module }) => module === 'cube')).toBe(true);
    expect(nodes.some(({ phase }) => phase === 'gradient')).toBe(true);
    tape.close();
  });
});

describe('the graph of a tape', () => {
  it('names inputs and outputs, and knows the values of scalar constants', () => {
    const [x, y] = [tensor([1, 2]), tensor([3, 4])];
    const tape = new Tape();
    const total = tape.run([x, y], () => sum(add(mul(x, 2), y)));
    const graph = tape.graph({ name: 'line', inputs: { x, y }, outputs: { total } });
    expect(graph.name).toBe('line');
    expect(graph.nodes.map(({ kind, name, value, inputs, shape }) => [kind, name, value, inputs.toArray(), shape]).toArray()).toEqual([
      ['input', 'x', null, [], [2]],
      ['input', 'y', null, [], [2]],
      ['constant', '', 2, [], []],
      ['operation', 'mul', null, [0, 2], [2]],
      ['operation', 'add', null, [3, 1], [2]],
      ['operation', 'sum', null, [4], []],
    ]);
    expect(graph.outputs.toJS()).toEqual([{ path: 'total', node: 5 }]);
    tape.close();
    expect(() => tape.graph()).toThrow(TransformError);
  });

  it('shows what has no gradient as a constant', () => {
    const x = tensor([1, -2]);
    const tape = new Tape();
    tape.run([x], () => where(greater(x, 0), x, 0));
    const kinds = tape.graph().nodes.map(({ kind, dtype }) => `${kind} ${dtype}`);
    expect(kinds).toContain('constant bool');
    tape.close();
  });

  it('has the layers of a model as modules', () => {
    const model = sequential(conv2d({ filters: 2, kernelSize: 3 }), relu(), flatten(), sequential(dense({ units: 2 })));
    const { params, state } = model.init(key(0), [4, 4, 1]);
    const images = ones([1, 4, 4, 1]);
    const tape = new Tape();
    tape.run([images], () => model.apply({ params, state }, images));
    const { nodes } = tape.graph();
    const modules = new Set(nodes.filter(({ kind }) => kind === 'operation').map(({ module }) => module));
    expect([...modules]).toEqual(['sequential/conv2d', 'sequential/relu', 'sequential/flatten', 'sequential/sequential/dense']);
    tape.close();
  });
});
