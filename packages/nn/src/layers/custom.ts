import {
  AdjointError, ArgumentError, AxisError, checkShape, formatText, formatValue, key as makeKey, refuseArgument, requireFunction, requireOptions, requireTensor, scope, ShapeError, Tensor,
  zeros as zeroTensor, type OptionNames, type Shape,
} from '@adjoint/core';
import { List, OrderedMap } from 'immutable';
import { hideSteps } from '../hideSteps.js';
import { builtinLayers } from '../definition/builtinLayers.js';
import { zeros, type Initializer } from '../initializers.js';
import { applyInner, layerFields, Layer, parameter, type ApplyOptions, type LayerContext, type LayerOptions } from '../layer.js';
import { isLiteral, ownOptions, requireFunctions, requireMembers, requireObject, requireText } from '../options.js';
import { refusingAs } from '../refusals.js';
import { LayerSpecification, VariableSpecification, type SpecificationTree } from '../specification.js';
import type { LayerState } from '../tensorTree.js';
import { specifyInners, withNames } from './inner.js';

/** A tensor that a layer of one's own asks for. */
export interface VariableDefinition {
  readonly shape: Shape;
  /** Default: {@link zeros}. */
  readonly initializer?: Initializer;
}

/** The tensors that a layer of one's own asks for, by name. */
export interface VariableDefinitions<Param extends string, State extends string> {
  /** What learns. */
  readonly params?: Readonly<Record<Param, VariableDefinition>>;
  /** What goes from call to call. */
  readonly state?: Readonly<Record<State, VariableDefinition>>;
}

/** What a layer of one's own computes with. */
export interface CallContext<Param extends string, State extends string, Inner extends string> extends LayerContext {
  readonly params: Readonly<Record<Param, Tensor>>;
  readonly state: Readonly<Record<State, Tensor>>;
  /** The layers inside, as functions. One that is called twice has one set of variables. */
  readonly layers: Readonly<Record<Inner, (input: Tensor, sequences?: SequenceOptions) => Tensor>>;
}

/** What a layer inside, as a recurrent one or attention, is told of the sequences. Default: what the layer around was told. */
export type SequenceOptions = Pick<ApplyOptions, 'mask' | 'memory' | 'memoryMask'>;

/** What a layer of one's own gives when it has a state: what is left out of it stays as it was. */
export interface CallResult<State extends string> {
  readonly output: Tensor;
  readonly state?: Readonly<Partial<Record<State, Tensor>>>;
}

/** A layer of one's own. */
export interface LayerDefinition<Param extends string, State extends string, Inner extends string> extends LayerOptions {
  /** What the layer is, as `dense`. */
  readonly type: string;
  /** The options it was made with, for `summary`, and for {@link registerLayer}, whose function gets them. */
  readonly config?: object;
  /** The layers inside. */
  readonly layers?: Readonly<Record<Inner, Layer>>;
  /** The variables for inputs of a shape (without the batch axis). Default: none. */
  readonly init?: (inputShape: Shape) => VariableDefinitions<Param, State>;
  /** The computation, for a batch of inputs; made of operations, so that it can be differentiated. */
  readonly apply: (input: Tensor, context: CallContext<Param, State, Inner>) => Tensor | CallResult<State>;
}

const definitionNames: OptionNames<LayerDefinition<string, string, string>> = {
  type: true, name: true, trainable: true, config: true, layers: true, init: true, apply: true,
};

/**
 * A layer of one's own: its variables, and what it computes with them, perhaps by layers inside. Layers inside are called as
 * functions, in any order and as often as wanted: so branches, skips, and one layer at several places are written, with
 * their parameters under the names in `layers`.
 *
 * The shapes of the output and of what the layers inside get are found at `init` by a trial of `apply` on two examples of
 * `float32` zeros, in training, with a key, and with zeros for its own variables. For the layers inside that trial computes nothing.
 *
 * @throws `ArgumentError` when the definition is not complete, the type is a layer of the library, or a name holds a `.` or `/`; by
 * `init` and `apply`, also when what the functions return has names that are never read.
 *
 * @example
 * ```ts
 * import { key, ones, tensor } from '@adjoint/core';
 * import { constant, dense, layer } from '@adjoint/nn';
 * import { abs, mul, sub, slice } from '@adjoint/ops';
 *
 * // Variables of its own.
 * const scale = layer({
 *   type: 'scale',
 *   init: (inputShape) => ({ params: { factor: { shape: [inputShape.at(-1)!], initializer: constant(3) } } }),
 *   apply: (input, { params }) => mul(input, params.factor),
 * });
 * scale.apply(scale.init(key(0), [2]), tensor([[1, 2]])).output.toArray(); // [[3, 6]]
 *
 * // One encoder for two inputs, which lie side by side.
 * const distance = layer({
 *   type: 'distance',
 *   layers: { encoder: dense({ units: 8 }) },
 *   apply: (input, { layers }) => abs(sub(layers.encoder(slice(input, [null, [0, 2]])), layers.encoder(slice(input, [null, [2, 4]])))),
 * });
 * const variables = distance.init(key(0), [4]);
 * variables.outputShape; // [8]
 * distance.apply(variables, ones([1, 4])).output.toArray(); // [[0, 0, 0, 0, 0, 0, 0, 0]]
 * ```
 */
