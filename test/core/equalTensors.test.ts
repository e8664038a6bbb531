import { Map } from 'immutable';
import { describe, expect, test, vi } from 'vitest';
import { dispose, ReleasedTensorError, tensor } from '@adjoint/core';
import { equalTensors } from '@adjoint/core/testing';
import { transpose } from '@adjoint/ops';

expect.addEqualityTesters([equalTensors]);

describe('with equalTensors, toEqual', () => {
  test('compares tensors inside other values by dtype, shape and elements', () => {
    const params = (weight: number) => ({ params: Map({ dense: Map({ kernel: tensor([[weight, Number.NaN]]) }) }), list: [tensor(1)] });
    expect(params(1)).toEqual(params(1));
    expect(params(1)).not.toEqual(params(2));
    expect(tensor([1, 2])).not.toEqual(tensor([[1, 2]]));
    expect(tensor([1, 2])).not.toEqual(tensor([1, 2], { dtype: 'float64' }));
    expect(transpose(tensor([[1, 2], [3, 4]]))).toEqual(tensor([[1, 3], [2, 4]]));
    expect(tensor([1])).not.toEqual([1]);
    expect([1]).not.toEqual(tensor([1]));
    expect(tensor([0])).toEqual(tensor([-0]));
  });

  test('works for the arguments of spies, and for the same released tensor', () => {
    const [spy, x] = [vi.fn(), tensor([1])];
    spy(x);
    expect(spy).toHaveBeenCalledWith(tensor([1]));
    dispose(x);
    expect(x).toEqual(x);
    expect(() => expect(x).toEqual(tensor([1]))).toThrow(ReleasedTensorError);
  });

  test('leaves all other values alone', () => {
    expect(equalTensors([1], [1])).toBeUndefined();
    expect({ a: [1, undefined] }).toEqual({ a: [1, undefined] });
  });
});
