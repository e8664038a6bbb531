import { describe, expect, test } from 'vitest';
import { key, sizeOf, tensor, type Shape, type Tensor } from '@adjoint/core';
import * as nn from '@adjoint/nn';

/*
 * Outputs of PyTorch 1.13 in float64, with channels moved to the end, for inputs and parameters that are waves.
 */

function wave(shape: Shape, step: number, phase = 0): Tensor {
  return tensor(Array.from({ length: sizeOf(shape) }, (_, index) => Math.sin(phase + step * index)), { shape, dtype: 'float64' });
}

/** The first phase and the step of each parameter. */
const waves: Record<string, [step: number, phase: number]> = {
  kernel: [0.3, 1], depthwiseKernel: [0.3, 1], pointwiseKernel: [0.4, 0.5], bias: [0.5, 2], scale: [0.5, 1], alpha: [0.5, 1],
};

function withWaves(layer: nn.Layer, inputShape: Shape): nn.Variables {
  const { params, state } = layer.init(key(0), inputShape, { dtype: 'float64' });
  return { params: params.map((value, name) => wave((value as Tensor).shape, ...waves[name]!)), state };
}

function expectClose(actual: Tensor, expected: readonly number[]): void {
  expect(actual.size).toBe(expected.length);
  actual.data().forEach((value, index) => expect(value).toBeCloseTo(expected[index]!, 5));
}

