import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ArgumentError } from '@adjoint/core';
import * as nn from '@adjoint/nn';

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, index) => expect(Math.abs(value - expected[index]!)).toBeLessThan(1e-12));
}

const ratesOf = (schedule: nn.Schedule, count: number) => Array.from({ length: count }, (_, step) => schedule(step));

/** The learning rates that the schedulers of PyTorch 1.13's torch.optim.lr_scheduler set for steps 0, 1, …, from 0.5. */
const published: readonly (readonly [name: string, schedule: nn.Schedule, expected: readonly number[]])[] = [
  ['StepLR(3, 0.5)', nn.stepDecay({ initial: 0.5, factor: 0.5, every: 3 }), [0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125, 0.125]],
  ['ExponentialLR(0.8)', nn.exponentialDecay({ initial: 0.5, factor: 0.8 }), [0.5, 0.4, 0.32, 0.256, 0.2048]],
  ['MultiStepLR([2, 5], 0.1)', nn.piecewiseConstant({ values: [0.5, 0.05, 0.005], boundaries: [2, 5] }), [0.5, 0.5, 0.05, 0.05, 0.05, 0.005, 0.005]],
  ['LinearLR(0.2, 1, 4)', nn.linearSchedule({ initial: 0.1, final: 0.5, steps: 4 }), [0.1, 0.2, 0.3, 0.4, 0.5, 0.5]],
  ['PolynomialLR(5, 2)', nn.polynomialDecay({ initial: 0.5, steps: 5, power: 2 }), [0.5, 0.32, 0.18, 0.08, 0.02, 0, 0]],
  ['CosineAnnealingLR(6, 0.05)', nn.cosineDecay({ initial: 0.5, final: 0.05, steps: 6 }),
    [0.5, 0.4698557158514987, 0.3875, 0.275, 0.1625, 0.0801442841485013, 0.05]],
  ['CosineAnnealingWarmRestarts(3, 2, 0.05)', nn.cosineRestarts({ initial: 0.5, final: 0.05, period: 3, periodFactor: 2 }),
    [0.5, 0.3875, 0.1625, 0.5, 0.4698557158514987, 0.3875, 0.275, 0.1625, 0.0801442841485013, 0.5, 0.49233331091504035, 0.4698557158514987]],
  ['CosineAnnealingWarmRestarts(3)', nn.cosineRestarts({ initial: 0.5, period: 3 }), [0.5, 0.375, 0.125, 0.5, 0.375, 0.125, 0.5, 0.375]],
  ['OneCycleLR(0.5, total_steps=12)', nn.oneCycle({ peak: 0.5, steps: 12 }),
    [0.02, 0.17489482710979154, 0.43964257956106434, 0.49720771772545586, 0.46650648492070584, 0.4058728269748815,
      0.32368949884755166, 0.23131855133348753, 0.14153049910434962, 0.0667387650944153, 0.01728349371269761, 0.000002]],
  ["OneCycleLR(0.5, total_steps=9, pct_start=0.4, anneal_strategy='linear', div_factor=10, final_div_factor=100)",
    nn.oneCycle({ peak: 0.5, steps: 9, warmupFraction: 0.4, anneal: 'linear', initialDivisor: 10, finalDivisor: 100 }),
    [0.05, 0.22307692307692306, 0.39615384615384613, 0.463, 0.3705, 0.278, 0.1855, 0.093, 0.0005]],
  ['SequentialLR([ConstantLR(0.2), ExponentialLR(0.5)], [3])',
    nn.joinSchedules({ schedules: [nn.constantSchedule(0.1), nn.exponentialDecay({ initial: 0.5, factor: 0.5 })], boundaries: [3] }),
    [0.1, 0.1, 0.1, 0.5, 0.25, 0.125, 0.0625]],
];

describe('schedules give the learning rates of torch.optim.lr_scheduler', () => {
  test.each(published)('%s', (_, schedule, expected) => expectClose(ratesOf(schedule, expected.length), expected));
});

