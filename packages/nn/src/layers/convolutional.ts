/*
 * What all layers that convolve have in common: how they are told their window, and their bias.
 */
import { ArgumentError, requireConvolutionPrecision, ShapeError, zeros as zeroTensor, type ConvolutionPrecision, type Shape, type Tensor } from '@adjoint/core';
import { OrderedMap } from 'immutable';
import { zeros, type Initializer } from '../initializers.js';
import { layerFields, parameter, statelessLayer, type Layer, type LayerOptions } from '../layer.js';
import { requireCount, requireFlag, requireFunctions } from '../options.js';
import { LayerSpecification, VariableSpecification } from '../specification.js';
import { biased } from './biased.js';
import { lengthsOf, outputLengths, requirePadding, requireSpatial, type Lengths, type SpatialRank } from './spatial.js';

/** What every convolution can be told. `Size` is one number for all axes or one for each. */
export interface ConvolutionalOptions<Size, Around> extends LayerOptions {
  /** The kernel's window: one number for all axes, or one for each. */
  readonly kernelSize: Size;
  /** Default: 1. */
  readonly strides?: Size;
  /** Default: `valid`. */
  readonly padding?: Around;
  /** The distance between the kernel's taps. Default: 1. */
  readonly dilation?: Size;
  /**
   * The precision of the convolution and of its gradients. `default` may use a transform for 3 by 3 kernels in `float32`: the error is then
   * relative to the largest value near an output, not to the terms of that output, see `setDefaultConvolutionPrecision`. `highest`
   * always sums directly. Default: the one that `setDefaultConvolutionPrecision` set.
   */
  readonly precision?: ConvolutionPrecision;
  /** Default: true. */
  readonly useBias?: boolean;
  /** Of the bias `[filters]`. Default: {@link zeros}. */
  readonly biasInitializer?: Initializer;
}

/** How the window walks and how exact the result is, as the operations take it. */
export interface WindowOf<Size, Around> {
  readonly strides: Size;
  readonly padding: Around;
  readonly dilation: Size;
  readonly precision?: ConvolutionPrecision;
}

/** A kind of convolution: its kernels and its computation. */
export interface ConvolutionKind<Size extends Lengths, Around> {
  readonly type: string;
  readonly rank: SpatialRank;
  /** The words that a padding can be. Default: `valid` and `same`. */
  readonly paddings?: readonly string[];
  /** The options beyond those of every convolution, with their defaults filled in. */
  readonly config: Readonly<Record<string, unknown>>;
  /** How many channels come out of so many; throws a `ShapeError` that begins with `path` when they do not fit. */
  readonly filters: (channels: number, path: string) => number;
  /** The kernels, for a window of these taps. */
  readonly kernels: (taps: readonly number[], channels: number) => Readonly<Record<string, VariableSpecification>>;
  /** The computation without the bias. */
  readonly convolve: (input: Tensor, kernel: (name: string) => Tensor, window: WindowOf<Size, Around>) => Tensor;
  /** The computation on one channel with a kernel of one filter, which has the geometry of all. */
  readonly geometry: (input: Tensor, kernel: Tensor, window: WindowOf<Size, Around>) => Tensor;
}

/** The layer of a kind of convolution. */
export function convolutional<Size extends Lengths, Around>(
  { type, rank, paddings, config, filters, kernels, convolve, geometry }: ConvolutionKind<Size, Around>, options: ConvolutionalOptions<Size, Around>,
): Layer {
  const { kernelSize, strides = 1 as Size, padding = 'valid' as Around, dilation = 1 as Size, precision, useBias = true, biasInitializer = zeros } = options;
  const taps = lengthsOf(type, 'kernelSize', kernelSize, rank);
  lengthsOf(type, 'strides', strides, rank);
  lengthsOf(type, 'dilation', dilation, rank);
  requirePadding(type, padding, rank, paddings);
  if (precision !== undefined) requireConvolutionPrecision(type, precision);
  requireFlag(type, 'useBias', useBias);
  requireFunctions(type, { biasInitializer });
  const window = { strides, padding, dilation, ...(precision === undefined ? {} : { precision }) };
  return statelessLayer({
    ...layerFields(type, options, { ...config, kernelSize, strides, padding, dilation, precision, useBias, biasInitializer }),
    specify: (inputShape, path) => {
      requireSpatial(rank, inputShape, path);
      const channels = inputShape.at(-1)!;
      const outputs = filters(channels, path);
      const lengths = outputLengths(inputShape, path, (inputs) => geometry(inputs, zeroTensor([...taps, 1, 1]), window));
      const bias = new VariableSpecification({ shape: [outputs], initializer: biasInitializer });
      const params = kernels(taps, channels);
      return new LayerSpecification({ outputShape: [...lengths, outputs], params: OrderedMap(useBias ? { ...params, bias } : params) });
    },
    forward: (params, input, { path }) =>
      biased(convolve(input, (name) => parameter(params, name, path), window), useBias, params, path),
  });
}

/** A kernel to be. */
export function kernelOf(shape: Shape, initializer: Initializer): VariableSpecification {
  return new VariableSpecification({ shape, initializer });
}

/**
 * Checks the numbers of filters and of groups.
 *
 * @throws `ArgumentError` when they are not integers >= 1, or the filters do not make equal groups.
 */
export function requireGroups(type: string, filters: number, groups: number): void {
  requireCount(type, 'filters', filters);
  requireCount(type, 'groups', groups);
  if (filters % groups !== 0) throw new ArgumentError(`${type}: filters is ${filters}; expected a multiple of the ${groups} groups`);
}

/**
 * Checks that the channels of an input make equal groups.
 *
 * @throws `ShapeError` that begins with `path`.
 */
export function requireGroupedChannels(channels: number, groups: number, path: string): void {
  if (channels % groups !== 0) throw new ShapeError(`${path}: the input has ${channels} channels; expected a multiple of the ${groups} groups`);
}
