import { expect } from 'vitest';
import { flattenTree, grad, key, sizeOf, Tensor, tensor, type Shape } from '@adjoint/core';
import type * as nn from '@adjoint/nn';
import { mul, sum } from '@adjoint/ops';
import { OrderedMap } from 'immutable';

/** Numbers that another program makes as easily: half the sine of the index, row by row, plus a phase. */
export function wave(shape: Shape, phase: number): Tensor {
  return tensor(Array.from({ length: sizeOf(shape) }, (_, index) => 0.5 * Math.sin(index + phase)), { shape, dtype: 'float64' });
}

/** Parameters that are waves; the phase of each is its position. */
export function waves(params: nn.Params): nn.Params {
  let phase = 0;
  const replaced = (tree: nn.Params): nn.Params =>
    OrderedMap([...tree].map(([name, node]): [string, Tensor | nn.Params] => [name, node instanceof Tensor ? wave(node.shape, phase++) : replaced(node)]));
  return replaced(params);
}

/** What another program gave. */
export interface Expected {
  readonly output: readonly number[];
  readonly inputGradient: readonly number[];
  /** The sum of each gradient times the wave of phase 0, by the dotted name of the parameter. */
  readonly parameterGradients: Readonly<Record<string, number>>;
}

/** Compares a layer with parameters that are waves with another program: its output, and the gradients of that times a wave of phase 0.3. */
export function expectLike(layer: nn.Layer, input: Tensor, expected: Expected, options: nn.ApplyOptions = {}, change = (params: nn.Params) => params): void {
  const { params: first, state } = layer.init(key(0), input.shape.slice(1), { dtype: 'float64' });
  const params = change(waves(first));
  const apply = (p: nn.Params, x: Tensor) => layer.apply({ params: p, state }, x, options).output;
  const output = apply(params, input);
  expectNear(output, expected.output);
  const loss = (p: nn.Params, x: Tensor) => sum(mul(apply(p, x), wave(output.shape, 0.3)));
  expectNear(grad((x: Tensor) => loss(params, x))(input), expected.inputGradient);
  const gradients = flattenTree(grad((p: nn.Params) => loss(p, input))(params));
  expect(gradients.map(([name]) => name)).toEqual(Object.keys(expected.parameterGradients));
  for (const [name, gradient] of gradients) expect(sum(mul(gradient, wave(gradient.shape, 0))).item(), name).toBeCloseTo(expected.parameterGradients[name]!, 8);
}

/** Compares elements in row-major order to eight places. */
export function expectNear(actual: Tensor, expected: readonly number[]): void {
  const values = [...actual.data()];
  expect(values.length).toBe(expected.length);
  values.forEach((value, index) => expect(value, `element ${index}`).toBeCloseTo(expected[index]!, 8));
}
