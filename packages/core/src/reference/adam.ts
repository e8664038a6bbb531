import type { AdamCoefficients } from '../backend.js';
import { rowMajor, type Operand } from './rowMajor.js';

/** Algorithm 1 of Kingma and Ba, "Adam: a method for stochastic optimization" (2015), in the order that ends its section 2. */
export function adam(
  parameter: Operand,
  gradient: Operand,
  firstMoment: Operand,
  secondMoment: Operand,
  out: Operand,
  { stepSize, beta1, beta2, epsilon }: AdamCoefficients,
): void {
  const parameters = rowMajor(parameter);
  const firsts = rowMajor(firstMoment);
  const seconds = rowMajor(secondMoment);
  const size = parameters.length;
  rowMajor(gradient).forEach((slope, index) => {
    const first = beta1 * firsts[index]! + (1 - beta1) * slope;
    const second = beta2 * seconds[index]! + (1 - beta2) * slope * slope;
    out.elements[index] = parameters[index]! - (stepSize * first) / (Math.sqrt(second) + epsilon);
    out.elements[size + index] = first;
    out.elements[2 * size + index] = second;
  });
}
