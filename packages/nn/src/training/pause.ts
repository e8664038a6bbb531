/** The longest that timers, signals and a page wait for a training loop, in milliseconds, where a step is shorter. */
const longestHold = 50;

/** A function that lets the event loop run, if it has not for a while. `setTimeout` exists in Node and in browsers. */
export function makePause(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < longestHold) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    last = performance.now();
  };
}
