import { key, trace, valueAndGrad, withModule, zeros, type Graph, type Tensor } from '@adjoint/core';
import type { Params } from '@adjoint/nn';
import { softmaxCrossEntropy } from '@adjoint/ops';
import { makeModel, type ModelName } from '../mnist/models.js';

const batchSize = 64;

interface Batch {
  readonly params: Params;
  readonly images: Tensor;
}

/** The graph of a network for digits in training, or that of its loss and the gradient of it. Nothing is computed for it. */
export function networkGraph(name: ModelName, gradient: boolean): Graph {
  const model = makeModel(name);
  const { params, state } = model.init(key(0), [28, 28, 1]);
  const forward = ({ params: candidate, images }: Batch) => model.apply({ params: candidate, state }, images, { training: true, key: key(1) }).output;
  // Labels must lie within the classes, which needs their values: they are a constant.
  const labels = zeros([batchSize], { dtype: 'int32' });
  const loss = (candidate: Params, images: Tensor) => {
    const logits = forward({ params: candidate, images });
    return withModule('loss', () => softmaxCrossEntropy(logits, labels));
  };
  const lossAndGradient = (batch: Batch) => {
    const { value, gradient: byPath } = valueAndGrad(loss)(batch.params, batch.images);
    return byPath.set('loss', value);
  };

  const batch = { params, images: { shape: [batchSize, 28, 28, 1], dtype: 'float32' } } as const;
  const graph = gradient ? trace(lossAndGradient)(batch) : trace((inputs: Batch) => ({ logits: forward(inputs) }))(batch);
  // The function's one argument has the number 0, which says nothing.
  const nodes = graph.nodes.map((node) => node.set('name', node.name.replace(/^0\./, '')));
  return graph.merge({ name: gradient ? `gradient of ${name}` : name, nodes });
}
