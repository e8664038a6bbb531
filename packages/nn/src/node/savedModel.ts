import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkShape, DataFormatError, formatValue, scope, type Shape } from '@adjoint/core';
import { FileError, fileOfPartial, makeFolder, onDisk, readBytes, requirePath, writeAtomically } from '@adjoint/data/node';
import { construct, parseJson, requireObject } from '../definition/json.js';
import { layerFromConfig, layerToConfig } from '../definition/layerConfig.js';
import { requireLayer, type Layer } from '../layer.js';
import { matchVariables } from '../saving/matchVariables.js';
import { decodeVariables, encodeVariables } from '../saving/variables.js';
import { requireVariables, type Variables } from '../tensorTree.js';
import { foreignFileError } from './foreignFile.js';

/** A model and its variables. */
export interface SavedModel extends Variables {
  readonly model: Layer;
}

const definitionFile = 'model.json';
/** The name tells the content, so that the definition of one model never stands beside the variables of another. */
const weightsFile = /^weights-[0-9a-f]{16}\.safetensors$/;
const version = 1;

/**
 * Writes a model to a folder, which is made where it does not exist and belongs to the model: its definition as
 * `model.json`, and the variables beside it as a safetensors file. `model.json` has the SHA-256 of both, and is written last; so whoever opens the folder at any moment finds the former model or this one, whole.
 *
 * @throws `ArgumentError` when a layer or an initializer of the model is a function that no name stands for: register it.
 * @throws `FileError` when the disk is full, the folder cannot be written, or it has a `model.json` that another program wrote.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { key, ones } from '@adjoint/core';
 * import { dense, relu, sequential } from '@adjoint/nn';
 * import { loadModel, saveModel } from '@adjoint/nn/node';
 *
 * const model = sequential(dense({ units: 8 }), relu(), dense({ units: 2 }));
 * const variables = model.init(key(0), [3]);
 * const folder = join(await mkdtemp(join(tmpdir(), 'adjoint-')), 'model');
 * await saveModel(folder, { model, ...variables });
 *
 * const loaded = await loadModel(folder);
 * const outputOf = (layer: typeof model, of: typeof variables | typeof loaded) => layer.apply(of, ones([1, 3])).output.toArray();
 * String(outputOf(loaded.model, loaded)) === String(outputOf(model, variables)); // true
 * ```
 */
export async function saveModel(folder: string, saved: SavedModel): Promise<void> {
  requirePath('saveModel', 'folder', folder);
  const { model, params, state } = Object(saved) as SavedModel;
  requireLayer('saveModel', 'model', model);
  requireVariables('saveModel', { params, state });
  const definition = layerToConfig(model);
  const bytes = encodeVariables({ params, state });
  const sha256 = digest(bytes);
  const file = `weights-${sha256.slice(0, 16)}.safetensors`;
  await makeFolder(folder);
  await requireOwn(join(folder, definitionFile));
  await writeAtomically(join(folder, file), [bytes]);
  const content = { format: 'adjoint', version, model: definition, modelSha256: digest(JSON.stringify(definition)), weights: { file, sha256 } };
  await writeAtomically(join(folder, definitionFile), [`${JSON.stringify(content, null, 2)}\n`]);
  const names = await onDisk(folder, 'the folder cannot be read', readdir(folder));
  for (const name of names.filter((other) => isFormer(other, file))) await onDisk(join(folder, name), 'it cannot be removed', rm(join(folder, name), { force: true }));
}

/** Whether a file is of the model before, or what a killed process left of a file of a model. */
function isFormer(name: string, weights: string): boolean {
  const written = fileOfPartial(name);
  return written === null ? weightsFile.test(name) && name !== weights : written === definitionFile || weightsFile.test(written);
}

/**
 * Refuses to replace another program's `model.json`, such as a model of TensorFlow.js.
 *
 * @throws `FileError` that says what to do.
 */
async function requireOwn(path: string): Promise<void> {
  const text = await onDisk(path, 'it cannot be read', readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }));
  if (text === null || /^\s*\{\s*"format"\s*:\s*"adjoint"/.test(text)) return;
  throw new FileError(`${path}: it is not a model that saveModel wrote, and would be replaced; move it away, or save into another folder`);
}

/**
 * Reads the model of a folder that {@link saveModel} wrote.
 *
 * @throws `FileError` when a file is not there.
 * @throws `DataFormatError` when a file is damaged, or there is no layer of a type in the definition.
 *
 * @example
 * ```ts no-run
 * import { predict } from '@adjoint/nn';
 * import { loadModel } from '@adjoint/nn/node';
 * import { ones } from '@adjoint/core';
 *
 * const { model, params, state } = await loadModel('digits');
 * predict(model, { params, state }, ones([1, 28, 28, 1]));
 * ```
 */
