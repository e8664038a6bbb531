import * as fc from 'fast-check';
import { accumulate, key, tensor, type Tensor } from '@adjoint/core';
import {
  axesOf, broadcastableTensors, shapes, tensors, type GradientCase, type TensorConstraints, type TensorSample,
} from '@adjoint/core/testing';
import * as ops from '@adjoint/ops';

type Case = fc.Arbitrary<GradientCase>;

/** A function of one tensor, over all shapes and layouts. */
function unary(fn: (x: Tensor) => Tensor, constraints: TensorConstraints = {}): Case {
  return shapes({ maxRank: 3, maxLength: 3 }).chain((shape) => tensors(shape, constraints)).map((x) => ({ inputs: [x], fn }));
}

/** A function of two tensors that broadcast. */
function binary(fn: (x: Tensor, y: Tensor) => Tensor, constraints: TensorConstraints = {}): Case {
  return broadcastableTensors(2, constraints).map((inputs) => ({ inputs, fn }));
}

/** A function of two tensors that broadcast and nowhere come near to each other, where the function has a kink. */
function binaryApart(fn: (x: Tensor, y: Tensor) => Tensor): Case {
  return broadcastableTensors(2, { min: -1, max: 1 }).chain(([x, y]) =>
    fc.constantFrom(-2.5, 2.5).map((shift) => ({ inputs: [x!, y!], fn: (a, b) => fn(a, ops.add(b, shift)) })),
  );
}

/** A function of a tensor and axes of it. */
function reduction(
  fn: (x: Tensor, options: ops.ReduceOptions) => Tensor,
  constraints: TensorConstraints & { minLength?: number } = {},
): Case {
  return shapes({ maxRank: 3, maxLength: 3, minLength: constraints.minLength ?? 0 })
    .chain((shape) => fc.tuple(tensors(shape, constraints), axesOf(shape.length), fc.boolean()))
    .map(([x, axes, keepDims]) => ({ inputs: [x], fn: (input) => fn(input, { axes, keepDims }) }));
}

const elementwise: Record<string, Case> = {
  add: binary(ops.add),
  sub: binary(ops.sub),
  mul: binary(ops.mul),
  div: binary(ops.div, { awayFromZero: 0.5 }),
  'pow (positive base)': binary((x, y) => ops.pow(ops.add(ops.square(x), 0.5), y)),
  'pow (whole exponents)': broadcastableTensors(2, { awayFromZero: 0.3 }).chain(([x]) =>
    fc.constantFrom(-2, -1, 0, 1, 2, 3).map((exponent) => ({ inputs: [x!], fn: (a) => ops.pow(a, exponent) })),
  ),
  maximum: binaryApart(ops.maximum),
  minimum: binaryApart(ops.minimum),
  neg: unary(ops.neg),
  abs: unary(ops.abs, { awayFromZero: 0.1 }),
  square: unary(ops.square),
  sqrt: unary(ops.sqrt, { min: 0.3 }),
  exp: unary(ops.exp),
  log: unary(ops.log, { min: 0.3 }),
  tanh: unary(ops.tanh),
  sigmoid: unary(ops.sigmoid),
  relu: unary(ops.relu, { awayFromZero: 0.1 }),
  leakyRelu: unary(ops.leakyRelu, { awayFromZero: 0.1 }),
  softplus: unary(ops.softplus, { awayFromZero: 0.1 }),
  elu: unary(ops.elu, { awayFromZero: 0.1 }),
  silu: unary(ops.silu),
  gelu: unary(ops.gelu),
  cast: unary((x) => ops.square(ops.cast(x, 'float64')), { dtype: 'float32' }),
  where: fc
    .tuple(broadcastableTensors(3), fc.boolean())
    .map(([[c, x, y]]) => ({ inputs: [x!, y!], fn: (a, b) => ops.where(ops.greater(c!.make(), 0), a, b) })),
  accumulate: unary((x) => accumulate(x, ops.mul(x, x))),
};

const reductions: Record<string, Case> = {
  sum: reduction(ops.sum),
  'sum of squares': reduction((x, options) => ops.sum(ops.square(x), options)),
  mean: reduction(ops.mean, { minLength: 1 }),
  max: reduction(ops.max, { distinct: true, minLength: 1 }),
  min: reduction(ops.min, { distinct: true, minLength: 1 }),
};

