import type { OptionNames } from '@adjoint/core';
import type { Shape, Tensor } from '@adjoint/core';
import { add, concat, flip, mul } from '@adjoint/ops';
import { List } from 'immutable';
import { applyInner, layerFields, Layer, noOwnVariables, requireLayer, type LayerOptions } from '../layer.js';
import { ownOptions, requireChoice } from '../options.js';
import { specifyInners } from './inner.js';
import { requireSteps } from './steps.js';

/** How two directions become one output. */
export interface BidirectionalOptions extends LayerOptions {
  /** `concat` puts the forward features before the backward ones; the others work elementwise. Default: `concat`. */
  readonly merge?: 'concat' | 'sum' | 'average' | 'multiply';
}

const merges = {
  concat: (forward: Tensor, backward: Tensor) => concat([forward, backward], -1),
  sum: add,
  average: (forward: Tensor, backward: Tensor) => mul(add(forward, backward), 0.5),
  multiply: mul,
};

const bidirectionalOptionNames: OptionNames<BidirectionalOptions> = { merge: true, name: true, trainable: true };

/**
 * Two copies of a layer over sequences `[n, steps, features]`, each with parameters of its own: `forward` runs over the steps
 * as they come, `backward` over the steps (and the call's `mask`) in reverse; its sequence of outputs is turned around again, so
 * that each output stands at its step (Schuster and Paliwal 1997).
 *
 * Of PyTorch's bidirectional layers, `forward` has the parameters `_l0` and `backward` those of `_l0_reverse`.
 *
 * @throws `ArgumentError` when an option is out of range.
 *
 * @example
 * ```ts
 * import { key, ones } from '@adjoint/core';
 * import { bidirectional, gru } from '@adjoint/nn';
 *
 * const layer = bidirectional(gru({ units: 4, returnSequences: true }));
 * const variables = layer.init(key(0), [7, 3]);
 * [...variables.params.keys()]; // ['forward', 'backward']
 * layer.apply(variables, ones([2, 7, 3])).output.shape; // [2, 7, 8]
 * ```
 */
export function bidirectional(layer: Layer, options: BidirectionalOptions = {}): Layer {
  options = ownOptions('bidirectional', options, bidirectionalOptionNames);
  const { merge = 'concat' } = options;
  requireLayer('bidirectional', 'layer', layer);
  requireChoice('bidirectional', 'merge', merge, Object.keys(merges));
  const [forward, backward] = [layer.set('name', 'forward'), layer.set('name', 'backward')];
  return new Layer({
    ...layerFields('bidirectional', options, { merge }),
    layers: List([forward, backward]),
    needs: noOwnVariables,
    specify: (inputShape, path) => {
      requireSteps(inputShape, path);
      return specifyInners(path, (specify) => {
        const shape = specify(forward, inputShape);
        specify(backward, inputShape);
        return mergedShape(shape, merge);
      });
    },
    forward: ({ params, state }, input, context) => {
      const { mask } = context;
      const ahead = applyInner(forward, { params, state }, input, context, 0);
      const reversed = { ...context, mask: mask === undefined ? undefined : flip(mask, 1) };
      const back = applyInner(backward, { params, state: ahead.state }, flip(input, 1), reversed, 1);
      const isSequence = back.output.shape.length === input.shape.length;
      return { output: merges[merge](ahead.output, isSequence ? flip(back.output, 1) : back.output), state: back.state };
    },
  });
}

function mergedShape(shape: Shape, merge: keyof typeof merges): Shape {
  return merge === 'concat' ? shape.with(-1, 2 * shape.at(-1)!) : shape;
}
