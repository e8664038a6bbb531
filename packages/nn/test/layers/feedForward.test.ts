import * as fc from 'fast-check';
import type { Shape } from '@adjoint/core';
import type { TensorConstraints } from '@adjoint/core/testing';
import * as nn from '@adjoint/nn';
import { describeLayers, type LayerCase } from './properties.js';

const size = fc.integer({ min: 1, max: 3 });
const batch = fc.integer({ min: 0, max: 2 });
const few = fc.integer({ min: 1, max: 2 });
const length = fc.integer({ min: 3, max: 5 });
const words = fc.constantFrom('valid' as const, 'same' as const);
const flag = fc.boolean();
const fraction = fc.constantFrom(0, 0.3, 0.9);
const initializer = fc.constantFrom(nn.heNormal, nn.orthogonal({ gain: 0.5 }), nn.truncatedNormal({ standardDeviation: 0.7 }));
/** Of vectors: zeros and ones would hide mistakes. */
const vector = fc.constantFrom(nn.randomNormal({ standardDeviation: 1 }), nn.randomUniform({ low: 0.5, high: 2 }));
const positive = fc.constant(nn.randomUniform({ low: 0.5, high: 2 }));

const pair = fc.tuple(size, size);
const triple = fc.tuple(few, few, few);
const sides = fc.tuple(few, fc.nat({ max: 1 }));

const matrix = fc.tuple(batch, fc.integer({ min: 1, max: 4 }));
const sequence = fc.tuple(batch, length, few);
const image = fc.tuple(batch, length, length, few);
const volume = fc.tuple(fc.integer({ min: 0, max: 1 }), length, length, fc.constant(3), few);
const anyShape = fc.tuple(batch, fc.array(size, { maxLength: 3 })).map(([n, shape]) => [n, ...shape]);
const withChannels = fc.oneof(sequence, image);
const notSequences: readonly Shape[] = [[], [4], [4, 4, 1]];
const notImages: readonly Shape[] = [[4], [4, 4], [4, 4, 4, 1]];
const notVolumes: readonly Shape[] = [[4, 4], [4, 4, 4], [4, 4, 4, 4, 1]];

/** Options that may be left out. */
function options<Model extends object>(required: { [Name in keyof Model]: fc.Arbitrary<Model[Name]> }, optional: object = {}): fc.Arbitrary<Model> {
  return fc.record({ ...required, ...optional }, { requiredKeys: Object.keys(required) as never }) as fc.Arbitrary<Model>;
}

/** Either strides or a dilation; together they rarely fit small inputs. */
function windows<Size, Around>(sizes: fc.Arbitrary<Size>, paddings: fc.Arbitrary<Around>): fc.Arbitrary<{ kernelSize: Size }> {
  const bias = { useBias: flag, biasInitializer: vector };
  const dilated = { kernelSize: sizes, padding: fc.constant('same' as const), dilation: fc.constant(2) };
  return fc.oneof(
    options<{ kernelSize: Size }>({ kernelSize: sizes }, { ...bias, padding: paddings, strides: sizes }),
    options<{ kernelSize: Size; padding: 'same'; dilation: number }>(dilated, bias),
  );
}

