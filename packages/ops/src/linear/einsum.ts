import { ArgumentError, formatShape, formatType, formatValue, promote, ShapeError, sizeOf, type Tensor } from '@adjoint/core';
import { cast } from '../elementwise/cast.js';
import { requireTensors } from '../operand.js';
import { diagonal } from '../shape/diagonal.js';
import { squeeze } from '../shape/reshape.js';
import { contract, inOrder, sumAllBut, type Labelled } from './contract.js';

/** Labels by axis; an ellipsis is one entry as long as it is not known how many axes it stands for. */
const ellipsis = '...';

function fail(subscripts: string, problem: string): never {
  throw new ArgumentError(`einsum: the subscripts '${subscripts}' ${problem}`);
}

function termLabels(subscripts: string, term: string): string[] {
  const labels: readonly string[] = term.match(/\.\.\.|./gs) ?? [];
  const strange = labels.find((label) => label !== ellipsis && !/^[A-Za-z]$/.test(label));
  if (strange !== undefined) fail(subscripts, `hold '${strange}'; expected letters and at most one ellipsis '...' a term, ',' between operands and '->' before the output`);
  if (labels.indexOf(ellipsis) !== labels.lastIndexOf(ellipsis)) fail(subscripts, `have two ellipses in '${term}'; expected at most one a term`);
  return [...labels];
}

/** With a label for each axis: those of an ellipsis are counted from its end, so that they align there. */
function expand(labels: readonly string[], ellipsisRank: number): string[] {
  const covered = Array.from({ length: ellipsisRank }, (_, axis) => `${ellipsis}${ellipsisRank - axis}`);
  return labels.flatMap((label) => (label === ellipsis ? covered : [label]));
}

function labelled(subscripts: string, term: string, tensor: Tensor, position: number): Labelled {
  const labels = termLabels(subscripts, term);
  const rank = tensor.shape.length;
  const covered = labels.includes(ellipsis) ? rank - labels.length + 1 : 0;
  const expanded = expand(labels, covered);
  if (covered < 0 || expanded.length !== rank) {
    throw new ShapeError(`einsum: operand ${position} is ${formatType(tensor)}, its subscripts '${term}' name ${labels.length - Number(labels.includes(ellipsis))} axes; expected one label an axis`);
  }
  return { tensor, labels: expanded };
}

/** The length of each label: that of all axes that bear it, of which those of length 1 repeat. */
function labelLengths(subscripts: string, operands: readonly Labelled[]): Map<string, number> {
  const lengths = new Map<string, number>();
  for (const [position, { tensor, labels }] of operands.entries()) {
    for (const [axis, label] of labels.entries()) {
      const length = tensor.shape[axis]!;
      const known = lengths.get(label) ?? 1;
      const twice = tensor.shape[labels.indexOf(label)]!;
      if ((length !== known && length !== 1 && known !== 1) || twice !== length) {
        throw new ShapeError(
          `einsum: in '${subscripts}' the label '${label}' has length ${length} at axis ${axis} of operand ${position}, ${formatType(tensor)}, ` +
            `and ${twice === length ? known : twice} before; expected one length, or 1 in a whole operand`,
        );
      }
      lengths.set(label, known === 1 ? length : known);
    }
  }
  return lengths;
}

/** What comes out, one label an axis. */
function outputLabels(subscripts: string, output: string | undefined, operands: readonly Labelled[]): string[] {
  const all = operands.flatMap(({ labels }) => labels);
  const broadcast = [...new Set(all.filter((label) => label.startsWith(ellipsis)))];
  if (output === undefined) {
    const once = all.filter((label) => !label.startsWith(ellipsis) && all.indexOf(label) === all.lastIndexOf(label));
    return [...expand([ellipsis], broadcast.length), ...once.sort((a, b) => (a < b ? -1 : 1))];
  }
  const labels = termLabels(subscripts, output);
  if (broadcast.length > 0 && !labels.includes(ellipsis)) fail(subscripts, "leave the axes of the ellipsis out of the output; expected '...' there too");
  const unknown = labels.find((label) => label !== ellipsis && !all.includes(label));
  if (unknown !== undefined) fail(subscripts, `have the output label '${unknown}', which no operand has`);
  if (new Set(labels).size !== labels.length) fail(subscripts, 'name an output label twice');
  return expand(labels, broadcast.length);
}

