import * as fc from 'fast-check';
import { tensor, type Tensor } from '@adjoint/core';
import { broadcastableTensors, shapes, tensors } from '@adjoint/core/testing';
import * as ops from '@adjoint/ops';
import { toHalves, withAxis, type Case } from '../generators.js';

const labelled = fc
  .tuple(fc.nat({ max: 3 }), fc.integer({ min: 1, max: 4 }))
  .chain(([n, classes]) => fc.tuple(tensors([n, classes]), fc.array(fc.nat({ max: classes - 1 }), { minLength: n, maxLength: n })));

/** A loss of predictions and targets that are nowhere equal, nor a whole number apart, nor 0, where some losses have a kink. */
function loss(fn: (predictions: Tensor, targets: Tensor, options: ops.LossOptions) => Tensor): Case {
  const reductions = fc.constantFrom('mean' as const, 'sum' as const, 'none' as const);
  return shapes({ maxRank: 3, minLength: 1, maxLength: 3 })
    .chain((shape) => fc.tuple(tensors(shape), tensors(shape), fc.option(tensors(shape, { min: 0.5, max: 2 })), reductions))
    .map(([predictions, targets, weights, reduction]) => ({
      inputs: [predictions, targets],
      fn: (x, y) => {
        const options = { reduction, ...(weights === null ? {} : { weights: weights.make() }) };
        return fn(ops.add(x, toHalves(predictions, 0.25)), ops.add(y, toHalves(targets)), options);
      },
    }));
}

/** Random calls of each operation of this family. */
export const losses: Record<string, Case> = {
  softmax: withAxis(ops.softmax),
  logSoftmax: withAxis(ops.logSoftmax),
  'softmaxCrossEntropy (classes)': labelled
    .filter(([logits]) => logits.shape[0]! > 0)
    .map(([logits, labels]) => ({ inputs: [logits], fn: (x) => ops.softmaxCrossEntropy(x, tensor(labels, { dtype: 'int32' })) })),
  'softmaxCrossEntropy (classes, three axes)': labelled
    .filter(([logits]) => logits.shape[0]! > 0)
    .map(([logits, labels]) => ({
      inputs: [logits],
      fn: (x) => ops.softmaxCrossEntropy(ops.expandDims(x, 0), tensor([labels], { dtype: 'int32' }), { reduction: 'none' }),
    })),
  'softmaxCrossEntropy (smoothed and weighted)': labelled
    .filter(([logits]) => logits.shape[0]! > 0)
    .chain(([logits, labels]) => fc.tuple(fc.constant(logits), fc.constant(labels), tensors([logits.shape[1]!], { min: 0.5, max: 2 }), fc.constantFrom('mean' as const, 'none' as const)))
    .map(([logits, labels, weights, reduction]) => ({
      inputs: [logits, weights],
      fn: (x, w) => ops.softmaxCrossEntropy(x, tensor(labels, { dtype: 'int32' }), { classWeights: w, labelSmoothing: 0.3, reduction }),
    })),
  meanSquaredError: loss(ops.meanSquaredError),
  meanAbsoluteError: loss(ops.meanAbsoluteError),
  huber: loss(ops.huber),
  'huber (delta)': loss((x, y, options) => ops.huber(x, y, { ...options, delta: 0.5 })),
  binaryCrossEntropyWithLogits: loss((x, y, options) => ops.binaryCrossEntropyWithLogits(x, ops.sigmoid(y), { ...options, labelSmoothing: 0.2, positiveWeight: 3 })),
  klDivergence: shapes({ minRank: 1, maxRank: 3, minLength: 1, maxLength: 3 })
    .chain((shape) => fc.tuple(tensors(shape), tensors(shape), fc.nat({ max: shape.length - 1 })))
    .map(([x, y, axis]) => ({ inputs: [x, y], fn: (a, b) => ops.klDivergence(ops.logSoftmax(a, { axis }), ops.softmax(b, { axis }), { axis }) })),
  cosineSimilarity: broadcastableTensors(2, { minRank: 1, awayFromZero: 0.5 }).map((inputs) => ({ inputs, fn: (x, y) => ops.cosineSimilarity(x, y) })),
  'softmaxCrossEntropy (probabilities)': labelled.map(([logits]) => ({
    inputs: [logits],
    fn: (x) => ops.softmaxCrossEntropy(x, ops.softmax(logits.make()), { reduction: 'none' }),
  })),
};
