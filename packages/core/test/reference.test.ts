import { describe, expect, it } from 'vitest';
import type { BinaryOperation, ReduceOperation, Strided, UnaryOperation } from '../src/backend.js';
import { allocateArray, type DType } from '../src/dtype.js';
import { BackendError } from '../src/errors.js';
import { erf } from '../src/reference/erf.js';
import { reference } from '../src/reference/referenceBackend.js';
import { sizeOf, type Shape } from '../src/shape.js';
import { empty, view, type Tensor } from '../src/tensor.js';

/*
 * The other backends are compared with the reference; here it is compared with examples worked out by hand and with
 * values that NumPy documents or gives.
 */

function tensor(dtype: DType, shape: Shape, values: readonly number[]): Tensor {
  const result = empty(reference, { dtype, shape });
  const array = allocateArray(dtype, sizeOf(shape));
  array.set(values);
  reference.write(result.storage.address, array);
  return result;
}

/** The elements that a kernel writes to a new tensor. */
function run(dtype: DType, shape: Shape, kernel: (out: Strided) => void): number[] {
  const out = empty(reference, { dtype, shape });
  kernel(out);
  return Array.from(out.data());
}

function vector(dtype: DType, values: readonly number[]): Tensor {
  return tensor(dtype, [values.length], values);
}

const plainWindow = { strides: [1, 1], padding: [[0, 0], [0, 0]], dilation: [1, 1] } as const;

describe('storage', () => {
  it('gives back what was written, from an offset on', () => {
    const allocation = reference.allocate(16);
    reference.write(allocation.address, Float32Array.of(1, 2, 3, 4));
    expect(reference.readSync!(allocation.address, 'float32', 1, 2)).toEqual(Float32Array.of(2, 3));
    reference.free(allocation);
  });

  it('counts the bytes it holds', () => {
    const before = reference.reservedBytes();
    const allocation = reference.allocate(24);
    expect(reference.reservedBytes()).toBe(before + 24);
    reference.free(allocation);
    expect(reference.reservedBytes()).toBe(before);
  });

  it('refuses an address that was freed', () => {
    const allocation = reference.allocate(8);
    reference.free(allocation);
    expect(() => reference.free(allocation)).toThrow(BackendError);
    expect(() => reference.readSync!(allocation.address, 'int32', 0, 1)).toThrow(/nothing is allocated at address/);
  });
});

describe('fill and copy', () => {
  it('fills in any dtype', () => {
    expect(run('float32', [2], (out) => reference.fill(0.1, out))).toEqual([Math.fround(0.1), Math.fround(0.1)]);
    expect(run('int32', [1], (out) => reference.fill(-2.9, out))).toEqual([-2]);
    expect(run('bool', [1], (out) => reference.fill(-2.9, out))).toEqual([1]);
  });

  it('walks strides: transposed, reversed, repeated', () => {
    const x = tensor('int32', [2, 3], [1, 2, 3, 4, 5, 6]);
    const transposed = view(x, [3, 2], [1, 3]);
    const reversed = view(x, [2, 3], [-3, -1], 5);
    const repeated = view(x, [2, 2], [0, 2], 1);
    expect(run('int32', [3, 2], (out) => reference.copy(transposed, out))).toEqual([1, 4, 2, 5, 3, 6]);
    expect(run('int32', [2, 3], (out) => reference.copy(reversed, out))).toEqual([6, 5, 4, 3, 2, 1]);
    expect(run('int32', [2, 2], (out) => reference.copy(repeated, out))).toEqual([2, 4, 2, 4]);
  });

  it('assigns to a view and leaves the rest', () => {
    const target = tensor('int32', [2, 3], [1, 2, 3, 4, 5, 6]);
    reference.assign(tensor('int32', [2, 2], [10, 20, 30, 40]), view(target, [2, 2], [-2, 3], 2));
    expect(Array.from(target.data())).toEqual([30, 2, 10, 40, 5, 20]);
  });

  it('converts: truncates to int32 within its range, tests against zero for bool', () => {
    const x = vector('float64', [-1.9, 1.9, 0, -0, NaN, 1e10, -Infinity]);
    expect(run('int32', [7], (out) => reference.copy(x, out))).toEqual([-1, 1, 0, 0, 0, 2147483647, -2147483648]);
    expect(run('bool', [7], (out) => reference.copy(x, out))).toEqual([1, 1, 0, 0, 1, 1, 1]);
    expect(run('float32', [1], (out) => reference.copy(vector('int32', [16777217]), out))).toEqual([16777216]);
  });
});

