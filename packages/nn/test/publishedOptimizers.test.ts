import { describe, expect, test } from 'vitest';
import { flattenTree, tensor } from '@adjoint/core';
import * as nn from '@adjoint/nn';

/*
 * Trajectories of PyTorch 1.13's torch.optim in float64: a parameter [2, 2] and one [3], and at step t (from 0) the
 * gradient ((7 i + 5 t + 3) mod 11 - 5) / 4 for element i of both. All seven elements after 2 steps and after 8. NAdam is
 * run with foreach=True: in this version its other loop multiplies a momentum twice.
 */
const start = { matrix: [[0.5, -1.5], [2, 0.25]], vector: [1, -2, 0.1] };

function run(optimizer: nn.Optimizer): number[][] {
  const float64 = { dtype: 'float64' } as const;
  let params = { matrix: tensor(start.matrix, float64), vector: tensor(start.vector, float64) };
  let state = optimizer.init(params);
  const after: number[][] = [];
  for (let step = 0; step < 8; step++) {
    const slope = (index: number) => (((7 * index + 5 * step + 3) % 11) - 5) / 4;
    const gradients = {
      matrix: tensor([[slope(0), slope(1)], [slope(2), slope(3)]], float64),
      vector: tensor([slope(4), slope(5), slope(6)], float64),
    };
    ({ params, state } = optimizer.update(gradients, state, params));
    after.push(flattenTree(params).flatMap(([, leaf]) => [...leaf.data()]));
  }
  return [after[1]!, after[7]!];
}

interface Published {
  readonly name: string;
  readonly ours: () => nn.Optimizer;
  readonly expected: readonly [readonly number[], readonly number[]];
}

