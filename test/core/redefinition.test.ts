import { afterEach, beforeEach, expect, test, vi, type MockInstance } from 'vitest';
import { definePrimitive, registeredPrimitives, type Primitive } from '@adjoint/core';
import { dense, layerFromConfig, registerInitializer, registerLayer, relu, tanh } from '@adjoint/nn';
import { full } from '@adjoint/core';

let warn: MockInstance;
beforeEach(() => {
  warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});
afterEach(() => warn.mockRestore());

const primitive = (): Primitive => ({ name: 'test: again', infer: ([input]) => input!, forward: (_, [input]) => input!, vjp: 'none' });

test('a primitive that is defined again replaces the former one, with a warning unless it is the same', () => {
  definePrimitive(primitive());
  const same = definePrimitive(primitive());
  expect(warn).not.toHaveBeenCalled();
  expect(registeredPrimitives().get('test: again')).toBe(same);
  const changed = definePrimitive({ ...primitive(), batch: 'leading' });
  expect(registeredPrimitives().get('test: again')).toBe(changed);
  expect(warn.mock.calls).toEqual([["definePrimitive: the primitive 'test: again' was defined before, in another way; the new definition replaces the former one"]]);
  definePrimitive({ ...changed, infer: ([, second]) => second! });
  expect(warn).toHaveBeenCalledTimes(2);
});

test('so it is for layers and initializers', () => {
  const make = () => relu().set('type', 'again');
  registerLayer('again', make);
  registerLayer('again', make);
  registerLayer('again', () => relu().set('type', 'again'));
  expect(warn).not.toHaveBeenCalled();
  registerLayer('again', () => tanh().set('type', 'again'));
  expect(warn).toHaveBeenCalledTimes(1);
  expect(layerFromConfig({ type: 'again' }).type).toBe('again');

  const value = (number: number) => (_: unknown, shape: readonly number[]) => full(shape, number);
  registerInitializer('againInitializer', (_, shape) => full(shape, 1));
  registerInitializer('againInitializer', (_, shape) => full(shape, 1));
  expect(warn).toHaveBeenCalledTimes(1);
  const threes = registerInitializer('againInitializer', value(3));
  expect(warn).toHaveBeenCalledTimes(2);
  expect(dense({ units: 1, kernelInitializer: threes }).config.get('kernelInitializer')).toBe('againInitializer');
});
