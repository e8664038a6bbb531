import { ArgumentError, DataFormatError, formatValue, redefine, requireFunction } from '@adjoint/core';
import { Layer, printOnly, requireLayer } from '../layer.js';
import { requireText } from '../options.js';
import { builtinLayers, type LayerMaker } from './builtinLayers.js';
import { initializerFromConfig } from './initializerConfig.js';
import { construct, requireEchoed, requireObject } from './json.js';

/** A layer's definition as JSON: all but the variables. What is left out is the default. */
export interface LayerConfig {
  readonly type: string;
  readonly name?: string;
  readonly trainable?: boolean;
  /** The options. Those whose names end in `Initializer` are initializers. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** The layers inside. A string is the layer of that name before it: the same one, with the same variables. */
  readonly layers?: readonly (LayerConfig | string)[];
}

const makers = new Map(Object.entries<LayerMaker<never>>(builtinLayers));

/** No model nests deeper; what does is an attempt to exhaust the stack. */
const deepest = 100;

/**
 * Makes a layer of one's own known by its type, so that {@link layerFromConfig} can make it: of its options, which are the
 * layer's `config`, and of the layers inside. Name and `trainable` are set afterwards.
 *
 * A type that was registered before gets the new maker, with a warning on the console unless they are the same.
 *
 * @throws `ArgumentError` when the library itself has a layer of this type, or it is `lambda`, which may be any function.
 *
 * @example
 * ```ts
 * import { layerFromConfig, layerToConfig, Layer, registerLayer } from '@adjoint/nn';
 * import { mul } from '@adjoint/ops';
 * import { Map } from 'immutable';
 *
 * const scaled = ({ factor }: { factor: number }) => new Layer({
 *   type: 'scaled',
 *   config: Map({ factor }),
 *   forward: ({ state }, input) => ({ output: mul(input, factor), state }),
 * });
 * registerLayer('scaled', scaled);
 * layerFromConfig(layerToConfig(scaled({ factor: 3 }))).config.get('factor'); // 3
 * ```
 */
export function registerLayer<Options extends object>(type: string, make: LayerMaker<Options>): void {
  requireText('registerLayer', 'type', type);
  requireFunction('registerLayer', 'make', make);
  if (Object.hasOwn(builtinLayers, type)) throw new ArgumentError(`registerLayer: the type '${type}' is a layer of the library; choose another one`);
  if (type === 'lambda') throw new ArgumentError(`registerLayer: the type 'lambda' may be any function; ${lambdaAdvice}`);
  redefine('registerLayer', 'the layer type', makers, type, make);
}

/** The types of all layers that {@link layerFromConfig} can make. */
export function registeredLayers(): readonly string[] {
  return [...makers.keys()];
}

/**
 * A model's definition as JSON. With its parameters it is the whole model.
 *
 * @throws `ArgumentError` when a layer or an initializer inside is a function that no name stands for (register it), or the definition
 * could not be read again.
 *
 * @example
 * ```ts
 * import { dense, layerFromConfig, layerToConfig, relu, sequential, summary } from '@adjoint/nn';
 *
 * const model = sequential(dense({ units: 8 }), relu());
 * const text = JSON.stringify(layerToConfig(model));
 * const again = layerFromConfig(JSON.parse(text));
 * summary(again, [4]) === summary(model, [4]); // true
 * ```
 */
export function layerToConfig(layer: Layer): LayerConfig {
  requireLayer('layerToConfig', 'layer', layer);
  const config = encode(layer, layer.name === '' ? layer.type : layer.name);
  requireReadable(config);
  return config;
}

/**
 * Checks that a definition can be read: a file that nobody can open would be found too late.
 *
 * @throws `ArgumentError` that says which layer's maker fails, and how.
 */
function requireReadable(config: LayerConfig): void {
  try {
    decode(JSON.parse(JSON.stringify(config)), 'the definition', 0);
  } catch (error) {
    if (!(error instanceof DataFormatError)) throw error;
    throw new ArgumentError(`layerToConfig: the definition could not be read again: ${error.message}. Look at the function that registerLayer was given`, { cause: error });
  }
}

const lambdaAdvice = "give it a type of its own, lambda(fn, { type: 'mine' }), and register that: registerLayer('mine', () => lambda(fn, { type: 'mine' }))";