describe('unary', () => {
  const ofFloats = (operation: UnaryOperation, values: readonly number[]): number[] =>
    run('float64', [values.length], (out) => reference.unary(operation, vector('float64', values), out));

  it.each<[UnaryOperation, number, number]>([
    ['negate', 2, -2], ['abs', -2, 2], ['sign', -3, -1], ['reciprocal', 4, 0.25], ['square', 3, 9],
    ['sqrt', 9, 3], ['rsqrt', 4, 0.5],
    ['exp', 1, 2.718281828459045], ['expm1', 1e-10, 1.00000000005e-10], ['log', 10, 2.302585092994046],
    ['log1p', 1e-10, 9.9999999995e-11], ['log2', 8, 3],
    ['sin', 1, 0.8414709848078965], ['cos', 1, 0.5403023058681398], ['tan', 1, 1.5574077246549022],
    ['asin', 0.5, 0.5235987755982989], ['acos', 0.5, 1.0471975511965979], ['atan', 1, 0.7853981633974483],
    ['sinh', 1, 1.1752011936438014], ['cosh', 1, 1.5430806348152437], ['tanh', 1, 0.7615941559557649],
    ['asinh', 1, 0.881373587019543], ['acosh', 2, 1.3169578969248166], ['atanh', 0.5, 0.5493061443340549],
    ['sigmoid', 1, 0.7310585786300049], ['sigmoid', -1, 0.2689414213699951], ['erf', 0.5, 0.5204998778130465],
    ['relu', 2, 2], ['relu', -2, 0], ['floor', -1.5, -2], ['ceil', -1.5, -1],
  ])('%s of %d is %d', (operation, x, expected) => {
    const [y] = ofFloats(operation, [x]);
    expect(Math.abs(y! - expected)).toBeLessThanOrEqual(2 ** -52 * Math.abs(expected));
  });

  it('rounds halves to even', () => {
    const xs = [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999999999999994, 2.6, -2.6, 2 ** 52 + 1, Infinity];
    expect(ofFloats('round', xs)).toEqual([0, 2, 2, -0, -2, -2, 0, 3, -3, 2 ** 52 + 1, Infinity]);
  });

  it('does not overflow in a sigmoid, and keeps the NaN in a relu', () => {
    expect(ofFloats('sigmoid', [1000, -1000, Infinity, -Infinity])).toEqual([1, 0, 1, 0]);
    expect(ofFloats('relu', [NaN])).toEqual([NaN]);
  });

  it('tests give bool', () => {
    const x = vector('float32', [1, NaN, Infinity, 0]);
    expect(run('bool', [4], (out) => reference.unary('isNaN', x, out))).toEqual([0, 1, 0, 0]);
    expect(run('bool', [4], (out) => reference.unary('isFinite', x, out))).toEqual([1, 0, 0, 1]);
    expect(run('bool', [2], (out) => reference.unary('not', vector('bool', [0, 1]), out))).toEqual([1, 0]);
  });

  it('wraps int32', () => {
    const x = vector('int32', [-2147483648, 65537]);
    expect(run('int32', [2], (out) => reference.unary('negate', x, out))).toEqual([-2147483648, -65537]);
    expect(run('int32', [2], (out) => reference.unary('abs', x, out))).toEqual([-2147483648, 65537]);
    expect(run('int32', [2], (out) => reference.unary('square', x, out))).toEqual([0, 131073]);
  });
});

describe('erf', () => {
  /** A few roundings of the series: its terms' sum, the exponential and three products. */
  const unitsInTheLastPlace = 6;

  /** Worked out with fifty digits. */
  it.each([
    [1e-300, 1.1283791670955126e-300], [1e-8, 1.1283791670955126e-8], [0.1, 0.1124629160182849],
    [0.5, 0.5204998778130465], [1, 0.8427007929497149], [1.2, 0.9103139782296353], [1.25, 0.9229001282564583],
    [1.5, 0.9661051464753108], [2, 0.9953222650189527], [3, 0.9999779095030014], [4, 0.9999999845827421],
    [5.5, 0.9999999999999927], [6, 1], [Infinity, 1],
  ])('of %d is %d, and odd', (x, expected) => {
    const bound = unitsInTheLastPlace * 2 ** -53 * expected;
    expect(Math.abs(erf(x) - expected)).toBeLessThanOrEqual(bound);
    expect(erf(-x)).toBe(-erf(x));
  });

  it('keeps NaN and the sign of zero', () => {
    expect([erf(NaN), erf(0), erf(-0)]).toEqual([NaN, 0, -0]);
  });
});

