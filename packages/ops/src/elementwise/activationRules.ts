import { apply, definePrimitive, empty, type ActivationName, type Primitive, type Tensor } from '@adjoint/core';
import { mul } from './arithmetic.js';

type Constants = readonly number[];

/**
 * An activation that has a kernel each way.
 *
 * @param curvature - the second derivative, in public operations; `'straight'` where it is 0 off the kinks.
 */
export function activation(
  name: ActivationName, curvature: ((input: Tensor, constants: Constants) => Tensor) | 'straight',
): (input: Tensor, constants?: Constants) => Tensor {
  const gradientPrimitive: Primitive<Constants> = definePrimitive<Constants>({
    name: `${name}Gradient`,
    keeps: { inputs: curvature === 'straight' ? [1] : [0, 1] },
    infer: ([cotangent]) => cotangent!,
    forward: (backend, [cotangent, input], constants, type) => {
      const out = empty(backend, type);
      backend.activationGradient({ name, constants }, cotangent!, input!, out);
      return out;
    },
    vjp: ({ inputs: [factor, input], attrs: constants, cotangent, needs }) => [
      needs[0] ? apply(gradientPrimitive, [cotangent, input!], constants) : null,
      needs[1] && curvature !== 'straight' ? mul(cotangent, mul(factor!, curvature(input!, constants))) : null,
    ],
    batch: 'leading',
  });
  const valuePrimitive = definePrimitive<Constants>({
    name,
    keeps: { inputs: [0] },
    infer: ([input]) => input!,
    forward: (backend, [input], constants, type) => {
      const out = empty(backend, type);
      backend.activation({ name, constants }, input!, out);
      return out;
    },
    vjp: ({ inputs: [input], attrs: constants, cotangent }) => [apply(gradientPrimitive, [cotangent, input!], constants)],
    batch: 'leading',
  });
  return (input, constants = []) => apply(valuePrimitive, [input], constants);
}