/** Each label once, by diagonals, and no axis of length 1 where the label is longer elsewhere. */
function simplified(operand: Labelled, lengths: ReadonlyMap<string, number>): Labelled {
  let { tensor, labels } = operand;
  for (const label of new Set(labels)) {
    for (let second = labels.lastIndexOf(label); second !== labels.indexOf(label); second = labels.lastIndexOf(label)) {
      tensor = diagonal(tensor, { axes: [labels.indexOf(label), second] });
      const first = labels.indexOf(label);
      labels = [...labels.filter((_, axis) => axis !== first && axis !== second), label];
    }
  }
  const repeated = labels.flatMap((label, axis) => (tensor.shape[axis] === 1 && lengths.get(label) !== 1 ? [axis] : []));
  return repeated.length === 0 ? { tensor, labels } : { tensor: squeeze(tensor, repeated), labels: labels.filter((_, axis) => !repeated.includes(axis)) };
}

/** The two operands whose product takes least room beside what they take themselves; of several, those with the least to multiply. */
function cheapestPair(operands: readonly Labelled[], output: readonly string[], lengths: ReadonlyMap<string, number>): { first: number; second: number; kept: string[] } {
  const size = (labels: Iterable<string>) => sizeOf(Array.from(labels, (label) => lengths.get(label)!));
  let best = { first: 0, second: 1, kept: [] as string[] };
  let least = Infinity;
  let fewest = Infinity;
  for (let second = 1; second < operands.length; second++) {
    for (let first = 0; first < second; first++) {
      const [a, b] = [operands[first]!, operands[second]!];
      const others = operands.filter((operand) => operand !== a && operand !== b).flatMap(({ labels }) => labels);
      const kept = [...output, ...others];
      const result = new Set([...a.labels, ...b.labels].filter((label) => kept.includes(label)));
      const cost = size(result) - size(a.labels) - size(b.labels);
      const multiplications = size(new Set([...a.labels, ...b.labels]));
      if (cost < least || (cost === least && multiplications < fewest)) {
        least = cost;
        fewest = multiplications;
        best = { first, second, kept };
      }
    }
  }
  return best;
}

/**
 * Einstein's summation: a label for each axis, and the sum over all labels that are not in the output of the product of
 * the operands.
 *
 * - `'ij,jk->ik'` says what comes out. Without `->` it is the labels that occur once, in alphabetical order (capital
 *   letters first): `'ij,jk'` is the same.
 * - A label twice in one operand is its diagonal: `'ii->i'`, and `'ii'` is the trace.
 * - `...` stands for the axes that have no label; they broadcast, and go first in an output that is not written out.
 * - An axis of length 1 broadcasts to the length that its label has elsewhere.
 *
 * Two operands at a time become one, by one batched matrix product. With more than two, the pair goes first whose product
 * is smallest beside the two themselves, and of several that which takes the fewest multiplications (as the greedy order
 * of `np.einsum_path` does). Dtypes promote; booleans are counted, as `int32`.
 *
 * @throws `ArgumentError` when the subscripts cannot be read, or are not one term an operand.
 * @throws `ShapeError` when a term does not name all axes of its operand, or a label has two lengths.
 *
 * @numpy np.einsum
 * @jax jnp.einsum
 * @torch torch.einsum
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { einsum } from '@adjoint/ops';
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * const v = tensor([1, 10]);
 * einsum('ij,j->i', x, v).toArray(); // [21, 43]
 * einsum('ii', x).item(); // 5
 * einsum('i,ij,j->', v, x, v).item(); // 451
 * einsum('...i->...', x).toArray(); // [3, 7]
 * ```
 */
export function einsum(subscripts: string, ...operands: readonly Tensor[]): Tensor {
  if (typeof (subscripts as unknown) !== 'string') throw new ArgumentError(`einsum: subscripts is ${formatValue(subscripts)}; expected a string, as 'ij,jk->ik'`);
  requireTensors('einsum', 'operands', operands);
  const [inputs, output, ...more] = subscripts.replaceAll(' ', '').split('->');
  const terms = inputs!.split(',');
  if (more.length > 0) fail(subscripts, "hold '->' twice");
  if (operands.length === 0) throw new ArgumentError('einsum: got no operand; expected at least one');
  if (terms.length !== operands.length) fail(subscripts, `have ${terms.length} terms for ${operands.length} operands of shapes ${operands.map(({ shape }) => formatShape(shape)).join(', ')}; expected one for each`);
  const dtype = operands.map((operand) => operand.dtype).reduce(promote);
  const numeric = operands.map((operand) => cast(operand, dtype === 'bool' ? 'int32' : dtype));
  const given = numeric.map((tensor, position) => labelled(subscripts, terms[position]!, tensor, position));
  const lengths = labelLengths(subscripts, given);
  const result = outputLabels(subscripts, output, given);
  const left = given.map((operand) => simplified(operand, lengths));
  while (left.length > 1) {
    const { first, second, kept } = cheapestPair(left, result, lengths);
    const [b] = left.splice(second, 1);
    const [a] = left.splice(first, 1);
    left.push(contract(a!, b!, kept));
  }
  return inOrder(sumAllBut(left[0]!, result), result);
}
