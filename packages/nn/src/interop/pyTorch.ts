import {
  isListOf, ArgumentError, checkShape, DataFormatError, flattenTree, formatShape, formatType, formatValue, requireOptions, sameShape, scope, showCollection, zeros, type OptionNames,
  type Shape, type Tensor,
} from '@adjoint/core';
import { contiguous } from '@adjoint/ops';
import { OrderedMap } from 'immutable';
import { requireLayer, type Layer } from '../layer.js';
import { requireObject } from '../options.js';
import { matchVariables } from '../saving/matchVariables.js';
import { entriesOf, unflattenTree, type Variables } from '../tensorTree.js';
import { shapesOf } from '../variableDifferences.js';
import { isIgnored, stackedCorrespondences, type Correspondence } from './pyTorchLayers.js';
import { below, modulesOf, type Module } from './pyTorchModules.js';

/** How layers are named in PyTorch. */
export interface PyTorchOptions {
  /**
   * The layers' dotted paths by the names of PyTorch's modules, as `{ conv1: 'conv2d', 'head.fc': 'dense' }`; those of a recurrent
   * module of several layers as a list, `{ rnn: ['lstm', 'lstm_1'] }`. A path may be that of a layer with layers inside: then its name
   * replaces the first part of the names inside, as `{ features: 'sequential' }` gives `features.0`. Default, also for layers that are
   * left out: the positions of the layers in their `sequential`, as `torch.nn.Sequential` names them.
   */
  readonly modules?: Readonly<Record<string, string | readonly string[]>>;
}

const pyTorchOptionNames: OptionNames<PyTorchOptions> = { modules: true };

/**
 * The variables of a model from the `state_dict` of the same model in PyTorch, as read from a safetensors file.
 *
 * Kernels are transposed: those of `Linear`, `Conv1d` to `Conv3d` and `ConvTranspose1d` to `3d` (also grouped and depthwise ones),
 * of `RNN`, `LSTM` and `GRU` (also bidirectional, also of several layers), of `MultiheadAttention`, `TransformerEncoderLayer` and
 * `TransformerDecoderLayer`. `Embedding` (also as `learnedPositions`) and normalizations go over as they are, with running means and
 * variances. PyTorch's images have their channels first, and so has the order in which it
 * flattens them: the kernel of a dense layer that follows a `flatten` in a `sequential` is reordered.
 *
 * @param inputShape - the shape of one input, without the batch axis.
 * @param tensors - PyTorch's tensors by name.
 * @throws `DataFormatError` that lists what is missing, superfluous or misshapen.
 * @throws `ArgumentError` when a layer has no counterpart in PyTorch, or `modules` names none.
 *
 * @example
 * ```ts
 * import { tensor } from '@adjoint/core';
 * import { dense, fromPyTorch, relu, sequential } from '@adjoint/nn';
 *
 * const model = sequential(dense({ units: 2 }), relu());
 * // Of torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU()).state_dict()
 * const stateDict = new Map([['0.weight', tensor([[1, 2, 3], [4, 5, 6]])], ['0.bias', tensor([7, 8])]]);
 * const variables = fromPyTorch(model, [3], stateDict);
 * model.apply(variables, tensor([[1, 0, 0]])).output.toArray(); // [[8, 12]]
 *
 * const named = new Map([['fc.weight', stateDict.get('0.weight')!], ['fc.bias', stateDict.get('0.bias')!]]);
 * fromPyTorch(model, [3], named, { modules: { fc: 'dense' } }).params.equals(variables.params); // false
 * ```
 */
