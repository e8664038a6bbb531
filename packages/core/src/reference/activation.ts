import type { Activation, ActivationName } from '../backend.js';
import { erf } from './erf.js';
import { rowMajor, type Operand } from './rowMajor.js';
import { sigmoid } from './sigmoid.js';

interface Curve {
  readonly value: (x: number, a: number, b: number) => number;
  readonly derivative: (x: number, a: number, b: number) => number;
}

/** A product with a factor that falls to 0 faster than any power grows. */
const damped = (x: number, factor: number): number => (factor === 0 ? Math.sign(x) * 0 : x * factor);

const normalDistribution = (x: number): number => (1 + erf(x * Math.SQRT1_2)) / 2;
const normalDensity = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

const slopeOfSigmoid = (x: number): number => sigmoid(x) * sigmoid(-x);

const bend = (x: number): number => Math.sqrt(8 / Math.PI) * (x + 0.044715 * x ** 3);
const slopeOfBend = (x: number): number => Math.sqrt(8 / Math.PI) * (1 + 3 * 0.044715 * x ** 2);

const curves: Record<ActivationName, Curve> = {
  leakyRelu: {
    value: (x, slope) => (x > 0 ? x : slope * x),
    derivative: (x, slope) => (x > 0 ? 1 : slope),
  },
  relu6: {
    value: (x) => Math.min(Math.max(x, 0), 6),
    derivative: (x) => Number(x > 0 && x < 6),
  },
  elu: {
    value: (x, alpha, scale) => scale * (x > 0 ? x : alpha * Math.expm1(x)),
    derivative: (x, alpha, scale) => scale * (x > 0 ? 1 : alpha * Math.exp(x)),
  },
  softplus: {
    value: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    derivative: sigmoid,
  },
  silu: {
    value: (x) => damped(x, sigmoid(x)),
    derivative: (x) => sigmoid(x) + damped(x, slopeOfSigmoid(x)),
  },
  hardSwish: {
    value: (x) => damped(x, Math.min(Math.max(x + 3, 0), 6) / 6),
    derivative: (x) => (x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5),
  },
  gelu: {
    value: (x) => damped(x, normalDistribution(x)),
    derivative: (x) => normalDistribution(x) + damped(x, normalDensity(x)),
  },
  geluTanh: {
    value: (x) => damped(x, sigmoid(bend(x))),
    derivative: (x) => sigmoid(bend(x)) + damped(x * slopeOfBend(x), slopeOfSigmoid(bend(x))),
  },
};

export function activation({ name, constants: [a = 0, b = 0] = [] }: Activation, input: Operand, out: Operand): void {
  rowMajor(input).forEach((x, index) => {
    out.elements[index] = curves[name].value(x, a, b);
  });
}

export function activationGradient(
  { name, constants: [a = 0, b = 0] = [] }: Activation, cotangent: Operand, input: Operand, out: Operand,
): void {
  const cotangents = rowMajor(cotangent);
  rowMajor(input).forEach((x, index) => {
    out.elements[index] = cotangents[index]! * curves[name].derivative(x, a, b);
  });
}
