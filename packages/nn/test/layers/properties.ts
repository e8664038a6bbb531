import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AdjointError, checkGradients, flattenTree, isFloat, key, scope, type Shape, type Tensor } from '@adjoint/core';
import { tensors, type TensorConstraints } from '@adjoint/core/testing';
import * as nn from '@adjoint/nn';
import { living } from '../../../../test/living.js';

/** A layer with random options, and what it takes. */
export interface LayerCase {
  readonly layer: fc.Arbitrary<nn.Layer>;
  /** With the batch. */
  readonly inputs: fc.Arbitrary<Shape>;
  /** Default: `float64`, from -3 to 3. */
  readonly values?: TensorConstraints;
  /** What else the call brings, made anew for each run. */
  readonly call?: (inputShape: Shape) => fc.Arbitrary<() => nn.ApplyOptions>;
  /** Shapes without the batch axis that no layer of this kind takes. */
  readonly refused?: readonly Shape[];
}

/** The properties that every layer has. */
export function describeLayers(cases: Readonly<Record<string, LayerCase>>): void {
  describe.each(Object.entries(cases))('%s', (_, { layer, inputs, values = {}, call = () => fc.constant(() => ({})), refused = [] }) => {
    const drawn = fc.tuple(
      layer, inputs.chain((shape) => fc.tuple(tensors(shape, { dtype: 'float64', ...values }), call(shape))), fc.nat(), fc.boolean(),
    );

    test('has the gradients of central differences, of parameters and input', () => {
      fc.assert(fc.property(drawn, ([made, [input, options], seed, training]) => {
        scope(() => {
          const { params, state } = made.init(key(seed), input.shape.slice(1), { dtype: 'float64' });
          const given = { training, key: key(seed), ...options() };
          const output = (p: nn.Params, x: Tensor) => made.set('trainable', true).apply({ params: p, state }, x, given).output;
          const x = input.make();
          const report = isFloat(x.dtype) ? checkGradients(output, [params, x]) : checkGradients((p: nn.Params) => output(p, x), [params]);
          expect(report.ok, report.toString()).toBe(true);
        });
      }), { numRuns: 20 });
    });

    test('gives the shape and dtype that init tells, and keeps the structure of its state', () => {
      fc.assert(fc.property(drawn, ([made, [input, options], seed]) => {
        scope(() => {
          const { outputShape, ...variables } = made.init(key(seed), input.shape.slice(1), { dtype: 'float64' });
          const { output, state } = made.apply(variables, input.make(), { training: true, key: key(seed), ...options() });
          expect([...output.shape]).toEqual([input.shape[0], ...outputShape]);
          expect(output.dtype).toBe('float64');
          const types = (tree: nn.LayerState) => flattenTree(tree).map(([path, leaf]) => [path, leaf.dtype]);
          expect(types(state)).toEqual(types(variables.state));
        });
      }), { numRuns: 20 });
    });

    test('comes back from its definition as JSON, with the same summary and the same outputs', () => {
      fc.assert(fc.property(drawn, ([drawnLayer, [input, options], seed, training]) => {
        scope(() => {
          const made = drawnLayer.set('name', 'itself');
          const again = nn.layerFromConfig(JSON.parse(JSON.stringify(nn.layerToConfig(made))));
          expect(nn.layerToConfig(again)).toEqual(nn.layerToConfig(made));
          expect(nn.summary(again, input.shape.slice(1))).toBe(nn.summary(made, input.shape.slice(1)));
          const given = { training, key: key(seed), ...options() };
          const outputOf = (of: nn.Layer) => of.apply(of.init(key(seed), input.shape.slice(1), { dtype: 'float64' }), input.make(), given).output.data();
          expect(outputOf(again)).toEqual(outputOf(made));
        });
      }), { numRuns: 20 });
    });

    test('gives the same outputs after it was saved and loaded, with the state that training left', () => {
      fc.assert(fc.property(drawn, ([made, [input, options], seed]) => {
        scope(() => {
          const inputShape = input.shape.slice(1);
          const { params, state: first } = made.init(key(seed), inputShape, { dtype: 'float64' });
          const { state } = made.apply({ params, state: first }, input.make(), { training: true, key: key(seed), ...options() });
          const again = nn.layerFromConfig(JSON.parse(JSON.stringify(nn.layerToConfig(made))));
          const loaded = nn.matchVariables(again, inputShape, nn.decodeVariables(nn.encodeVariables({ params, state })));
          expect(again.apply(loaded, input.make(), options()).output.data()).toEqual(made.apply({ params, state }, input.make(), options()).output.data());
        });
      }), { numRuns: 20 });
    });

    test('refuses an option that it does not have', () => {
      const [made] = fc.sample(layer, 1) as [nn.Layer];
      const { config, ...definition } = nn.layerToConfig(made);
      // With no options but the layers inside it is a function of these.
      const message = /^(sequential|residual|.*Branches)$/.test(definition.type) ? /no option colour/ : /: unknown option 'colour'; expected one of \[.*name, trainable\]$/;
      expect(() => nn.layerFromConfig({ ...definition, config: { ...config, colour: 'red' } })).toThrow(message);
    });

    if (refused.length === 0) return;
    test('refuses other shapes at init, with its path, and makes no tensor', () => {
      fc.assert(fc.property(layer, fc.constantFrom(...refused), (made, inputShape) => {
        const before = living();
        const model = nn.sequential(nn.sequential(made.set('name', 'itself')).set('name', 'inner')).set('name', 'outer');
        expect(() => model.init(key(0), inputShape)).toThrow(AdjointError);
        expect(() => model.init(key(0), inputShape)).toThrow(/^outer\/inner\/itself(\/|: )/);
        expect(living()).toEqual(before);
      }), { numRuns: 10 });
    });
  });
}
