/**
 * Models on disk; Node only.
 *
 * @packageDocumentation
 */
export { loadModel, loadVariables, saveModel, saveVariables, type SavedModel } from './node/savedModel.js';