function convolution<Options>(make: (options: Options) => nn.Layer, window: fc.Arbitrary<object>, extra: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<nn.Layer> {
  return fc.tuple(window, fc.record(extra)).map(([around, own]) => make({ ...around, ...own } as Options));
}

const filters = { filters: size, kernelInitializer: initializer };
const grouped = fc.constantFrom({ filters: 2, groups: 2 }, { filters: 4, groups: 2 });
const even = (shapes: fc.Arbitrary<readonly number[]>) => shapes.map((shape) => [...shape.slice(0, -1), 2]);

function convolutions<Options>(make: (options: Options) => nn.Layer, window: fc.Arbitrary<object>, inputs: fc.Arbitrary<readonly number[]>, refused: readonly Shape[]): LayerCase {
  const plain = convolution(make, window, filters);
  const ofGroups = fc.tuple(window, grouped).map(([around, own]) => make({ ...around, ...own } as Options));
  return { layer: fc.oneof(plain, ofGroups), inputs: even(inputs), refused };
}

function poolings<Options>(make: (options: Options) => nn.Layer, sizes: fc.Arbitrary<unknown>, inputs: fc.Arbitrary<Shape>, refused: readonly Shape[]): LayerCase {
  const layer = fc.record({ poolSize: sizes, strides: sizes, padding: words }, { requiredKeys: ['poolSize'] }).map((drawn) => make(drawn as Options));
  return { layer, inputs, values: { distinct: true }, refused };
}

function activation(layer: nn.Layer, values: TensorConstraints = {}): LayerCase {
  return { layer: fc.constant(layer), inputs: anyShape, values };
}

const awayFromZero = { awayFromZero: 0.01 };
const scaling = { useScale: flag, scaleInitializer: vector, epsilon: fc.constantFrom(1e-3, 0.1) };
const rescaling = { ...scaling, useBias: flag, biasInitializer: vector };
const spread: TensorConstraints = { distinct: true };
const dropRate = fraction.map((rate) => ({ rate }));
const interpolation = fc.constantFrom('nearest' as const, 'linear' as const);

/** Used at several places with one set of parameters. */
const shared = nn.dense({ units: 3, kernelInitializer: nn.heNormal, name: 'shared' });

describeLayers({
  dense: {
    layer: options<nn.DenseOptions>({ units: size }, { useBias: flag, kernelInitializer: initializer, biasInitializer: vector }).map(nn.dense),
    inputs: fc.oneof(matrix, sequence),
    refused: [[], [2, 2, 2]],
  },

  conv1d: convolutions(nn.conv1d, windows(size, fc.oneof(words, fc.constant('causal'), few, fc.tuple(sides))), sequence, notSequences),
  conv2d: convolutions(nn.conv2d, windows(pair, fc.oneof(words, few, fc.tuple(sides, sides))), image, notImages),
  conv3d: convolutions(nn.conv3d, windows(triple, words), volume, notVolumes),
  conv1dTranspose: convolutions(nn.conv1dTranspose, windows(size, words), sequence, notSequences),
  conv2dTranspose: convolutions(nn.conv2dTranspose, fc.oneof(
    windows(pair, words),
    fc.constant({ kernelSize: 3, strides: 2, padding: 1, outputPadding: [1, 0] }),
  ), image, notImages),
  conv3dTranspose: convolutions(nn.conv3dTranspose, windows(triple, words), volume, notVolumes),
  depthwiseConv1d: { layer: convolution(nn.depthwiseConv1d, windows(size, words), { depthMultiplier: few, kernelInitializer: initializer }), inputs: sequence, refused: notSequences },
  depthwiseConv2d: { layer: convolution(nn.depthwiseConv2d, windows(pair, words), { depthMultiplier: few, kernelInitializer: initializer }), inputs: image, refused: notImages },
  separableConv1d: {
    layer: convolution(nn.separableConv1d, windows(size, words), { filters: size, depthMultiplier: few, depthwiseInitializer: initializer, pointwiseInitializer: initializer }),
    inputs: sequence,
    refused: notSequences,
  },
  separableConv2d: {
    layer: convolution(nn.separableConv2d, windows(pair, words), { filters: size, depthMultiplier: few, depthwiseInitializer: initializer, pointwiseInitializer: initializer }),
    inputs: image,
    refused: notImages,
  },

  maxPool1d: poolings(nn.maxPool1d, size, sequence, notSequences),
  maxPool2d: poolings(nn.maxPool2d, pair, image, notImages),
  maxPool3d: poolings(nn.maxPool3d, triple, volume, notVolumes),
  avgPool1d: poolings(nn.avgPool1d, size, sequence, notSequences),
  avgPool2d: poolings(nn.avgPool2d, pair, image, notImages),
  avgPool3d: poolings(nn.avgPool3d, triple, volume, notVolumes),
  globalMaxPool: { layer: options({}, { keepDims: flag }).map(nn.globalMaxPool), inputs: withChannels, values: spread, refused: [[], [4]] },
  globalAvgPool: { layer: options({}, { keepDims: flag }).map(nn.globalAvgPool), inputs: withChannels, refused: [[], [4]] },

  dropout: { layer: dropRate.map(nn.dropout), inputs: anyShape },
  spatialDropout1d: { layer: dropRate.map(nn.spatialDropout1d), inputs: sequence, refused: notSequences },
  spatialDropout2d: { layer: dropRate.map(nn.spatialDropout2d), inputs: image, refused: notImages },
  spatialDropout3d: { layer: dropRate.map(nn.spatialDropout3d), inputs: volume, refused: notVolumes },
  alphaDropout: { layer: dropRate.map(nn.alphaDropout), inputs: anyShape },
  gaussianDropout: { layer: dropRate.map(nn.gaussianDropout), inputs: anyShape },
  gaussianNoise: { layer: fc.constantFrom(0, 0.5).map((standardDeviation) => nn.gaussianNoise({ standardDeviation })), inputs: anyShape },

  batchNorm: {
    layer: options({}, {
      ...rescaling, axis: fc.constantFrom(-1, 1), momentum: fc.constantFrom(0, 0.9), meanInitializer: vector, varianceInitializer: positive, trainable: flag,
    }).map(nn.batchNorm),
    inputs: fc.tuple(fc.integer({ min: 2, max: 4 }), fc.array(size, { minLength: 1, maxLength: 2 })).map(([n, shape]) => [n, ...shape]),
    values: spread,
    refused: [[]],
  },
  layerNorm: { layer: options({}, { ...rescaling, axes: fc.constantFrom(-1, [-1, 1], [1]) }).map(nn.layerNorm), inputs: withChannels, values: spread, refused: [[]] },
  rmsNorm: { layer: options({}, { ...scaling, axes: fc.constantFrom(-1, [1, 2]) }).map(nn.rmsNorm), inputs: withChannels, values: awayFromZero, refused: [[]] },
  groupNorm: {
    layer: options<{ groups: number }>({ groups: fc.constantFrom(1, 2) }, rescaling).map(nn.groupNorm),
    inputs: fc.tuple(batch, few, fc.constantFrom(2, 4)),
    values: spread,
    refused: [[]],
  },
  instanceNorm: { layer: options({}, rescaling).map(nn.instanceNorm), inputs: withChannels, values: spread, refused: [[], [4]] },

  relu: activation(nn.relu(), awayFromZero),
  relu6: activation(nn.relu6(), awayFromZero),
  leakyRelu: activation(nn.leakyRelu({ negativeSlope: 0.2 }), awayFromZero),
  elu: activation(nn.elu({ alpha: 0.7 }), awayFromZero),
  selu: activation(nn.selu(), awayFromZero),
  sigmoid: activation(nn.sigmoid()),
  hardSigmoid: activation(nn.hardSigmoid(), { min: -2.9, max: 2.9 }),
  logSigmoid: activation(nn.logSigmoid()),
  tanh: activation(nn.tanh()),
  softplus: activation(nn.softplus()),
  softsign: activation(nn.softsign(), awayFromZero),
  silu: activation(nn.silu()),
  mish: activation(nn.mish()),
  hardSwish: activation(nn.hardSwish(), { min: -2.9, max: 2.9 }),
  gelu: { layer: options({}, { approximate: flag }).map(nn.gelu), inputs: anyShape },
  softmax: { layer: options({}, { axis: fc.constantFrom(-1, 1) }).map(nn.softmax), inputs: withChannels },
  logSoftmax: { layer: options({}, { axis: fc.constantFrom(-1, 1) }).map(nn.logSoftmax), inputs: withChannels },
  glu: { layer: options({}, { axis: fc.constantFrom(-1, 2) }).map(nn.glu), inputs: fc.tuple(batch, size, fc.constantFrom(2, 4)), refused: [[], [3], [2, 3]] },
  prelu: { layer: options({}, { shared: flag, alphaInitializer: vector }).map(nn.prelu), inputs: withChannels, values: awayFromZero, refused: [[]] },

  identity: activation(nn.identity()),
  flatten: activation(nn.flatten()),
  reshape: { layer: fc.constantFrom([2, 3], [3, -1], [1, 6, 1]).map((targetShape) => nn.reshape({ targetShape })), inputs: fc.tuple(batch, fc.constant(3), fc.constant(2)), refused: [[], [4], [7]] },
  permute: { layer: fc.constantFrom([2, 1, 3], [3, 1, 2], [1, 2, 3]).map((axes) => nn.permute({ axes })), inputs: image, refused: [[], [4], [2, 2]] },
  resize: {
    layer: fc.oneof(
      options<{ size: nn.ResizeLayerOptions['size'] }>({ size: fc.oneof(size, pair) }, { alignCorners: flag }).map(nn.resize),
      fc.record({ size: pair, method: fc.constant('nearest' as const) }).map(nn.resize),
    ),
    inputs: image,
    refused: notImages,
  },
  upSampling1d: { layer: options({}, { size: few, interpolation }).map(nn.upSampling1d), inputs: sequence, refused: notSequences },
  upSampling2d: { layer: options({}, { size: fc.oneof(few, pair), interpolation }).map(nn.upSampling2d), inputs: image, refused: notImages },
  upSampling3d: { layer: options({}, { size: fc.oneof(few, triple), interpolation }).map(nn.upSampling3d), inputs: volume, refused: notVolumes },
  zeroPadding1d: { layer: options({}, { padding: fc.oneof(few, sides) }).map(nn.zeroPadding1d), inputs: sequence, refused: notSequences },
  zeroPadding2d: { layer: options({}, { padding: fc.oneof(few, pair, fc.tuple(sides, sides)) }).map(nn.zeroPadding2d), inputs: image, refused: notImages },
  zeroPadding3d: { layer: options({}, { padding: fc.oneof(few, triple, fc.tuple(sides, sides, sides)) }).map(nn.zeroPadding3d), inputs: volume, refused: notVolumes },
  cropping1d: { layer: options({}, { cropping: fc.oneof(fc.constant(1), fc.constant([0, 2] as const)) }).map(nn.cropping1d), inputs: sequence, refused: [...notSequences, [2, 1]] },
  cropping2d: { layer: options({}, { cropping: fc.constantFrom(1, [1, 0] as const, [[0, 1], [2, 0]] as const) }).map(nn.cropping2d), inputs: image, refused: [...notImages, [2, 2, 1]] },
  cropping3d: { layer: options({}, { cropping: fc.constantFrom(1, [1, 0, 1] as const, [[0, 1], [2, 0], [1, 0]] as const) }).map(nn.cropping3d), inputs: volume, refused: [...notVolumes, [2, 2, 1, 1]] },

  sequential: {
    layer: fc.constant(nn.sequential(
      nn.conv2d({ filters: 2, kernelSize: 2, biasInitializer: nn.heNormal }), nn.tanh(),
      nn.sequential(nn.avgPool2d({ poolSize: 2 }), nn.dropout({ rate: 0.3 }), nn.flatten()), nn.dense({ units: 2 }),
    )),
    inputs: image,
    refused: notImages,
  },
  residual: {
    layer: fc.constantFrom(
      nn.residual(nn.dense({ units: 3, biasInitializer: nn.heNormal }), nn.tanh()),
      nn.residual(nn.batchNorm({ momentum: 0.5 }), nn.dropout({ rate: 0.3 }), shared, shared),
    ),
    inputs: fc.tuple(fc.integer({ min: 2, max: 3 }), fc.constant(3)),
    values: spread,
    refused: [[4], [3, 3, 3]],
  },
  concatBranches: {
    layer: fc.constantFrom(
      nn.concatBranches(nn.conv1d({ filters: 2, kernelSize: 3, padding: 'same' }), nn.identity(), nn.sequential(nn.conv1d({ filters: 1, kernelSize: 1 }), nn.tanh())),
      nn.concatBranches(nn.dropout({ rate: 0.3 }), nn.dropout({ rate: 0.3 })),
    ),
    inputs: sequence,
  },
  addBranches: {
    layer: fc.constantFrom(
      nn.addBranches(nn.dense({ units: 2 }), nn.sequential(nn.dense({ units: 3 }), nn.batchNorm(), nn.dense({ units: 2 }))),
      nn.addBranches(shared, shared),
    ),
    inputs: fc.tuple(fc.integer({ min: 2, max: 3 }), fc.constant(3)),
    refused: [[2, 2, 2]],
  },
});