export function layer<Param extends string = never, State extends string = never, Inner extends string = never>(
  definition: LayerDefinition<Param, State, Inner>,
): Layer {
  requireOptions('layer', definition, definitionNames);
  const { type, name = '', trainable = true, config = {}, layers = {} as Readonly<Record<Inner, Layer>>, apply } = definition;
  const init = definition.init ?? ((): VariableDefinitions<Param, State> => ({}));
  requireText('layer', 'type', type);
  if (Object.hasOwn(builtinLayers, type)) throw new ArgumentError(`layer: the type '${type}' is a layer of the library, as which a saved model would be read; choose another one`);
  requireFunctions(type, { init, apply });
  requireObject(type, 'config', config);
  requireObject(type, 'layers', layers);
  const inner = withNames(type, Object.entries<Layer>(layers).map(([name, value]) => (value instanceof Layer ? value.set('name', name) : value)));
  const named = <Value>(of: (layer: Layer) => Value) => Object.fromEntries(inner.map((each) => [each.name, of(each)])) as Record<Inner, Value>;
  return new Layer({
    ...layerFields(type, { ...config, name, trainable }, config),
    layers: List(inner),
    needs: (inputShape, path) => ({ ...specificationsOf(init(inputShape), path), fixedShapes: false }),
    specify: (inputShape, path) => {
      const { params, state } = specificationsOf(init(inputShape), path);
      const taken = inner.find(({ name }) => params.has(name) || state.has(name));
      if (taken !== undefined) throw new ArgumentError(`${path}: a variable and a layer inside are both named '${taken.name}'; expected names of their own`);
      const specification = specifyInners(path, (specify) => scope(() => {
        const unknown = new UnknownNames();
        const call = {
          ...trial, path, params: unknown.watch('params', zerosOf(params)) as Record<Param, Tensor>, state: unknown.watch('state', zerosOf(state)) as Record<State, Tensor>,
          layers: unknown.watch('layers', named((each) => (input: Tensor) => {
            requireInnerInput(path, each.name, input);
            return zeroTensor([input.shape[0] ?? 0, ...specify(each, input.shape.slice(1))]);
          })),
        };
        return tried(() => outputOf(apply(zeroTensor([trialBatch, ...inputShape]), call), path), path, unknown).slice(1);
      }));
      return withOwn(specification, params, state);
    },
    forward: ({ params, state }, input, context) => {
      const { path } = context;
      const own = init(input.shape.slice(1));
      let current = state;
      let calls = 0;
      const run = (each: Layer) => (value: Tensor, sequences?: SequenceOptions): Tensor => {
        requireInnerInput(path, each.name, value);
        if (sequences !== undefined) requireOptions(`${path}: layers.${each.name}`, sequences, sequenceOptionNames);
        const inside = { ...context, ...sequences };
        const memory = inside.memory && hideSteps(inside.memory, inside.memoryMask);
        const result = applyInner(each, { params, state: current }, hideSteps(value, sequences?.mask), { ...inside, memory }, calls++);
        current = result.state;
        return result.output;
      };
      const read = <Name extends string>(tree: LayerState, definitions: object | undefined, what: 'params' | 'state') =>
        Object.fromEntries(Object.keys(definitions ?? {}).map((name) => [name, parameter(tree, name, path, what)])) as Record<Name, Tensor>;
      const result = apply(input, { ...context, params: read<Param>(params, own.params, 'params'), state: read<State>(state, own.state, 'state'), layers: named(run) });
      return { output: outputOf(result, path), state: result instanceof Tensor ? current : merged(current, result.state, path) };
    },
  });
}

/** Enough to tell the batch from an axis of length 1. */
const trialBatch = 2;

const trial = {
  training: true, trainable: true, key: makeKey(0), mask: undefined, memory: undefined, memoryMask: undefined,
} satisfies Omit<LayerContext, 'path'>;

