import * as fc from 'fast-check';
import { tensor, type Tensor } from '@adjoint/core';
import { gradientCase, tensors } from '@adjoint/core/testing';
import { mul, relu, tanh } from '@adjoint/ops';

const scaled = (x: Tensor, factor: number): Tensor => mul(tanh(x), factor);
export const point = gradientCase(scaled, [tensor([0.5, 1], { dtype: 'float64' }), 3], { argnums: 0, order: 2 });
export const random = gradientCase((x: Tensor, y: Tensor) => mul(x, y), fc.tuple(tensors([2]), tensors([2])), { numRuns: 12 });
export const kink = gradientCase(relu as (x: Tensor) => Tensor, [tensor([0, 1], { dtype: 'float64' })]);
export const notACase = 3;
