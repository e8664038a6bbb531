/**
 * Arbitraries for property-based tests of operations, with fast-check: shapes, tensors in every memory layout, and a
 * property that proves a gradient rule. Adjoint's own suite is written with them.
 *
 * @packageDocumentation
 */
export * from './testing/axes.js';
export * from './testing/convolutions.js';
export * from './testing/equalTensors.js';
export * from './testing/gradientCase.js';
export * from './testing/gradientProperty.js';
export * from './testing/primitiveProperties.js';
export * from './testing/shapes.js';
export * from './testing/tensorSample.js';
