export * from './memory';
export { enterThread, parameterBytes, threadBytes } from './thread';
export { unaryBool, unaryFloat32, unaryFloat64, unaryInt32 } from './unary';
export { binaryRow, binaryRows } from './binary';
export { activationFloat32, activationFloat64 } from './activation';
export { selectRows } from './select';
export { assignRows, cast, copyRows, fill, transposeMatrices } from './copy';
export { argReduceColumns, argReduceRows, reduceColumns, reduceRows } from './reduce';
export { squareReduceRows } from './squares';
export { scan } from './scan';
export { logSoftmaxFloat32, logSoftmaxFloat64, softmaxFloat32, softmaxFloat64 } from './softmax';
export * from './crossEntropy';
export * from './standardize';
export * from './random';
export * from './adam';
export * from './indexing';
export { argSortRows, argSortScratchBytes } from './sort';
export * from './pool2d';
export { factorize, factorizeScratchBytes } from './factorize';
export { gemm, gemmScratchBytes } from './gemm';
export { conv2dForward, conv2dKernelGradient, conv2dScratchBytes, conv2dTransposeKernel } from './conv2d';
export { conv2dInputGradient, conv2dInputGradientScratchBytes } from './conv2dInputGradient';
export * from './depthwise';
export {
  winogradCombine, winogradForward, winogradKernel, winogradKernelBytes, winogradKernelGradient,
  winogradPartialBytes, winogradReplace, winogradScratchBytes,
} from './winograd';
export { triangularSolve, triangularSolveScratchBytes } from './triangularSolve';
