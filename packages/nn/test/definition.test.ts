import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AdjointError, ArgumentError, DataFormatError, full, key } from '@adjoint/core';
import * as nn from '@adjoint/nn';

const throughText = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const rebuilt = (layer: nn.Layer): nn.Layer => nn.layerFromConfig(throughText(nn.layerToConfig(layer)));

const initializers = [
  nn.constant(0.25), nn.glorotNormal, nn.glorotUniform, nn.heNormal, nn.heUniform, nn.identityMatrix({ gain: 2 }), nn.lecunNormal,
  nn.lecunUniform, nn.ones, nn.orthogonal({ gain: 3 }), nn.randomNormal({ mean: 1 }), nn.randomUniform({ low: 0 }),
  nn.truncatedNormal({ standardDeviation: 2 }), nn.varianceScaling({ scale: 2, mode: 'fanOut', distribution: 'normal' }), nn.zeros,
];

test.each(initializers)('$name comes back from JSON', (initializer) => {
  const layer = nn.dense({ units: 3, kernelInitializer: initializer });
  const kernelOf = (of: nn.Layer) => nn.getAt(of.init(key(5), [4]).params, 'kernel').data();
  expect(kernelOf(rebuilt(layer))).toEqual(kernelOf(layer));
  expect(nn.layerToConfig(rebuilt(layer))).toEqual(nn.layerToConfig(layer));
});

test('a definition holds type, options, layers, and what differs from the defaults', () => {
  const shared = nn.dense({ units: 4, useBias: false, kernelInitializer: nn.constant(1), trainable: false, name: 'mixer' });
  const definition = nn.layerToConfig(nn.sequential(shared, nn.relu()).set('name', 'net'));
  expect(throughText(definition)).toEqual({
    type: 'sequential',
    name: 'net',
    layers: [
      {
        type: 'dense', name: 'mixer', trainable: false,
        config: { units: 4, useBias: false, kernelInitializer: { type: 'constant', value: 1 }, biasInitializer: 'zeros' },
      },
      { type: 'relu', name: 'relu' },
    ],
  });
  const again = nn.layerFromConfig(definition);
  expect(nn.layerToConfig(again)).toEqual(definition);
  expect(again.isTrainable('mixer.kernel')).toBe(false);
});

test('layers and initializers of one\'s own come back when they are registered', () => {
  const sevens = nn.registerInitializer('sevens', (_, shape, options) => full(shape, 7, { dtype: options!.dtype! }));
  const wide = ({ factor }: { readonly factor: number }) => nn.dense({ units: 10 * factor, kernelInitializer: sevens }).merge({ type: 'wide', config: nn.dense({ units: 1 }).config.clear().set('factor', factor) });
  expect(() => nn.layerToConfig(nn.sequential(wide({ factor: 2 })))).toThrow(/sequential\/wide is a layer of type 'wide'.*registerLayer\('wide', make\)/);
  nn.registerLayer('wide', wide);
  const again = rebuilt(nn.sequential(wide({ factor: 2 })));
  expect([...new Set(nn.getAt(again.init(key(0), [2]).params, 'wide.kernel').data())]).toEqual([7]);
  expect(nn.registeredLayers()).toContain('wide');
  expect(() => nn.registerLayer('dense', wide)).toThrow(/^registerLayer: the type 'dense' is a layer of the library/);
  expect(() => nn.registerInitializer('constant', sevens)).toThrow(/'constant' is an initializer of the library/);
  nn.registerLayer('liar', () => nn.relu());
  expect(() => nn.layerFromConfig({ type: 'liar' })).toThrow(/'liar' makes no layer of this type/);
  nn.registerLayer('thrower', () => {
    throw new RangeError('no');
  });
  expect(() => nn.layerFromConfig({ type: 'thrower' })).toThrow(DataFormatError);
});

test('an initializer that no name stands for cannot be written', () => {
  const layer = nn.sequential(nn.dense({ units: 1, biasInitializer: () => full([1], 1) }));
  expect(() => nn.layerToConfig(layer)).toThrow(ArgumentError);
  expect(() => nn.layerToConfig(layer)).toThrow(/biasInitializer of sequential\/dense is function biasInitializer.*registerInitializer/);
});

function nested(depth: number): unknown {
  let value: unknown = { type: 'relu' };
  for (let level = 0; level < depth; level++) value = { type: 'sequential', layers: [value] };
  return value;
}

test('nesting is limited before the stack is', () => {
  expect(nn.layerFromConfig(nested(100)).type).toBe('sequential');
  expect(() => nn.layerFromConfig(nested(101))).toThrow(/nested deeper than 100/);
  expect(() => nn.layerFromConfig(nested(100_000))).toThrow(DataFormatError);
});

