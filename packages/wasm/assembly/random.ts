/*
 * Threefry-2x32 with 20 rounds: J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
 * A counter's low word comes first; the high one is 0, as no tensor here has so many elements.
 */

import { words } from './thread';

const parity: i32 = 0x1bd11bda;

// @ts-ignore: decorator
@inline
function rotateLeft(x: v128, bits: i32): v128 {
  return v128.or(i32x4.shl(x, bits), i32x4.shr_u(x, 32 - bits));
}

/** Writes the two words of each of the counters `counter` to `counter + 3`: 32 bytes. */
// @ts-ignore: decorator
@inline
function writeWords(high: i32, low: i32, counter: i32, out: usize): void {
  const key0 = i32x4.splat(high);
  const key1 = i32x4.splat(low);
  const key2 = i32x4.splat(parity ^ high ^ low);
  let x = i32x4.add(i32x4.add(i32x4.splat(counter), i32x4(0, 1, 2, 3)), key0);
  let y = key1;

  x = i32x4.add(x, y); y = v128.xor(rotateLeft(y, 13), x);
  x = i32x4.add(x, y); y = v128.xor(rotateLeft(y, 15), x);
  x = i32x4.add(x, y); y = v128.xor(rotateLeft(y, 26), x);
  x = i32x4.add(x, y); y = v128.xor(rotateLeft(y, 6), x);
  x = i32x4.add(x, key1); y = i32x4.add(y, i32x4.add(key2, i32x4.splat(1)));

  x = i32x4.add(x, y); y = v128.xor(rotateLeft(y, 17), x);
  x = i32x4.add(x, y); y = v128.xor(rotateLeft(y, 29), x);
  x = i32x4.add(x, y); y = v128.xor(rotateLeft(y, 16), x);
  x = i32x4.add(x, y); y = v128.xor(rotateLeft(y, 24), x);
  x = i32x4.add(x, key2); y = i32x4.add(y, i32x4.add(key0, i32x4.splat(2)));

  x = i32x4.add(x, y); y = v128.xor(rotateLeft(y, 13), x);
  x = i32x4.add(x, y); y = v128.xor(rotateLeft(y, 15), x);
  x = i32x4.add(x, y); y = v128.xor(rotateLeft(y, 26), x);
  x = i32x4.add(x, y); y = v128.xor(rotateLeft(y, 6), x);
  x = i32x4.add(x, key0); y = i32x4.add(y, i32x4.add(key1, i32x4.splat(3)));

  x = i32x4.add(x, y); y = v128.xor(rotateLeft(y, 17), x);
  x = i32x4.add(x, y); y = v128.xor(rotateLeft(y, 29), x);
  x = i32x4.add(x, y); y = v128.xor(rotateLeft(y, 16), x);
  x = i32x4.add(x, y); y = v128.xor(rotateLeft(y, 24), x);
  x = i32x4.add(x, key1); y = i32x4.add(y, i32x4.add(key2, i32x4.splat(4)));

  x = i32x4.add(x, y); y = v128.xor(rotateLeft(y, 13), x);
  x = i32x4.add(x, y); y = v128.xor(rotateLeft(y, 15), x);
  x = i32x4.add(x, y); y = v128.xor(rotateLeft(y, 26), x);
  x = i32x4.add(x, y); y = v128.xor(rotateLeft(y, 6), x);
  x = i32x4.add(x, key2); y = i32x4.add(y, i32x4.add(key0, i32x4.splat(5)));

  v128.store(out, v128.shuffle<i32>(x, y, 0, 4, 1, 5));
  v128.store(out, v128.shuffle<i32>(x, y, 2, 6, 3, 7), 16);
}

/** Elements `[first, first + count)` of the key's stream; `first` is a multiple of 8, and `out` is where it goes. */
export function randomBits(high: i32, low: i32, out: usize, first: i32, count: i32): void {
  for (let done = 0; done < count; done += 8, out += 32) writeWords(high, low, first + done >> 1, out);
}

// @ts-ignore: decorator
@inline
function uniform24(words: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(words, 8)), f32x4.splat(1.0 / 16777216.0));
}

export function randomUniformFloat32(high: i32, low: i32, out: usize, first: i32, count: i32): void {
  for (let done = 0; done < count; done += 8, out += 32) {
    writeWords(high, low, first + done >> 1, out);
    v128.store(out, uniform24(v128.load(out)));
    v128.store(out, uniform24(v128.load(out, 16)), 16);
  }
}

export function randomUniformFloat64(high: i32, low: i32, out: usize, first: i32, count: i32): void {
  for (let done = 0; done < count; done += 4, out += 32) {
    writeWords(high, low, first + done, words);
    for (let lane: usize = 0; lane < 32; lane += 8) {
      const bits = (<u64>(load<u32>(words + lane) >> 5) << 26) | <u64>(load<u32>(words + lane, 4) >> 6);
      store<f64>(out + lane, <f64>bits * (1.0 / 9007199254740992.0));
    }
  }
}

/** `threshold` is the rate times 2^24, rounded up: an element is dropped when the top 24 bits of its word are below. */
export function dropoutFloat32(
  high: i32, low: i32, threshold: i32, scale: f64, input: usize, out: usize, first: i32, count: i32,
): void {
  const limit = i32x4.splat(threshold);
  const factor = f32x4.splat(<f32>scale);
  for (let done = 0; done < count; done += 8, input += 32, out += 32) {
    writeWords(high, low, first + done >> 1, words);
    const dropsLow = i32x4.lt_s(i32x4.shr_u(v128.load(words), 8), limit);
    const dropsHigh = i32x4.lt_s(i32x4.shr_u(v128.load(words, 16), 8), limit);
    v128.store(out, v128.andnot(f32x4.mul(v128.load(input), factor), dropsLow));
    v128.store(out, v128.andnot(f32x4.mul(v128.load(input, 16), factor), dropsHigh), 16);
  }
}

export function dropoutFloat64(
  high: i32, low: i32, threshold: i32, scale: f64, input: usize, out: usize, first: i32, count: i32,
): void {
  for (let done = 0; done < count; done += 8, input += 64, out += 64) {
    writeWords(high, low, first + done >> 1, words);
    for (let element: usize = 0; element < 8; element++) {
      const drops = <i32>(load<u32>(words + element * 4) >> 8) < threshold;
      store<f64>(out + element * 8, drops ? 0 : load<f64>(input + element * 8) * scale);
    }
  }
}
