/*
 * Along one axis, which of a kernel's taps bring something to a position, and from where: `tapCount` taps from `firstTap`
 * on, the first of them from `firstSource`. From one to the next the taps and the sources go by fixed steps.
 */

export let firstTap: i32 = 0;
export let tapCount: i32 = 0;
export let firstSource: i32 = 0;

/** What the window at `position` reads of `length` pixels; the taps go by 1, the pixels by `dilation`. */
export function findWindowTaps(position: i32, taps: i32, stride: i32, dilation: i32, before: i32, length: i32): void {
  const start = position * stride - before;
  firstTap = start < 0 ? (dilation - 1 - start) / dilation : 0;
  firstSource = start + firstTap * dilation;
  tapCount = firstSource < length ? max(0, min(taps, firstTap + (length - 1 - firstSource) / dilation + 1) - firstTap) : 0;
}

export let firstWindow: i32 = 0;
export let windowCount: i32 = 0;

/** Which of `windows` windows see the image, of `length` pixels, with the tap: `windowCount` of them from `firstWindow` on. */
export function findWindowsOfTap(tap: i32, stride: i32, dilation: i32, before: i32, length: i32, windows: i32): void {
  const start = tap * dilation - before;
  firstWindow = start < 0 ? (stride - 1 - start) / stride : 0;
  const last = length - 1 - start;
  windowCount = last < 0 ? 0 : max(0, min(windows, last / stride + 1) - firstWindow);
}

export function greatestCommonDivisor(a: i32, b: i32): i32 {
  while (b != 0) {
    const rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/**
 * Which of `length` windows read the pixel at `position`: those of which `position + before = window stride + tap dilation`.
 * With `common` the greatest common divisor of both, the taps go by `stride / common`, the windows by
 * `-dilation / common`.
 */
export function findReadingTaps(position: i32, taps: i32, stride: i32, dilation: i32, before: i32, length: i32, common: i32): void {
  const period = stride / common;
  const step = dilation / common;
  tapCount = 0;
  for (let residue = 0, distance = position + before; residue < min(period, taps) && distance >= 0; residue++, distance -= dilation) {
    if (distance % stride != 0) continue;
    const window = distance / stride;
    const skipped = window < length ? 0 : (window - length) / step + 1;
    firstTap = residue + skipped * period;
    firstSource = window - skipped * step;
    tapCount = max(0, min((taps - 1 - residue) / period, window / step) + 1 - skipped);
    return;
  }
}