const dense = (config: unknown) => ({ type: 'dense', config });

describe('damaged definitions', () => {
  test.each<[unknown, RegExp]>([
    [null, /^the definition is null; expected an object/],
    [[], /^the definition is \[\]/],
    ['dense', /^the definition is "dense"/],
    [{}, /there is no layer of type undefined.*registerLayer/],
    [{ type: 'denes' }, /there is no layer of type "denes"/],
    [{ type: '__proto__' }, /there is no layer of type "__proto__"/],
    [{ type: 'constructor' }, /there is no layer of type "constructor"/],
    [{ type: ['dense'] }, /there is no layer of type \["dense"\]/],
    [{ type: 'relu', extra: 1 }, /there is no field extra/],
    [{ type: 'relu', name: 3 }, /^the definition\/name is 3/],
    [{ type: 'relu', trainable: 'no' }, /^the definition\/trainable is "no"/],
    [{ type: 'relu', config: [] }, /^the definition\/config is \[\]/],
    [{ type: 'relu', layers: {} }, /^the definition\/layers is an object \{\}/],
    [{ type: 'relu', layers: [{ type: 'relu' }] }, /holds 1 layers; a layer of type 'relu' has 0 inside/],
    [{ type: 'sequential', layers: [{ type: 'relu' }, 7] }, /^the definition\/layers\/1 is 7/],
    [{ type: 'sequential', layers: ['relu'] }, /^the definition\/layers\/0: there is no layer 'relu' before it/],
    [{ type: 'sequential', layers: [{ type: 'relu', name: 'a' }, { type: 'relu', name: 'a' }] }, /two layers are named 'a'/],
    [{ type: 'sequential', layers: [{ type: 'relu', name: 'a/b' }] }, /'a\/b' holds/],
    [dense({}), /^the definition\/config: dense: units is undefined/],
    [dense({ units: '3' }), /units is "3"/],
    [dense({ units: 3, useBias: 1 }), /useBias is 1; expected true or false/],
    [dense({ units: 3, colour: 'red' }), /^the definition\/config: dense: unknown option 'colour'; expected one of \[units, useBias, kernelInitializer, biasInitializer, name, trainable\]$/],
    [dense(JSON.parse('{"units": 3, "__proto__": {"useBias": false}}')), /unknown option '__proto__'/],
    [dense({ units: 3, kernelInitializer: 'henormal' }), /config\/kernelInitializer: there is no initializer 'henormal'/],
    [dense({ units: 3, kernelInitializer: null }), /config\/kernelInitializer is null/],
    [dense({ units: 3, kernelInitializer: { type: 'toString' } }), /there is no initializer of type "toString"/],
    [dense({ units: 3, kernelInitializer: { type: 'constant' } }), /constant: value is undefined/],
    [dense({ units: 3, kernelInitializer: { type: 'constant', value: 1, other: 2 } }), /there is no option other/],
    [dense({ units: 3, kernelInitializer: { type: 'varianceScaling', mode: 'fan' } }), /mode is "fan"; expected one of 'fanIn'/],
    [{ type: 'conv2d', config: { filters: 1, kernelSize: {} } }, /^the definition\/config: /],
    [{ type: 'dropout', config: { rate: '0.5' } }, /rate is "0\.5"/],
  ])('%j', (value, message) => {
    expect(() => nn.layerFromConfig(value)).toThrow(DataFormatError);
    expect(() => nn.layerFromConfig(value)).toThrow(message);
  });

  test('of any kind give a layer or a DataFormatError', () => {
    const types = fc.constantFrom(...nn.registeredLayers());
    const option = fc.constantFrom('units', 'filters', 'kernelSize', 'strides', 'padding', 'rate', 'axis', 'axes', 'kernelInitializer', 'poolSize', 'size', 'groups');
    const definition = fc.letrec((tie) => ({
      layer: fc.oneof({ maxDepth: 3 }, fc.jsonValue(), fc.record(
        { type: types, name: fc.string(), config: fc.dictionary(option, fc.oneof(fc.jsonValue(), fc.integer({ min: 1, max: 3 }))), layers: fc.array(tie('layer'), { maxLength: 2 }) },
        { requiredKeys: ['type'] },
      )),
    })).layer;
    fc.assert(fc.property(definition, (value) => {
      try {
        expect(nn.layerFromConfig(value)).toBeInstanceOf(nn.Layer);
      } catch (error) {
        expect(error).toBeInstanceOf(DataFormatError);
        expect(error).toBeInstanceOf(AdjointError);
      }
    }), { numRuns: 300 });
  });
});
