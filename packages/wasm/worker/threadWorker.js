/*
 * What a thread of the pool runs; src/threadPool.ts hands out the work and says where in memory it lies. It is embedded as
 * text, so that it can be started in Node and in a browser without a file of its own.
 */

// As in src/threadPool.ts.
const jobs = 0;
const remaining = 1;
const done = 2;
const sleepers = 3;
const kernel = 4;
const argumentCount = 5;
const failed = 6;
const wordCount = 16;
const argumentsPerPart = 18;

/** So often a thread looks for a new job before it sleeps: about as long as the host takes from one kernel to the next. */
const looks = 100_000;

/** Takes parts of the present job until there are none, and waits for the next job. It never returns. */
// eslint-disable-next-line no-unused-vars -- called by the line that the platform puts behind this text
function serve({ module, memory, thread, area, parameters, control, names }) {
  const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports;
  kernels.enterThread(thread, area, parameters);
  const functions = names.map((name) => kernels[name]);
  const words = new Int32Array(memory.buffer, control, wordCount);
  const table = new Float64Array(memory.buffer, control + wordCount * 4);

  for (;;) {
    const job = Atomics.load(words, jobs);
    // Below 1 there is no part left, of the present job or of one that is over.
    for (let part = Atomics.sub(words, remaining, 1) - 1; part >= 0; part = Atomics.sub(words, remaining, 1) - 1) {
      const start = part * argumentsPerPart;
      try {
        functions[words[kernel]](...table.subarray(start, start + words[argumentCount]));
      } catch {
        Atomics.store(words, failed, 1);
      }
      Atomics.add(words, done, 1);
    }
    for (let look = 0; look < looks && Atomics.load(words, jobs) === job; look++);
    Atomics.add(words, sleepers, 1);
    Atomics.wait(words, jobs, job);
    Atomics.sub(words, sleepers, 1);
  }
}
