/** How long to measure a row, in milliseconds; `npm run bench -- --quick` sets less. */
export const budget = Number(process.env.BENCH_BUDGET ?? 3000);

/** The middle of some numbers. */
export function median(values) {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)];
}

/**
 * The median milliseconds of a step over `milliseconds`, three steps at least. The first two warm up, or compile, and do
 * not count. Of steps that take longer than `milliseconds` one is measured after one that warms up; of those that take
 * over 40 s, only the first.
 */
export async function timeSteps(step, milliseconds = budget) {
  const timeOne = async () => {
    const start = performance.now();
    await step();
    return performance.now() - start;
  };
  const first = await timeOne();
  if (first > 40_000) return first;
  const second = await timeOne();
  if (second > milliseconds) return second;
  const times = [];
  for (const end = performance.now() + milliseconds; times.length < 3 || performance.now() < end;) times.push(await timeOne());
  return median(times);
}

/** Hands a figure to the program that started this one. */
export function report(row, value, unit) {
  console.log(JSON.stringify({ row, value, unit }));
}

/** Says why there is no figure. */
export function refuse(row, note) {
  console.log(JSON.stringify({ row, note }));
}
