/*
 * Sorting by radix: an element becomes a key, an unsigned number whose order is the wanted one, and the keys are sorted
 * byte by byte from the least significant one, each with its position. Every pass keeps the order of equal bytes, so
 * that equal elements keep theirs.
 */
import { ownScratch } from './thread';

/** Up to so many keys insertion takes fewer steps than the passes over counts. */
const fewKeys: i32 = 48;

/** The counts of one byte's values. */
const countBytes: i32 = 256 * 4;

// Keys in rising order. Zeros of both signs have one, and so have all NaN: the greatest.

@inline
function keyOf<T, Key>(address: usize): Key {
  if (isFloat<T>()) {
    // The sum makes 0 of -0.
    const value = <T>(load<T>(address) + <T>0);
    const bits = reinterpret<Key>(value);
    const signPlace = <Key>(sizeof<Key>() * 8 - 1);
    const flipped = (<Key>0 - (bits >> signPlace)) | (<Key>1 << signPlace);
    return value != value ? <Key>-1 : bits ^ flipped;
  }
  return sizeof<T>() == 1 ? <Key>load<u8>(address) : <Key>load<u32>(address) ^ <Key>0x80000000;
}

@inline
function keyAt<Key>(keys: usize, index: i32): Key {
  return load<Key>(keys + <usize>index * sizeof<Key>());
}

@inline
function put<Key>(keys: usize, positions: usize, index: i32, key: Key, position: i32): void {
  store<Key>(keys + <usize>index * sizeof<Key>(), key);
  store<i32>(positions + (<usize>index << 2), position);
}

@inline
function positionAt(positions: usize, index: i32): i32 {
  return load<i32>(positions + (<usize>index << 2));
}

function insertionSort<Key>(keys: usize, positions: usize, count: i32): void {
  for (let next = 1; next < count; next++) {
    const key = keyAt<Key>(keys, next);
    const position = positionAt(positions, next);
    let place = next;
    for (; place > 0 && keyAt<Key>(keys, place - 1) > key; place--) {
      put<Key>(keys, positions, place, keyAt<Key>(keys, place - 1), positionAt(positions, place - 1));
    }
    put<Key>(keys, positions, place, key, position);
  }
}

/** Counts how often each value of a byte occurs among the keys whose bits above it are those of `prefix`. */
function countByte<Key>(keys: usize, count: i32, shift: i32, prefix: Key, prefixMask: Key, counts: usize): void {
  memory.fill(counts, 0, countBytes);
  const end = keys + <usize>count * sizeof<Key>();
  for (; keys < end; keys += sizeof<Key>()) {
    const key = load<Key>(keys);
    if ((key & prefixMask) != prefix) continue;
    const slot = counts + (<usize>((key >> <Key>shift) & 255) << 2);
    store<i32>(slot, load<i32>(slot) + 1);
  }
}

/** Sorts keys with their positions; `spare` and `sparePositions` are as large. Returns whether the result lies there. */
function radixSort<Key>(keys: usize, positions: usize, spare: usize, sparePositions: usize, count: i32, counts: usize): bool {
  let isSpare = false;
  for (let shift = 0; shift < <i32>sizeof<Key>() * 8; shift += 8) {
    countByte<Key>(keys, count, shift, 0, 0, counts);
    // A byte that is the same in all keys orders nothing.
    const common = counts + (<usize>((load<Key>(keys) >> <Key>shift) & 255) << 2);
    if (load<i32>(common) == count) continue;
    let start = 0;
    for (let slot = counts; slot < counts + countBytes; slot += 4) {
      const occurrences = load<i32>(slot);
      store<i32>(slot, start);
      start += occurrences;
    }
    for (let index = 0; index < count; index++) {
      const key = keyAt<Key>(keys, index);
      const slot = counts + (<usize>((key >> <Key>shift) & 255) << 2);
      const place = load<i32>(slot);
      store<i32>(slot, place + 1);
      put<Key>(spare, sparePositions, place, key, positionAt(positions, index));
    }
    const sorted = spare;
    spare = keys;
    keys = sorted;
    const sortedPositions = sparePositions;
    sparePositions = positions;
    positions = sortedPositions;
    isSpare = !isSpare;
  }
  return isSpare;
}

/**
 * Moves the `taken` least keys, of equal ones the first, to the front, in the order in which they stand, and returns the
 * greatest of them. Finds it byte by byte from the most significant one.
 */
function select<Key>(keys: usize, positions: usize, count: i32, taken: i32, counts: usize): Key {
  let greatest: Key = 0;
  let mask: Key = 0;
  let ties = taken;
  for (let shift = <i32>sizeof<Key>() * 8 - 8; shift >= 0; shift -= 8) {
    countByte<Key>(keys, count, shift, greatest, mask, counts);
    let value = 0;
    for (; ties > load<i32>(counts + (<usize>value << 2)); value++) ties -= load<i32>(counts + (<usize>value << 2));
    greatest |= <Key>value << <Key>shift;
    mask |= <Key>255 << <Key>shift;
  }
  let place = 0;
  for (let index = 0; place < taken; index++) {
    const key = keyAt<Key>(keys, index);
    if (key > greatest || (key == greatest && --ties < 0)) continue;
    put<Key>(keys, positions, place, key, positionAt(positions, index));
    place++;
  }
  return greatest;
}

/** So many more keys than are wanted are collected before the least are selected. */
const surplusKeys: i32 = 256;

