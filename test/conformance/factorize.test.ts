import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocateArray, contiguousStrides, reference, sizeOf, type Backend, type DType, type Factorization, type Shape } from '@adjoint/core';
import { candidates } from './backends.js';
import { elementsOf, expectNear, roundoff, run, type Case } from './kernels.js';
import { moderate, views, type View } from './views.js';

/** A list of rows. */
type Matrix = readonly (readonly number[])[];

/** The matrices of the last two axes. */
function split(values: ArrayLike<number>, shape: Shape): Matrix[] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return Array.from({ length: rows * columns === 0 ? 0 : values.length / (rows * columns) }, (_, matrix) =>
    Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (_, column) => values[(matrix * rows + row) * columns + column]!)));
}

const transposed = (matrix: Matrix): Matrix => (matrix[0] ?? []).map((_, column) => matrix.map((row) => row[column]!));
const times = (left: Matrix, right: Matrix): Matrix => {
  const columns = transposed(right);
  return left.map((row) => columns.map((column) => dot(row, column)));
};

/** Sums in blocks: in one long sum of equal products, the rounding errors would be larger than those that are measured. */
function dot(left: readonly number[], right: readonly number[]): number {
  let total = 0;
  for (let start = 0; start < left.length; start += 16) {
    let sum = 0;
    for (let index = start; index < Math.min(start + 16, left.length); index++) sum += left[index]! * right[index]!;
    total += sum;
  }
  return total;
}

const identity = (size: number): Matrix => Array.from({ length: size }, (_, row) => Array.from({ length: size }, (_, column) => Number(row === column)));
const scaled = (matrix: Matrix, factors: readonly number[]): Matrix => matrix.map((row) => row.map((value, column) => value * factors[column]!));
const norm = (matrix: Matrix): number => Math.hypot(...matrix.flat());
const rises = (values: readonly number[]): boolean => values.every((value, index) => index === 0 || value >= values[index - 1]!);

/** Asserts that two matrices differ by no more than the rounding errors of a backward stable algorithm. */
function expectClose(actual: Matrix, expected: Matrix, scale: number, dtype: DType, factor = 10): void {
  const sides = actual.length + (actual[0]?.length ?? 0);
  const bound = factor * sides * roundoff(dtype) * scale;
  const error = norm(actual.map((row, i) => row.map((value, j) => value - expected[i]![j]!)));
  if (!(error <= bound)) expect.fail(`the matrices differ by ${error}; expected at most ${bound}`);
}

const isLower = (matrix: Matrix): boolean => matrix.every((row, i) => row.every((value, j) => j <= i || value === 0));

/** What the packed factors of a matrix must be. */
const checks: Record<Factorization, (a: Matrix, packed: Matrix, dtype: DType) => void> = {
  cholesky: (a, lower, dtype) => {
    expect(isLower(lower)).toBe(true);
    expectClose(times(lower, transposed(lower)), a, norm(a), dtype);
  },
  lu: (a, packed, dtype) => {
    const size = a.length;
    const order = packed[size]!;
    expect([...order].sort((i, j) => i - j)).toEqual(a.map((_, index) => index));
    const lower = packed.slice(0, size).map((row, i) => row.map((value, j) => (j < i ? value : Number(i === j))));
    const upper = packed.slice(0, size).map((row, i) => row.map((value, j) => (j < i ? 0 : value)));
    expect(lower.flat().every((value) => Math.abs(value) <= 1)).toBe(true);
    expectClose(times(lower, upper), order.map((row) => a[row]!), norm(lower) * norm(upper), dtype);
  },
  qr: (a, packed, dtype) => {
    const q = packed.slice(0, a.length);
    const rTransposed = packed.slice(a.length);
    expect(isLower(rTransposed)).toBe(true);
    expectClose(times(q, transposed(rTransposed)), a, norm(a), dtype);
    expectClose(times(transposed(q), q), identity(rTransposed.length), 1, dtype);
  },
  eigh: (a, packed, dtype) => {
    const [values, ...vectors] = packed as [readonly number[], ...Matrix];
    expect(rises(values)).toBe(true);
    expectClose(times(scaled(vectors, values), transposed(vectors)), a, norm(a), dtype);
    expectClose(times(transposed(vectors), vectors), identity(a.length), 1, dtype);
  },
  svd: (a, packed, dtype) => {
    const [u, values, v] = [packed.slice(0, a.length), packed[a.length]!, packed.slice(a.length + 1)];
    expect(rises([...values].reverse()) && values.every((value) => value >= 0)).toBe(true);
    expectClose(times(scaled(u, values), transposed(v)), a, norm(a), dtype);
    for (const vectors of [u, v]) expectClose(times(transposed(vectors), vectors), identity(v.length), 1, dtype);
  },
};

