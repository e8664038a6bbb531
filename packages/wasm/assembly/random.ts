/*
 * Threefry-2x32 with 20 rounds: J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
 * A counter's low word comes first; the high one is 0, as no tensor here has so many elements.
 */

import { words } from './thread';

const parity: i32 = 0x1bd11bda;

@inline
function rotateAndMix(x: v128, bits: i32, y: v128): v128 {
  // By half of a word it is a shuffle, which is an instruction less.
  const rotated = bits == 16
    ? v128.shuffle<i16>(x, x, 1, 0, 3, 2, 5, 4, 7, 6)
    : v128.or(i32x4.shl(x, bits), i32x4.shr_u(x, 32 - bits));
  return v128.xor(rotated, y);
}

/**
 * Writes the two words of each of the counters `counter` to `counter + 7`: 64 bytes. The first four go in `a` and `b`, the others
 * in `c` and `d`: of four alone, each step would wait for the one before.
 */
@inline
function writeWords(high: i32, low: i32, counter: i32, out: usize): void {
  const key0 = i32x4.splat(high);
  const key1 = i32x4.splat(low);
  const key2 = i32x4.splat(parity ^ high ^ low);
  const late1 = i32x4.add(key2, i32x4.splat(1));
  const late2 = i32x4.add(key0, i32x4.splat(2));
  const late3 = i32x4.add(key1, i32x4.splat(3));
  const late4 = i32x4.add(key2, i32x4.splat(4));
  const late5 = i32x4.add(key0, i32x4.splat(5));
  let a = i32x4.add(i32x4.add(i32x4.splat(counter), i32x4(0, 1, 2, 3)), key0);
  let b = key1;
  let c = i32x4.add(a, i32x4.splat(4));
  let d = key1;

  a = i32x4.add(a, b); c = i32x4.add(c, d); b = rotateAndMix(b, 13, a); d = rotateAndMix(d, 13, c);
  a = i32x4.add(a, b); c = i32x4.add(c, d); b = rotateAndMix(b, 15, a); d = rotateAndMix(d, 15, c);
  a = i32x4.add(a, b); c = i32x4.add(c, d); b = rotateAndMix(b, 26, a); d = rotateAndMix(d, 26, c);
  a = i32x4.add(a, b); c = i32x4.add(c, d); b = rotateAndMix(b, 6, a); d = rotateAndMix(d, 6, c);
  a = i32x4.add(a, key1); c = i32x4.add(c, key1); b = i32x4.add(b, late1); d = i32x4.add(d, late1);

  a = i32x4.add(a, b); c = i32x4.add(c, d); b = rotateAndMix(b, 17, a); d = rotateAndMix(d, 17, c);
  a = i32x4.add(a, b); c = i32x4.add(c, d); b = rotateAndMix(b, 29, a); d = rotateAndMix(d, 29, c);
  a = i32x4.add(a, b); c = i32x4.add(c, d); b = rotateAndMix(b, 16, a); d = rotateAndMix(d, 16, c);
  a = i32x4.add(a, b); c = i32x4.add(c, d); b = rotateAndMix(b, 24, a); d = rotateAndMix(d, 24, c);
  a = i32x4.add(a, key2); c = i32x4.add(c, key2); b = i32x4.add(b, late2); d = i32x4.add(d, late2);

  a = i32x4.add(a, b); c = i32x4.add(c, d); b = rotateAndMix(b, 13, a); d = rotateAndMix(d, 13, c);
  a = i32x4.add(a, b); c = i32x4.add(c, d); b = rotateAndMix(b, 15, a); d = rotateAndMix(d, 15, c);
  a = i32x4.add(a, b); c = i32x4.add(c, d); b = rotateAndMix(b, 26, a); d = rotateAndMix(d, 26, c);
  a = i32x4.add(a, b); c = i32x4.add(c, d); b = rotateAndMix(b, 6, a); d = rotateAndMix(d, 6, c);
  a = i32x4.add(a, key0); c = i32x4.add(c, key0); b = i32x4.add(b, late3); d = i32x4.add(d, late3);

  a = i32x4.add(a, b); c = i32x4.add(c, d); b = rotateAndMix(b, 17, a); d = rotateAndMix(d, 17, c);
  a = i32x4.add(a, b); c = i32x4.add(c, d); b = rotateAndMix(b, 29, a); d = rotateAndMix(d, 29, c);
  a = i32x4.add(a, b); c = i32x4.add(c, d); b = rotateAndMix(b, 16, a); d = rotateAndMix(d, 16, c);
  a = i32x4.add(a, b); c = i32x4.add(c, d); b = rotateAndMix(b, 24, a); d = rotateAndMix(d, 24, c);
  a = i32x4.add(a, key1); c = i32x4.add(c, key1); b = i32x4.add(b, late4); d = i32x4.add(d, late4);

  a = i32x4.add(a, b); c = i32x4.add(c, d); b = rotateAndMix(b, 13, a); d = rotateAndMix(d, 13, c);
  a = i32x4.add(a, b); c = i32x4.add(c, d); b = rotateAndMix(b, 15, a); d = rotateAndMix(d, 15, c);
  a = i32x4.add(a, b); c = i32x4.add(c, d); b = rotateAndMix(b, 26, a); d = rotateAndMix(d, 26, c);
  a = i32x4.add(a, b); c = i32x4.add(c, d); b = rotateAndMix(b, 6, a); d = rotateAndMix(d, 6, c);
  a = i32x4.add(a, key2); c = i32x4.add(c, key2); b = i32x4.add(b, late5); d = i32x4.add(d, late5);

  v128.store(out, v128.shuffle<i32>(a, b, 0, 4, 1, 5));
  v128.store(out, v128.shuffle<i32>(a, b, 2, 6, 3, 7), 16);
  v128.store(out, v128.shuffle<i32>(c, d, 0, 4, 1, 5), 32);
  v128.store(out, v128.shuffle<i32>(c, d, 2, 6, 3, 7), 48);
}

