import { eye, foldIn, key, ones, tensor, uniform, zeros, type Tensor } from '@adjoint/core';
import { add, concat, flip, matmul, mul, reshape, slice, sum, transpose } from '@adjoint/ops';
import { paced, type Loop, type MemoryProgram } from '../program.js';

const mebibyte = 2 ** 20;
/** Elements of 16 MB in float32. */
const large = 4 * mebibyte;

const elementwise: Loop = (run) => {
  let x = zeros([large]);
  return () => {
    const before = x;
    x = run.scope(() => mul(add(x, 1), 0.5));
    run.dispose(before);
    return x;
  };
};

const products: Loop = (run) => {
  const rotation = eye(64);
  let x = ones([large / 64, 64]);
  return () => {
    const before = x;
    x = matmul(x, rotation);
    run.dispose(before);
    return [x, rotation];
  };
};

/** Views outlive the tensor that they are views of, and their chain is long. */
const views: Loop = (run) => {
  let x = zeros([1024, 1024]);
  return () => {
    const before = x;
    x = run.scope(() => {
      const turned = flip(transpose(reshape(add(x, 1), [512, 2048])), [0]);
      return concat([slice(turned, [[0, 1024]]), slice(turned, [[1024, 2048]])], 1);
    });
    run.dispose(before);
    return x;
  };
};

/** What a loader of data does: numbers of JavaScript in, numbers of JavaScript out. */
const roundTrips: Loop = (run) => {
  const numbers = new Float32Array(mebibyte).fill(1);
  return () => {
    const x = tensor(numbers);
    const y = add(x, 1);
    numbers.set(y.data());
    run.dispose([x, y]);
    return null;
  };
};

/** Random tensors of which only a number is used. */
const randomness: Loop = (run) => {
  const root = key(0);
  let [step, total] = [0, 0];
  return () => {
    total += run.scope(() => sum(uniform(foldIn(root, step++), [mebibyte])).item());
    if (!Number.isFinite(total)) throw new Error('the sum is not finite');
    return null;
  };
};

/** Tensors of all sizes, of which 24 live, each for a time of its own. */
const sizes: Loop = (run) => {
  const alive: Tensor[] = [];
  let random = 1;
  const next = (): number => (random = (random * 16807) % 2147483647) / 2147483647;
  return () => {
    const made = zeros([Math.ceil(2 ** (4 + 17 * next()))]);
    const place = Math.floor(24 * next());
    const before = alive[place];
    alive[place] = made;
    run.dispose(before);
    return alive;
  };
};

/** The last tensors stay. */
function window(kept: number): Loop {
  return (run) => {
    let last = [zeros([large / 4])];
    return () => {
      const all = [...last, run.scope(() => add(mul(last.at(-1)!, 0.5), 1))];
      run.dispose(all.slice(0, -kept));
      last = all.slice(-kept);
      return last;
    };
  };
}

/** A list grows to 160 MB and is dropped, again and again. */
const growingList: Loop = (run) => {
  let list: Tensor[] = [];
  return () => {
    if (list.length === 40) {
      run.holds(list);
      run.dispose(list);
      list = [];
    }
    list.push(run.scope(() => add(mul(list.at(-1) ?? zeros([mebibyte]), 0.5), 1)));
    return list;
  };
};

export const tensors: readonly MemoryProgram[] = [
  ...paced('elementwise, 16 MB', { short: 100, long: 4000 }, elementwise, ['sync', 'await', 'setImmediate']),
  ...paced('matmul, 16 MB', { short: 90, long: 3000 }, products, ['sync', 'setImmediate']),
  ...paced('views, 4 MB', { short: 200, long: 4000 }, views, ['sync']),
  ...paced('arrays in and out, 4 MB', { short: 150, long: 4000 }, roundTrips, ['sync', 'setImmediate']),
  ...paced('random, 4 MB', { short: 300, long: 6000 }, randomness, ['sync']),
  ...paced('tensors of all sizes', { short: 10_000, long: 300_000 }, sizes, ['sync', 'setImmediate']),
  ...paced('window of 8, 4 MB each', { short: 250, long: 10_000 }, window(8), ['sync', 'await', 'setImmediate']),
  ...paced('growing list, 160 MB', { short: 400, long: 10_000 }, growingList, ['sync', 'setImmediate']),
];
