import { DataFormatError, flattenTree, key, ones, scope, ShapeError, zeros } from '@adjoint/core';
import { decodeSafetensors, encodeSafetensors } from '@adjoint/data';
import {
  decodeVariables, dense, encodeVariables, gru, matchVariables, relu, sequential, unflattenTree, type Variables,
} from '@adjoint/nn';
import { describe, expect, test } from 'vitest';
import { living } from '../../../../test/living.js';

// Its kernels and biases alternate, which no order by name does.
const model = sequential(dense({ units: 3, name: 'z' }), relu(), dense({ units: 2, name: 'a' }));
const variables = model.init(key(1), [4]);
const entries = (of: Variables) => [...flattenTree(of.params), ...flattenTree(of.state)].map(([path, leaf]) => [path, leaf.dtype, leaf.shape, leaf.data()]);
const tree = (leaves: Parameters<typeof unflattenTree>[0]): Variables => ({ params: unflattenTree(leaves), state: unflattenTree([]) });

describe('encodeVariables and decodeVariables', () => {
  test('give the same tensors, in the same order', () => {
    expect(entries(decodeVariables(encodeVariables(variables)))).toEqual(entries(variables));
    const double = model.init(key(1), [4], { dtype: 'float64' });
    expect(entries(decodeVariables(encodeVariables(double)))).toEqual(entries(double));
  });

  test('keep state apart from parameters', () => {
    const stateful = gru({ units: 2, stateful: true });
    const { params, state } = stateful.init(key(0), [5, 3]);
    const after = stateful.apply({ params, state }, ones([7, 5, 3])).state;
    const read = decodeVariables(encodeVariables({ params, state: after }));
    expect(entries(read)).toEqual(entries({ params, state: after }));
    expect([...read.state.keys()]).toEqual(['hidden']);
  });

  test('take a model without variables', () => {
    const read = decodeVariables(encodeVariables(relu().init(key(0), [2])));
    expect([read.params.size, read.state.size]).toEqual([0, 0]);
  });

  test('read a file whose order is not told', () => {
    const bytes = encodeSafetensors({ params: { dense: { kernel: ones([1]) } } });
    expect(decodeVariables(bytes).params.getIn(['dense', 'kernel'])).toBeDefined();
  });

  test.each<[string, Uint8Array, RegExp]>([
    ['another library\'s names', encodeSafetensors({ 'fc.weight': ones([1]) }), /^f: it has the tensors \[fc\]; expected names that begin with params\. or state\..*fromPyTorch/],
    ['a tensor in place of a tree', encodeSafetensors({ params: ones([1]) }), /^f: it has the tensors \[params\]/],
    ['a tensor above another', encodeSafetensors({ 'params.a': ones([1]), 'params.a.b': ones([1]) }), /^f: .*'params\.a.*is taken/],
    ['a name of a thousand parts', encodeSafetensors({ [`params${'.a'.repeat(100_000)}`]: ones([1]) }), /more than 200 parts/],
    ['an order that is no JSON', encodeSafetensors({}, { metadata: { order: '[' } }), /^f: the order of its tensors/],
    ['an order that is no list', encodeSafetensors({}, { metadata: { order: '7' } }), /the order of its tensors is 7; expected a list/],
    ['half a file', encodeVariables(variables).subarray(0, 100), /^f: at byte 0/],
  ])('refuse %s', (_, bytes, message) => {
    const before = living();
    expect(() => decodeVariables(bytes, { name: 'f' })).toThrow(DataFormatError);
    expect(() => decodeVariables(bytes, { name: 'f' })).toThrow(message);
    expect(living()).toEqual(before);
  });
});

describe('matchVariables', () => {
  test('puts tensors into the model\'s order', () => {
    const shuffled = tree(flattenTree(variables.params).reverse());
    expect(entries(shuffled)).not.toEqual(entries(variables));
    expect(entries(matchVariables(model, [4], shuffled))).toEqual(entries(variables));
    expect(entries(matchVariables(model, [4], decodeVariables(encodeVariables(variables))))).toEqual(entries(variables));
  });

  test('lists all that differs', () => {
    const other = tree([['z.kernel', ones([4, 3])], ['z.bias', ones([3], { dtype: 'int32' })], ['a.kernel', ones([3, 5])], ['b.kernel', ones([1])]]);
    expect(() => matchVariables(model, [4], other)).toThrow(new DataFormatError(
      'matchVariables: the variables are not those of sequential: missing [params.a.bias]; superfluous [params.b.kernel]; ' +
        'misshapen [params.z.bias is int32 [3], expected a float of shape [3], params.a.kernel is float32 [3,5], expected a float of shape [3,2]]',
    ));
    expect(() => matchVariables(model, [], variables)).toThrow(ShapeError);
  });

  test('takes the state of any batch, and no other', () => {
    const stateful = gru({ units: 2, stateful: true });
    const { params } = stateful.init(key(0), [5, 3]);
    const withState = (hidden: ReturnType<typeof zeros>) => () => matchVariables(stateful, [5, 3], { params, state: unflattenTree([['hidden', hidden]]) });
    expect(withState(zeros([7, 2]))).not.toThrow();
    expect(withState(zeros([7, 3]))).toThrow(/misshapen \[state\.hidden is float32 \[7,3\], expected a tensor of shape \[1,2\]\]/);
    expect(withState(zeros([2]))).toThrow(DataFormatError);
  });
});

test('a changed file gives a DataFormatError or variables, never another error', () => {
  const bytes = encodeVariables(variables);
  const headerLength = 8 + bytes[0]! + 256 * bytes[1]!;
  expect(decodeSafetensors(bytes).tensors.size).toBe(4);
  for (let at = 0; at < headerLength; at++) {
    for (const flip of [1, 8, 0x55]) {
      const changed = Uint8Array.from(bytes);
      changed[at]! ^= flip;
      scope(() => {
        try {
          matchVariables(model, [4], decodeVariables(changed));
        } catch (error) {
          expect(error).toBeInstanceOf(DataFormatError);
        }
      });
    }
  }
});
