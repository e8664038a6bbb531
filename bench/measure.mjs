/** The middle of some numbers. */
export function median(values) {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)];
}

/**
 * The median milliseconds of a step, after two that warm up; for as long as `budget` milliseconds, and three steps at least
 * unless one takes a third of the budget by itself.
 */
export async function timeSteps(step, budget = 3000) {
  const times = [];
  const begin = performance.now();
  for (let count = 0; ; count++) {
    const start = performance.now();
    await step();
    const elapsed = performance.now() - start;
    if (count >= 2 || elapsed > budget / 3) times.push(elapsed);
    const isEnough = times.length >= 3 || elapsed > budget;
    if (isEnough && performance.now() - begin > budget) return median(times);
  }
}

/** Hands a figure to the program that started this one. */
export function report(row, value, unit) {
  console.log(JSON.stringify({ row, value, unit }));
}

/** Says why there is no figure. */
export function refuse(row, note) {
  console.log(JSON.stringify({ row, note }));
}
