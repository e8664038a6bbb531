/*
 * What belongs to one thread. Every thread has an instance of this module over one memory: globals are its own, but
 * what a call keeps in memory besides its results must lie in an area of the thread's own.
 */

/** The digits of the odometer: 16 words. */
export let digits: usize = 0;
/** Random words of sixteen elements: 64 bytes. */
export let words: usize = 0;
/** The lanes of one vector: 16 bytes. */
export let lanes: usize = 0;
/** A tile of 6 by 6 vectors between two transforms, and one of 4 by 4 behind it. */
export let tileVectors: usize = 0;
/** A tile of a matrix on its way to its transpose: 8192 bytes. */
export let tile: usize = 0;

/** The number of this thread, 0 for the one that the host runs on. */
let threadIndex: i32 = 0;

/** Lengths and strides, or the geometry of a window, as the host wrote them for the present call: one for all threads. */
export let parameters: usize = 0;

/** Bytes of a thread's area, a multiple of 64. */
export function threadBytes(): i32 {
  return 9216;
}

/** The most bytes that the host writes into the parameters. */
export function parameterBytes(): i32 {
  return 512;
}

/** Called once, before any other kernel: the thread's number, its area, and where all threads find the parameters. */
export function enterThread(index: i32, area: usize, sharedParameters: usize): void {
  threadIndex = index;
  digits = area;
  words = area + 64;
  tileVectors = area + 128;
  tile = area + 960;
  lanes = area + 9152;
  parameters = sharedParameters;
}

/** This thread's part of a scratch area that has `byteLength` bytes for each. */
@inline
export function ownScratch(scratch: usize, byteLength: usize): usize {
  return scratch + <usize>threadIndex * byteLength;
}