const extraRows: Record<Factorization, (columns: number) => number> = {
  cholesky: () => 0, lu: () => 1, qr: (columns) => columns, eigh: () => 1, svd: (columns) => columns + 1,
};

function caseFor(operation: Factorization, input: View): Case {
  const [rows, columns] = input.shape.slice(-2) as [number, number];
  const shape = [...input.shape.slice(0, -2), rows + extraRows[operation](columns), columns];
  return { inputs: [input], out: { dtype: input.dtype, shape }, call: (on, out, x) => on.factorize(operation, x, out) };
}

function expectFactors(on: Backend, operation: Factorization, input: View): void {
  const test = caseFor(operation, input);
  const matrices = split(elementsOf(input), input.shape);
  split(run(on, test), test.out.shape).forEach((packed, index) => checks[operation](matrices[index]!, packed, input.dtype));
}

/** A contiguous view of other elements of the same shape. */
function dense(input: View, change: (matrix: Matrix) => Matrix): View {
  const values = split(elementsOf(input), input.shape).map(change).flat(2);
  const memory = allocateArray(input.dtype, sizeOf(input.shape));
  memory.set(values);
  return { ...input, memory, strides: contiguousStrides(input.shape), offset: 0 };
}

const symmetric = (matrix: Matrix): Matrix => matrix.map((row, i) => row.map((value, j) => value + matrix[j]![i]!));
const definite = (matrix: Matrix): Matrix => times(matrix, transposed(matrix)).map((row, i) => row.map((value, j) => value / 128 + 128 * Number(i === j)));
const prepare: Record<Factorization, (input: View) => View> = {
  cholesky: (input) => dense(input, definite), lu: (input) => input, qr: (input) => input, eigh: (input) => dense(input, symmetric), svd: (input) => input,
};

const operations = Object.keys(checks) as Factorization[];
const floats = ['float32', 'float64'] as const;
const isTall = (operation: Factorization): boolean => operation === 'qr' || operation === 'svd';

/** Matrices of every small size, with few different elements, so that many have no full rank. */
function matrices(operation: Factorization, dtype: DType, size: fc.Arbitrary<number>): fc.Arbitrary<View> {
  const leading = fc.array(fc.nat({ max: 2 }), { maxLength: 2 });
  return fc.tuple(leading, size, isTall(operation) ? fc.nat({ max: 20 }) : fc.constant(0))
    .chain(([lead, columns, more]) => views(dtype, [...lead, columns + more, columns], moderate(dtype)))
    .map(prepare[operation]);
}

/** The factors whose columns are orthonormal, of a matrix of `rows` rows. */
const orthonormalFactors = {
  qr: (packed: Matrix, rows: number) => [packed.slice(0, rows)],
  eigh: (packed: Matrix) => [packed.slice(1)],
  svd: (packed: Matrix, rows: number) => [packed.slice(0, rows), packed.slice(rows + 1)],
};

const fill = (rows: number, columns: number, element: (row: number, column: number) => number): Matrix =>
  Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (_, column) => element(row, column)));

/** Random elements between -1 and 1, the same in every run. */
function randomMatrix(rows: number, columns: number): Matrix {
  const elements = fc.sample(fc.noBias(fc.integer({ min: -(2 ** 20), max: 2 ** 20 })), { seed: 7, numRuns: rows * columns });
  return fill(rows, columns, (row, column) => elements[row * columns + column]! / 2 ** 20);
}

const ofRank = (rank: number) => (rows: number, columns: number): Matrix => times(randomMatrix(rows, rank), randomMatrix(rank, columns));

