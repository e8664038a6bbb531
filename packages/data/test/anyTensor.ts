import { tensor, type DType, type Tensor } from '@adjoint/core';
import fc from 'fast-check';

const dtypes: readonly DType[] = ['float32', 'float64', 'int32', 'bool'];

/** Small tensors of all dtypes, scalars and such without elements among them. */
export const anyTensor: fc.Arbitrary<Tensor> = fc
  .tuple(fc.constantFrom(...dtypes), fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }))
  .chain(([dtype, shape]) => {
    const length = shape.reduce((product, axis) => product * axis, 1);
    const value = dtype === 'bool' ? fc.nat(1) : dtype === 'int32' ? fc.integer() : fc.double().map((number) => (dtype === 'float32' ? Math.fround(number) : number));
    return fc.array(value, { minLength: length, maxLength: length }).map((values) => tensor(values, { shape, dtype }));
  });
