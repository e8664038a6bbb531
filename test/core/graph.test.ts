import { describe, expect, it } from 'vitest';
import { ArgumentError, currentModule, grad, key, ones, Tape, tensor, TransformError, withModule, type Graph, type Tensor } from '@adjoint/core';
import { conv2d, dense, flatten, relu, sequential } from '@adjoint/nn';
import { add, greater, matmul, mul, sum, tanh, where } from '@adjoint/ops';

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

/** `steps` times `tanh(x kernel)`, each in a module of its own, with its gradient. */
function chain(steps: number): Graph {
  const [x, kernel] = [tensor([[0.5, 0.25]]), tensor([[1, 0], [0, 1]])];
  const tape = new Tape();
  const loss = (weights: Tensor) => {
    let state = x;
    for (let step = 0; step < steps; step++) state = withModule('chain', () => withModule(`step${step}`, () => tanh(matmul(state, weights))));
    return sum(state);
  };
  const gradient = tape.run([x, kernel], () => grad(loss)(kernel));
  const graph = tape.graph({ name: 'chain', inputs: { x, kernel }, outputs: { gradient } });
  tape.close();
  return graph;
}

describe('a graph', () => {
  const graph = chain(2);

  it('finds nodes, their readers and how often what is called', () => {
    expect(graph.inputs.map(({ name }) => name).toArray()).toEqual(['x', 'kernel']);
    expect(graph.node(2).name).toBe('matmul');
    expect(graph.consumers(2).map(({ name }) => name).toArray()).toEqual(['tanh']);
    expect(graph.operationCounts().get('tanh')).toBe(2);
    expect(graph.operations).toBe(graph.operationCounts().reduce((total, count) => total + count, 0));
    expect(() => graph.node(-1)).toThrow(ArgumentError);
    expect(() => graph.node(graph.nodes.size)).toThrow(ArgumentError);
    expect(() => graph.consumers(1.5)).toThrow(ArgumentError);
  });

  it('tells the bytes of its results', () => {
    const forward = graph.filter(({ phase }) => phase === 'forward');
    // Two products and two tanh of [1,2], and a scalar.
    expect(forward.bytes).toBe(4 * 8 + 4);
  });

  it('gives a module alone, with its neighbours as inputs and outputs', () => {
    const step = graph.subgraph('chain/step1').filter(({ phase }) => phase === 'forward');
    expect(step.nodes.map(({ kind, name }) => `${kind} ${name}`).toArray()).toEqual(['input kernel', 'input %3', 'operation matmul', 'operation tanh']);
    expect(graph.subgraph('chain').operations).toBeGreaterThan(step.operations);
    expect(() => graph.subgraph('chai')).toThrow("nothing was called in the module 'chai', only in [chain/step0, chain/step1]");
  });

  it('collapses to any depth', () => {
    const modules = (depth?: number) => graph.collapse(depth).nodes.filter(({ kind }) => kind === 'module').map(({ module, name, phase }) => `${phase} ${module}/${name}`).toArray();
    expect(modules()).toEqual(['forward chain/step0', 'forward chain/step1', 'gradient chain/step1', 'gradient chain/step0']);
    expect(modules(1)).toEqual(['forward /chain', 'gradient /chain']);
    for (const depth of [0, -1, 1.5, NaN]) expect(() => graph.collapse(depth)).toThrow(ArgumentError);
  });

  it('counts the parameters of a module at its forward calls, which its gradient reads as well', () => {
    const [x, kernel] = [tensor([[1, 2]]), tensor([[1, 0], [0, 1]])];
    const tape = new Tape();
    const slope = tape.run([x, kernel], () => grad((y: Tensor) => withModule('dense', () => sum(matmul(y, kernel))))(x));
    const whole = tape.graph({ inputs: { x, dense: { kernel } }, outputs: { slope } });
    tape.close();
    const collapsed = whole.collapse();
    const modules = collapsed.nodes.filter(({ kind }) => kind === 'module');
    expect(modules.map(({ phase, attrs }) => [phase, attrs.get('parameters')]).toArray()).toEqual([['forward', 4], ['gradient', undefined]]);
    expect(collapsed.toTable()).toContain('modules with 4 parameters');
  });

  it('gives a parameter that is an output beside its module', () => {
    const [x, kernel] = [tensor([[1, 2]]), tensor([[1, 0], [0, 1]])];
    const tape = new Tape();
    const y = tape.run([x, kernel], () => withModule('dense', () => matmul(x, kernel)));
    const drawing = tape.graph({ inputs: { x, dense: { kernel } }, outputs: { y, kernel } }).toMermaid({ collapse: true });
    tape.close();
    expect(drawing).toContain('"dense.kernel"');
    expect(drawing).not.toContain('subgraph');
  });

  it('draws a tensor that a call reads twice once', () => {
    const x = tensor([1, 2]);
    const tape = new Tape();
    const y = tape.run([x], () => mul(x, x));
    const drawing = tape.graph({ inputs: { x }, outputs: { y } }).toMermaid();
    tape.close();
    expect(drawing).toContain('n0 -->|"[2]"| n1');
  });

  it('names an output that a call outside reads by its own name alone', () => {
    const x = tensor([1, 2]);
    const tape = new Tape();
    const [y, total] = tape.run([x], () => {
      const squared = mul(x, x);
      return [squared, sum(squared)] as const;
    });
    const products = tape.graph({ inputs: { x }, outputs: { y, total } }).filter(({ name }) => name === 'mul');
    tape.close();
    expect(products.outputs.map(({ path }) => path).toArray()).toEqual(['y']);
  });

  it('holds no tensors: another run of the same calls gives the same', () => {
    expect(JSON.stringify(chain(2))).toBe(JSON.stringify(graph));
  });
});

describe('the table of a graph', () => {
  it('has a row a node, marks gradients, and writes scalars where they are read', () => {
    const x = tensor([1, 2]);
    const tape = new Tape();
    const slope = tape.run([x], () => grad((y: Tensor) => withModule('twice', () => sum(mul(mul(y, y), 2))))(x));
    expect(tape.graph({ name: 'slope', inputs: { x }, outputs: { slope } }).toTable()).toBe([
      'slope',
      '    operation     reads  result       module  attributes',
      '────────────────────────────────────────────────────────',
      '%0  input x              float32 [2]',
      '%1  mul           %0 %0  float32 [2]  twice',
      '%3  mul           %1 2   float32 [2]  twice',
      '%4  sum           %3     float32 []   twice   axes=[0]',
      '%5  constant             float32 [2]  twice',
      '%6  ∇ mul         %5 %0  float32 [2]  twice',
      '%7  ∇ mul         %5 %0  float32 [2]  twice',
      '%8  ∇ accumulate  %6 %7  float32 [2]  twice',
      '    output slope  %8     float32 [2]',
      '────────────────────────────────────────────────────────',
      '6 operations (3 forward, 3 gradient: ∇), 1 input of 2 elements, results of 44 bytes',
    ].join('\n'));
    tape.close();
  });

  it('prints large graphs by their modules, and leaves out the middle of the largest', () => {
    const large = chain(400);
    const printed = large.toString().split('\n');
    expect(printed.length).toBeLessThan(210);
    expect(printed.some((line) => line.includes('more rows'))).toBe(true);
    expect(printed.at(-1)).toBe('(collapsed by module; toTable() shows everything)');
    expect(large.toTable().split('\n').length).toBeGreaterThan(large.operations);
  });
});