const permutationOf = (rank: number) =>
  fc.shuffledSubarray(Array.from({ length: rank }, (_, axis) => axis), { minLength: rank, maxLength: rank });
const sliceRange = fc.option(
  fc.tuple(fc.option(fc.integer({ min: -5, max: 5 })), fc.option(fc.integer({ min: -5, max: 5 })), fc.constantFrom(1, 2, -1, -2)),
);
const cube = (x: Tensor) => ops.mul(x, ops.square(x));

const shape: Record<string, Case> = {
  reshape: unary((x) => cube(ops.reshape(x, [x.size, 1]))),
  flatten: unary((x) => cube(ops.flatten(x))),
  'expandDims and squeeze': unary((x) => cube(ops.squeeze(ops.expandDims(x, 0)))),
  contiguous: unary((x) => cube(ops.contiguous(x))),
  transpose: shapes({ maxRank: 3, maxLength: 3 })
    .chain((of) => fc.tuple(tensors(of), permutationOf(of.length)))
    .map(([x, axes]) => ({ inputs: [x], fn: (input) => cube(ops.transpose(input, axes)) })),
  flip: shapes({ maxRank: 3, maxLength: 3 })
    .chain((of) => fc.tuple(tensors(of), axesOf(of.length)))
    .map(([x, axes]) => ({ inputs: [x], fn: (input) => cube(ops.flip(input, axes)) })),
  broadcastTo: unary((x) => cube(ops.broadcastTo(x, [2, ...x.shape]))),
  slice: shapes({ minRank: 1, maxRank: 3 })
    .chain((of) => fc.tuple(tensors(of), fc.array(sliceRange, { maxLength: of.length })))
    .map(([x, ranges]) => ({ inputs: [x], fn: (input) => cube(ops.slice(input, ranges)) })),
  pad: shapes({ maxRank: 3, maxLength: 3 })
    .chain((of) => fc.tuple(tensors(of), fc.tuple(...of.map(() => fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 2 }))))))
    .map(([x, widths]) => ({ inputs: [x], fn: (input) => cube(ops.pad(input, widths)) })),
  concat: fc
    .tuple(shapes({ minRank: 1, maxRank: 3, maxLength: 3 }), fc.nat({ max: 2 }), fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 3 }))
    .chain(([of, wanted, lengths]) => {
      const axis = wanted % of.length;
      return fc
        .tuple(...lengths.map((length) => tensors(of.map((present, other) => (other === axis ? length : present)))))
        .map((inputs) => ({ inputs, fn: (...parts: Tensor[]) => cube(ops.concat(parts, axis)) }));
    }),
  stack: shapes({ maxRank: 2 })
    .chain((of) => fc.tuple(tensors(of), tensors(of)))
    .map(([x, y]) => ({ inputs: [x, y], fn: (a, b) => cube(ops.stack([a, b], -1)) })),
};

const side = fc.nat({ max: 4 });
const matmulCase = fc
  .tuple(side, side, side, fc.constantFrom([], [2], [2, 2]), fc.constantFrom([], [2], [1, 2]))
  .chain(([m, k, n, left, right]) => fc.tuple(tensors([...left, m, k]), tensors([...right, k, n])))
  .map(([x, y]): GradientCase => ({ inputs: [x, y], fn: (a, b) => ops.matmul(a, b) }));
const vectorCase = fc
  .tuple(side, side, fc.boolean())
  .chain(([k, n, first]) => fc.tuple(tensors(first ? [k] : [n, k]), tensors(first ? [k, n] : [k])))
  .map(([x, y]): GradientCase => ({ inputs: [x, y], fn: (a, b) => ops.matmul(a, b) }));

const linear: Record<string, Case> = { matmul: matmulCase, 'matmul (vectors)': vectorCase };

const one = fc.integer({ min: 1, max: 2 });
const pair = fc.tuple(one, one);
const sides = fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 2 }));
const padding = fc.oneof(fc.constantFrom('valid' as const, 'same' as const), fc.tuple(sides, sides));

/** Options with which the window fits into the image. */
function fits(image: readonly number[], window: readonly number[], dilation: readonly number[], pads: ops.Padding2d): boolean {
  return window.every((size, axis) => {
    const around = typeof pads === 'object' ? pads[axis]![0] + pads[axis]![1] : 0;
    return pads === 'same' || image[axis]! + around >= (size - 1) * dilation[axis]! + 1;
  });
}