function encode({ type, name, trainable, config, layers }: Layer, path: string): LayerConfig {
  if (type === 'lambda') throw new ArgumentError(`layerToConfig: ${path} is a layer of type 'lambda', which is not known, as every function may be one; ${lambdaAdvice}`);
  if (!makers.has(type)) {
    throw new ArgumentError(`layerToConfig: ${path} is a layer of type '${type}', which is not known; make it known by registerLayer('${type}', make)`);
  }
  const options = config.toJS();
  for (const [option, value] of Object.entries(options)) {
    if (!isInitializer(option) || !String(value).startsWith('function ')) continue;
    throw new ArgumentError(`layerToConfig: ${option} of ${path} is ${String(value)}, which is not known; use what registerInitializer(name, initializer) returns`);
  }
  return {
    type,
    ...(name === '' ? {} : { name }),
    ...(trainable ? {} : { trainable }),
    ...(config.isEmpty() ? {} : { config: options }),
    ...(layers.isEmpty() ? {} : { layers: layers.toArray().map((layer, index) => (layers.indexOf(layer) < index ? layer.name : encode(layer, `${path}/${layer.name}`))) }),
  };
}

function isInitializer(option: string): boolean {
  return option.endsWith('Initializer');
}

/**
 * The layer of a definition, as {@link layerToConfig} gives it or `JSON.parse` of a file.
 *
 * @throws `DataFormatError` that names the place when it is no such definition: of an unknown type, with wrong or unknown
 * options, or nested too deeply.
 *
 * @example
 * ```ts
 * import { key } from '@adjoint/core';
 * import { layerFromConfig } from '@adjoint/nn';
 *
 * layerFromConfig({ type: 'dense', config: { units: 3 } }).init(key(0), [2]).outputShape; // [3]
 * layerFromConfig({ type: 'dense', config: { units: -3 } }); // throws DataFormatError: the definition/config: dense: units is -3; expected an integer >= 1
 * ```
 */
export function layerFromConfig(config: unknown): Layer {
  return decode(config, 'the definition', 0);
}

const fields = ['type', 'name', 'trainable', 'config', 'layers'];

function decode(value: unknown, path: string, depth: number): Layer {
  if (depth > deepest) throw new DataFormatError(`${path}: layers are nested deeper than ${deepest}`);
  const definition = requireObject(value, path);
  const { type, name = '', trainable = true, config = {}, layers = [] } = definition;
  const make = makers.get(type as string);
  if (make === undefined) throw new DataFormatError(`${path}: there is no layer of type ${formatValue(type)}; one of your own is made known by registerLayer(type, make)`);
  const unknown = Object.keys(definition).find((field) => !fields.includes(field));
  if (unknown !== undefined) throw new DataFormatError(`${path}: there is no field ${unknown}, only [${fields.join(', ')}]`);
  if (typeof name !== 'string') throw new DataFormatError(`${path}/name is ${formatValue(name)}; expected a string`);
  if (typeof trainable !== 'boolean') throw new DataFormatError(`${path}/trainable is ${formatValue(trainable)}; expected true or false`);
  if (!Array.isArray(layers)) throw new DataFormatError(`${path}/layers is ${formatValue(layers)}; expected an array`);
  const given = requireObject(config, `${path}/config`);
  const options = Object.fromEntries(Object.entries(given).map(([option, setting]) =>
    [option, isInitializer(option) ? initializerFromConfig(setting, `${path}/config/${option}`) : setting]));
  const inner = decodeLayers(layers, `${path}/layers`, depth + 1);
  const layer = construct(`${path}/config`, () => make(options as never, inner));
  if (!(layer instanceof Layer) || layer.type !== type) throw new DataFormatError(`${path}: what registerLayer knows as '${type as string}' makes no layer of this type`);
  requireEchoed(given, layer.config.toJS(), `${path}/config`);
  if (layer.layers.size !== inner.length) throw new DataFormatError(`${path}/layers holds ${inner.length} layers; a layer of type '${layer.type}' has ${layer.layers.size} inside`);
  const settings = layer.config;
  printOnly(layer, () => Object.keys(options).filter((option) => !isDefault(option)));
  return layer.merge({ name, trainable });

  /** Whether the layer is the same without an option. */
  function isDefault(option: string): boolean {
    const { [option]: _, ...others } = options;
    try {
      return (make as LayerMaker<object>)(others, inner).config.equals(settings);
    } catch {
      return false;
    }
  }
}

function decodeLayers(values: readonly unknown[], path: string, depth: number): Layer[] {
  const named = new Map<string, Layer>();
  return values.map((value, index) => {
    if (typeof value === 'string') {
      const found = named.get(value);
      if (found !== undefined) return found;
      throw new DataFormatError(`${path}/${index}: there is no layer '${value}' before it`);
    }
    const layer = decode(value, `${path}/${index}`, depth);
    named.set(layer.name, layer);
    return layer;
  });
}
