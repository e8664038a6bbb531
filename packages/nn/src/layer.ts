import {
  ArgumentError, checkShape, foldIn, formatValue, formatCall, formatFields, mapTree, markClass, requireKey, requireOptions, requireTensor,
  scope, ShapeError, showAs, showCollection, split, stopGradient, Tensor, unrecorded, withModule, type FloatDType, type Key, type OptionNames, type Shape,
} from '@adjoint/core';
import { List, Map, Record } from 'immutable';
import { formatBatch } from './formatBatch.js';
import { hideSteps } from './hideSteps.js';
import { configOf, formatAwaited, requireFlag, requireText } from './options.js';
import { displayed } from './printing.js';
import { refusingAs } from './refusals.js';
import { initialize, LayerSpecification } from './specification.js';
import { emptyTree, type LayerState, type Params, type Variables } from './tensorTree.js';
import { ownCopy } from './copy.js';
import { compareVariables, haveVariables } from './variableDifferences.js';

/** How {@link Layer.init} makes variables. */
export interface InitOptions {
  /** Default: `float32`. */
  readonly dtype?: FloatDType;
}

/** What {@link Layer.init} gives. */
export interface Initialized extends Variables {
  /** The shape of the output, without the batch axis. */
  readonly outputShape: Shape;
}

/** How {@link Layer.apply} runs. */
export interface ApplyOptions {
  /** Whether the layer learns (dropout drops) or is used. Default: false. */
  readonly training?: boolean;
  /** The randomness of this call; layers that need none ignore it. */
  readonly key?: Key;
  /**
   * For layers over steps: `bool [n, steps]`, true for the steps that count, false for padding. Recurrent layers, attention, the blocks
   * of transformers, and layers that treat each step alone (such as `dense` and `embedding`) let no padding change the outputs at other
   * steps or a gradient. Layers that mix steps without reading the mask do not: `batchNorm` in training, `groupNorm`, `instanceNorm`,
   * convolutions, pooling, `flatten`, and `layerNorm`, `rmsNorm` or `softmax` over the axis of the steps. There, only NaN, infinities and
   * huge numbers in the padding of the model's input are hidden: they count as 0. Attention and the blocks of transformers also take
   * `bool [n, steps, steps]`, queries before keys: padding is then what no step may attend to. Default: all steps count.
   */
  readonly mask?: Tensor;
  /** For layers that attend to a second sequence, as a decoder does: that sequence `[n, memorySteps, features]`. */
  readonly memory?: Tensor;
  /** As `mask`, of the steps of `memory`: `bool [n, memorySteps]` or `[n, steps, memorySteps]`. */
  readonly memoryMask?: Tensor;
}

/** What {@link Layer.apply} gives. */
export interface LayerResult {
  readonly output: Tensor;
  /** The state for the next call; the same value when nothing changed. */
  readonly state: LayerState;
}

/** What a layer's `forward` knows of its call. */
export interface LayerContext {
  readonly training: boolean;
  readonly key: Key | undefined;
  readonly mask: Tensor | undefined;
  readonly memory: Tensor | undefined;
  readonly memoryMask: Tensor | undefined;
  /** Whether the parameters may change: false in a frozen layer and in all layers inside of one. */
  readonly trainable: boolean;
  /** The layer's place in the model, for messages: `sequential/conv2d_1`. */
  readonly path: string;
}

const initOptionNames: OptionNames<InitOptions> = { dtype: true };

/** A layer's `forward` may pass its context on. */
const applyOptionNames: OptionNames<ApplyOptions & Pick<LayerContext, 'trainable' | 'path'>> = {
  training: true, key: true, mask: true, memory: true, memoryMask: true, trainable: true, path: true,
};

/** Checks the options of a call of {@link Layer.apply}. */
function requireApplyOptions(path: string, options: ApplyOptions): void {
  requireOptions(path, options, applyOptionNames);
  const { training, key, mask, memory, memoryMask } = options;
  if (training !== undefined) requireFlag(path, 'training', training);
  if (key !== undefined) requireKey(path, key);
  if (mask !== undefined) requireTensor(path, 'mask', mask);
  if (memory !== undefined) requireTensor(path, 'memory', memory);
  if (memoryMask !== undefined) requireTensor(path, 'memoryMask', memoryMask);
}