const conv2dCase = fc
  .record({
    n: fc.nat({ max: 2 }), image: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
    taps: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })), c: one, filters: one, strides: pair, dilation: pair, padding,
  })
  .filter(({ image, taps, dilation, padding: pads }) => fits(image, taps, dilation, pads))
  .chain(({ n, image, taps, c, filters, ...options }) =>
    fc
      .tuple(tensors([n, ...image, c]), tensors([...taps, c, filters]))
      .map(([x, kernel]): GradientCase => ({ inputs: [x, kernel], fn: (a, b) => ops.conv2d(a, b, options) })),
  );

/** To the third order, since the rule of the second derivative has a primitive of its own. */
const poolCase = (pool: (x: Tensor, options: ops.Pool2dOptions) => Tensor, constraints: TensorConstraints) =>
  fc
    .record({
      n: fc.nat({ max: 2 }), image: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })), c: fc.integer({ min: 1, max: 5 }),
      poolSize: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })), strides: pair, padding: fc.constantFrom('valid' as const, 'same' as const),
    })
    .filter(({ image, poolSize, padding: pads }) => fits(image, poolSize, [1, 1], pads))
    .chain(({ n, image, c, ...options }) =>
      tensors([n, ...image, c], constraints).map((x: TensorSample): GradientCase => ({ inputs: [x], fn: (a) => cube(pool(a, options)), options: { order: 3 } })),
    );

const images: Record<string, Case> = {
  conv2d: conv2dCase,
  maxPool2d: poolCase(ops.maxPool2d, { distinct: true }),
  avgPool2d: poolCase(ops.avgPool2d, {}),
};

const withAxis = (fn: (x: Tensor, options: { axis: number }) => Tensor): Case =>
  shapes({ minRank: 1, maxRank: 3, maxLength: 3 })
    .chain((of) => fc.tuple(tensors(of), fc.integer({ min: -of.length, max: of.length - 1 })))
    .map(([x, axis]) => ({ inputs: [x], fn: (input) => fn(input, { axis }) }));

const labelled = fc
  .tuple(fc.nat({ max: 3 }), fc.integer({ min: 1, max: 4 }))
  .chain(([n, classes]) => fc.tuple(tensors([n, classes]), fc.array(fc.nat({ max: classes - 1 }), { minLength: n, maxLength: n })));

const losses: Record<string, Case> = {
  softmax: withAxis(ops.softmax),
  logSoftmax: withAxis(ops.logSoftmax),
  'softmaxCrossEntropy (classes)': labelled
    .filter(([logits]) => logits.shape[0]! > 0)
    .map(([logits, labels]) => ({ inputs: [logits], fn: (x) => ops.softmaxCrossEntropy(x, tensor(labels, { dtype: 'int32' })) })),
  'softmaxCrossEntropy (probabilities)': labelled.map(([logits]) => ({
    inputs: [logits],
    fn: (x) => ops.softmaxCrossEntropy(x, ops.softmax(logits.make()), { reduction: 'none' }),
  })),
};

const indexing: Record<string, Case> = {
  gather: shapes({ minRank: 1, maxRank: 3, minLength: 1 })
    .chain((of) => fc.tuple(tensors(of), fc.nat({ max: of.length - 1 }), shapes({ maxRank: 2, maxLength: 3 }), fc.infiniteStream(fc.nat())))
    .map(([x, axis, of, stream]) => {
      const length = x.shape[axis]!;
      const numbers = [...stream.take(of.reduce((product, each) => product * each, 1))].map((value) => (value % (2 * length)) - length);
      return { inputs: [x], fn: (input) => cube(ops.gather(input, tensor(numbers, { shape: of, dtype: 'int32' }), { axis })) };
    }),
};

const random: Record<string, Case> = {
  dropout: fc
    .tuple(shapes({ maxRank: 2 }), fc.nat(), fc.constantFrom(0, 0.3, 0.9))
    .chain(([of, seed, rate]) => tensors(of).map((x) => ({ inputs: [x], fn: (input: Tensor) => cube(ops.dropout(input, { rate, key: key(seed) })) }))),
};

/** For each operation, its random calls. A primitive without one fails the suite. */
export const gradientCases: Record<string, Case> = {
  ...elementwise, ...reductions, ...shape, ...linear, ...images, ...losses, ...indexing, ...random,
};