const published: readonly Published[] = [
  {
    name: 'SGD(lr=0.1)',
    ours: () => nn.sgd({ learningRate: 0.1 }),
    expected: [
      [0.475, -1.6, 2.1, 0.275, 0.95, -2.125, 0.175],
      [0.7, -1.6, 1.875, 0.375, 1.1, -2.2, 0.15],
    ],
  },
  {
    name: 'SGD(lr=0.1, momentum=0.9)',
    ours: () => nn.sgd({ learningRate: 0.1, momentum: 0.9 }),
    expected: [
      [0.52, -1.7125, 2.0775, 0.3425, 0.86, -2.125, 0.265],
      [1.05380332, -2.3949692125, 1.8328331775, 0.9998545425, 0.82358201, -2.883299125, 0.622680765],
    ],
  },
  {
    name: 'SGD(lr=0.1, momentum=0.9, nesterov=True)',
    ours: () => nn.sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }),
    expected: [
      [0.493, -1.79125, 2.16975, 0.35825, 0.824, -2.2375, 0.3235],
      [1.198422988, -2.40547229125, 1.72454985975, 1.04986908825, 0.941223809, -2.9949692125, 0.6204126885],
    ],
  },
  {
    name: 'SGD(lr=0.1, momentum=0.9, dampening=0.25)',
    ours: () => nn.sgd({ learningRate: 0.1, momentum: 0.9, dampening: 0.25 }),
    expected: [
      [0.53875, -1.71875, 2.04625, 0.355, 0.8475, -2.09375, 0.27125],
      [0.98654408875, -2.34920590625, 1.83902908375, 0.919178305, 0.72530331, -2.66247434375, 0.63439377125],
    ],
  },
  {
    name: 'SGD(lr=0.1, momentum=0.9, weight_decay=0.05)',
    ours: () => nn.chain(nn.addDecayedWeights(0.05), nn.sgd({ learningRate: 0.1, momentum: 0.9 })),
    expected: [
      [0.5125125, -1.6901625, 2.048675, 0.33850625, 0.846025, -2.09605, 0.2630525],
      [0.97380114561238, -2.1405015789927, 1.5455389601733, 0.93568369204943, 0.70854963359637, -2.57335249215484, 0.57138128685792],
    ],
  },
  {
    name: 'RMSprop(lr=0.05)',
    ours: () => nn.rmsProp({ learningRate: 0.05 }),
    expected: [
      [0.58333327962964, -1.90146703995056, 1.99038481317926, 0.47168479432138, 0.72450665737218, -2.49999996, 0.47815741716934],
      [1.24709090485227, -1.9785968972053, 1.41315672544733, 0.86564153875223, 1.01015802397019, -2.70107341413558, 0.50593928053058],
    ],
  },
  {
    name: 'RMSprop(lr=0.05, alpha=0.9, eps=1e-4, momentum=0.5, centered=True)',
    ours: () => nn.rmsProp({ learningRate: 0.05, decay: 0.9, epsilon: 1e-4, momentum: 0.5, centered: true }),
    expected: [
      [0.61548076402675, -1.71644106686765, 1.91093464685159, 0.40882839443515, 0.82430050011872, -2.16662223407091, 0.30872459185491],
      [0.96517815005201, -1.89354349384029, 1.65398088397318, 0.69110457236586, 0.91071321536979, -2.45963283393623, 0.38065361726681],
    ],
  },
  {
    name: 'Adagrad(lr=0.1)',
    ours: () => nn.adagrad({ learningRate: 0.1 }),
    expected: [
      [0.51679497055545, -1.58038838647972, 1.9980580676014, 0.2945299803703, 0.944721359556, -2.099999999992, 0.17574643748872],
      [0.64863734763695, -1.59618331143616, 1.88364133601046, 0.37318009497174, 1.00087666905292, -2.13982688948145, 0.18161666513042],
    ],
  },
  {
    name: 'Adagrad(lr=0.1, lr_decay=0.3, initial_accumulator_value=0.2)',
    ours: () => nn.adagrad({ learningRate: nn.inverseTimeDecay({ initial: 0.1, rate: 0.3 }), initialAccumulator: 0.2 }),
    expected: [
      [0.51720052289843, -1.57992019309604, 2.02238126656814, 0.29766636591028, 0.94065347626267, -2.07242726702865, 0.17417193293033],
      [0.57739326415619, -1.59998184242519, 1.97148280751005, 0.34631805738653, 0.95188439620668, -2.08951991374743, 0.18972578483861],
    ],
  },
  {
    name: 'Adadelta()',
    ours: () => nn.adadelta(),
    expected: [
      [0.49938263147882, -1.50223974094945, 2.0012315337472, 0.25059098059316, 0.9989228680131, -2.00316226754093, 0.10202266485326],
      [0.50907049815645, -1.50198486592047, 1.99318933577217, 0.25431679332987, 1.00375363703004, -2.0051875400285, 0.10146981053862],
    ],
  },
  {
    name: 'Adadelta(lr=0.5, rho=0.8, eps=1e-3)',
    ours: () => nn.adadelta({ learningRate: 0.5, decay: 0.8, epsilon: 1e-3 }),
    expected: [
      [0.49241258526398, -1.52441742268593, 2.01420324627339, 0.2554903325093, 0.98904204637441, -2.03529890592031, 0.12186328042623],
      [0.60016478455106, -1.51947480505256, 1.92547942259404, 0.29824895316845, 1.04502729841656, -2.05934094875794, 0.11649869932863],
    ],
  },
  {
    name: 'Adam(lr=0.05)',
    ours: () => nn.adam({ learningRate: 0.05 }),
    expected: [
      [0.53761490838759, -1.57555130317564, 1.97991771077391, 0.30722602570577, 0.93668314868545, -2.03720684075751, 0.17347340773827],
      [0.61574901181047, -1.68286875672128, 1.9608406972032, 0.41528998593459, 0.91321194677889, -2.15909600178098, 0.24160312351029],
    ],
  },
  {
    name: 'Adam(lr=0.05, weight_decay=0.1)',
    ours: () => nn.chain(nn.addDecayedWeights(0.1), nn.adam({ learningRate: 0.05 })),
    expected: [
      [0.53386046643145, -1.56857687431362, 1.97108725500636, 0.30507681655619, 0.93142312568638, -1.98031929194582, 0.17273725277693],
      [0.59020179152851, -1.62496408940077, 1.88562993471706, 0.40258440425374, 0.87503591059923, -2.028596682881, 0.23524591408922],
    ],
  },
  {
    name: 'Adam(lr=0.05, betas=(0.8, 0.5), amsgrad=True)',
    ours: () => nn.adam({ learningRate: 0.05, beta1: 0.8, beta2: 0.5, amsgrad: true }),
    expected: [
      [0.53563932526453, -1.57041241392319, 1.9782958246464, 0.30453609137552, 0.9397937933634, -2.03402069053866, 0.16871137925043],
      [0.60648088194997, -1.65365800290629, 1.94887611167799, 0.38845441558513, 0.93080128721956, -2.12934789393601, 0.21056121837586],
    ],
  },
  {
    name: 'AdamW(lr=0.05, weight_decay=0.1)',
    ours: () => nn.adamW({ learningRate: 0.05, weightDecay: 0.1 }),
    expected: [
      [0.53237740839259, -1.56033880317764, 1.96021771076391, 0.30448227570911, 0.92695814868295, -2.01725684075751, 0.17222590774077],
      [0.59400511838884, -1.61960912975634, 1.88282761107661, 0.40181257035187, 0.87689926033454, -2.0776356543731, 0.23369550667075],
    ],
  },
  {
    name: 'NAdam(lr=0.05)',
    ours: () => nn.nadam({ learningRate: 0.05 }),
    expected: [
      [0.51109075297307, -1.54566303358127, 1.99779461566622, 0.27645351643764, 0.96773289781239, -2.052249022637, 0.14320367497668],
      [0.61113030239159, -1.56317475674606, 1.91836540698315, 0.33425004300289, 1.01420069470184, -2.10055417446275, 0.14788770420067],
    ],
  },
  {
    name: 'NAdam(lr=0.05, betas=(0.8, 0.95), momentum_decay=0.1)',
    ours: () => nn.nadam({ learningRate: 0.05, beta1: 0.8, beta2: 0.95, momentumDecay: 0.1 }),
    expected: [
      [0.51075456641531, -1.54846672145872, 1.99897591124478, 0.27742642926427, 0.96622416617784, -2.05576825659825, 0.14576647183814],
      [0.62383694058062, -1.56902597502074, 1.9089832735526, 0.34338289012098, 1.01970993299705, -2.11346311772512, 0.14894519770397],
    ],
  },
  {
    name: 'RAdam(lr=0.05)',
    ours: () => nn.radam({ learningRate: 0.05 }),
    expected: [
      [0.51710526315789, -1.58552631578947, 2.01447368421053, 0.29210526315789, 0.93947368421053, -2.03289473684211, 0.16710526315789],
      [0.53814843458075, -1.65679399020565, 2.02275463761055, 0.34994178457409, 0.90723225445045, -2.09012179161537, 0.22778819505188],
    ],
  },
  {
    name: 'RAdam(lr=0.05, betas=(0.8, 0.9))',
    ours: () => nn.radam({ learningRate: 0.05, beta1: 0.8, beta2: 0.9 }),
    expected: [
      [0.51527777777778, -1.58333333333333, 2.01666666666667, 0.29027777777778, 0.94166666666667, -2.03472222222222, 0.16527777777778],
      [0.55531602087107, -1.65341580223834, 2.0072989781535, 0.35525950244856, 0.92454926481071, -2.10215751830659, 0.21509651975495],
    ],
  },
  {
    name: 'Adamax(lr=0.05)',
    ours: () => nn.adamax({ learningRate: 0.05 }),
    expected: [
      [0.53947368335088, -1.56843949157619, 1.97157894919579, 0.30614649662595, 0.93946314796325, -2.02631578926316, 0.16712238487221],
      [0.59276566457442, -1.64241010533474, 1.95718369104555, 0.37980055836281, 0.9199409820297, -2.10102935772985, 0.2150375044481],
    ],
  },
];

