/*
 * The few operations on structure that the transforms themselves need, closed under differentiation and batching. The
 * operations for everybody are in `@adjoint/ops`, which builds on this package.
 */
import { apply } from './apply.js';
import { definePrimitive, type Primitive } from './primitive.js';
import { contiguousStrides } from './shape.js';
import { empty, view, type Tensor } from './tensor.js';

const moved = <T>(list: readonly T[], from: number, to: number): T[] => list.toSpliced(from, 1).toSpliced(to, 0, list[from]!);

const moveAxisPrimitive: Primitive<{ readonly from: number; readonly to: number }> = definePrimitive({
  name: 'moveAxis',
  keeps: {},
  infer: ([input], { from, to }) => ({ shape: moved(input!.shape, from, to), dtype: input!.dtype }),
  forward: (_, [input], { from, to }, { shape }) => view(input!, shape, moved(input!.strides, from, to)),
  vjp: ({ cotangent, attrs: { from, to } }) => [moveAxis(cotangent, to, from)],
  batch: ({ inputs: [input], attrs: { from, to } }) => moveAxis(input!, from + 1, to + 1),
});

/** One axis at another place; the others keep their order. A view. */
export function moveAxis(input: Tensor, from: number, to: number): Tensor {
  return from === to ? input : apply(moveAxisPrimitive, [input], { from, to });
}

const joinPrimitive = definePrimitive({
  name: 'join',
  keeps: {},
  infer: (inputs) => ({ shape: [inputs.length, ...inputs[0]!.shape], dtype: inputs[0]!.dtype }),
  forward: (backend, inputs, _, type) => {
    const out = empty(backend, type);
    const strides = contiguousStrides(type.shape);
    inputs.forEach((input, index) => backend.assign(input, view(out, input.shape, strides.slice(1), index * strides[0]!)));
    return out;
  },
  vjp: ({ cotangent, needs }) => needs.map((needed, index) => (needed ? pick(cotangent, index) : null)),
  batch: ({ inputs, batched, size }) => moveAxis(join(inputs.map((input, index) => (batched[index] ? input : repeat(input, size)))), 0, 1),
});

/** Tensors of one type along a new first axis. */
export function join(inputs: readonly Tensor[]): Tensor {
  return apply(joinPrimitive, inputs, {});
}

const pickPrimitive: Primitive<{ readonly index: number }> = definePrimitive({
  name: 'pick',
  keeps: {},
  infer: ([input]) => ({ shape: input!.shape.slice(1), dtype: input!.dtype }),
  forward: (_, [input], { index }, { shape }) => view(input!, shape, input!.strides.slice(1), input!.offset + index * input!.strides[0]!),
  vjp: ({ inputs: [input], cotangent, attrs: { index } }) => [place(cotangent, index, input!.shape[0]!)],
  batch: ({ inputs: [input], attrs: { index } }) => pick(moveAxis(input!, 1, 0), index),
});

/** What stands at a position of the first axis. A view. */
export function pick(input: Tensor, index: number): Tensor {
  return apply(pickPrimitive, [input], { index });
}

const placePrimitive: Primitive<{ readonly index: number; readonly length: number }> = definePrimitive({
  name: 'place',
  keeps: {},
  infer: ([input], { length }) => ({ shape: [length, ...input!.shape], dtype: input!.dtype }),
  forward: (backend, [input], { index }, type) => {
    const out = empty(backend, type);
    backend.fill(0, out);
    backend.assign(input!, view(out, input!.shape, out.strides.slice(1), index * out.strides[0]!));
    return out;
  },
  vjp: ({ cotangent, attrs: { index } }) => [pick(cotangent, index)],
  batch: ({ inputs: [input], attrs: { index, length } }) => moveAxis(place(input!, index, length), 0, 1),
});

/** A new first axis with the input at one position and zeros elsewhere. */
function place(input: Tensor, index: number, length: number): Tensor {
  return apply(placePrimitive, [input], { index, length });
}

const repeatPrimitive: Primitive<{ readonly length: number }> = definePrimitive({
  name: 'repeatAlong',
  keeps: {},
  infer: ([input], { length }) => ({ shape: [length, ...input!.shape], dtype: input!.dtype }),
  forward: (_, [input], _attrs, { shape }) => view(input!, shape, [0, ...input!.strides]),
  vjp: ({ cotangent }) => [total(cotangent)],
  batch: ({ inputs: [input], attrs: { length } }) => moveAxis(repeat(input!, length), 0, 1),
});

/** A new first axis along which all is the same. A view. */
export function repeat(input: Tensor, length: number): Tensor {
  return apply(repeatPrimitive, [input], { length });
}

const totalPrimitive: Primitive = definePrimitive({
  name: 'total',
  keeps: {},
  infer: ([input]) => ({ shape: input!.shape.slice(1), dtype: input!.dtype }),
  forward: (backend, [input], _, type) => {
    const out = empty(backend, type);
    backend.reduce('sum', input!, [0], out);
    return out;
  },
  vjp: ({ inputs: [input], cotangent }) => [repeat(cotangent, input!.shape[0]!)],
  batch: ({ inputs: [input] }) => total(moveAxis(input!, 1, 0)),
});

/** The sum along the first axis. */
export function total(input: Tensor): Tensor {
  return apply(totalPrimitive, [input], {});
}
