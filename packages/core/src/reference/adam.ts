import type { AdamCoefficients } from '../backend.js';
import { rowMajor, type Operand } from './rowMajor.js';

/** Algorithm 1 of Kingma and Ba, "Adam: a method for stochastic optimization" (2015), in the order that ends its section 2; the second moment is its root. */
export function adam(
  parameter: Operand,
  gradient: Operand,
  firstMoment: Operand,
  secondRoot: Operand,
  out: Operand,
  { stepSize, beta1, beta2, epsilon }: AdamCoefficients,
): void {
  const parameters = rowMajor(parameter);
  const firsts = rowMajor(firstMoment);
  const roots = rowMajor(secondRoot);
  const size = parameters.length;
  rowMajor(gradient).forEach((slope, index) => {
    const first = beta1 * firsts[index]! + (1 - beta1) * slope;
    const root = Math.hypot(Math.sqrt(beta2) * roots[index]!, Math.sqrt(1 - beta2) * slope);
    out.elements[index] = parameters[index]! - (stepSize * first) / (root + epsilon);
    out.elements[size + index] = first;
    out.elements[2 * size + index] = root;
  });
}
