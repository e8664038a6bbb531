import { apply, definePrimitive, empty, vjp, type Tensor } from '@adjoint/core';
import { mul, sub } from '../elementwise/arithmetic.js';
import { oneHot } from '../indexing/oneHot.js';
import { sum } from '../reduce/sum.js';
import { expandDims } from '../shape/reshape.js';
import { softmax } from '../softmax/softmax.js';

const crossEntropyPrimitive = definePrimitive({
  name: 'crossEntropy',
  keeps: { inputs: [0, 1] },
  infer: ([logits, labels]) => ({ shape: labels!.shape, dtype: logits!.dtype }),
  forward: (backend, [logits, labels], _, type) => {
    const out = empty(backend, type);
    backend.crossEntropy(logits!, labels!, out);
    return out;
  },
  vjp: ({ inputs: [logits, labels], cotangent }) => [apply(gradientPrimitive, [cotangent, logits!, labels!], {}), null],
  batch: 'leading',
});

const gradientPrimitive = definePrimitive({
  name: 'crossEntropyGradient',
  keeps: { inputs: 'all' },
  infer: ([, logits]) => ({ shape: logits!.shape, dtype: logits!.dtype }),
  forward: (backend, [cotangent, logits, labels], _, type) => {
    const out = empty(backend, type);
    backend.crossEntropyGradient(cotangent!, logits!, labels!, out);
    return out;
  },
  // The gradient is `incoming (softmax(logits) - oneHot(labels))`.
  vjp: ({ inputs: [incoming, logits, labels], cotangent, needs }) => [
    needs[0] ? sum(mul(cotangent, sub(softmax(logits!), oneHot(labels!, logits!.shape.at(-1)!, { dtype: logits!.dtype }))), { axes: -1 }) : null,
    needs[1] ? vjp(softmax, logits!).pullback(mul(cotangent, expandDims(incoming!, -1)))[0] : null,
    null,
  ],
  batch: 'leading',
});

/** Minus the logarithm of the softmax of logits `[..., classes]` at each of `int32` labels `[...]`, which lie in range. */
export function crossEntropyOfClasses(logits: Tensor, labels: Tensor): Tensor {
  return apply(crossEntropyPrimitive, [logits, labels], {});
}
