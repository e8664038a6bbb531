import { formatValue, ArgumentError, formatType, requireOptions, ShapeError, type OptionNames, type Tensor } from '@adjoint/core';
import { broadcastTo } from '../reduce/sum.js';
import { reshape } from './reshape.js';
import { requireTensors } from '../operand.js';

/** In which order the axes of a grid come. */
export interface MeshgridOptions {
  /**
   * `xy`, as of points on paper: the first vector runs along the second axis, the second along the first. `ij`, as of the
   * elements of a matrix: vector `i` runs along axis `i`. Default: `xy`.
   */
  readonly indexing?: 'xy' | 'ij';
}

const meshgridOptionNames: OptionNames<MeshgridOptions> = { indexing: true };

/**
 * The coordinates of a grid's points, one tensor a vector; views. A scalar counts as a vector of one element.
 *
 * @throws `ShapeError` when an input has more than one axis.
 * @throws `ArgumentError` when there is no such indexing.
 *
 * @numpy np.meshgrid
 * @jax jnp.meshgrid
 * @torch torch.meshgrid
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { meshgrid } from '@adjoint/ops';
 *
 * const [x, y] = meshgrid([tensor([1, 2, 3]), tensor([10, 20])]);
 * x.toArray(); // [[1, 2, 3], [1, 2, 3]]
 * y.toArray(); // [[10, 10, 10], [20, 20, 20]]
 * ```
 */
export function meshgrid<Inputs extends readonly Tensor[]>(inputs: readonly [...Inputs], options: MeshgridOptions = {}): { [Position in keyof Inputs]: Tensor } {
  requireTensors('meshgrid', 'inputs', inputs);
  requireOptions('meshgrid', options, meshgridOptionNames);
  const { indexing = 'xy' } = options;
  if (indexing !== 'xy' && indexing !== 'ij') throw new ArgumentError(`meshgrid: indexing is ${formatValue(indexing)}; expected xy or ij`);
  const tooMany = inputs.findIndex(({ shape }) => shape.length > 1);
  if (tooMany !== -1) throw new ShapeError(`meshgrid: input ${tooMany} is ${formatType(inputs[tooMany])}; expected vectors [n]`);
  const axisOf = (position: number) => (indexing === 'xy' && position < 2 && inputs.length > 1 ? 1 - position : position);
  const shape = inputs.map((_, position) => inputs[axisOf(position)].size);
  const grids = inputs.map((input, position) => broadcastTo(reshape(input, shape.map((_, axis) => (axis === axisOf(position) ? input.size : 1))), shape));
  return grids as { [Position in keyof Inputs]: Tensor };
}
