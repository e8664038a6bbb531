/*
 * What this machine's SIMD units do at most: the inner loop of a matrix product on data in the first-level cache, with
 * nothing around it.
 */
import asc from 'assemblyscript/asc';

const source = `
// @ts-ignore: decorator
@inline
function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

export function loop(iterations: i32, a: usize, b: usize): f32 {
  let c00 = f32x4.splat(0);
  let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  for (let i = 0; i < iterations; i++) {
    let row = a;
    let panel = b;
    for (let k = 0; k < 64; k++) {
      const b0 = v128.load(panel);
      const b1 = v128.load(panel, 16);
      let x = v128.load32_splat(row); c00 = multiplyAdd(x, b0, c00); c01 = multiplyAdd(x, b1, c01);
      x = v128.load32_splat(row, 4); c10 = multiplyAdd(x, b0, c10); c11 = multiplyAdd(x, b1, c11);
      x = v128.load32_splat(row, 8); c20 = multiplyAdd(x, b0, c20); c21 = multiplyAdd(x, b1, c21);
      x = v128.load32_splat(row, 12); c30 = multiplyAdd(x, b0, c30); c31 = multiplyAdd(x, b1, c31);
      if (ASC_FEATURE_RELAXED_SIMD) {
        x = v128.load32_splat(row, 16); c40 = multiplyAdd(x, b0, c40); c41 = multiplyAdd(x, b1, c41);
        x = v128.load32_splat(row, 20); c50 = multiplyAdd(x, b0, c50); c51 = multiplyAdd(x, b1, c51);
      }
      row += 24;
      panel += 32;
    }
  }
  let sum = f32x4.add(f32x4.add(f32x4.add(c00, c01), f32x4.add(c10, c11)), f32x4.add(f32x4.add(c20, c21), f32x4.add(c30, c31)));
  sum = f32x4.add(sum, f32x4.add(f32x4.add(c40, c41), f32x4.add(c50, c51)));
  return f32x4.extract_lane(sum, 0);
}
`;

const iterations = 2000;

async function compile(features) {
  let bytes;
  const { error } = await asc.main(['loop.ts', '--outFile', 'loop.wasm', '--enable', features, '-O3', '--runtime', 'stub', '--initialMemory', '1', '--noAssert'], {
    readFile: (name) => (name === 'loop.ts' ? source : null),
    writeFile: (_name, contents) => { bytes = contents; },
    listFiles: () => [],
  });
  if (error !== null || bytes === undefined) throw new Error('the loop of the ceiling does not compile', { cause: error });
  return bytes;
}

/** A function that measures the ceiling now, in GFLOP/s of one thread. */
export async function makeCeiling() {
  const relaxed = await compile('simd,relaxed-simd');
  const isRelaxed = WebAssembly.validate(relaxed);
  const module = await WebAssembly.instantiate(isRelaxed ? relaxed : await compile('simd'));
  const { loop } = module.instance.exports;
  const operations = 2 * (isRelaxed ? 6 : 4) * 8 * 64 * iterations;
  return () => {
    let best = Infinity;
    for (let repeat = 0; repeat < 40; repeat++) {
      const start = performance.now();
      loop(iterations, 64, 8192);
      best = Math.min(best, performance.now() - start);
    }
    return operations / best / 1e6;
  };
}