export async function loadModel(folder: string): Promise<SavedModel> {
  requirePath('loadModel', 'folder', folder);
  const path = join(folder, definitionFile);
  const content = requireObject(parseDefinition(path, await definitionBytes(folder, path)), path);
  if (content['format'] !== 'adjoint' || content['version'] !== version) {
    throw new DataFormatError(`${path}: format ${formatValue(content['format'])}, version ${formatValue(content['version'])}; expected adjoint, version ${version}`);
  }
  const { file, sha256 } = requireObject(content['weights'], `${path}: weights`);
  if (typeof file !== 'string' || !weightsFile.test(file)) throw new DataFormatError(`${path}: weights.file is ${formatValue(file)}; expected weights-HASH.safetensors in this folder`);
  const model = construct(path, () => layerFromConfig(content['model']));
  requireUnchanged(path, content);
  const name = join(folder, file);
  const bytes = await readBytes(name);
  const actual = digest(bytes);
  if (actual !== sha256) throw foreignFileError(name, bytes, 'the variables of the model', 'safetensors') ?? new DataFormatError(`${name}: its SHA-256 is ${actual}; expected ${formatValue(sha256)}, as ${definitionFile} says. The file is damaged or another one`);
  return { model, ...decodeVariables(bytes, { name }) };
}

/** The definition in a folder; where there is none, the error says what the folder is. */
async function definitionBytes(folder: string, path: string): Promise<Uint8Array> {
  try {
    return await readBytes(path);
  } catch (error) {
    const found = await stat(folder).catch(() => null);
    if (found?.isFile() === true) throw new FileError(`${folder}: it is a file; expected the folder that saveModel wrote`, { cause: error });
    const names = found?.isDirectory() === true ? await readdir(folder).catch(() => []) : [];
    if (names.length === 0 || names.includes(definitionFile)) throw error;
    const advice = names.some((name) => name.startsWith('checkpoint-')) ? 'of a run, readRun reads the state'
      : names.some((name) => name.endsWith('.safetensors')) ? 'of variables that saveVariables wrote, loadVariables reads the file, and of others readSafetensors'
        : 'look at the path';
    throw new FileError(`${(error as FileError).message}. The folder is not one that saveModel wrote; ${advice}`, { cause: error });
  }
}

function parseDefinition(path: string, bytes: Uint8Array): unknown {
  try {
    return parseJson(new TextDecoder().decode(bytes), path);
  } catch (error) {
    throw foreignFileError(path, bytes, 'the definition of a model, as saveModel writes it', 'json', 'text') ?? error;
  }
}

/** Refuses a definition in which a number is another one than was written: it would compute something else without a word. */
function requireUnchanged(path: string, { model, modelSha256 }: Readonly<Record<string, unknown>>): void {
  const actual = digest(JSON.stringify(model));
  if (modelSha256 === undefined || modelSha256 === actual) return;
  throw new DataFormatError(
    `${path}: the SHA-256 of its model is ${actual}; expected ${formatValue(modelSha256)}, its modelSha256. The file is damaged; ` +
      'where you changed the definition on purpose, take modelSha256 out',
  );
}

function digest(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/**
 * Writes parameters and state to a safetensors file, whole or not at all.
 *
 * @throws `FileError` when the disk is full, or the folder is not there or cannot be written.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { key } from '@adjoint/core';
 * import { dense } from '@adjoint/nn';
 * import { loadVariables, saveVariables } from '@adjoint/nn/node';
 *
 * const model = dense({ units: 2 });
 * const file = join(await mkdtemp(join(tmpdir(), 'adjoint-')), 'dense.safetensors');
 * await saveVariables(file, model.init(key(0), [3]));
 * const { params } = await loadVariables(file, model, [3]);
 * params.get('kernel'); // a tensor, float32 [3, 2]
 * await loadVariables(file, dense({ units: 7 }), [3]); // throws DataFormatError
 * ```
 */
export async function saveVariables(file: string, variables: Variables): Promise<void> {
  requirePath('saveVariables', 'file', file);
  requireVariables('saveVariables', variables);
  await writeAtomically(file, [encodeVariables(variables)]);
}

/**
 * Reads the parameters and the state of a model from a file that {@link saveVariables} wrote.
 *
 * @param inputShape - the shape of one input, without the batch axis.
 * @throws `FileError` when the file cannot be read.
 * @throws `DataFormatError` when the file is damaged, or the variables are not the model's; it lists those that are missing,
 * superfluous or misshapen.
 * @throws `ShapeError` when the model does not take inputs of this shape.
 *
 * @example
 * ```ts no-run
 * import { dense } from '@adjoint/nn';
 * import { loadVariables } from '@adjoint/nn/node';
 *
 * const { params, state } = await loadVariables('dense.safetensors', dense({ units: 2 }), [3]);
 * ```
 */
export async function loadVariables(file: string, model: Layer, inputShape: Shape): Promise<Variables> {
  requirePath('loadVariables', 'file', file);
  requireLayer('loadVariables', 'model', model);
  checkShape('loadVariables', inputShape);
  const bytes = await readBytes(file);
  return scope(() => matchVariables(model, inputShape, decodeVariables(bytes, { name: file }), { name: file }), 'loadVariables');
}
