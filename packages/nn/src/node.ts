/**
 * Models and trainings on disk, and what a terminal shows of them; Node only.
 *
 * @packageDocumentation
 */
export { csvLog, jsonlLog } from './node/epochLogs.js';
export { fitRun, readRun, type FitRunOptions } from './node/fitRun.js';
export { interruption } from './node/interruption.js';
export { modelCheckpoint, type ModelCheckpointOptions } from './node/modelCheckpoint.js';
export { progressBar, type ProgressBarOptions } from './node/progressBar.js';
export { tensorBoard, type TensorBoardOptions } from './node/tensorBoard.js';
export { loadModel, loadVariables, saveModel, saveVariables, type SavedModel } from './node/savedModel.js';
