import { afterEach, describe, expect, test } from 'vitest';
import { ArgumentError, key, setDefaultConvolutionPrecision, uniform, type ConvolutionPrecision, type Shape } from '@adjoint/core';
import * as nn from '../../src/index.js';

type Make = (options: { readonly kernelSize: number; readonly precision?: ConvolutionPrecision }) => nn.Layer;

const layers: Readonly<Record<string, readonly [inputShape: Shape, make: Make]>> = {
  conv1d: [[9, 8], (options) => nn.conv1d({ ...options, filters: 8 })],
  conv2d: [[9, 9, 8], (options) => nn.conv2d({ ...options, filters: 8 })],
  conv3d: [[3, 9, 9, 8], (options) => nn.conv3d({ ...options, filters: 8 })],
  conv1dTranspose: [[9, 8], (options) => nn.conv1dTranspose({ ...options, filters: 8 })],
  conv2dTranspose: [[9, 9, 8], (options) => nn.conv2dTranspose({ ...options, filters: 8 })],
  conv3dTranspose: [[3, 9, 9, 8], (options) => nn.conv3dTranspose({ ...options, filters: 8 })],
  depthwiseConv1d: [[9, 8], nn.depthwiseConv1d],
  depthwiseConv2d: [[9, 9, 8], nn.depthwiseConv2d],
  separableConv1d: [[9, 8], (options) => nn.separableConv1d({ ...options, filters: 8 })],
  separableConv2d: [[9, 9, 8], (options) => nn.separableConv2d({ ...options, filters: 8 })],
};

/** The layers whose convolution has a transform. */
const transformed = ['conv2d', 'conv3d', 'conv2dTranspose', 'conv3dTranspose'];

afterEach(() => setDefaultConvolutionPrecision('default'));

describe.each(Object.entries(layers))('%s', (name, [inputShape, make]) => {
  const output = (layer: nn.Layer): ArrayLike<number> => {
    const { params, state } = make({ kernelSize: 3 }).init(key(1), inputShape);
    return (layer.apply({ params, state }, uniform(key(2), [2, ...inputShape])).output).data();
  };

  test('computes with its own precision, or else with the default one', () => {
    const [unset, byDefault, highest] = [{}, { precision: 'default' }, { precision: 'highest' }].map((options) => make({ kernelSize: 3, ...options as object })) as [nn.Layer, nn.Layer, nn.Layer];
    const [fast, exact] = [output(byDefault), output(highest)];
    if (transformed.includes(name)) expect(fast).not.toEqual(exact);
    else expect(fast).toEqual(exact);
    expect(output(unset)).toEqual(fast);
    setDefaultConvolutionPrecision('highest');
    expect(output(unset)).toEqual(exact);
    expect(output(byDefault)).toEqual(fast);
  });

  test('has the precision in its definition, where it is given', () => {
    expect(make({ kernelSize: 3 }).config.has('precision')).toBe(false);
    const layer = make({ kernelSize: 3, precision: 'highest' });
    expect(layer.config.get('precision')).toBe('highest');
    const copy = nn.layerFromConfig(nn.layerToConfig(layer));
    expect(copy.config.get('precision')).toBe('highest');
    expect(output(copy)).toEqual(output(layer));
  });

  test.each(['high', null, 2])('does not take %j for a precision', (precision) => {
    const call = () => make({ kernelSize: 3, precision: precision as 'highest' });
    expect(call).toThrow(ArgumentError);
    expect(call).toThrow(new RegExp(`^${name}: precision is .*; expected 'default' or 'highest'$`));
  });
});