/** How many keys are collected at most. */
@inline
function collectedKeys(length: i32, taken: i32): i32 {
  return min(length, 2 * taken + surplusKeys);
}

/** Collects the `taken` least keys of a row, of equal ones the first, with their positions, in the order of the row. */
function collectLeast<T, Key>(
  input: usize, length: i32, taken: i32, inversion: Key, keys: usize, positions: usize, counts: usize,
): void {
  const capacity = collectedKeys(length, taken);
  let collected = 0;
  let isBounded = false;
  let bound: Key = 0;
  for (let index = 0; index < length; index++, input += sizeof<T>()) {
    const key = keyOf<T, Key>(input) ^ inversion;
    if (isBounded && key >= bound) continue;
    put<Key>(keys, positions, collected, key, index);
    if (++collected < capacity) continue;
    bound = select<Key>(keys, positions, collected, taken, counts);
    isBounded = true;
    collected = taken;
  }
  if (collected > taken) select<Key>(keys, positions, collected, taken, counts);
}

/** Selection reads a key about as often as the passes that it spares. */
@inline
function isSelected(length: i32, taken: i32): bool {
  return length > fewKeys && taken < length / 2;
}

/** Bytes of scratch, a multiple of 64, on each thread for rows of `length` elements of which `taken` are sorted. */
export function argSortScratchBytes(length: i32, taken: i32, elementBytes: i32): usize {
  const keyBytes: usize = max(elementBytes, 4);
  if (length <= fewKeys) return ((keyBytes + 4) * length + 63) & ~63;
  if (isSelected(length, taken)) return (2 * (keyBytes + 4) * collectedKeys(length, taken) + countBytes + 63) & ~63;
  // Keys twice, and the positions that have no room in the result.
  return ((2 * keyBytes + (taken == length ? 4 : 8)) * length + countBytes + 63) & ~63;
}

function sortFew<T, Key>(input: usize, out: usize, length: i32, taken: i32, inversion: Key, scratch: usize): void {
  const positions = scratch + <usize>length * sizeof<Key>();
  for (let index = 0; index < length; index++) {
    put<Key>(scratch, positions, index, keyOf<T, Key>(input + <usize>index * sizeof<T>()) ^ inversion, index);
  }
  insertionSort<Key>(scratch, positions, length);
  memory.copy(out, positions, <usize>taken << 2);
}

function sortSelected<T, Key>(input: usize, out: usize, length: i32, taken: i32, inversion: Key, scratch: usize): void {
  const room = <usize>collectedKeys(length, taken);
  const spare = scratch + room * sizeof<Key>();
  const positions = spare + room * sizeof<Key>();
  const sparePositions = positions + (room << 2);
  const counts = sparePositions + (room << 2);
  collectLeast<T, Key>(input, length, taken, inversion, scratch, positions, counts);
  let result = positions;
  if (taken <= fewKeys) insertionSort<Key>(scratch, positions, taken);
  else if (radixSort<Key>(scratch, positions, spare, sparePositions, taken, counts)) result = sparePositions;
  memory.copy(out, result, <usize>taken << 2);
}

/** The result is one of the two places for positions, where it has room for all. */
function sortAll<T, Key>(input: usize, out: usize, length: i32, taken: i32, inversion: Key, scratch: usize): void {
  const spare = scratch + <usize>length * sizeof<Key>();
  const sparePositions = spare + <usize>length * sizeof<Key>();
  const behind = sparePositions + (<usize>length << 2);
  const positions = taken == length ? out : behind;
  const counts = taken == length ? behind : behind + (<usize>length << 2);
  for (let index = 0; index < length; index++) {
    put<Key>(scratch, positions, index, keyOf<T, Key>(input + <usize>index * sizeof<T>()) ^ inversion, index);
  }
  const isSpare = radixSort<Key>(scratch, positions, spare, sparePositions, length, counts);
  if (isSpare) memory.copy(out, sparePositions, <usize>taken << 2);
  else if (taken < length) memory.copy(out, positions, <usize>taken << 2);
}

function argSortRowsOf<T, Key>(
  input: usize, out: usize, rows: i32, length: i32, taken: i32, descending: bool, scratch: usize,
): void {
  const inversion: Key = descending ? <Key>-1 : 0;
  for (; rows > 0; rows--, out += <usize>taken << 2, input += <usize>length * sizeof<T>()) {
    if (length <= fewKeys) sortFew<T, Key>(input, out, length, taken, inversion, scratch);
    else if (isSelected(length, taken)) sortSelected<T, Key>(input, out, length, taken, inversion, scratch);
    else sortAll<T, Key>(input, out, length, taken, inversion, scratch);
  }
}

/** The positions that sort each of `rows` rows of `length` elements; of them the first `taken`. */
export function argSortRows(
  dtype: i32, input: usize, out: usize, rows: i32, length: i32, taken: i32, descending: i32, scratch: usize, scratchBytes: usize,
): void {
  const own = ownScratch(scratch, scratchBytes);
  const isDescending = descending != 0;
  switch (dtype) {
    case 0: return argSortRowsOf<u8, u32>(input, out, rows, length, taken, isDescending, own);
    case 1: return argSortRowsOf<i32, u32>(input, out, rows, length, taken, isDescending, own);
    case 2: return argSortRowsOf<f32, u32>(input, out, rows, length, taken, isDescending, own);
    case 3: return argSortRowsOf<f64, u64>(input, out, rows, length, taken, isDescending, own);
  }
}