/** What the variables of a call are compared with. */
export interface NeededVariables extends Pick<LayerSpecification, 'params' | 'state'> {
  /** Whether shapes are compared too, and not names alone: a state may grow, and a table may be longer than the input needs. */
  readonly fixedShapes: boolean;
}

/** For a layer whose variables are all those of the layers inside. */
export const noOwnVariables = (): NeededVariables => ({ ...new LayerSpecification().toObject(), fixedShapes: false });

/** The layer, for which variables must have the shapes that `specify` tells for the input. */
export function withFixedShapes(layer: Layer): Layer {
  return layer.set('needs', (inputShape, path) => ({ ...layer.specify(inputShape, path).toObject(), fixedShapes: true }));
}

const layerFieldNames: OptionNames<LayerFields> = { type: true, name: true, trainable: true, config: true, layers: true, specify: true, needs: true, forward: true };

interface LayerFields {
  /** What the layer is, as `dense`. */
  type: string;
  /** The name among its siblings; empty: a sequential names it by its type. */
  name: string;
  /** Whether its parameters and those of the layers inside learn; see {@link Layer.isTrainable}. */
  trainable: boolean;
  /** The options it was made with; prints as JSON. */
  config: Map<string, unknown>;
  /** The layers inside, whose variables stand under their names. A layer that is used twice is here twice. */
  layers: List<Layer>;
  /** The shape rule. Throws a `ShapeError` that begins with `path` for a shape that the layer does not take. */
  specify: (inputShape: Shape, path: string) => LayerSpecification;
  /**
   * The variables that a call must find for an input of a shape. It may leave out those of `layers`, which check their own.
   * Default: those of `specify`, by their names alone.
   */
  needs: ((inputShape: Shape, path: string) => NeededVariables) | undefined;
  /** The computation. */
  forward: (variables: Variables, input: Tensor, context: LayerContext) => LayerResult;
}

/**
 * A pair of pure functions: {@link Layer.init} makes variables, {@link Layer.apply} computes with them. A layer holds
 * no tensors; it is an Immutable record, and `layer.set('name', 'encoder')` another layer.
 *
 * A layer of one's own is a `specify` and a `forward`; what is left out is that of the identity.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { Layer } from '@adjoint/nn';
 * import { mul } from '@adjoint/ops';
 *
 * const double = new Layer({
 *   type: 'double',
 *   forward: ({ state }, input) => ({ output: mul(input, 2), state }),
 * });
 * const variables = double.init(key(0), [3]);
 * double.apply(variables, tensor([[1, 2, 3]])).output.toArray(); // [[2, 4, 6]]
 * ```
 */
