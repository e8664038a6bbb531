import { formatValue, ArgumentError, apply, contiguousStrides, definePrimitive, DTypeError, empty, formatType, sameShape, ShapeError, view, type AdamCoefficients, type Tensor } from '@adjoint/core';
import { requireDtype, requireTensor } from '../operand.js';
import { contiguous } from '../shape/contiguous.js';

const adamPrimitive = definePrimitive<AdamCoefficients>({
  name: 'adamUpdate',
  keeps: {},
  infer: (inputs) => {
    const [parameter] = inputs;
    requireDtype('adamUpdate', 'parameter', parameter!, ['float32', 'float64']);
    const names = ['parameter', 'gradient', 'firstMoment', 'secondRoot'];
    for (const [index, input] of inputs.entries()) {
      const message = `adamUpdate: ${names[index]} is ${formatType(input)}, parameter ${formatType(parameter!)}; expected one type`;
      if (input.dtype !== parameter!.dtype) throw new DTypeError(message);
      if (!sameShape(input.shape, parameter!.shape)) throw new ShapeError(message);
    }
    return { shape: [3, ...parameter!.shape], dtype: parameter!.dtype };
  },
  forward: (backend, [parameter, gradient, firstMoment, secondRoot], attrs, type) => {
    const out = empty(backend, type);
    backend.adam(parameter!, gradient!, firstMoment!, secondRoot!, out, attrs);
    return out;
  },
  vjp: 'none',
});

/**
 * One step of Adam (Kingma and Ba 2015) for one parameter, in one pass over memory. Not differentiable.
 *
 * The second moment is kept as its root: `r = sqrt(beta2 * r ** 2 + (1 - beta2) * gradient ** 2)`. So `float32` gradients of
 * any size make a step, though their squares overflow at 1e19 and vanish below 1e-22. The three results share one storage.
 *
 * @throws `ShapeError` when the four tensors differ in shape.
 * @throws `DTypeError` when they differ in dtype, or are no floats.
 *
 * @jax optax.adam
 * @torch torch.optim.Adam
 *
 * @example
 * ```ts
 * import { tensor, zeros } from '@adjoint/core';
 * import { adamUpdate } from '@adjoint/ops';
 *
 * const coefficients = { stepSize: 0.1, beta1: 0, beta2: 0, epsilon: 0 };
 * const [parameter] = adamUpdate(tensor([1]), tensor([5]), zeros([1]), zeros([1]), coefficients);
 * parameter.toArray(); // [0.9]
 * ```
 */
export function adamUpdate(
  parameter: Tensor,
  gradient: Tensor,
  firstMoment: Tensor,
  secondRoot: Tensor,
  coefficients: AdamCoefficients,
): [parameter: Tensor, firstMoment: Tensor, secondRoot: Tensor] {
  requireTensor('adamUpdate', 'parameter', parameter);
  requireTensor('adamUpdate', 'gradient', gradient);
  requireTensor('adamUpdate', 'firstMoment', firstMoment);
  requireTensor('adamUpdate', 'secondRoot', secondRoot);
  if (typeof (coefficients as unknown) !== 'object' || (coefficients as unknown) === null) {
    throw new ArgumentError(`adamUpdate: coefficients is ${formatValue(coefficients)}; expected { stepSize, beta1, beta2, epsilon }`);
  }
  const packed = apply(adamPrimitive, [parameter, gradient, firstMoment, secondRoot].map(contiguous), coefficients);
  const { shape, size } = parameter;
  const strides = contiguousStrides(shape);
  const part = (index: number) => view(packed, shape, strides, index * size);
  return [part(0), part(1), part(2)];
}