test.each<[string, nn.Layer, Shape, number[]]>([
  ['conv1d', nn.conv1d({ filters: 4, kernelSize: 3, strides: 2, padding: 1, groups: 2 }), [1, 6, 2], [0.657475, 0.076345, -0.296354, -1.114839, 2.232085, 2.210284, 1.629976, 1.351576, -0.502372, -0.967233, -1.583129, -2.185105]],
  ['conv1d, dilated', nn.conv1d({ filters: 1, kernelSize: 2, dilation: 3 }), [1, 6, 2], [-0.27086, 1.955191, 2.44499]],
  ['conv1d, causal', nn.conv1d({ filters: 1, kernelSize: 2, dilation: 2, padding: 'causal' }), [1, 5, 1], [0.909297, 1.530039, 1.858836, 2.28314, 2.061305]],
  ['conv2d', nn.conv2d({ filters: 2, kernelSize: 2, strides: [2, 1], padding: [[1, 1], [0, 0]], groups: 2 }), [1, 4, 3, 4], [0.398778, 0.834944, 1.701597, 0.617703, 0.35909, -1.289379, 0.811999, 2.095699, 1.74042, 1.759379, 0.285555, -0.722876]],
  ['conv3d', nn.conv3d({ filters: 2, kernelSize: 2, strides: [1, 2, 1], padding: [[0, 0], [1, 1], [0, 0]] }), [1, 3, 3, 2, 1], [2.859132, 2.174701, 1.377441, 1.527173, -1.255595, -1.028732, 3.53561, 2.838635]],
  ['conv1dTranspose', nn.conv1dTranspose({ filters: 2, kernelSize: 3, groups: 2, strides: 2, padding: 1, outputPadding: 1 }), [1, 3, 2], [0.909297, 1.208095, 1.738525, 1.815771, 1.894327, 1.415327, 1.987913, 0.777079, 1.244143, 0.266526, 1.180134, 0.388538]],
  ['conv2dTranspose', nn.conv2dTranspose({ filters: 1, kernelSize: [2, 3], strides: [2, 1], padding: [[0, 0], [1, 1]] }), [1, 2, 2, 2], [3.1799, 3.096728, 0.933974, -0.390095, -0.767859, -0.830699, 0.676733, 1.720416]],
  ['conv3dTranspose', nn.conv3dTranspose({ filters: 1, kernelSize: [2, 2, 1], strides: 2 }), [1, 1, 2, 1, 2], [1.530039, 1.518921, 2.570277, 2.711182, 1.294844, 0.936084, 2.222637, 1.275304]],
  ['depthwiseConv1d', nn.depthwiseConv1d({ kernelSize: 2 }), [1, 4, 2], [1.894327, 2.036068, 2.07337, 1.098278, 0.319976, -0.669223]],
  ['depthwiseConv2d', nn.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2 }), [1, 3, 3, 2], [2.556037, 2.270218, 1.802896, 1.18296, 1.517834, 1.437501, 0.000726, -0.261111, -0.188703, -0.711886, -0.299604, -0.951465, 1.975927, 1.539568, 1.700803, 0.948284]],
  ['separableConv1d', nn.separableConv1d({ filters: 2, kernelSize: 3 }), [1, 4, 2], [2.694316, 2.799656, 1.044597, 0.870908]],
  ['separableConv2d', nn.separableConv2d({ filters: 3, kernelSize: 2, strides: 2 }), [1, 3, 3, 2], [1.785566, 1.386449, 0.716402]],
  ['maxPool1d', nn.maxPool1d({ poolSize: 3, strides: 2, padding: 1 }), [1, 6, 1], [0.644218, 0.98545, 0.863209]],
  ['maxPool3d', nn.maxPool3d({ poolSize: 2, strides: 1 }), [1, 3, 3, 3, 1], [0.863209, 0.988168, 0.863209, 0.334988, 0.854599, 0.990607, 0.854599, 0.319098]],
  ['avgPool1d', nn.avgPool1d({ poolSize: 3, strides: 2, padding: 1 }), [1, 6, 1], [0.322109, 0.830959, 0.282471]],
  ['avgPool2d, which does not count the padding', nn.avgPool2d({ poolSize: 2, strides: 1, padding: 1 }), [1, 3, 3, 1], [0, 0.322109, 0.814834, 0.98545, 0.431605, 0.460604, 0.403468, 0.317333, -0.004183, -0.163958, -0.407379, -0.491025, -0.871576, -0.927014, -0.80686, -0.631267]],
  ['avgPool3d', nn.avgPool3d({ poolSize: 2 }), [1, 2, 2, 4, 1], [0.148458, 0.049201]],
  ['globalMaxPool', nn.globalMaxPool(), [1, 3, 3, 2], [0.98545, 0.988168]],
  ['globalAvgPool', nn.globalAvgPool(), [1, 3, 3, 2], [-0.001831, 0.000049]],
  ['layerNorm', nn.layerNorm({ epsilon: 1e-3 }), [2, 3, 4], [-0.465945, 0.653401, 1.004875, 0.025866, 2.202772, 0.82141, -0.562795, -0.941192, -0.294175, 0.211926, 0.725292, 0.352586, 2.021777, 1.108037, -0.338738, -1.131901, -0.097819, -0.02497, 0.511476, 0.495792, 1.768334, 1.349194, -0.088285, -1.261175]],
  ['layerNorm over two axes', nn.layerNorm({ axes: [1, 2] }), [2, 3, 4], [0.740599, 1.333306, 1.262354, 0.280756, -0.716324, -0.728203, 0.152351, 0.887519, 0.793428, 0.339309, 0.445957, 1.20411, 1.897434, 0.974515, -0.444259, -1.193373, -0.976388, -0.62027, -0.922554, -1.58415, -1.599662, -0.604094, 0.558298, 0.794518]],
  ['groupNorm', nn.groupNorm({ groups: 2 }), [2, 3, 4], [0.904612, 2.129701, 0.897209, 0.061433, 1.578733, -0.243876, -1.074387, -1.228272, -0.365732, 0.633028, 0.548481, 0.148751, 1.587851, 0.707137, -0.331973, -1.270184, -0.421889, -0.510489, 0.388228, 0.565284, 1.736911, 1.391342, 0.873331, -0.680632]],
  ['instanceNorm', nn.instanceNorm(), [2, 3, 4], [1.116735, 1.911604, 0.959746, 0.030216, 1.820355, -0.504379, -1.127031, -1.195788, -0.209198, 0.388192, 0.590645, 0.113222, 1.439459, 0.823967, -1.037417, -0.983046, -0.278439, -0.720226, 0.285016, 0.452609, 1.566873, 1.691676, 1.175761, -0.521913]],
  ['rmsNorm (its formula in NumPy; PyTorch 1.13 has none)', nn.rmsNorm(), [2, 3, 4], [0, 0.880349, 1.227586, 0.707737, 0.402677, -0.499847, -1.132137, -0.839931, -0.790343, 0.024954, 0.888846, 0.879911, 1.090221, 0.482557, -0.505206, -0.798159, -1.231581, -0.921632, 0.045699, 0.598966, 1.198648, 1.213115, 0.396341, -0.328806]],
  ['upSampling2d', nn.upSampling2d(), [1, 2, 2, 1], [0, 0, 0.644218, 0.644218, 0, 0, 0.644218, 0.644218, 0.98545, 0.98545, 0.863209, 0.863209, 0.98545, 0.98545, 0.863209, 0.863209]],
  ['upSampling2d, linear', nn.upSampling2d({ interpolation: 'linear' }), [1, 2, 2, 1], [0, 0.161054, 0.483163, 0.644218, 0.246362, 0.359513, 0.585815, 0.698966, 0.739087, 0.756431, 0.791118, 0.808461, 0.98545, 0.95489, 0.893769, 0.863209]],
  ['resize to the corners', nn.resize({ size: [3, 1], alignCorners: true }), [1, 2, 2, 1], [0, 0.492725, 0.98545]],
  ['zeroPadding2d', nn.zeroPadding2d({ padding: [[1, 0], [2, 1]] }), [1, 1, 2, 1], [0, 0, 0, 0, 0, 0, 0, 0, 0.644218, 0]],
])('%s agrees with PyTorch', (_, layer, inputShape, expected) => {
  expectClose(layer.apply(withWaves(layer, inputShape.slice(1)), wave(inputShape, 0.7)).output, expected);
});

const points = tensor([[-4, -1.5, -0.25, 0, 0.25, 1.5, 4, 7]], { dtype: 'float64' });

