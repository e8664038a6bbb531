import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkGradients, isFloat, key, scope, type Shape, type Tensor } from '@adjoint/core';
import { tensors, type TensorConstraints } from '@adjoint/core/testing';
import * as nn from '@adjoint/nn';

/** A layer with random options, and what it takes. */
export interface LayerCase {
  readonly layer: fc.Arbitrary<nn.Layer>;
  /** With the batch. */
  readonly inputs: fc.Arbitrary<Shape>;
  /** Default: `float64`, from -3 to 3. */
  readonly values?: TensorConstraints;
  /** What else the call brings, made anew for each run. */
  readonly call?: (inputShape: Shape) => fc.Arbitrary<() => nn.ApplyOptions>;
}

/** The properties that every layer has. */
export function describeLayers(cases: Readonly<Record<string, LayerCase>>): void {
  describe.each(Object.entries(cases))('%s', (_, { layer, inputs, values = {}, call = () => fc.constant(() => ({})) }) => {
    const drawn = fc.tuple(layer, inputs.chain((shape) => fc.tuple(tensors(shape, { dtype: 'float64', ...values }), call(shape))), fc.nat());

    test('has the gradients of central differences, of parameters and input', () => {
      fc.assert(fc.property(drawn, ([made, [input, options], seed]) => {
        scope(() => {
          const { params, state } = made.init(key(seed), input.shape.slice(1), { dtype: 'float64' });
          const given = { training: true, key: key(seed), ...options() };
          const output = (p: nn.Params, x: Tensor) => made.apply({ params: p, state }, x, given).output;
          const x = input.make();
          const report = isFloat(x.dtype) ? checkGradients(output, [params, x]) : checkGradients((p: nn.Params) => output(p, x), [params]);
          expect(report.ok, report.toString()).toBe(true);
        });
      }), { numRuns: 25 });
    });

    test('gives the shape and dtype that init tells, and the same when it is made again from its definition', () => {
      fc.assert(fc.property(drawn, ([made, [input, options], seed]) => {
        scope(() => {
          const { outputShape, ...variables } = made.init(key(seed), input.shape.slice(1), { dtype: 'float64' });
          const given = { training: true, key: key(seed), ...options() };
          const { output } = made.apply(variables, input.make(), given);
          expect([...output.shape]).toEqual([input.shape[0], ...outputShape]);
          expect(output.dtype).toBe('float64');
          const again = nn.layerFromConfig(JSON.parse(JSON.stringify(nn.layerToConfig(made))));
          expect(again.apply(again.init(key(seed), input.shape.slice(1), { dtype: 'float64' }), input.make(), given).output.data()).toEqual(output.data());
        });
      }), { numRuns: 25 });
    });
  });
}
