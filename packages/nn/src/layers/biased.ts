import type { Tensor } from '@adjoint/core';
import { add } from '@adjoint/ops';
import { parameter } from '../layer.js';
import type { Params } from '../tensorTree.js';

/** With the bias added, if there is one. */
export function biased(output: Tensor, useBias: boolean, params: Params, path: string): Tensor {
  return useBias ? add(output, parameter(params, 'bias', path)) : output;
}
