import { isListOf, formatValue, apply, ArgumentError, contiguousStrides, definePrimitive, empty, normalizeAxis, view, type Tensor } from '@adjoint/core';
import { flatten, reshape } from './reshape.js';
import { requireNumberOrList, requireTensor } from '../operand.js';

const rollPrimitive = definePrimitive<{ readonly shift: number; readonly axis: number }>({
  name: 'roll',
  keeps: {},
  infer: ([input]) => ({ shape: input!.shape, dtype: input!.dtype }),
  forward: (backend, [input], { shift, axis }, type) => {
    const out = empty(backend, type);
    const strides = contiguousStrides(type.shape);
    const kept = type.shape[axis]! - shift;
    for (const [from, to, count] of [[0, shift, kept], [kept, 0, shift]] as const) {
      const shape = type.shape.with(axis, count);
      const moved = view(input!, shape, input!.strides, input!.offset + from * input!.strides[axis]!);
      backend.assign(moved, view(out, shape, strides, to * strides[axis]!));
    }
    return out;
  },
  vjp: ({ cotangent, attrs: { shift, axis } }) => [roll(cotangent, -shift, axis)],
  batch: ({ inputs: [input], attrs: { shift, axis } }) => roll(input!, shift, axis + 1),
});

/**
 * The elements moved on along axes; what leaves an axis at its end enters at its start. A negative shift moves towards the
 * start. One shift may serve several axes, and several shifts one axis, which is moved by their sum. Without axes, the
 * elements move in row-major order.
 *
 * @throws `ArgumentError` when a shift is no whole number, or there are neither as many shifts as axes nor one of either.
 * @throws `AxisError` when there is no such axis.
 *
 * @numpy np.roll
 * @jax jnp.roll
 * @torch torch.roll
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { roll } from '@adjoint/ops';
 *
 * roll(tensor([1, 2, 3, 4]), 1).toArray(); // [4, 1, 2, 3]
 * roll(tensor([[1, 2], [3, 4]]), -1, 0).toArray(); // [[3, 4], [1, 2]]
 * ```
 */
export function roll(input: Tensor, shifts: number | readonly number[], axes?: number | readonly number[]): Tensor {
  requireTensor('roll', 'input', input);
  requireNumberOrList('roll', 'shifts', shifts);
  if (axes !== undefined) requireNumberOrList('roll', 'axes', axes);
  if (axes === undefined) return reshape(roll(flatten(input), shifts, 0), input.shape);
  const by = typeof shifts === 'number' ? [shifts] : shifts;
  const along = (typeof axes === 'number' ? [axes] : axes).map((axis) => normalizeAxis('roll', axis, input.shape.length));
  const steps = Math.max(by.length, along.length);
  const fits = [by, along].every(({ length }) => length === 1 || length === steps);
  if (!fits || !isListOf(by, Number.isSafeInteger)) {
    throw new ArgumentError(`roll: shifts ${formatValue(by)} along ${along.length} axes; expected whole numbers, one for all axes or one per axis`);
  }
  const totals = input.shape.map(() => 0);
  for (let step = 0; step < steps; step++) totals[along[along.length === 1 ? 0 : step]!]! += by[by.length === 1 ? 0 : step]!;
  return totals.reduce((rolled, total, axis) => {
    const length = input.shape[axis]!;
    const shift = length === 0 ? 0 : ((total % length) + length) % length;
    return shift === 0 ? rolled : apply(rollPrimitive, [rolled], { shift, axis });
  }, input);
}