/** Matrices without full rank, or close to it, in which most rotations mix what rounding left of 0. */
const degenerateMatrices: Record<string, (rows: number, columns: number) => Matrix> = {
  zeros: (rows, columns) => fill(rows, columns, () => 0),
  'equal elements': (rows, columns) => fill(rows, columns, () => 1),
  'rank 1': ofRank(1),
  'rank 5': ofRank(5),
  'half rank': (rows, columns) => ofRank(columns >> 1)(rows, columns),
  'two elements without a pattern': (rows, columns) =>
    fill(rows, columns, (row, column) => ((Math.imul(row * columns + column + 2, 0x9e3779b1) >>> 12) % 2) / 2 ** 16),
  'repeated rows': (rows, columns) => {
    const distinct = randomMatrix(5, columns);
    return fill(rows, columns, (row, column) => distinct[row % 5]![column]!);
  },
  'repeated columns': (rows, columns) => {
    const distinct = randomMatrix(rows, 5);
    return fill(rows, columns, (row, column) => distinct[row]![column % 5]!);
  },
  'zero rows': (rows, columns) => randomMatrix(rows, columns).map((row, index) => row.map((value) => (index % 3 === 0 ? 0 : value))),
  'zero columns': (rows, columns) => randomMatrix(rows, columns).map((row) => row.map((value, index) => (index % 3 === 0 ? 0 : value))),
  'falling rows': (rows, columns) => randomMatrix(rows, columns).map((row, index) => row.map((value) => value * 2 ** -Math.floor((80 * index) / rows))),
  'rising rows': (rows, columns) => randomMatrix(rows, columns).map((row, index) => row.map((value) => value * 2 ** Math.floor((80 * index) / rows - 80))),
  'falling rows and columns': (rows, columns) =>
    fill(rows, columns, (row, column) => randomSign(row + column) * 2 ** -Math.floor((500 * row) / rows + (500 * column) / columns)),
  'the Hilbert matrix': (rows, columns) => fill(rows, columns, (row, column) => 1 / (row + column + 1)),
};

const randomSign = (index: number): number => ((Math.imul(index + 1, 0x9e3779b1) >>> 12) % 2) * 2 - 1;

describe.each([{ name: 'reference', create: () => reference }, ...candidates])('orthonormal factors of $name', ({ name, create }) => {
  const backend = create();
  const sizes = name === 'reference' ? [[20, 20], [25, 20]] : [[70, 70], [75, 70], [100, 100], [300, 20]];
  const of = (dtype: DType, matrix: Matrix): View => {
    const shape = [matrix.length, matrix[0]!.length];
    return dense({ dtype, shape, strides: [0, 0], offset: 0, memory: allocateArray(dtype, 1) }, () => matrix);
  };

  describe.each(Object.entries(degenerateMatrices))('of %s', (_, make) => {
    it.each((['qr', 'eigh', 'svd'] as const).flatMap((operation) => floats.map((dtype) => [operation, dtype] as const)))('in %s of %s', (operation, dtype) => {
      for (const [rows, columns] of sizes as [number, number][]) {
        const input = prepare[operation](of(dtype, make(operation === 'eigh' ? columns : rows, columns)));
        expectFactors(backend, operation, input);
        // However often vectors were rotated, their errors are those of a few products.
        const test = caseFor(operation, input);
        const packed = split(run(backend, test), test.out.shape)[0]!;
        for (const vectors of orthonormalFactors[operation](packed, input.shape[0]!)) {
          expectClose(times(transposed(vectors), vectors), identity(columns), 1, dtype, 4);
        }
      }
    });
  });
});