export function fromPyTorch(model: Layer, inputShape: Shape, tensors: Iterable<readonly [name: string, tensor: Tensor]>, options: PyTorchOptions = {}): Variables {
  requireOptions('fromPyTorch', options, pyTorchOptionNames);
  const operation = 'fromPyTorch';
  requireLayer(operation, 'model', model);
  checkShape(operation, inputShape);
  requireModules(operation, options);
  const given = new Map(entriesOf(operation, 'tensors', tensors));
  const shapes = shapesByPath(model, inputShape);
  return scope(() => {
    const ours: Record<keyof Variables, Map<string, Tensor>> = { params: new Map(), state: new Map() };
    const known = new Set<string>();
    const missing: string[] = [];
    const modules = namedModules(operation, model, inputShape, options);
    for (const module of modules) {
      for (const correspondence of module.correspondences) {
        const { ours: paths, theirs } = correspondence;
        const places = paths.map((path) => shapes.get(below(module.path, path)));
        if (!places.every((place) => place !== undefined)) continue;
        const wanted = places.map(({ shape }) => shape);
        if (correspondence.fits?.(wanted) === false) continue;
        const names = theirs.map((name) => below(module.name, name));
        const found = names.map((name) => given.get(name)).filter((tensor) => tensor !== undefined);
        names.forEach((name) => known.add(name));
        if (found.length < names.length) {
          missing.push(...names.filter((name) => !given.has(name)).map((name) => `${name} for ${below(module.path, paths[0]!)}`));
          continue;
        }
        requireShapes(names, found, correspondence, wanted, module.flattened);
        correspondence.read(found, wanted, module.flattened)
          .forEach((tensor, index) => ours[places[index]!.kind].set(below(module.path, paths[index]!), contiguous(tensor)));
      }
    }
    const superfluous = [...given.keys()].filter((name) => !known.has(name) && !isIgnored(name));
    if (missing.length > 0 || superfluous.length > 0) {
      throw new DataFormatError(
        `${operation}: missing [${missing.join(', ')}]; superfluous [${superfluous.join(', ')}]. ` +
          `Where the modules have other names, pass { modules: { name: path } }, the paths being [${modules.map(({ path }) => path).join(', ')}]`,
      );
    }
    return matchVariables(model, inputShape, { params: unflattenTree(ours.params), state: unflattenTree(ours.state) }, { name: operation });
  });
}

/**
 * The inverse of {@link fromPyTorch}: tensors for `load_state_dict` of the same model in PyTorch, by name. PyTorch's `RNN` and
 * `LSTM` have two biases that are summed; the second one is zeros here.
 *
 * @param inputShape - the shape of one input, without the batch axis.
 * @throws `ArgumentError` when a layer has no counterpart in PyTorch, or `modules` names none.
 * @throws `DataFormatError` when the variables are not the model's.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { encodeSafetensors } from '@adjoint/data';
 * import { conv2d, dense, flatten, relu, sequential, toPyTorch } from '@adjoint/nn';
 *
 * const model = sequential(conv2d({ filters: 4, kernelSize: 3 }), relu(), flatten(), dense({ units: 2 }));
 * const stateDict = toPyTorch(model, [8, 8, 1], model.init(key(0), [8, 8, 1]));
 * [...stateDict.keys()]; // ['0.weight', '0.bias', '3.weight', '3.bias']
 * stateDict.get('0.weight')!.shape; // [4, 1, 3, 3]
 * const bytes = encodeSafetensors(stateDict, { metadata: { format: 'pt' } }); // for safetensors.torch.load_file
 * ```
 */
export function toPyTorch(model: Layer, inputShape: Shape, variables: Variables, options: PyTorchOptions = {}): OrderedMap<string, Tensor> {
  requireOptions('toPyTorch', options, pyTorchOptionNames);
  const operation = 'toPyTorch';
  requireModules(operation, options);
  const { params, state } = matchVariables(model, inputShape, variables, { name: operation });
  const ours = new Map([...flattenTree(params), ...flattenTree(state)]);
  return scope(() => showCollection(OrderedMap(namedModules(operation, model, inputShape, options).flatMap(({ path, name, correspondences, flattened }) =>
    correspondences.flatMap(({ ours: paths, theirs, fits, write }): [string, Tensor][] => {
      const found = paths.map((inner) => ours.get(below(path, inner))).filter((tensor) => tensor !== undefined);
      if (found.length < paths.length || fits?.(found.map(({ shape }) => shape)) === false) return [];
      return write(found, flattened).map((tensor, index) => [below(name, theirs[index]!), contiguous(tensor)]);
    })))));
}

