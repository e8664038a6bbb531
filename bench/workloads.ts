import {
  adam, conv2d, dense, dropout, flatten, maxPool2d, relu, sequential, sgd, type Layer, type Optimizer,
} from '@adjoint/nn';

/** A network, how it is trained, and on batches of which shape. */
export interface Workload {
  readonly model: Layer;
  readonly optimizer: Optimizer;
  readonly batchSize: number;
  readonly inputShape: readonly number[];
}

const convolution = (filters: number, padding: 'valid' | 'same' = 'valid', kernelSize = 3): Layer =>
  conv2d({ filters, kernelSize, padding });

/** The networks that `npm run bench` trains, by the names that issue and documentation give them. */
export const workloads: Readonly<Record<string, Workload>> = {
  W1: {
    model: sequential(
      convolution(32), relu(), convolution(32), relu(), maxPool2d({ poolSize: 2 }), dropout({ rate: 0.25 }), flatten(),
      dense({ units: 256 }), relu(), dropout({ rate: 0.5 }), dense({ units: 128 }), relu(), dense({ units: 10 }),
    ),
    optimizer: adam(), batchSize: 64, inputShape: [28, 28, 1],
  },
  W1b: {
    model: sequential(
      convolution(32, 'same'), relu(), convolution(32, 'same'), relu(), maxPool2d({ poolSize: 2 }), dropout({ rate: 0.25 }),
      convolution(64, 'same'), relu(), convolution(64, 'same'), relu(), maxPool2d({ poolSize: 2 }), dropout({ rate: 0.25 }),
      flatten(), dense({ units: 256 }), relu(), dense({ units: 32 }), relu(), dense({ units: 10 }),
    ),
    optimizer: adam(), batchSize: 64, inputShape: [28, 28, 1],
  },
  W2: {
    model: sequential(dense({ units: 512 }), relu(), dense({ units: 256 }), relu(), dense({ units: 10 })),
    optimizer: adam(), batchSize: 128, inputShape: [784],
  },
  W3: {
    model: sequential(
      convolution(6, 'same', 5), relu(), maxPool2d({ poolSize: 2 }), convolution(16, 'valid', 5), relu(),
      maxPool2d({ poolSize: 2 }), flatten(), dense({ units: 120 }), relu(), dense({ units: 84 }), relu(), dense({ units: 10 }),
    ),
    optimizer: sgd({ learningRate: 0.01, momentum: 0.9 }), batchSize: 64, inputShape: [28, 28, 1],
  },
};
