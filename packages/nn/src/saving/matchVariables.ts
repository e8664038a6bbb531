import { DataFormatError, flattenTree, formatShape, formatType, isFloat, type Shape, type Tensor } from '@adjoint/core';
import type { Layer } from '../layer.js';
import { VariableSpecification, type SpecificationTree } from '../specification.js';
import { unflattenTree, type TensorTree, type Variables } from '../tensorTree.js';

/** What differs between variables and a model. */
interface Differences {
  readonly missing: string[];
  readonly superfluous: string[];
  readonly misshapen: string[];
}

/** How variables are matched. */
export interface MatchVariablesOptions {
  /** What error messages begin with, as the name of a file. Default: `matchVariables`. */
  readonly name?: string;
}

/**
 * Variables as a model has them: checked to be its own, all of them and no others, and in its order.
 *
 * The lengths of axes that are 1 in a state's first value may differ, since they are the batch's: those of a `stateful` layer.
 *
 * @param inputShape - the shape of one input, without the batch axis.
 * @throws `DataFormatError` that lists all missing, superfluous and misshapen tensors.
 * @throws `ShapeError` when the model does not take this shape.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { dense, matchVariables } from '@adjoint/nn';
 *
 * const { params, state } = dense({ units: 2 }).init(key(0), [3]);
 * matchVariables(dense({ units: 2 }), [3], { params, state }).params.equals(params); // true
 * matchVariables(dense({ units: 5, useBias: false }), [3], { params, state }); // throws DataFormatError: matchVariables: the variables are not those of dense: superfluous [params.bias]; misshapen [params.kernel is float32 [3,2], expected a float of shape [3,5]]
 * ```
 */
export function matchVariables(model: Layer, inputShape: Shape, variables: Variables, options: MatchVariablesOptions = {}): Variables {
  const { name = 'matchVariables' } = options;
  const path = model.name === '' ? model.type : model.name;
  const { params, state } = model.specify(inputShape, path);
  const differences: Differences = { missing: [], superfluous: [], misshapen: [] };
  const matched = {
    params: matchTree('params', params, variables.params, differences, isParameter),
    state: matchTree('state', state, variables.state, differences, isState),
  };
  const found = Object.entries<string[]>({ ...differences }).filter(([, paths]) => paths.length > 0).map(([what, paths]) => `${what} [${paths.join(', ')}]`);
  if (found.length > 0) throw new DataFormatError(`${name}: the variables are not those of ${path}: ${found.join('; ')}`);
  return matched;
}

type Check = (tensor: Tensor, shape: Shape) => boolean;

const isParameter: Check = ({ dtype, shape }, expected) => isFloat(dtype) && fits(shape, expected, (length, wanted) => length === wanted);

const isState: Check = ({ shape }, expected) => fits(shape, expected, (length, wanted) => length === wanted || wanted === 1);

function fits(shape: Shape, expected: Shape, same: (length: number, expected: number) => boolean): boolean {
  return shape.length === expected.length && shape.every((length, axis) => same(length, expected[axis]!));
}

function matchTree(kind: keyof Variables, specification: SpecificationTree, tree: TensorTree, differences: Differences, check: Check): TensorTree {
  const given = new Map(flattenTree(tree));
  const matched: [string, Tensor][] = [];
  for (const [path, shape] of shapesOf(specification)) {
    const tensor = given.get(path);
    given.delete(path);
    if (tensor === undefined) differences.missing.push(`${kind}.${path}`);
    else if (check(tensor, shape)) matched.push([path, tensor]);
    else differences.misshapen.push(`${kind}.${path} is ${formatType(tensor)}, expected a ${kind === 'params' ? 'float' : 'tensor'} of shape ${formatShape(shape)}`);
  }
  differences.superfluous.push(...[...given.keys()].map((path) => `${kind}.${path}`));
  return unflattenTree(matched);
}

/** The shapes of all tensors of a specification by their dotted paths. */
export function shapesOf(specification: SpecificationTree, prefix = ''): (readonly [path: string, shape: Shape])[] {
  return specification.entrySeq().toArray().flatMap(([name, node]) =>
    node instanceof VariableSpecification ? [[`${prefix}${name}`, node.shape] as const] : shapesOf(node, `${prefix}${name}.`));
}
