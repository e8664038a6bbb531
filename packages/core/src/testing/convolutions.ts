import * as fc from 'fast-check';

/** One value an axis of an image of 1, 2 or 3 axes. */
export type PerAxis<Value, Rank extends 1 | 2 | 3> = { 1: [Value]; 2: [Value, Value]; 3: [Value, Value, Value] }[Rank];

/** A convolution's shapes, and options that fit them. */
export interface ConvolutionSample<Rank extends 1 | 2 | 3> {
  /** `[n, ...spatial, groups c]` */
  readonly input: number[];
  /** `[...taps, c, groups filters]` */
  readonly kernel: number[];
  readonly options: {
    readonly strides: PerAxis<number, Rank>;
    readonly dilation: PerAxis<number, Rank>;
    readonly padding: 'valid' | 'same' | PerAxis<[before: number, after: number], Rank>;
    readonly groups: number;
  };
}

/** Bounds of random convolutions. */
export interface ConvolutionConstraints<Rank extends 1 | 2 | 3> {
  /** How many spatial axes there are. Default: 2. */
  readonly rank?: Rank;
  /** Of a spatial axis. Default: 5. */
  readonly maxLength?: number;
  /** Of the kernel along a spatial axis. Default: 3. */
  readonly maxTaps?: number;
  /** In a group; of the filters too. Default: 2. */
  readonly maxChannels?: number;
}

/**
 * Convolutions: input and kernel shapes, and the strides, padding, dilation and groups that go with them. The kernel fits into
 * the padded input; batches of 0 and images of one pixel are among them.
 *
 * @example
 * ```ts
 * import * as fc from 'fast-check';
 * import { zeros } from '@adjoint/core';
 * import { convolutions } from '@adjoint/core/testing';
 * import { conv2d } from '@adjoint/ops';
 *
 * fc.assert(fc.property(convolutions(), ({ input, kernel, options }) => conv2d(zeros(input), zeros(kernel), options).shape.length === 4));
 * ```
 */
export function convolutions<Rank extends 1 | 2 | 3 = 2>(constraints: ConvolutionConstraints<Rank> = {}): fc.Arbitrary<ConvolutionSample<Rank>> {
  const { rank = 2, maxLength = 5, maxTaps = 3, maxChannels = 2 } = constraints;
  const perAxis = <Value>(value: fc.Arbitrary<Value>) => fc.array(value, { minLength: rank, maxLength: rank }) as fc.Arbitrary<PerAxis<Value, Rank>>;
  const upTo = (max: number) => fc.integer({ min: 1, max });
  const side = fc.nat({ max: 2 });
  return fc
    .record({
      n: fc.nat({ max: 2 }),
      spatial: perAxis(upTo(maxLength)),
      taps: perAxis(upTo(maxTaps)),
      channels: upTo(maxChannels),
      filters: upTo(maxChannels),
      groups: upTo(2),
      strides: perAxis(upTo(2)),
      dilation: perAxis(upTo(2)),
      padding: fc.oneof(fc.constantFrom('valid' as const, 'same' as const), perAxis(fc.tuple(side, side))),
    })
    .filter(({ spatial, taps, dilation, padding }) =>
      padding === 'same' || spatial.every((length, axis) => {
        const around = padding === 'valid' ? 0 : padding[axis]![0] + padding[axis]![1];
        return length + around >= (taps[axis]! - 1) * dilation[axis]! + 1;
      }))
    .map(({ n, spatial, taps, channels, filters, groups, ...options }) => ({
      input: [n, ...spatial, groups * channels],
      kernel: [...taps, channels, groups * filters],
      options: { ...options, groups },
    }));
}
