/* Which tensors of PyTorch's modules are which variables of our layers, and how their axes are ordered. */
import { add, concat, moveAxis, reshape, split, transpose } from '@adjoint/ops';
import { sameShape, zerosLike, type Shape, type Tensor } from '@adjoint/core';

/** Some tensors of a layer and those of a module that say the same. */
export interface Correspondence {
  /** Dotted paths within the layer. */
  readonly ours: readonly string[];
  /** Names within the module. */
  readonly theirs: readonly string[];
  /** Whether it is this one for variables of such shapes, where there are others for the same. Default: it is for all. */
  readonly fits?: (shapes: readonly Shape[]) => boolean;
  /** `shapes` are those that ours have, `flattened` is what a flatten layer before a dense layer took, as `[height, width, channels]`. */
  readonly read: (theirs: readonly Tensor[], shapes: readonly Shape[], flattened: Shape | null) => readonly Tensor[];
  readonly write: (ours: readonly Tensor[], flattened: Shape | null) => readonly Tensor[];
}

/** The axes after the first two, then the second and the first: `[out, in, height, width]` becomes `[height, width, in, out]`. */
function kernelOf(weight: Tensor): Tensor {
  return transpose(weight, [...weight.shape.keys()].slice(2).concat(1, 0));
}

/** The inverse of {@link kernelOf}. */
function weightOf(kernel: Tensor): Tensor {
  const rank = kernel.shape.length;
  return transpose(kernel, [rank - 1, rank - 2, ...Array(rank - 2).keys()]);
}

function pair(ours: string, theirs: string, read: (theirs: Tensor, shape: Shape) => Tensor, write: (ours: Tensor) => Tensor): Correspondence {
  return { ours: [ours], theirs: [theirs], read: ([weight], [shape]) => [read(weight!, shape!)], write: ([variable]) => [write(variable!)] };
}

const same = (ours: string, theirs: string): Correspondence => pair(ours, theirs, (tensor) => tensor, (tensor) => tensor);
const kernel = (ours: string, theirs: string): Correspondence => pair(ours, theirs, kernelOf, weightOf);
const bias = same('bias', 'bias');

/** PyTorch flattens channels first: the rows of the kernel come in that order. */
const denseKernel: Correspondence = {
  ours: ['kernel'],
  theirs: ['weight'],
  read: ([weight], [shape], flattened) => {
    if (flattened === null) return [kernelOf(weight!)];
    const [channels, ...lengths] = [flattened.at(-1), ...flattened.slice(0, -1)];
    return [reshape(kernelOf(reshape(weight!, [shape![1]!, channels!, ...lengths])), shape!)];
  },
  write: ([variable], flattened) => {
    if (flattened === null) return [weightOf(variable!)];
    const [rows, units] = variable!.shape as [number, number];
    return [reshape(weightOf(reshape(variable!, [...flattened, units])), [units, rows])];
  },
};

/** A depthwise convolution is one of as many groups as channels. */
const depthwiseKernel = pair(
  'kernel', 'weight',
  (weight, shape) => reshape(kernelOf(weight), shape),
  (variable) => {
    const [channels, multiplier] = variable.shape.slice(-2) as [number, number];
    return weightOf(reshape(variable, [...variable.shape.slice(0, -2), 1, channels * multiplier]));
  },
);

/** Two biases that only enter a sum are one. */
const summedBias: Correspondence = {
  ours: ['bias'],
  theirs: ['bias_ih_l0', 'bias_hh_l0'],
  read: ([input, hidden]) => [add(input!, hidden!)],
  write: ([variable]) => [variable!, zerosLike(variable!)],
};

const recurrentKernels = [kernel('kernel', 'weight_ih_l0'), kernel('recurrentKernel', 'weight_hh_l0')];
const convolution = [kernel('kernel', 'weight'), bias];
const normalization = [same('scale', 'weight'), bias];
/** Over all axes of an image; PyTorch has its channels first. */
const normalizationOverAxes = [['scale', 'weight'], ['bias', 'bias']].map(([ours, theirs]) => pair(
  ours!, theirs!,
  (weight) => (weight.shape.length > 2 ? moveAxis(weight, 0, -1) : weight),
  (variable) => (variable.shape.length > 2 ? moveAxis(variable, -1, 0) : variable),
));
const dense = [denseKernel, bias];

const projections = ['query', 'key', 'value'] as const;

/** PyTorch keeps the three kernels as one, unless the memory has other features than the input. */
const ofOneShape = ([query, key]: readonly Shape[]): boolean => sameShape(query!, key!);