export class Layer extends Record<LayerFields>({
  type: 'identity',
  name: '',
  trainable: true,
  config: Map(),
  layers: List<Layer>(),
  specify: (inputShape) => new LayerSpecification({ outputShape: inputShape }),
  needs: undefined,
  forward: ({ state }, input) => ({ output: input, state }),
}) {
  /**
   * @param fields - those that are left out are of the identity.
   * @throws `ArgumentError` for a field that layers don't have.
   */
  constructor(fields: Partial<LayerFields> = {}) {
    requireOptions('Layer', fields, layerFieldNames);
    super(fields);
  }

  /**
   * Makes the first parameters and state for inputs of a shape. The same key gives the same values.
   *
   * @param key - the randomness of the initializers.
   * @param inputShape - the shape of one input, without the batch axis.
   * @throws `ShapeError` that names the layer when it does not take this shape.
   *
   * @example
   * ```ts
   * import { key } from '@adjoint/core';
   * import { dense, flatten, sequential } from '@adjoint/nn';
   *
   * const { params, outputShape } = sequential(flatten(), dense({ units: 10 })).init(key(42), [28, 28, 1]);
   * outputShape; // [10]
   * [...params.keys()]; // ['dense']
   * ```
   */
  init(key: Key, inputShape: Shape, options: InitOptions = {}): Initialized {
    const { path } = this;
    requireOptions(path, options, initOptionNames);
    const { dtype = 'float32' } = options;
    requireKey(path, key);
    checkShape(path, inputShape);
    const { outputShape, params, state } = this.specify(inputShape, path);
    const [paramsKey, stateKey] = split(key, 2);
    const variables = scope(() => ({
      params: initialize(params, paramsKey, dtype, path),
      state: initialize(state, stateKey, dtype, path),
    }), `init of ${path}`);
    showCollection(variables.params);
    showCollection(variables.state);
    return showAs({ ...variables, outputShape }, (initialized) => formatFields('', { ...initialized }));
  }

  /**
   * Computes the output for a batch of inputs `[n, ...inputShape]`. Memory that no gradient needs is given back.
   *
   * @throws `ArgumentError` that names the layer when it needs other variables, or a key in training.
   * @throws what an operation inside throws, with the layer's path before it, as `ShapeError` for an input of another shape than at `init`.
   *
   * @example
   * ```ts
   * import { key, ones } from '@adjoint/core';
   * import { dense } from '@adjoint/nn';
   *
   * const layer = dense({ units: 2 });
   * layer.apply(layer.init(key(0), [3]), ones([5, 3])).output.shape; // [5, 2]
   * ```
   */
  apply(variables: Variables, input: Tensor, options: ApplyOptions = {}): LayerResult {
    const { trainable, path } = this;
    requireApplyOptions(path, options);
    const { training = false, key, mask, memory, memoryMask } = options;
    requireTensor(path, 'input', input);
    if (!Map.isMap(variables?.params) || !Map.isMap(variables.state)) {
      throw new ArgumentError(`${path}: the variables are no { params, state }; pass what init gave, or the state that training gave. They are ${formatAwaited(variables)}`);
    }
    const forward = () => {
      requireOwnVariables(this, variables, input, path);
      const result = resultOf(path, this.forward(frozenUnless(trainable, variables), hideSteps(input, mask), {
        training, key, mask, memory: memory && hideSteps(memory, memoryMask), memoryMask, trainable, path,
      }));
      showCollection(result.state);
      return result;
    };
    return scope(() => advisingOnBatch(this, variables, input, () => runWithin(path, path, forward)), path);
  }

  /**
   * Whether a parameter learns. It does unless the layer that it belongs to, or one around, is frozen by `trainable: false`. No
   * gradient flows into parameters that are frozen, and a training step leaves them bit for bit as they are.
   *
   * @param path - the parameter's dotted path in `params`, as `flattenTree` gives it.
   *
   * @example
   * ```ts
   * import { dense, sequential } from '@adjoint/nn';
   *
   * const model = sequential(dense({ units: 8, trainable: false }), dense({ units: 3 }));
   * model.isTrainable('dense.kernel'); // false
   * model.isTrainable('dense_1.kernel'); // true
   * model.set('trainable', false).isTrainable('dense_1.kernel'); // false
   * ```
   */
  isTrainable(path: string): boolean {
    requireText('isTrainable', 'path', path);
    if (!this.trainable) return false;
    const [name, ...rest] = path.split('.');
    const inner = layersByName(this.layers).get(name!);
    return inner === undefined || inner.isTrainable(rest.join('.'));
  }

  private get path(): string {
    return this.name === '' ? this.type : this.name;
  }
}

const layerNames = new WeakMap<List<Layer>, ReadonlyMap<string, Layer>>();

/** The layers inside by their names: a model asks for the layer of each parameter at each step. */
function layersByName(layers: List<Layer>): ReadonlyMap<string, Layer> {
  const known = layerNames.get(layers);
  if (known !== undefined) return known;
  const named = new globalThis.Map(layers.toArray().reverse().map((layer) => [layer.name, layer]));
  layerNames.set(layers, named);
  return named;
}

/** Refuses the variables of another layer. Each layer checks its own, so that no function of a user runs to find the shape of its input. */
function requireOwnVariables(layer: Layer, variables: Variables, input: Tensor, path: string): void {
  const needed = neededBy(layer, input.shape, path);
  const inside = layersByName(layer.layers);
  if (haveVariables(needed, variables, inside)) return;
  const prefix = path.split('/').slice(1).map((name) => `${name}.`).join('');
  const { text, onlyTypes } = compareVariables(needed, variables, { inside, prefix }).differences!;
  const Refusal = onlyTypes ? ShapeError : ArgumentError;
  throw new Refusal(
    `${path}: for inputs ${formatBatch(input.shape.slice(1))}, the variables are not those of this model: ${text}; ` +
      'pass inputs of the shape that init was given, and the variables that init, training or loading made for this model',
  );
}

