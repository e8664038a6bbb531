import { conv2d, dense, dropout, flatten, maxPool2d, relu, sequential, type Layer } from '@adjoint/nn';

/** The networks that the example can train. All give one logit a digit; the softmax is part of the loss. */
const models = {
  /** A small convolutional network with all the layers of the large one. */
  cnn: () =>
    sequential(
      conv2d({ filters: 24, kernelSize: 3 }), relu(), maxPool2d({ poolSize: 2 }),
      conv2d({ filters: 48, kernelSize: 3 }), relu(), maxPool2d({ poolSize: 2 }),
      dropout({ rate: 0.2 }), flatten(), dense({ units: 128 }), relu(), dropout({ rate: 0.3 }), dense({ units: 10 }),
    ),
  /** Twice as wide as `cnn`, and a layer deeper: for the recipe that reaches most. */
  wide: () =>
    sequential(
      conv2d({ filters: 32, kernelSize: 3 }), relu(), maxPool2d({ poolSize: 2 }),
      conv2d({ filters: 64, kernelSize: 3 }), relu(), conv2d({ filters: 64, kernelSize: 3 }), relu(), maxPool2d({ poolSize: 2 }),
      dropout({ rate: 0.25 }), flatten(), dense({ units: 128 }), relu(), dropout({ rate: 0.4 }), dense({ units: 10 }),
    ),
  /** Two dense layers, which know nothing of where a pixel is. */
  mlp: () => sequential(flatten(), dense({ units: 256 }), relu(), dropout({ rate: 0.2 }), dense({ units: 10 })),
  /** The network of "Let's code Convolutional Neural Network in plain NumPy". */
  article: () =>
    sequential(
      conv2d({ filters: 32, kernelSize: 3, padding: 'same' }), relu(),
      conv2d({ filters: 32, kernelSize: 3, padding: 'same' }), relu(),
      maxPool2d({ poolSize: 2 }), dropout({ rate: 0.25 }),
      conv2d({ filters: 64, kernelSize: 3, padding: 'same' }), relu(),
      conv2d({ filters: 64, kernelSize: 3, padding: 'same' }), relu(),
      maxPool2d({ poolSize: 2 }), dropout({ rate: 0.25 }),
      flatten(), dense({ units: 256 }), relu(), dense({ units: 32 }), relu(), dense({ units: 10 }),
    ),
} satisfies Record<string, () => Layer>;

/** The name of a network. */
export type ModelName = keyof typeof models;

/** The names of all networks. */
export const modelNames = Object.keys(models) as readonly ModelName[];

/** Makes a network by its name. */
export function makeModel(name: ModelName): Layer {
  return models[name]();
}
