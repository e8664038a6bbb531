/*
 * Makers of elementwise primitives: the shape rule, the kernel call and the reduction that undoes a broadcast are the
 * same for all, so that an operation is its kernel's name and its derivative.
 */
import {
  broadcastShapes, definePrimitive, DTypeError, empty, formatType,
  type BinaryOperation, type DType, type Primitive, type Tensor, type UnaryOperation,
} from '@adjoint/core';
import { sumTo } from '../reduce/sum.js';

/** What the rule of an operation of one input reads besides the cotangent: declared, so that a tape holds no more. */
interface UnaryRule {
  readonly keeps: 'input' | 'output' | 'nothing';
  /** The cotangent of the input. */
  readonly vjp: ((context: { input: Tensor; output: Tensor; cotangent: Tensor }) => Tensor) | 'none';
}

/** A primitive that applies a unary kernel. */
export function unaryPrimitive(name: string, operation: UnaryOperation, { keeps, vjp }: UnaryRule, dtype?: DType): Primitive {
  return definePrimitive({
    name,
    keeps: { inputs: keeps === 'input' ? 'all' : [], output: keeps === 'output' },
    infer: ([input]) => ({ shape: input!.shape, dtype: dtype ?? input!.dtype }),
    forward: (backend, [input], _, type) => {
      const out = empty(backend, type);
      backend.unary(operation, input!, out);
      return out;
    },
    vjp: vjp === 'none' ? vjp : ({ inputs: [input], output, cotangent }) => [vjp({ input: input!, output, cotangent })],
    batch: 'leading',
  });
}

interface BinaryContext {
  readonly left: Tensor;
  readonly right: Tensor;
  readonly output: Tensor;
  readonly cotangent: Tensor;
}

/** The cotangents of both inputs, before the broadcast is undone; each is worked out only where it is needed. */
interface BinaryRule {
  readonly keeps: { readonly inputs?: readonly number[]; readonly output?: boolean };
  readonly left: (context: BinaryContext) => Tensor;
  readonly right: (context: BinaryContext) => Tensor;
}

/** A primitive that applies a binary kernel to two tensors of one dtype. */
export function binaryPrimitive(name: string, operation: BinaryOperation, rule: BinaryRule | 'none', dtype?: DType): Primitive {
  return definePrimitive({
    name,
    keeps: rule === 'none' ? {} : rule.keeps,
    infer: ([left, right]) => {
      if (left!.dtype !== right!.dtype) {
        throw new DTypeError(`${name}: the inputs are ${formatType(left!)} and ${formatType(right!)}; expected one dtype`);
      }
      return { shape: broadcastShapes(name, left!.shape, right!.shape), dtype: dtype ?? left!.dtype };
    },
    forward: (backend, [left, right], _, type) => {
      const out = empty(backend, type);
      backend.binary(operation, left!, right!, out);
      return out;
    },
    vjp: rule === 'none' ? rule : ({ inputs, output, cotangent, needs }) => {
      const [left, right] = inputs as readonly [Tensor, Tensor];
      const context = { left, right, output, cotangent };
      return [
        needs[0] ? sumTo(rule.left(context), left.shape) : null,
        needs[1] ? sumTo(rule.right(context), right.shape) : null,
      ];
    },
    batch: 'broadcast',
  });
}