/** What layers need for the shapes that they were called with, since to work that out takes longer than to call a small layer. */
const needs = new WeakMap<Layer, globalThis.Map<Shape, NeededVariables>>();

/** Shapes that are remembered per layer; sequences come in many lengths. */
const rememberedShapes = 64;

/** By the shape array itself, which tensors of one shape share. */
function neededBy(layer: Layer, batchShape: Shape, path: string): NeededVariables {
  const known = needs.get(layer) ?? new globalThis.Map<Shape, NeededVariables>();
  needs.set(layer, known);
  const found = known.get(batchShape);
  if (found !== undefined) return found;
  if (known.size >= rememberedShapes) known.clear();
  const { needs: needsOf = (inputShape: Shape) => ({ ...layer.specify(inputShape, path).toObject(), fixedShapes: false }) } = layer;
  const needed = unrecorded(() => needsOf(batchShape.slice(1), path));
  known.set(batchShape, needed);
  return needed;
}

markClass(ownCopy, Layer);

/** Runs a call of a model. Where it refuses the shape of an input that may be a single example, the message says that too. */
function advisingOnBatch<T>(model: Layer, variables: Variables, input: Tensor, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof ShapeError) || !isExample(model, variables, input)) throw error;
    throw new ShapeError(`${error.message}. If the input is a single example, give it a batch axis in front: [1, ${input.shape.join(', ')}], as expandDims(input, 0) does`, { cause: error });
  }
}

/** Whether the variables are those for an input without a batch axis. */
function isExample(model: Layer, variables: Variables, { shape }: Tensor): boolean {
  try {
    return haveVariables(unrecorded(() => model.specify(shape, model.type)), variables);
  } catch {
    return false;
  }
}

/** The variables, of a frozen layer with its parameters as constants. */
function frozenUnless(trainable: boolean, { params, state }: Variables): Variables {
  return { params: trainable ? params : mapTree(params, stopGradient), state };
}

/** Checks what the `forward` of a layer returned. */
function resultOf(path: string, result: LayerResult): LayerResult {
  const { output, state } = Object(result) as Partial<LayerResult>;
  if (output instanceof Tensor && Map.isMap(state)) return result;
  throw new ArgumentError(`${path}: forward returned ${formatValue(result)}; expected { output, state }, a tensor and the state for the next call`);
}

/** Runs the function of a layer. What an operation inside refuses, which knows nothing of layers, gets the layer's path. */
function runWithin<T>(name: string, path: string, forward: () => T): T {
  return withModule(name, () => refusingAs(path, forward));
}

/**
 * Runs a layer inside of another, on its part of the variables and with a key of its own. The state that it gives is that of
 * the layer around.
 *
 * @param position - the place of the call among those of the layer around; makes the key.
 */
export function applyInner(layer: Layer, variables: Variables, input: Tensor, context: LayerContext, position: number): LayerResult {
  const own = variablesOf(variables, layer.name);
  const path = `${context.path}/${layer.name}`;
  const forward = () => {
    requireOwnVariables(layer, own, input, path);
    return resultOf(path, layer.forward(frozenUnless(layer.trainable, own), input, {
      ...context,
      key: context.key === undefined ? undefined : foldIn(context.key, position),
      trainable: context.trainable && layer.trainable,
      path,
    }));
  };
  const { output, state } = runWithin(layer.name, path, forward);
  return { output, state: state === own.state ? variables.state : variables.state.set(layer.name, state) };
}

/**
 * Checks an argument that is a layer.
 *
 * @throws `ArgumentError` that names the operation and the argument.
 */
export function requireLayer(operation: string, argument: string, value: unknown): void {
  if (value instanceof Layer) return;
  const [what, list] = Array.isArray(value) ? ['a list', ', or sequential(...list)'] : [typeof value === 'function' ? 'a function' : formatValue(value), ''];
  throw new ArgumentError(`${operation}: ${argument} is ${what}; expected a layer, as dense({ units: 8 })${list}`);
}