describe('formulas that PyTorch has not', () => {
  test('inverse time', () => {
    expectClose(ratesOf(nn.inverseTimeDecay({ initial: 1, rate: 0.5, every: 2 }), 4), [1, 1 / 1.25, 1 / 1.5, 1 / 1.75]);
  });

  test('an exponential stops at its end, from either side', () => {
    expectClose(ratesOf(nn.exponentialDecay({ initial: 1, factor: 0.5, final: 0.3 }), 4), [1, 0.5, 0.3, 0.3]);
    expectClose(ratesOf(nn.exponentialDecay({ initial: 1, factor: 2, final: 3 }), 4), [1, 2, 3, 3]);
    expectClose(ratesOf(nn.exponentialDecay({ initial: 1, factor: 4, every: 2 }), 4), [1, 2, 4, 8]);
  });

  test('restarts begin lower by a factor', () => {
    expectClose(ratesOf(nn.cosineRestarts({ initial: 1.25, final: 0.25, period: 2, peakFactor: 0.5 }), 6), [1.25, 0.75, 0.75, 0.5, 0.5, 0.375]);
  });

  test('one cycle stays at its last rate', () => {
    const schedule = nn.oneCycle({ peak: 1, steps: 5 });
    expect(schedule(100)).toBe(schedule(4));
    // A rise of less than a step begins at the peak.
    expect(nn.oneCycle({ peak: 1, steps: 4, warmupFraction: 0.25 })(0)).toBe(1);
  });

  test('restarts of growing periods are found by their position in their fall', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 4 }), fc.double({ min: 0, max: 0.99, noNaN: true }),
      (period, periodFactor, fall, share) => {
        const schedule = nn.cosineRestarts({ initial: 2, final: 1, period, periodFactor, peakFactor: 0.5 });
        const begin = Array.from({ length: fall }, (_, index) => period * periodFactor ** index).reduce((total, length) => total + length, 0);
        const offset = Math.floor(share * period * periodFactor ** fall);
        const expected = 1 + 0.5 ** fall * 0.5 * (1 + Math.cos((Math.PI * offset) / (period * periodFactor ** fall)));
        expectClose([schedule(begin + offset)], [expected]);
      }));
  });
});

test('a schedule tells what it was made with, also inside of others and of an optimizer', () => {
  const schedule = nn.warmup(nn.cosineDecay({ initial: 1, steps: 3 }), { steps: 2 });
  const config = { type: 'warmup', schedule: { type: 'cosineDecay', initial: 1, final: 0, steps: 3 }, steps: 2, initial: 0 };
  expect(schedule.config).toEqual(config);
  expect(schedule.name).toBe('warmup');
  expect(JSON.parse(JSON.stringify(nn.sgd({ learningRate: schedule }).config))).toMatchObject({ learningRate: config });
  const joined = nn.joinSchedules({ schedules: [nn.constantSchedule(1), schedule], boundaries: [5] });
  expect(joined.config).toEqual({ type: 'joinSchedules', schedules: [{ type: 'constantSchedule', value: 1 }, config], boundaries: [5] });
  for (const [, published_] of published) expect(JSON.parse(JSON.stringify(published_.config))).toEqual(published_.config);
});