describe.each([{ name: 'reference', create: () => reference }, ...candidates])('factorize of $name', ({ name, create }) => {
  const backend = create();
  const isSlow = name === 'reference';

  it.each(operations.flatMap((operation) => floats.map((dtype) => [operation, dtype] as const)))('%s of %s', (operation, dtype) => {
    const size = fc.oneof(fc.nat({ max: 4 }), fc.nat({ max: isSlow ? 9 : 20 }));
    fc.assert(fc.property(matrices(operation, dtype, size), (input) => expectFactors(backend, operation, input)), { numRuns: isSlow ? 40 : 100 });
  });

  it.each(operations)('%s of matrices that are not finite ends', (operation) => {
    const element = fc.constantFrom(1, 2, -3, NaN, Infinity, -Infinity);
    const inputs = fc.integer({ min: 1, max: 8 }).chain((size) => views('float64', [size + (isTall(operation) ? 2 : 0), size], element));
    fc.assert(fc.property(inputs, (input) => {
      const test = caseFor(operation, input);
      const packed = run(backend, test);
      const hasNoNumber = elementsOf(input).some((value) => !Number.isFinite(value));
      if (hasNoNumber && (operation === 'eigh' || operation === 'svd')) expect(packed.every(Number.isNaN)).toBe(true);
    }), { numRuns: 40 });
  });

  it('huge and tiny matrices keep their precision in eigh and svd', () => {
    for (const scale of [2 ** 1000, 2 ** -1000, 2 ** -1060]) {
      const input: View = { dtype: 'float64', shape: [2, 2], strides: [2, 1], offset: 0, memory: Float64Array.of(2 * scale, scale, scale, 2 * scale) };
      expect(Array.from(run(backend, caseFor('eigh', input))).slice(0, 2).map((value) => value / scale)).toEqual([expect.closeTo(1, 14), expect.closeTo(3, 14)]);
      expect(Array.from(run(backend, caseFor('svd', input))).slice(4, 6).map((value) => value / scale)).toEqual([expect.closeTo(3, 14), expect.closeTo(1, 14)]);
    }
  });

  it('a matrix that is not positive definite has no Cholesky factor', () => {
    const of = (memory: Float64Array): View => ({ dtype: 'float64', shape: [2, 2, 2], strides: [4, 2, 1], offset: 0, memory });
    const packed = run(backend, caseFor('cholesky', of(Float64Array.of(1, 2, 2, 1, 4, 9, 2, 5))));
    expect(Array.from(packed)).toEqual([NaN, NaN, NaN, NaN, 2, 0, 1, 2]);
  });

  it('svd finds small singular values as accurately as large ones', () => {
    const memory = Float64Array.of(1, 0, 0, 1e-10, 0, 0);
    const input: View = { dtype: 'float64', shape: [3, 2], strides: [2, 1], offset: 0, memory };
    const values = Array.from(run(backend, caseFor('svd', input))).slice(6, 8);
    expect(values[1]! / 1e-10).toBeCloseTo(1, 12);
  });
});

// The reference backend has no blocks.
describe.each(candidates)('factorize in blocks of $name', ({ create }) => {
  const backend = create();

  it.each(operations)('%s across the edges of blocks', (operation) => {
    const size = fc.integer({ min: 30, max: 100 });
    fc.assert(fc.property(matrices(operation, 'float64', size), (input) => expectFactors(backend, operation, input)), { numRuns: 8 });
  });
});

describe.each(candidates)('triangularSolve of $name', ({ create }) => {
  const backend = create();

  it.each(floats)('of %s, of every triangle', (dtype) => {
    const size = fc.oneof(fc.nat({ max: 5 }), fc.nat({ max: 70 }));
    const inputs = fc.tuple(fc.array(fc.nat({ max: 2 }), { maxLength: 2 }), size, fc.nat({ max: 9 })).chain(([lead, n, k]) => {
      // The diagonal outweighs each row, so that solutions and their errors do not grow.
      const element = fc.integer({ min: -64, max: 64 }).map((steps) => steps / 64 / Math.max(n, 1));
      const matrix = views(dtype, [...lead, n, n], element).map((input) => dense(input, (rows) => rows.map((row, i) => row.map((value, j) => value + 2 * Number(i === j)))));
      const repeated = matrix.map((input) => ({ ...input, strides: input.strides.map((stride, axis) => (axis < lead.length ? 0 : stride)) }));
      return fc.tuple(fc.oneof(matrix, repeated), views(dtype, [...lead, n, k], moderate(dtype)));
    });
    const triangle = fc.record({ lower: fc.boolean(), transpose: fc.boolean(), unitDiagonal: fc.boolean() });
    fc.assert(fc.property(inputs, triangle, ([matrix, right], form) => {
      const test: Case = { inputs: [matrix, right], out: right, call: (on, out, a, b) => on.triangularSolve(a, b, out, form) };
      const largest = Math.max(1, ...run(reference, test).map(Math.abs));
      expectNear(backend, test, () => 20 * (matrix.shape.at(-1)! + 1) * roundoff(dtype) * largest);
    }), { numRuns: 120 });
  });

  it('reads nothing of the other triangle, and nothing of a diagonal of ones', () => {
    const matrix: View = { dtype: 'float64', shape: [2, 2], strides: [2, 1], offset: 0, memory: Float64Array.of(NaN, NaN, 3, NaN) };
    const right: View = { dtype: 'float64', shape: [2, 1], strides: [1, 1], offset: 0, memory: Float64Array.of(1, 5) };
    const solve = (transpose: boolean): number[] => Array.from(run(backend, {
      inputs: [matrix, right], out: right, call: (on, out, a, b) => on.triangularSolve(a, b, out, { lower: true, transpose, unitDiagonal: true }),
    }));
    expect([solve(false), solve(true)]).toEqual([[1, 2], [-14, 5]]);
  });
});