/** What every layer can be told. */
export interface LayerOptions {
  /** Default: the type, numbered by the `sequential` around. */
  readonly name?: string;
  /** Whether the parameters learn; see {@link Layer.isTrainable}. Default: true. */
  readonly trainable?: boolean;
}

/** Of the layers that have no other options. */
export const layerOptionNames: OptionNames<LayerOptions> = { name: true, trainable: true };

/** Which options of a `config` are printed; all by default. */
const printedOptions = new WeakMap<Map<string, unknown>, () => readonly string[]>();

/** Says which options of a layer are printed, as those that it has by default need not be. */
export function printOnly({ config }: Pick<LayerFields, 'config'>, options: () => readonly string[]): void {
  printedOptions.set(config, options);
}

/**
 * The fields that a layer takes from its options.
 *
 * @param options - all that the layer was given.
 * @param config - the options beyond those of every layer, all with their defaults.
 * @throws `ArgumentError` when name or `trainable` are of another kind.
 */
export function layerFields(type: string, options: LayerOptions, config: object = {}): Pick<LayerFields, 'type' | 'name' | 'trainable' | 'config'> {
  const { name = '', trainable = true } = options;
  requireText(type, 'name', name);
  requireFlag(type, 'trainable', trainable);
  const fields = { type, name, trainable, config: configOf(type, config) };
  const given = Object.entries(options).filter(([, value]) => value !== undefined).map(([option]) => option);
  printOnly(fields, () => given);
  return fields;
}

showAs(Layer.prototype, formatLayer);

/** The call that makes a layer, with the layers inside one per line. A name that layers get from their type is left out. */
function formatLayer({ type, name, trainable, config, layers }: Layer): string {
  const printed = printedOptions.get(config)?.();
  const options = {
    ...Object.fromEntries([...(printed ?? config.keys())].filter((option) => config.has(option)).map((option) => [option, displayed(config.get(option))])),
    ...(name === '' || name.replace(/_\d+$/, '') === type ? {} : { name }),
    ...(trainable ? {} : { trainable }),
  };
  const inside = layers.toArray();
  const args = [...inside, ...(Object.keys(options).length === 0 ? [] : [options])];
  return formatCall(type, args, inside.length > 1);
}

/** A layer whose state never changes, if it has one. */
export interface StatelessLayer extends Partial<Omit<LayerFields, 'forward'>> {
  readonly type: string;
  readonly forward: (params: Params, input: Tensor, context: LayerContext) => Tensor;
}

/** Makes a layer of a function that gives its output alone, and of the parameters that `specify` tells, of those shapes. */
export function statelessLayer({ forward, ...fields }: StatelessLayer): Layer {
  return withFixedShapes(new Layer({ ...fields, forward: ({ params, state }, input, context) => ({ output: forward(params, input, context), state }) }));
}

/**
 * A parameter of a layer by its name, or a tensor of its state.
 *
 * @throws `ArgumentError` that names the layer when it is not there.
 */
export function parameter(params: Params, name: string, path: string, tree: 'params' | 'state' = 'params'): Tensor {
  const found = params.get(name);
  if (found instanceof Tensor) return found;
  throw new ArgumentError(`${path}: ${tree} has no tensor '${name}', only [${[...params.keys()].join(', ')}]; pass the ${tree} that init made`);
}

/** The variables of a layer inside of another. */
export function variablesOf({ params, state }: Variables, name: string): Variables {
  return { params: treeIn(params, name), state: treeIn(state, name) };
}

function treeIn(tree: Params, name: string): Params {
  const found = tree.get(name);
  return found === undefined || found instanceof Tensor ? emptyTree : found;
}

/**
 * Checks how many axes an input has.
 *
 * @throws `ShapeError` that begins with `path` and ends with `advice`.
 */
export function requireRank(inputShape: Shape, axes: readonly string[], path: string, advice: string): void {
  if (inputShape.length === axes.length) return;
  throw new ShapeError(`${path}: the input is ${formatBatch(inputShape)}; expected ${formatBatch(axes)}. ${advice}`);
}