test.each<[() => unknown, RegExp]>([
  [() => nn.constantSchedule(-1), /constantSchedule: value is -1/],
  [() => nn.stepDecay({ initial: NaN, every: 1 }), /stepDecay: initial is NaN/],
  [() => nn.stepDecay({ initial: 1, every: 0 }), /stepDecay: every is 0/],
  [() => nn.stepDecay({ initial: 1, every: 1, factor: -1 }), /stepDecay: factor is -1/],
  [() => nn.exponentialDecay({ initial: 1, factor: 0 }), /exponentialDecay: factor is 0/],
  [() => nn.exponentialDecay({ initial: 1, factor: 0.5, every: -1 }), /exponentialDecay: every is -1/],
  [() => nn.exponentialDecay({ initial: 1, factor: 0.5, final: -1 }), /exponentialDecay: final is -1/],
  [() => nn.inverseTimeDecay({ initial: 1, rate: -1 }), /inverseTimeDecay: rate is -1/],
  [() => nn.inverseTimeDecay({ initial: 1, rate: 1, every: Infinity }), /inverseTimeDecay: every is Infinity/],
  [() => nn.polynomialDecay({ initial: 1, steps: 0 }), /polynomialDecay: steps is 0/],
  [() => nn.polynomialDecay({ initial: 1, steps: 1, power: 0 }), /polynomialDecay: power is 0/],
  [() => nn.linearSchedule({ initial: -1, steps: 1 }), /linearSchedule: initial is -1/],
  [() => nn.cosineDecay({ initial: 1, steps: 1.5 }), /cosineDecay: steps is 1.5/],
  [() => nn.cosineDecay({ initial: 1, steps: 1, final: -1 }), /cosineDecay: final is -1/],
  [() => nn.cosineRestarts({ initial: 1, period: 0 }), /cosineRestarts: period is 0/],
  [() => nn.cosineRestarts({ initial: 1, period: 1, periodFactor: 0.5 }), /cosineRestarts: periodFactor is 0.5/],
  [() => nn.cosineRestarts({ initial: 1, period: 1, peakFactor: -1 }), /cosineRestarts: peakFactor is -1/],
  [() => nn.oneCycle({ peak: 0, steps: 5 }), /oneCycle: peak is 0/],
  [() => nn.oneCycle({ peak: 1, steps: 1 }), /oneCycle: steps is 1/],
  [() => nn.oneCycle({ peak: 1, steps: 5, warmupFraction: 1 }), /oneCycle: warmupFraction is 1/],
  [() => nn.oneCycle({ peak: 1, steps: 5, initialDivisor: 0 }), /oneCycle: initialDivisor is 0/],
  [() => nn.oneCycle({ peak: 1, steps: 5, anneal: 'cos' as 'cosine' }), /oneCycle: anneal is "cos";/],
  [() => nn.piecewiseConstant({ values: [], boundaries: [] }), /piecewiseConstant: values are empty/],
  [() => nn.piecewiseConstant({ values: [1, -1], boundaries: [1] }), /piecewiseConstant: values\[1\] is -1/],
  [() => nn.piecewiseConstant({ values: [1, 2, 3], boundaries: [5, 5] }), /piecewiseConstant: boundaries are \[5, 5\]; expected 2 whole numbers/],
  [() => nn.piecewiseConstant({ values: [1, 2], boundaries: [] }), /piecewiseConstant: boundaries are \[\]; expected 1/],
  [() => nn.joinSchedules({ schedules: [], boundaries: [] }), /joinSchedules: schedules are empty/],
  [() => nn.joinSchedules({ schedules: [nn.constantSchedule(1)], boundaries: [3] }), /joinSchedules: boundaries are \[3\]; expected 0/],
  [() => nn.warmup(nn.constantSchedule(1), { steps: 0 }), /warmup: steps is 0/],
  [() => nn.warmup(nn.constantSchedule(1), { steps: 1, initial: -1 }), /warmup: initial is -1/],
  [() => nn.reduceOnPlateau({ factor: 1 }), /reduceOnPlateau: factor is 1/],
  [() => nn.reduceOnPlateau({ patience: -1 }), /reduceOnPlateau: patience is -1/],
  [() => nn.reduceOnPlateau({ cooldown: 0.5 }), /reduceOnPlateau: cooldown is 0.5/],
  [() => nn.reduceOnPlateau({ mode: 'least' as 'min' }), /reduceOnPlateau: mode is "least";/],
  [() => nn.reduceOnPlateau({ thresholdMode: 'rel' as 'relative' }), /reduceOnPlateau: thresholdMode is "rel";/],
  [() => nn.reduceOnPlateau({ threshold: -1 }), /reduceOnPlateau: threshold is -1/],
  [() => nn.reduceOnPlateau({ minFactor: -1 }), /reduceOnPlateau: minFactor is -1/],
])('refuses options out of range (%#)', (make, message) => {
  expect(make).toThrow(ArgumentError);
  expect(make).toThrow(message);
});

