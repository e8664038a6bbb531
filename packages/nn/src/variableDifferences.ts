import { flattenTree, formatShape, formatType, isFloat, sameShape, Tensor, type Shape } from '@adjoint/core';
import { VariableSpecification, type LayerSpecification, type SpecificationTree } from './specification.js';
import { unflattenTree, type TensorTree, type Variables } from './tensorTree.js';

type Kind = keyof Variables;

/** What variables are compared with; the shapes too, unless `fixedShapes` is false. */
type Specifications = Pick<LayerSpecification, Kind> & { readonly fixedShapes?: boolean };

/** Names at the top of both trees that are not compared. */
type Inside = ReadonlyMap<string, unknown>;

const nothingInside: Inside = new Map();

/** Whether a tensor is one that a specification asks for. In a state, an axis of length 1 may be the batch's, and one of length 0 may grow. */
const isWanted: Readonly<Record<Kind, (tensor: Tensor, shape: Shape) => boolean>> = {
  params: ({ dtype, shape }, expected) => isFloat(dtype) && sameShape(shape, expected),
  state: ({ shape }, expected) => shape.length === expected.length && shape.every((length, axis) => length === expected[axis] || expected[axis]! <= 1),
};

/** Whether the variables are those of a specification, beside those `inside`. This runs on every call of a layer, so it makes no lists. */
export function haveVariables({ params, state, fixedShapes = true }: Specifications, variables: Variables, inside: Inside = nothingInside): boolean {
  return isTree(params, variables.params, 'params', inside, fixedShapes) && isTree(state, variables.state, 'state', inside, fixedShapes);
}

function isTree(specification: SpecificationTree, tree: TensorTree, kind: Kind, inside: Inside, fixedShapes: boolean): boolean {
  let wanted = 0;
  for (const [name, node] of specification) {
    const found = tree.get(name);
    if (node instanceof VariableSpecification) {
      if (!(found instanceof Tensor) || (fixedShapes && !isWanted[kind](found, node.shape))) return false;
    } else if (found === undefined || found instanceof Tensor || !isTree(node, found, kind, nothingInside, fixedShapes)) return false;
    wanted++;
  }
  if (tree.size === wanted) return true;
  for (const name of tree.keys()) if (!inside.has(name) && !specification.has(name)) return false;
  return true;
}

/** How variables differ from a specification. */
export interface VariableDifferences {
  readonly text: string;
  /** Whether only shapes or dtypes differ, as they do for an input of another shape. */
  readonly onlyTypes: boolean;
}

/**
 * The variables in a specification's order, and how they differ from it; null if they don't.
 *
 * @param prefix - stands before the paths in the text.
 */
export function compareVariables(
  specification: Specifications, variables: Variables, { inside = nothingInside, prefix = '' }: { readonly inside?: Inside; readonly prefix?: string } = {},
): { readonly matched: Variables; readonly differences: VariableDifferences | null } {
  const { fixedShapes = true } = specification;
  const missing: string[] = [];
  const superfluous: string[] = [];
  const misshapen: string[] = [];
  const matchTree = (kind: Kind): TensorTree => {
    const own = variables[kind].filter((_, name) => !inside.has(name) || specification[kind].has(name));
    const given = new Map(flattenTree(own, kind));
    const matched: [string, Tensor][] = [];
    for (const [path, shape] of shapesOf(specification[kind])) {
      const tensor = given.get(path);
      const place = `${kind}.${prefix}${path}`;
      given.delete(path);
      if (tensor === undefined) missing.push(place);
      else if (!fixedShapes || isWanted[kind](tensor, shape)) matched.push([path, tensor]);
      else misshapen.push(`${place} is ${formatType(tensor)}, expected a ${kind === 'params' ? 'float' : 'tensor'} of shape ${formatShape(shape)}`);
    }
    superfluous.push(...[...given.keys()].map((path) => `${kind}.${prefix}${path}`));
    return unflattenTree(matched);
  };
  const matched = { params: matchTree('params'), state: matchTree('state') };
  const found = Object.entries({ missing, superfluous, misshapen }).filter(([, paths]) => paths.length > 0);
  const text = found.map(([what, paths]) => `${what} [${paths.join(', ')}]`).join('; ');
  return { matched, differences: found.length === 0 ? null : { text, onlyTypes: missing.length + superfluous.length === 0 } };
}

/** The shapes of all tensors of a specification by their dotted paths. */
export function shapesOf(specification: SpecificationTree, prefix = ''): (readonly [path: string, shape: Shape])[] {
  return specification.entrySeq().toArray().flatMap(([name, node]) =>
    node instanceof VariableSpecification ? [[`${prefix}${name}`, node.shape] as const] : shapesOf(node, `${prefix}${name}.`));
}
