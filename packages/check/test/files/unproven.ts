import * as fc from 'fast-check';
import { tensor, zeros, type Tensor } from '@adjoint/core';
import { gradientCase, tensors } from '@adjoint/core/testing';
import { add, cast, mul, square } from '@adjoint/ops';

export const empty = gradientCase(square as (x: Tensor) => Tensor, [zeros([0], { dtype: 'float64' })]);
export const alwaysEmpty = gradientCase(square as (x: Tensor) => Tensor, fc.tuple(tensors([0])), { numRuns: 5 });
export const constant = gradientCase((x: Tensor) => mul(0, x), [tensor([1, 2])]);
export const coarse = gradientCase((x: Tensor) => add(1000, square(cast(x, 'float32'))), [tensor([1, 2])]);