/** Elements `[first, first + count)` of the key's stream; `first` is a multiple of 16, and `out` is where it goes. */
export function randomBits(high: i32, low: i32, out: usize, first: i32, count: i32): void {
  for (let done = 0; done < count; done += 16, out += 64) writeWords(high, low, first + done >> 1, out);
}

@inline
function uniform24(words: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(words, 8)), f32x4.splat(1.0 / 16777216.0));
}

export function randomUniformFloat32(high: i32, low: i32, out: usize, first: i32, count: i32): void {
  for (let done = 0; done < count; done += 16, out += 64) {
    writeWords(high, low, first + done >> 1, out);
    for (let lane: usize = 0; lane < 64; lane += 16) v128.store(out + lane, uniform24(v128.load(out + lane)));
  }
}

export function randomUniformFloat64(high: i32, low: i32, out: usize, first: i32, count: i32): void {
  for (let done = 0; done < count; done += 8, out += 64) {
    writeWords(high, low, first + done, words);
    for (let lane: usize = 0; lane < 64; lane += 8) {
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
  for (let done = 0; done < count; done += 16, input += 64, out += 64) {
    writeWords(high, low, first + done >> 1, words);
    for (let lane: usize = 0; lane < 64; lane += 16) {
      const drops = i32x4.lt_s(i32x4.shr_u(v128.load(words + lane), 8), limit);
      v128.store(out + lane, v128.andnot(f32x4.mul(v128.load(input + lane), factor), drops));
    }
  }
}

export function dropoutFloat64(
  high: i32, low: i32, threshold: i32, scale: f64, input: usize, out: usize, first: i32, count: i32,
): void {
  for (let done = 0; done < count; done += 16, input += 128, out += 128) {
    writeWords(high, low, first + done >> 1, words);
    const elements = <usize>min(count - done, 16);
    for (let element: usize = 0; element < elements; element++) {
      const drops = <i32>(load<u32>(words + element * 4) >> 8) < threshold;
      store<f64>(out + element * 8, drops ? 0 : load<f64>(input + element * 8) * scale);
    }
  }
}