describe('the parameters are those of torch.optim after 2 steps and 8', () => {
  test.each(published)('$name', ({ ours, expected }) => {
    const actual = run(ours()).flat();
    expected.flat().forEach((value, index) => expect(Math.abs(actual[index]! - value)).toBeLessThan(1e-12));
    expect(actual.length).toBe(14);
  });
});

/** Algorithm 2 of Chen et al., "Symbolic discovery of optimization algorithms" (2023), an element at a time. */
test('lion follows its paper', () => {
  const { learningRate, beta1, beta2, weightDecay } = { learningRate: 0.05, beta1: 0.8, beta2: 0.9, weightDecay: 0.1 };
  const elements = [...start.matrix.flat(), ...start.vector];
  const means = elements.map(() => 0);
  for (let step = 0; step < 8; step++) {
    elements.forEach((element, index) => {
      const gradient = (((7 * index + 5 * step + 3) % 11) - 5) / 4;
      const direction = Math.sign(beta1 * means[index]! + (1 - beta1) * gradient);
      elements[index] = element - learningRate * (direction + weightDecay * element);
      means[index] = beta2 * means[index]! + (1 - beta2) * gradient;
    });
  }
  const [, actual] = run(nn.lion({ learningRate, beta1, beta2, weightDecay }));
  actual!.forEach((value, index) => expect(Math.abs(value - elements[index]!)).toBeLessThan(1e-12));
});