describe('binary', () => {
  const ofFloats = (operation: BinaryOperation, left: number, right: number): number =>
    evaluate(operation, 'float64', left, right, 'float64');
  const ofIntegers = (operation: BinaryOperation, left: number, right: number): number =>
    evaluate(operation, 'int32', left, right, 'int32');
  const tests = (operation: BinaryOperation, left: number, right: number): number =>
    evaluate(operation, 'float64', left, right, 'bool');

  function evaluate(operation: BinaryOperation, dtype: DType, left: number, right: number, result: DType): number {
    const [x, y] = [tensor(dtype, [], [left]), tensor(dtype, [], [right])];
    return run(result, [], (out) => reference.binary(operation, x, y, out))[0]!;
  }

  it.each<[BinaryOperation, number, number, number]>([
    ['add', 1, 2, 3], ['subtract', 1, 2, -1], ['multiply', 3, 4, 12], ['divide', 1, 0, Infinity],
    ['power', 2, 0.5, Math.SQRT2], ['power', 1, NaN, 1], ['power', NaN, 0, 1], ['power', -1, Infinity, 1],
    ['power', -8, 1 / 3, NaN],
    ['remainder', 5, 3, 2], ['remainder', -5, 3, 1], ['remainder', 5, -3, -1], ['remainder', -5, -3, -2],
    ['remainder', -1, Infinity, Infinity], ['remainder', 1, 0, NaN], ['remainder', -6, 3, 0], ['remainder', 6, -3, -0],
    ['minimum', 1, NaN, NaN], ['maximum', NaN, 1, NaN], ['maximum', -1, 2, 2], ['minimum', -1, 2, -1],
    ['atan2', 1, -1, 2.356194490192345], ['atan2', -1, -1, -2.356194490192345],
    ['reluGradient', 7, 0.1, 7], ['reluGradient', 7, 0, 0], ['reluGradient', 7, -1, 0], ['reluGradient', 7, NaN, 0],
  ])('%s of %d and %d is %d', (operation, left, right, expected) => {
    expect(ofFloats(operation, left, right)).toBe(expected);
  });

  it.each<[BinaryOperation, number, number, number]>([
    ['add', 2147483647, 1, -2147483648], ['subtract', -2147483648, 1, 2147483647], ['multiply', 65537, 65537, 131073],
    ['power', 3, 4, 81], ['power', 3, 40, 689956897], ['power', -2, 31, -2147483648], ['power', 0, 0, 1],
    ['remainder', -5, 3, 1], ['remainder', 5, -3, -1], ['remainder', 5, 0, 0], ['remainder', -2147483648, -1, 0],
    ['minimum', -1, 2, -1], ['maximum', -1, 2, 2],
  ])('int32: %s of %d and %d is %d', (operation, left, right, expected) => {
    expect(ofIntegers(operation, left, right)).toBe(expected);
  });

  it.each<[BinaryOperation, number, number, number]>([
    ['equal', 1, 1, 1], ['equal', NaN, NaN, 0], ['equal', 0, -0, 1], ['notEqual', NaN, NaN, 1], ['notEqual', 1, 1, 0],
    ['less', 1, 2, 1], ['less', 2, 2, 0], ['lessEqual', 2, 2, 1], ['lessEqual', NaN, 2, 0],
    ['greater', 2, 1, 1], ['greater', 2, 2, 0], ['greaterEqual', 2, 2, 1], ['greaterEqual', 1, 2, 0],
    ['and', 1, 2, 1], ['and', 0, 2, 0], ['or', 0, 2, 1], ['or', 0, 0, 0],
  ])('%s of %d and %d is %d', (operation, left, right, expected) => {
    expect(tests(operation, left, right)).toBe(expected);
  });

  it('adds bool as or does, and multiplies as and does', () => {
    const [x, y] = [vector('bool', [0, 0, 1, 1]), vector('bool', [0, 1, 0, 1])];
    expect(run('bool', [4], (out) => reference.binary('add', x, y, out))).toEqual([0, 1, 1, 1]);
    expect(run('bool', [4], (out) => reference.binary('multiply', x, y, out))).toEqual([0, 0, 0, 1]);
  });

  it('rounds to float32 once', () => {
    const [one, three] = [vector('float32', [1]), vector('float32', [3])];
    const third = run('float32', [1], (out) => reference.binary('divide', one, three, out));
    expect(third).toEqual([Math.fround(1 / 3)]);
  });

  it('broadcasts a column with a row', () => {
    const column = tensor('int32', [2, 1], [10, 20]);
    const row = vector('int32', [1, 2, 3]);
    expect(run('int32', [2, 3], (out) => reference.binary('add', column, row, out))).toEqual([11, 12, 13, 21, 22, 23]);
  });

  it('selects by a broadcast condition', () => {
    const condition = tensor('bool', [2, 1], [1, 0]);
    const x = vector('float32', [1, 2]);
    const y = tensor('float32', [], [9]);
    expect(run('float32', [2, 2], (out) => reference.select(condition, x, y, out))).toEqual([1, 2, 9, 9]);
  });
});