describe('reduceOnPlateau gives the learning rates of torch.optim.lr_scheduler.ReduceLROnPlateau, from 1', () => {
  const metrics = [1, 0.9, 0.9, 0.95, 0.8999, 0.91, 0.92, 0.85, 0.86, 0.87, 0.88, 0.89, NaN, 0.9, 0.9, 0.9, 0.9];
  const factorsOf = (plateau: nn.PlateauReduction) => {
    let state = plateau.init();
    return metrics.map((metric) => {
      const next = plateau.next(state, metric);
      state = next.state;
      expect(next.factor).toBe(state.factor);
      return next.factor;
    });
  };

  test.each<[string, nn.ReduceOnPlateauOptions, number[]]>([
    ['factor=0.5, patience=1', { factor: 0.5, patience: 1 },
      [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125, 0.125, 0.0625, 0.0625, 0.03125, 0.03125, 0.015625, 0.015625]],
    ["factor=0.5, patience=1, cooldown=2, threshold=0.05, threshold_mode='abs'",
      { factor: 0.5, patience: 1, cooldown: 2, threshold: 0.05, thresholdMode: 'absolute' },
      [1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.125, 0.125, 0.125, 0.125, 0.0625, 0.0625]],
    ["mode='max', patience=0, min_lr=0.005", { mode: 'max', patience: 0, minFactor: 0.005 }, [1, 0.1, 0.01, ...Array<number>(14).fill(0.005)]],
  ])('%s', (_, options, expected) => expectClose(factorsOf(nn.reduceOnPlateau(options)), expected));

  test('a metric that is no number is no best', () => {
    const plateau = nn.reduceOnPlateau({ patience: 0 });
    const after = [NaN, 1].reduce((state, metric) => plateau.next(state, metric).state, plateau.init());
    expect(after.toObject()).toEqual({ best: 1, badEvaluations: 0, cooldown: 0, factor: 0.1 });
  });

  test('the smallest factor never makes a learning rate larger', () => {
    const plateau = nn.reduceOnPlateau({ patience: 0, minFactor: 2 });
    expect(plateau.next(plateau.next(plateau.init(), 1).state, 1).factor).toBe(1);
  });

  test('is pure, and its state prints as JSON and comes back', () => {
    const plateau = nn.reduceOnPlateau({ patience: 1 });
    const first = plateau.next(plateau.init(), 1).state;
    const second = plateau.next(first, 1).state;
    expect(first.badEvaluations).toBe(0);
    const restored = new nn.PlateauState(JSON.parse(JSON.stringify(second)) as object);
    expect(plateau.next(restored, 1).factor).toBe(0.1);
    expect(plateau.next(second, 1).factor).toBe(0.1);
    expect(plateau.next(second, 0.5).factor).toBe(1);
  });
});

test.each<[string, (options: object) => unknown, object]>([
  ['cosineDecay', nn.cosineDecay as never, { initial: 1, steps: 3 }],
  ['cosineRestarts', nn.cosineRestarts as never, { initial: 1, period: 3 }],
  ['exponentialDecay', nn.exponentialDecay as never, { initial: 1, factor: 0.5 }],
  ['inverseTimeDecay', nn.inverseTimeDecay as never, { initial: 1, rate: 1 }],
  ['joinSchedules', nn.joinSchedules as never, { schedules: [nn.constantSchedule(1)], boundaries: [] }],
  ['linearSchedule', nn.linearSchedule as never, { initial: 1, steps: 3 }],
  ['oneCycle', nn.oneCycle as never, { peak: 1, steps: 3 }],
  ['piecewiseConstant', nn.piecewiseConstant as never, { values: [1], boundaries: [] }],
  ['polynomialDecay', nn.polynomialDecay as never, { initial: 1, steps: 3 }],
  ['stepDecay', nn.stepDecay as never, { initial: 1, every: 3 }],
  ['warmup', (options) => nn.warmup(nn.constantSchedule(1), options as nn.WarmupOptions), { steps: 3 }],
  ['reduceOnPlateau', nn.reduceOnPlateau, {}],
  ['reduceLearningRate', nn.reduceLearningRate, {}],
  ['earlyStopping', nn.earlyStopping, {}],
])('%s names an option that it does not have (%#)', (name, make, options) => {
  expect(() => make(options)).not.toThrow();
  expect(() => make({ ...options, end: 1 })).toThrow(`${name}: unknown option 'end'; expected one of [`);
});
