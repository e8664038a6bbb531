import { flattenTree, key, ones, Tape, valueAndGrad, withModule, zeros, type Graph, type Tensor } from '@adjoint/core';
import { softmaxCrossEntropy } from '@adjoint/ops';
import { makeModel, type ModelName } from '../mnist/models.js';

const batchSize = 64;

/** The graph of a network for digits in training, or that of the gradient of its loss. */
export function networkGraph(name: ModelName, gradient: boolean): Graph {
  const model = makeModel(name);
  const { params, state } = model.init(key(0), [28, 28, 1]);
  const images = ones([batchSize, 28, 28, 1]);
  const labels = zeros([batchSize], { dtype: 'int32' });
  const apply = (candidate: typeof params, inputs: Tensor) => model.apply({ params: candidate, state }, inputs, { training: true, key: key(1) }).output;
  const loss = (candidate: typeof params, inputs: Tensor) => {
    const logits = apply(candidate, inputs);
    return withModule('loss', () => softmaxCrossEntropy(logits, labels));
  };

  const lossAndGradient = () => {
    const result = valueAndGrad(loss)(params, images);
    return result.gradient.set('loss', result.value);
  };

  const tape = new Tape();
  const watched = [...flattenTree(params).map(([, leaf]) => leaf), images];
  const outputs = tape.run(watched, () => (gradient ? lossAndGradient() : { logits: apply(params, images) }));
  const graph = tape.graph({ name: gradient ? `gradient of ${name}` : name, inputs: { params, images }, outputs });
  tape.close();
  return graph;
}