describe('reduce', () => {
  const x = tensor('float64', [2, 3], [1, 5, 3, 4, 2, 6]);

  it.each<[ReduceOperation, readonly number[], Shape, number[]]>([
    ['sum', [0], [3], [5, 7, 9]], ['sum', [1], [2], [9, 12]], ['sum', [0, 1], [], [21]],
    ['sum', [], [2, 3], [1, 5, 3, 4, 2, 6]],
    ['product', [1], [2], [15, 48]], ['max', [0], [3], [4, 5, 6]], ['min', [1], [2], [1, 2]],
  ])('%s over the axes %j', (operation, axes, shape, expected) => {
    expect(run('float64', shape, (out) => reference.reduce(operation, x, axes, out))).toEqual(expected);
  });

  it('finds the first index of an extreme', () => {
    const ties = tensor('float32', [2, 4], [1, 3, 3, 1, NaN, 3, NaN, 9]);
    expect(run('int32', [2], (out) => reference.reduce('argMax', ties, [1], out))).toEqual([1, 0]);
    expect(run('int32', [2], (out) => reference.reduce('argMin', ties, [1], out))).toEqual([0, 0]);
    expect(run('int32', [4], (out) => reference.reduce('argMin', ties, [0], out))).toEqual([1, 0, 1, 0]);
  });

  it('lets NaN win', () => {
    const hole = vector('float64', [1, NaN, 2]);
    expect(run('float64', [], (out) => reference.reduce('max', hole, [0], out))).toEqual([NaN]);
    expect(run('float64', [], (out) => reference.reduce('min', hole, [0], out))).toEqual([NaN]);
  });

  it('gives the neutral element for nothing', () => {
    const nothing = tensor('float32', [2, 0], []);
    expect(run('float32', [2], (out) => reference.reduce('sum', nothing, [1], out))).toEqual([0, 0]);
    expect(run('float32', [2], (out) => reference.reduce('product', nothing, [1], out))).toEqual([1, 1]);
    expect(run('float32', [0], (out) => reference.reduce('max', nothing, [0], out))).toEqual([]);
  });

  it('wraps int32, and adds float32 in double precision', () => {
    const big = vector('int32', [2147483647, 2147483647, 2147483647]);
    expect(run('int32', [], (out) => reference.reduce('sum', big, [0], out))).toEqual([2147483645]);
    expect(run('int32', [], (out) => reference.reduce('product', big, [0], out))).toEqual([2147483647]);
    const small = vector('float32', [16777216, 1, 1]);
    expect(run('float32', [], (out) => reference.reduce('sum', small, [0], out))).toEqual([16777218]);
  });
});

describe('matmul', () => {
  it('multiplies matrices', () => {
    const left = tensor('float32', [2, 3], [1, 2, 3, 4, 5, 6]);
    const right = tensor('float32', [3, 2], [7, 8, 9, 10, 11, 12]);
    expect(run('float32', [2, 2], (out) => reference.matmul(left, right, out))).toEqual([58, 64, 139, 154]);
  });

  it('multiplies a batch, one side of it repeated', () => {
    const left = tensor('int32', [2, 1, 2], [1, 2, 3, 4]);
    const right = view(tensor('int32', [2, 2], [1, 10, 100, 1000]), [2, 2, 2], [0, 2, 1]);
    expect(run('int32', [2, 1, 2], (out) => reference.matmul(left, right, out))).toEqual([201, 2010, 403, 4030]);
  });

  it('gives zeros where nothing is summed', () => {
    const left = tensor('float64', [2, 0], []);
    const right = tensor('float64', [0, 1], []);
    expect(run('float64', [2, 1], (out) => reference.matmul(left, right, out))).toEqual([0, 0]);
  });
});