function requireModules(operation: string, { modules = {} }: PyTorchOptions): void {
  requireObject(operation, 'modules', modules);
  for (const [name, paths] of Object.entries<unknown>(modules)) {
    if (typeof paths === 'string' || isListOf(paths, (path) => typeof path === 'string')) continue;
    throw new ArgumentError(`${operation}: modules['${name}'] is ${formatValue(paths)}; expected the path of a layer, or a list of paths`);
  }
}

/** The kind and the shape of each variable by its path, which no parameter shares with a state. */
function shapesByPath(model: Layer, inputShape: Shape): ReadonlyMap<string, { readonly kind: keyof Variables; readonly shape: Shape }> {
  const specification = model.specify(inputShape, model.name === '' ? model.type : model.name);
  return new Map((['params', 'state'] as const).flatMap((kind) => shapesOf(specification[kind]).map(([path, shape]) => [path, { kind, shape }] as const)));
}

/** The modules, by the names that the caller gives them. */
function namedModules(operation: string, model: Layer, inputShape: Shape, { modules }: PyTorchOptions): readonly Module[] {
  const found = modulesOf(operation, model, inputShape);
  if (modules === undefined) return found;
  const places = new Map(Object.entries(modules).flatMap(([name, given]) =>
    (typeof given === 'string' ? [given] : given).map((path, level, { length }) => [path, { name, level, isStacked: length > 1 }] as const)));
  const isWithin = (path: string, outer: string) => path === outer || outer === '' || path.startsWith(`${outer}.`);
  const wrong = [...places.keys()].find((path) => !found.some((module) => isWithin(module.path, path)));
  if (wrong !== undefined) {
    throw new ArgumentError(`${operation}: modules names '${wrong}', where no layer has variables; expected one of the layers with variables, [${found.map(({ path }) => path).join(', ')}], or a layer around one`);
  }
  const named = found.map((module) => {
    const outer = [...places.keys()].filter((path) => isWithin(module.path, path)).sort((a, b) => b.length - a.length)[0];
    if (outer === undefined) return module;
    const { name: given, level, isStacked } = places.get(outer)!;
    const name = outer === module.path ? given : below(given, innerName(module, outer));
    if (!isStacked) return { ...module, name };
    const correspondences = stackedCorrespondences(module.correspondences, level);
    if (correspondences === undefined) throw new ArgumentError(`${operation}: modules gives '${name}' several layers, of which '${module.path}' is not recurrent; expected one layer`);
    return { ...module, name, correspondences };
  });
  requireDifferentNames(operation, named, places);
  return named;
}

/** The name of a module within one of the layers around. A name has as many parts as a path. */
function innerName({ name }: Module, outer: string): string {
  return name.split('.').slice(outer === '' ? 0 : outer.split('.').length).join('.');
}

/** Refuses a name that a layer gets by its position and another one from the caller. */
function requireDifferentNames(operation: string, modules: readonly Module[], places: ReadonlyMap<string, { readonly isStacked: boolean }>): void {
  const paths = new Map<string, string>();
  for (const { path, name } of modules) {
    if (places.get(path)?.isStacked === true) continue;
    const other = paths.get(name);
    if (other !== undefined) throw new ArgumentError(`${operation}: '${other}' and '${path}' are both named '${name}'; expected another name in modules for one of them`);
    paths.set(name, path);
  }
}

/** What the shapes of a module's tensors have to be, which tells better what is wrong than what a conversion makes of others. */
function requireShapes(names: readonly string[], theirs: readonly Tensor[], { write }: Correspondence, shapes: readonly Shape[], flattened: Shape | null): void {
  const expected = scope(() => write(shapes.map((shape) => zeros(shape)), flattened).map(({ shape }) => shape));
  const wrong = theirs.findIndex(({ shape }, index) => !sameShape(shape, expected[index]!));
  if (wrong === -1) return;
  throw new DataFormatError(`fromPyTorch: ${names[wrong]!} is ${formatType(theirs[wrong]!)}; expected the shape ${formatShape(expected[wrong]!)}`);
}