describe('the named optimizers are chains of links', () => {
  test.each<[string, nn.Optimizer, nn.Optimizer]>([
    ['sgd', nn.sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }), nn.chain(nn.scaleByMomentum({ momentum: 0.9, nesterov: true }), nn.scaleByLearningRate(0.1))],
    ['rmsProp', nn.rmsProp({ learningRate: 0.1 }), nn.chain(nn.scaleByRms(), nn.scaleByLearningRate(0.1))],
    ['adagrad', nn.adagrad({ learningRate: 0.1 }), nn.chain(nn.scaleByAdagrad(), nn.scaleByLearningRate(0.1))],
    ['adadelta', nn.adadelta(), nn.chain(nn.scaleByAdadelta(), nn.scaleByLearningRate(1))],
    ['adam', nn.adam({ learningRate: 0.1 }), nn.chain(nn.scaleByAdam(), nn.scaleByLearningRate(0.1))],
    ['adam with amsgrad', nn.adam({ learningRate: 0.1, amsgrad: true }), nn.chain(nn.scaleByAdam({ amsgrad: true }), nn.scaleByLearningRate(0.1))],
    ['adamW', nn.adamW({ learningRate: 0.1, weightDecay: 0.3 }), nn.chain(nn.scaleByAdam(), nn.addDecayedWeights(0.3), nn.scaleByLearningRate(0.1))],
    ['nadam', nn.nadam({ learningRate: 0.1 }), nn.chain(nn.scaleByNadam(), nn.scaleByLearningRate(0.1))],
    ['radam', nn.radam({ learningRate: 0.1 }), nn.chain(nn.scaleByRadam(), nn.scaleByLearningRate(0.1))],
    ['adamax', nn.adamax({ learningRate: 0.1 }), nn.chain(nn.scaleByAdamax(), nn.scaleByLearningRate(0.1))],
    ['lion', nn.lion({ learningRate: 0.1, weightDecay: 0.3 }), nn.chain(nn.scaleByLion(), nn.addDecayedWeights(0.3), nn.scaleByLearningRate(0.1))],
  ])('%s', (_, named, chained) => {
    const [actual, expected] = [run(named).flat(), run(chained).flat()];
    actual.forEach((value, index) => expect(Math.abs(value - expected[index]!)).toBeLessThan(1e-13));
  });
});

test('nadam goes on from any state: its product of momenta is that of the step', () => {
  const optimizer = nn.nadam({ learningRate: 0.1 });
  const gradient = tensor([1, -2], { dtype: 'float64' });
  const first = optimizer.update(gradient, optimizer.init(gradient), gradient);
  const second = optimizer.update(gradient, first.state, first.params);
  const again = optimizer.update(gradient, first.state, first.params);
  const fresh = nn.nadam({ learningRate: 0.1 }).update(gradient, first.state, first.params);
  expect([again, fresh].map(({ params }) => params.toArray())).toEqual([second.params.toArray(), second.params.toArray()]);
});