const attention: readonly Correspondence[] = [
  {
    ours: projections.map((name) => `${name}.kernel`),
    theirs: ['in_proj_weight'],
    fits: ofOneShape,
    read: ([weight]) => split(kernelOf(weight!), 3, 1),
    write: (kernels) => [weightOf(concat(kernels, 1))],
  },
  {
    ours: projections.map((name) => `${name}.kernel`),
    theirs: ['q_proj_weight', 'k_proj_weight', 'v_proj_weight'],
    fits: (shapes) => !ofOneShape(shapes),
    read: (weights) => weights.map(kernelOf),
    write: (kernels) => kernels.map(weightOf),
  },
  {
    ours: projections.map((name) => `${name}.bias`),
    theirs: ['in_proj_bias'],
    read: ([biases]) => split(biases!, 3),
    write: (biases) => [concat(biases)],
  },
  kernel('output.kernel', 'out_proj.weight'),
  same('output.bias', 'out_proj.bias'),
];

/** The same of a layer whose variables, and of a module whose tensors, have other names. */
function renamed(all: readonly Correspondence[], ours: (name: string) => string, theirs: (name: string) => string): readonly Correspondence[] {
  return all.map((each) => ({ ...each, ours: each.ours.map(ours), theirs: each.theirs.map(theirs) }));
}

/** The correspondences of a layer inside of another, each named in its own. */
function inner(ours: string, theirs: string, all: readonly Correspondence[]): readonly Correspondence[] {
  return renamed(all, (name) => `${ours}.${name}`, (name) => `${theirs}.${name}`);
}

/** A transformer's block with these attentions, in the order in which they run. */
function transformerBlock(attentions: readonly (readonly [ours: string, theirs: string])[]): readonly Correspondence[] {
  return [
    ...attentions.flatMap(([ours, theirs]) => inner(ours, theirs, attention)),
    ...inner('feedForward.hidden', 'linear1', dense),
    ...inner('feedForward.output', 'linear2', dense),
    ...[...attentions.map(([ours]) => ours), 'feedForward'].flatMap((ours, index) => inner(`${ours}Norm`, `norm${index + 1}`, normalization)),
  ];
}

/** By the types of layers. */
const correspondences: Readonly<Record<string, readonly Correspondence[]>> = {
  batchNorm: [...normalization, same('mean', 'running_mean'), same('variance', 'running_var')],
  conv1d: convolution,
  conv1dTranspose: convolution,
  conv2d: convolution,
  conv2dTranspose: convolution,
  conv3d: convolution,
  conv3dTranspose: convolution,
  dense,
  depthwiseConv1d: [depthwiseKernel, bias],
  depthwiseConv2d: [depthwiseKernel, bias],
  embedding: [same('embeddings', 'weight')],
  groupNorm: normalization,
  gru: [...recurrentKernels, same('bias', 'bias_ih_l0'), same('recurrentBias', 'bias_hh_l0')],
  instanceNorm: normalization,
  layerNorm: normalizationOverAxes,
  learnedPositions: [same('embeddings', 'weight')],
  lstm: [...recurrentKernels, summedBias],
  multiHeadAttention: attention,
  prelu: [same('alpha', 'weight')],
  rmsNorm: normalizationOverAxes,
  simpleRnn: [...recurrentKernels, summedBias],
  transformerDecoderBlock: transformerBlock([['selfAttention', 'self_attn'], ['crossAttention', 'multihead_attn']]),
  transformerEncoderBlock: transformerBlock([['selfAttention', 'self_attn']]),
};

/** The correspondences of a type of layer; of a bidirectional one, those of the layer inside. Undefined for types without any. */
export function correspondencesOf(type: string, inside: string | undefined): readonly Correspondence[] | undefined {
  if (type !== 'bidirectional' || inside === undefined) return Object.hasOwn(correspondences, type) ? correspondences[type] : undefined;
  const ofInside = correspondencesOf(inside, undefined);
  return ofInside && [['forward', ''], ['backward', '_reverse']].flatMap(([direction, suffix]) =>
    renamed(ofInside, (name) => `${direction}.${name}`, (name) => `${name}${suffix}`));
}

/** The correspondences of a layer that is one of several in a recurrent module, counted from 0. Undefined for other layers. */
export function stackedCorrespondences(all: readonly Correspondence[], level: number): readonly Correspondence[] | undefined {
  const ofFirst = /_l0(?=_reverse$|$)/;
  if (!all.every(({ theirs }) => theirs.every((name) => ofFirst.test(name)))) return undefined;
  return renamed(all, (name) => name, (name) => name.replace(ofFirst, `_l${level}`));
}

/** What PyTorch keeps beside the running mean, and nobody needs. */
export function isIgnored(name: string): boolean {
  return /(^|\.)num_batches_tracked$/.test(name);
}
