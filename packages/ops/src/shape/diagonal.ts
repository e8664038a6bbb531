import {
  formatValue, apply, ArgumentError, AxisError, definePrimitive, empty, formatType, normalizeAxis, requireOptions, view, type OptionNames, type Primitive,
  type Shape, type Tensor,
} from '@adjoint/core';
import { requireTensor } from '../operand.js';
import { diagonalOptionNames, requireAxisPair, type DiagonalOptions } from './diagonalOptions.js';

export type { DiagonalOptions };

/** Which diagonal: those above the main one have a positive `offset`, those below a negative one. */
interface DiagonalAttrs {
  readonly offset: number;
  /** The axis of the rows. */
  readonly first: number;
  /** The axis of the columns. */
  readonly second: number;
}

function diagonalShape(shape: Shape, { offset, first, second }: DiagonalAttrs): Shape {
  const length = Math.min(shape[first]! - Math.max(-offset, 0), shape[second]! - Math.max(offset, 0));
  return [...shape.filter((_, axis) => axis !== first && axis !== second), Math.max(length, 0)];
}

/** A step down and a step to the right, at once. */
function viewDiagonal(tensor: Tensor, attrs: DiagonalAttrs): Tensor {
  const { offset, first, second } = attrs;
  const { strides } = tensor;
  const shape = diagonalShape(tensor.shape, attrs);
  const start = offset > 0 ? offset * strides[second]! : -offset * strides[first]!;
  const others = strides.filter((_, axis) => axis !== first && axis !== second);
  return view(tensor, shape, [...others, strides[first]! + strides[second]!], tensor.offset + (shape.includes(0) ? 0 : start));
}

const ofAllExamples = ({ offset, first, second }: DiagonalAttrs): DiagonalAttrs => ({ offset, first: first + 1, second: second + 1 });

const diagonalPrimitive: Primitive<DiagonalAttrs> = definePrimitive({
  name: 'diagonal',
  keeps: {},
  infer: ([input], attrs) => ({ shape: diagonalShape(input!.shape, attrs), dtype: input!.dtype }),
  forward: (_, [input], attrs) => viewDiagonal(input!, attrs),
  vjp: ({ inputs: [input], cotangent, attrs }) => [apply(embedDiagonalPrimitive, [cotangent], { ...attrs, shape: input!.shape })],
  batch: ({ inputs: [input], attrs }) => apply(diagonalPrimitive, [input!], ofAllExamples(attrs)),
});

/** The transpose of `diagonal`: zeros, but for the diagonal. */
const embedDiagonalPrimitive: Primitive<DiagonalAttrs & { readonly shape: Shape }> = definePrimitive({
  name: 'embedDiagonal',
  keeps: {},
  infer: ([input], { shape }) => ({ shape, dtype: input!.dtype }),
  forward: (backend, [input], attrs, type) => {
    const out = empty(backend, type);
    backend.fill(0, out);
    backend.assign(input!, viewDiagonal(out, attrs));
    return out;
  },
  vjp: ({ cotangent, attrs: { offset, first, second } }) => [apply(diagonalPrimitive, [cotangent], { offset, first, second })],
  batch: ({ inputs: [input], attrs, size }) => apply(embedDiagonalPrimitive, [input!], { ...ofAllExamples(attrs), shape: [size, ...attrs.shape] }),
});

function requireOffset(operation: string, offset: number): void {
  if (!Number.isSafeInteger(offset)) throw new ArgumentError(`${operation}: offset is ${formatValue(offset)}; expected a whole number, positive above the main diagonal`);
}

/**
 * A diagonal, as the last axis behind the axes that remain; a view. Where it lies outside of the matrix it is empty.
 *
 * @throws `AxisError` when there is no such axis, or both are the same.
 * @throws `ArgumentError` when the offset is no whole number.
 *
 * @numpy np.diagonal
 * @jax jnp.diagonal
 * @torch torch.diagonal
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { diagonal } from '@adjoint/ops';
 *
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * diagonal(x).toArray(); // [1, 5]
 * diagonal(x, { offset: 1 }).toArray(); // [2, 6]
 * ```
 */
export function diagonal(input: Tensor, options: DiagonalOptions = {}): Tensor {
  requireTensor('diagonal', 'input', input);
  requireOptions('diagonal', options, diagonalOptionNames);
  const { offset = 0, axes = [0, 1] } = options;
  requireAxisPair('diagonal', axes);
  const rank = input.shape.length;
  const [first, second] = [normalizeAxis('diagonal', axes[0], rank), normalizeAxis('diagonal', axes[1], rank)];
  if (first === second) throw new AxisError(`diagonal: axes ${formatValue(axes)} of ${formatType(input)} are one; expected two`);
  requireOffset('diagonal', offset);
  return apply(diagonalPrimitive, [input], { offset, first, second });
}

const diagonalMatrixOptionNames: OptionNames<Pick<DiagonalOptions, 'offset'>> = { offset: true };

/**
 * The matrix that has the last axis as a diagonal, and zeros elsewhere: `[..., n]` gives `[..., n + k, n + k]` with `k`
 * the offset's magnitude.
 *
 * @throws `AxisError` when the input is a scalar.
 * @throws `ArgumentError` when the offset is no whole number.
 *
 * @numpy np.diag
 * @jax jnp.diag
 * @torch torch.diag_embed
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { diagonalMatrix } from '@adjoint/ops';
 *
 * diagonalMatrix(tensor([1, 2])).toArray(); // [[1, 0], [0, 2]]
 * diagonalMatrix(tensor([3]), { offset: -1 }).toArray(); // [[0, 0], [3, 0]]
 * ```
 */
export function diagonalMatrix(input: Tensor, options: Pick<DiagonalOptions, 'offset'> = {}): Tensor {
  requireTensor('diagonalMatrix', 'input', input);
  requireOptions('diagonalMatrix', options, diagonalMatrixOptionNames);
  const { offset = 0 } = options;
  const first = normalizeAxis('diagonalMatrix', -1, input.shape.length);
  requireOffset('diagonalMatrix', offset);
  const side = input.shape[first]! + Math.abs(offset);
  return apply(embedDiagonalPrimitive, [input], { offset, first, second: first + 1, shape: [...input.shape.slice(0, first), side, side] });
}