function tried(run: () => Tensor, path: string, unknown: UnknownNames): Shape {
  try {
    const { shape } = run();
    if (shape[0] === trialBatch) return shape;
    throw new ShapeError(`of ${trialBatch} examples it makes [${shape.join(', ')}]; expected [${trialBatch}, ...], an output for each example`);
  } catch (error) {
    // What is read and not there is undefined, and fails wherever it is used.
    if (unknown.text !== null) throw new ArgumentError(`${path}: apply fails (${messageOf(error)}); it reads ${unknown.text}`, { cause: error });
    if (!(error instanceof AdjointError) || error.message.startsWith(path)) throw error;
    if (error instanceof ShapeError || error instanceof AxisError) throw new ShapeError(`${path}: apply fails for inputs of this shape: ${error.message}`, { cause: error });
    return refusingAs(path, () => { throw error; });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : formatValue(error);
}

/** The names that `apply` reads and that are not there, as a misspelled parameter is. */
class UnknownNames {
  private readonly found: string[] = [];

  /** The same object, whose unknown names are noted when they are read. */
  watch<T extends object>(what: string, values: T): T {
    return new Proxy(values, {
      get: (target, name, receiver) => {
        if (typeof name === 'string' && !(name in target)) this.found.push(`${what}.${formatText(name)}, but ${what} has only [${Object.keys(target).join(', ')}]`);
        return Reflect.get(target, name, receiver) as unknown;
      },
    });
  }

  /** What was read first; null if all was there. */
  get text(): string | null {
    return this.found[0] ?? null;
  }
}

/** Refuses a call without an input: `layers.name.apply(input)` is a call of every function's own `apply`. */
function requireInnerInput(path: string, name: string, input: unknown): void {
  if (input instanceof Tensor) return;
  throw new ArgumentError(`${path}: layers.${name} got ${formatValue(input)}; expected a tensor. Layers inside are functions: layers.${name}(input), without .apply`);
}

const sequenceOptionNames: OptionNames<SequenceOptions> = { mask: true, memory: true, memoryMask: true };

function outputOf(result: unknown, path: string): Tensor {
  if (result instanceof Tensor) return result;
  const { output } = Object(result) as { readonly output?: unknown };
  if (!(output instanceof Tensor)) throw new ArgumentError(`${path}: apply returned ${formatValue(result)}; expected a tensor, or { output, state }`);
  requireMembers(`${path}: what apply returned`, result as object, ['output', 'state']);
  return output;
}

function specificationsOf(definitions: VariableDefinitions<string, string>, path: string): { readonly params: SpecificationTree; readonly state: SpecificationTree } {
  requireObject(path, 'what init returned', definitions);
  requireMembers(`${path}: what init returned`, definitions, ['params', 'state'], ', each an object of { shape, initializer } by name');
  const { params = {}, state = {} } = definitions;
  const specify = (kind: string, variables: Readonly<Record<string, VariableDefinition>>): SpecificationTree => {
    requireObject(path, `${kind} of init`, variables);
    return OrderedMap(Object.entries(variables).map(([name, definition]) => {
      const place = `${kind}.${name} of init`;
      if (!isLiteral(definition)) refuseArgument(path, place, definition, 'an object { shape, initializer }');
      requireMembers(`${path}: ${place}`, definition, ['shape', 'initializer']);
      const { shape, initializer = zeros } = definition;
      checkShape(`${path}: ${place}`, shape);
      requireFunction(path, `the initializer of ${kind}.${name}`, initializer);
      return [name, new VariableSpecification({ shape, initializer })];
    }));
  };
  return { params: specify('params', params), state: specify('state', state) };
}

function zerosOf(tree: SpecificationTree): Record<string, Tensor> {
  return Object.fromEntries(tree.entrySeq().toArray().map(([name, node]) => [name, zeroTensor((node as VariableSpecification).shape)]));
}

/** A layer's own variables come before those of the layers inside. */
function withOwn(specification: LayerSpecification, params: SpecificationTree, state: SpecificationTree): LayerSpecification {
  return specification.merge({ params: params.merge(specification.params), state: state.merge(specification.state) });
}

function merged(state: LayerState, changes: Readonly<Partial<Record<string, Tensor>>> | undefined, path: string): LayerState {
  return Object.entries(changes ?? {}).reduce((tree, [name, value]) => {
    parameter(state, name, path, 'state');
    if (value === undefined) return tree;
    requireTensor(path, `state.${name}, which apply returned,`, value);
    return tree.set(name, value);
  }, state);
}

/** What a layer made of a function can be told. */
export interface LambdaOptions extends LayerOptions {
  /** What the layer is. With a type of its own that {@link registerLayer} knows, it can be saved. Default: `lambda`. */
  readonly type?: string;
  /** The shape of the output, both without the batch axis. Default: found by a trial on `float32` zeros, as {@link layer} does. */
  readonly outputShape?: (inputShape: Shape) => Shape;
}

const lambdaOptionNames: OptionNames<LambdaOptions> = { type: true, outputShape: true, name: true, trainable: true };

/**
 * A layer of a function of tensors that has no variables. To save it, give it a `type` of its own and register that; see
 * {@link registerLayer}.
 *
 * @throws `ArgumentError` when it is not a function, or the type is a layer of the library.
 *
 * @example
 * ```ts
 * import { key, tensor } from '@adjoint/core';
 * import { lambda } from '@adjoint/nn';
 * import { mul } from '@adjoint/ops';
 *
 * const double = lambda((x) => mul(x, 2));
 * double.apply(double.init(key(0), [2]), tensor([[1, 2]])).output.toArray(); // [[2, 4]]
 * ```
 */
export function lambda(fn: (input: Tensor, context: LayerContext) => Tensor, options: LambdaOptions = {}): Layer {
  options = ownOptions('lambda', options, lambdaOptionNames);
  const { type = 'lambda', outputShape, ...common } = options;
  requireFunctions(type, { fn });
  const made = layer({ ...common, type, apply: fn });
  if (outputShape === undefined) return made;
  requireFunctions(type, { outputShape });
  return made.set('specify', (inputShape) => new LayerSpecification({ outputShape: outputShape(inputShape) }));
}
