import * as fc from 'fast-check';
import { apply, checkpoint, customVjp, definePrimitive, empty, grad, jvp, vmap, type Tensor } from '@adjoint/core';
import { shapes, tensors } from '@adjoint/core/testing';
import * as ops from '@adjoint/ops';
import { cube, unary, type Case } from '../generators.js';

const tripledPrimitive = definePrimitive({
  name: 'tripled, without a batching rule',
  keeps: {},
  infer: ([x]) => x!,
  forward: (backend, [x], _, type) => {
    const out = empty(backend, type);
    backend.binary('add', x!, x!, out);
    const sum = empty(backend, type);
    backend.binary('add', out, x!, sum);
    return sum;
  },
  vjp: ({ cotangent }) => [ops.mul(3, cotangent)],
});

/** A tensor with examples along one axis and a weight that is the same for all of them. */
const examples = (fn: (x: Tensor, weight: Tensor) => Tensor): Case =>
  shapes({ minRank: 2, maxRank: 3, minLength: 1, maxLength: 3 })
    .chain((of) => fc.nat({ max: of.length - 1 }).chain((axis) => fc.tuple(fc.constant(axis), tensors(of), tensors(of.toSpliced(axis, 1)))))
    .map(([axis, x, weight]) => ({ inputs: [x, weight], fn: (input, other) => vmap(fn, { inAxes: [axis, null], outAxes: -1 })(input, other) }));

/** Random calls of what the transforms do themselves. */
export const transforms: Record<string, Case> = {
  vmap: examples((x, weight) => cube(ops.mul(x, weight))),
  'vmap of a primitive without a batching rule': examples((x, weight) => cube(apply(tripledPrimitive, [ops.mul(x, weight)], {}))),
  'vmap of a gradient': examples((x, weight) => grad((y: Tensor) => ops.sum(cube(ops.mul(y, weight))))(x)),
  'vmap of what the examples share': examples((_, weight) => cube(weight)),
  'vmap in vmap': shapes({ minRank: 2, maxRank: 3, minLength: 1, maxLength: 3 })
    .chain((of) => tensors(of))
    .map((x) => ({ inputs: [x], fn: (input) => vmap(vmap((y: Tensor) => cube(apply(tripledPrimitive, [y], {})), { outAxes: -1 }))(input) })),
  checkpoint: unary((x) => checkpoint((y: Tensor) => cube(ops.mul(y, x)))(ops.sin(x))),
  'checkpoint in vmap': examples((x, weight) => checkpoint((y: Tensor) => cube(ops.mul(y, weight)))(x)),
  customVjp: unary((x) => customVjp((y: Tensor) => cube(y), ({ args: [y], cotangent }) => [ops.mul(cotangent, ops.mul(3, ops.square(y)))])(x)),
  'customVjp in vmap': examples((x, weight) =>
    customVjp((y: Tensor, z: Tensor) => ops.mul(y, ops.exp(z)), ({ args: [y, z], output, cotangent }) => [
      ops.mul(cotangent, ops.exp(z)), ops.add(ops.mul(cotangent, output), ops.mul(0, y)),
    ])(x, weight)),
  jvp: unary((x) => jvp((y: Tensor) => ops.sin(ops.square(y)), [x], [ops.cos(x)]).tangent),
};