describe('conv2d', () => {
  const image = tensor('float32', [1, 3, 3, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const kernel = tensor('float32', [2, 2, 1, 1], [1, 10, 100, 1000]);

  it('correlates, as every network library does, without turning the kernel over', () => {
    const expected = [5421, 6532, 8754, 9865];
    expect(run('float32', [1, 2, 2, 1], (out) => reference.conv2d(image, kernel, out, plainWindow, 'default'))).toEqual(expected);
  });

  it('takes strides, padding and dilation, rows before columns', () => {
    const window = { strides: [2, 1], padding: [[1, 0], [0, 1]], dilation: [1, 2] } as const;
    // Windows start at rows -1 and 1 and columns 0 and 1; their taps are two columns apart.
    const expected = [100 + 3000, 200, 4 + 60 + 700 + 9000, 5 + 800];
    expect(run('float32', [1, 2, 2, 1], (out) => reference.conv2d(image, kernel, out, window, 'default'))).toEqual(expected);
  });

  it('sums over channels for each filter', () => {
    const pixels = tensor('float64', [2, 1, 1, 2], [1, 2, 3, 4]);
    const mix = tensor('float64', [1, 1, 2, 3], [1, 10, 100, 2, 20, 200]);
    const expected = [5, 50, 500, 11, 110, 1100];
    expect(run('float64', [2, 1, 1, 3], (out) => reference.conv2d(pixels, mix, out, plainWindow, 'default'))).toEqual(expected);
  });

  it('has the gradients of a sum of weighted results', () => {
    const cotangent = tensor('float32', [1, 2, 2, 1], [1, 2, 3, 4]);
    const inputGradient = [1, 12, 20, 103, 1234, 2040, 300, 3400, 4000];
    const kernelGradient = [1 + 4 + 12 + 20, 2 + 6 + 15 + 24, 4 + 10 + 21 + 32, 5 + 12 + 24 + 36];
    expect(run('float32', [1, 3, 3, 1], (out) => reference.conv2dInputGradient(cotangent, kernel, out, plainWindow, 'default')))
      .toEqual(inputGradient);
    expect(run('float32', [2, 2, 1, 1], (out) => reference.conv2dKernelGradient(image, cotangent, out, plainWindow, 'default')))
      .toEqual(kernelGradient);
  });
});

describe('pooling', () => {
  const window = { ...plainWindow, size: [2, 2] } as const;
  const image = tensor('float32', [1, 3, 3, 1], [1, 5, 2, 5, 3, 8, 4, 0, 8]);
  const weights = tensor('float32', [1, 2, 2, 1], [1, 10, 100, 1000]);

  it('takes the maximum of each window', () => {
    expect(run('float32', [1, 2, 2, 1], (out) => reference.maxPool2d(image, out, window))).toEqual([5, 8, 5, 8]);
  });

  it('gathers from, and scatters to, the first maximum', () => {
    const places = tensor('float32', [1, 3, 3, 1], [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(run('float32', [1, 2, 2, 1], (out) => reference.maxPool2dGather(image, places, out, window)))
      .toEqual([1, 5, 3, 5]);
    expect(run('float32', [1, 3, 3, 1], (out) => reference.maxPool2dScatter(image, weights, out, window)))
      .toEqual([0, 1, 0, 100, 0, 1010, 0, 0, 0]);
  });

  it('lets the first NaN win', () => {
    const holes = tensor('float32', [1, 2, 2, 1], [9, NaN, NaN, 1]);
    expect(run('float32', [1, 1, 1, 1], (out) => reference.maxPool2d(holes, out, window))).toEqual([NaN]);
    const weight = tensor('float32', [1, 1, 1, 1], [7]);
    expect(run('float32', [1, 2, 2, 1], (out) => reference.maxPool2dScatter(holes, weight, out, window)))
      .toEqual([0, 7, 0, 0]);
  });

  it('leaves padding out of maximum and average', () => {
    const padded = { ...window, padding: [[1, 0], [1, 0]], strides: [2, 2] } as const;
    const negative = tensor('float64', [1, 3, 3, 1], [-1, -2, -4, -8, -16, -32, -64, -128, -256]);
    expect(run('float64', [1, 2, 2, 1], (out) => reference.maxPool2d(negative, out, padded)))
      .toEqual([-1, -2, -8, -16]);
    expect(run('float64', [1, 2, 2, 1], (out) => reference.averagePool2d(negative, out, padded)))
      .toEqual([-1, -3, -36, -108]);
  });

  it('gives an average back in equal parts', () => {
    expect(run('float32', [1, 3, 3, 1], (out) => reference.averagePool2dGradient(weights, out, window)))
      .toEqual([0.25, 2.75, 2.5, 25.25, 277.75, 252.5, 25, 275, 250]);
  });
});

describe('gather and scatterAdd', () => {
  const indices = tensor('int32', [2, 2], [2, 0, 2, 1]);

  it('takes slices along an axis, as numpy.take does', () => {
    const x = tensor('int32', [2, 3], [1, 2, 3, 4, 5, 6]);
    expect(run('int32', [2, 2, 2], (out) => reference.gather(x, indices, out, 1))).toEqual([3, 1, 3, 2, 6, 4, 6, 5]);
    expect(run('int32', [2, 3], (out) => reference.gather(x, vector('int32', [1, 0]), out, 0)))
      .toEqual([4, 5, 6, 1, 2, 3]);
  });

  it('adds slices where they were taken', () => {
    const updates = tensor('float32', [2, 2, 2], [1, 2, 4, 8, 10, 20, 40, 80]);
    expect(run('float32', [2, 3], (out) => reference.scatterAdd(updates, indices, out, 1)))
      .toEqual([2, 8, 5, 20, 80, 50]);
  });
});

describe('softmax', () => {
  it('is exp over the sum of exp, for each row', () => {
    const x = tensor('float64', [2, 2], [0, Math.log(3), 1000, 1000]);
    const result = run('float64', [2, 2], (out) => reference.softmax(x, out));
    [0.25, 0.75, 0.5, 0.5].forEach((value, index) => expect(result[index]).toBeCloseTo(value, 14));
  });

  it('has a logarithm that does not underflow', () => {
    const x = vector('float64', [0, -1000]);
    expect(run('float64', [2], (out) => reference.logSoftmax(x, out))).toEqual([0, -1000]);
  });
});

describe('random numbers', () => {
  const key = { high: 0x13198a2e, low: 0x03707344 };
  // Word 0 of counter 0 and so on with the key 0: the first of Random123's known answers.
  const zeroKey = { high: 0, low: 0 };

  it('puts the two words of a counter side by side', () => {
    expect(run('int32', [2], (out) => reference.randomBits(zeroKey, out))).toEqual([0x6b200159, 0x99ba4efe | 0]);
    const bits = run('int32', [5], (out) => reference.randomBits(key, out));
    expect(new Set(bits).size).toBe(5);
  });

  it('makes uniforms of the top bits', () => {
    expect(run('float32', [2], (out) => reference.randomUniform(zeroKey, out)))
      .toEqual([0x6b2001 / 2 ** 24, 0x99ba4e / 2 ** 24]);
    const expected = Number((0x6b200159n >> 5n) * 2n ** 26n + (0x99ba4efen >> 6n)) / 2 ** 53;
    expect(run('float64', [1], (out) => reference.randomUniform(zeroKey, out))).toEqual([expected]);
  });

  it('drops where the uniform is below the rate, and scales the rest', () => {
    const ones = vector('float64', [1, 1]);
    expect(run('float64', [2], (out) => reference.dropout(ones, out, zeroKey, 0.5))).toEqual([0, 2]);
    expect(run('float64', [2], (out) => reference.dropout(ones, out, zeroKey, 0.25))).toEqual([4 / 3, 4 / 3]);
  });
});

describe('adam', () => {
  it('takes one step', () => {
    const [parameter, gradient, first, second] = [[1], [2], [0.5], [4]].map((values) => vector('float64', values));
    const coefficients = { stepSize: 0.5, beta1: 0.75, beta2: 0.5, epsilon: 1 };
    // First moment 0.375 + 0.5, root of 8 + 2 = sqrt(10); the step is 0.5 * 0.875 / (sqrt(10) + 1).
    const result = run('float64', [3, 1], (out) =>
      reference.adam(parameter!, gradient!, first!, second!, out, coefficients),
    );
    expect(result).toEqual([1 - 0.4375 / (Math.sqrt(10) + 1), 0.875, Math.sqrt(10)]);
  });
});