test.each<[nn.Layer, number[]]>([
  [nn.relu6(), [0, 0, 0, 0, 0.25, 1.5, 4, 6]],
  [nn.selu(), [-1.725899, -1.365814, -0.38889, 0, 0.262675, 1.576051, 4.202804, 7.354907]],
  [nn.hardSwish(), [0, -0.375, -0.114583, 0, 0.135417, 1.125, 4, 7]],
  [nn.hardSigmoid(), [0, 0.25, 0.458333, 0.5, 0.541667, 0.75, 1, 1]],
  [nn.logSigmoid(), [-4.01815, -1.701413, -0.825939, -0.693147, -0.575939, -0.201413, -0.01815, -0.000911]],
  [nn.mish(), [-0.072592, -0.2981, -0.129927, 0, 0.169572, 1.403378, 3.997413, 6.999988]],
  [nn.softsign(), [-0.8, -0.6, -0.2, 0, 0.2, 0.6, 0.8, 0.875]],
  [nn.elu(), [-0.981684, -0.77687, -0.221199, 0, 0.25, 1.5, 4, 7]],
  [nn.gelu({ approximate: false }), [-0.000127, -0.100211, -0.100323, 0, 0.149677, 1.399789, 3.999873, 7]],
  [nn.leakyRelu(), [-0.04, -0.015, -0.0025, 0, 0.25, 1.5, 4, 7]],
  [nn.silu(), [-0.071945, -0.273638, -0.109456, 0, 0.140544, 1.226362, 3.928055, 6.993623]],
  [nn.softplus(), [0.01815, 0.201413, 0.575939, 0.693147, 0.825939, 1.701413, 4.01815, 7.000911]],
  [nn.glu(), [-2.248706, -1.226362, -0.245503, 0]],
  [nn.softmax(), [0.000016, 0.000193, 0.000672, 0.000863, 0.001108, 0.003867, 0.047107, 0.946175]],
  [nn.logSoftmax(), [-11.055328, -8.555328, -7.305328, -7.055328, -6.805328, -5.555328, -3.055328, -0.055328]],
])('$type agrees with PyTorch', (layer, expected) => {
  expectClose(layer.apply(withWaves(layer, [8]), points).output, expected);
});

test('prelu agrees with PyTorch', () => {
  const layer = nn.prelu();
  const rows = tensor(points.data(), { shape: [2, 4], dtype: 'float64' });
  expectClose(layer.apply(withWaves(layer, [4]), rows).output, [-3.365884, -1.496242, -0.227324, 0, 0.25, 1.5, 4, 7]);
});

describe('batchNorm', () => {
  const layer = nn.batchNorm({ momentum: 0.75 });
  const batch = (step: number) => wave([2, 3, 4], 0.7, step);

  test('has the outputs and the running state of PyTorch, in training and in use', () => {
    const { params, state: first } = withWaves(layer, [3, 4]);
    let result: nn.LayerResult = { output: batch(0), state: first };
    for (let step = 0; step < 3; step++) result = layer.apply({ params, state: result.state }, batch(step), { training: true });
    expectClose(result.output, [1.801506, 1.160222, -0.053315, -1.137428, -0.199208, -0.203552, 0.193433, 0.491444, 1.863059, 1.731762, 0.901988, -0.500072, -0.022455, -0.551456, -0.679993, -0.260487, 1.468424, 1.815828, 1.592608, 0.279543, 0.544458, -0.36197, -1.108001, -0.977699]);
    expectClose(nn.getAt(result.state, 'mean'), [0.055057, 0.028232, -0.011871, -0.046391]);
    expectClose(nn.getAt(result.state, 'variance'), [0.762821, 0.789736, 0.769783, 0.736086]);
    const used = layer.apply({ params, state: result.state }, batch(9));
    expectClose(used.output, [1.253305, 0.261745, -0.704519, -1.012175, 0.188083, 0.49234, 0.767036, 0.359603, 1.718331, 1.012105, -0.144954, -0.902373, -0.100116, -0.197958, 0.102085, 0.103973, 1.796398, 1.562573, 0.548543, -0.530454, 0.04097, -0.544988, -0.539821, -0.341258]);
    expect(used.state).toBe(result.state);
  });

  test('that is frozen uses its running state and keeps it, in training too', () => {
    const variables = withWaves(layer, [3, 4]);
    const { output, state } = layer.set('trainable', false).apply(variables, batch(1), { training: true });
    expect(state).toBe(variables.state);
    expect(output.data()).toEqual(layer.apply(variables, batch(1)).output.data());
    const inside = nn.sequential(nn.sequential(layer)).set('trainable', false);
    const inner = inside.init(key(0), [3, 4], { dtype: 'float64' });
    expect(inside.apply(inner, batch(1), { training: true }).state).toBe(inner.state);
  });

  test('keeps finite numbers of a batch of one element, and all of an empty one', () => {
    const one = nn.batchNorm({ momentum: 0.5 });
    const variables = one.init(key(0), [2]);
    const { state } = one.apply(variables, tensor([[4, -4]]), { training: true });
    expect(nn.getAt(state, 'mean').toArray()).toEqual([2, -2]);
    expect(nn.getAt(state, 'variance').toArray()).toEqual([0.5, 0.5]);
    expect(one.apply(variables, wave([0, 2], 1), { training: true }).state).toBe(variables.state);
  });
});
