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

/** Collects the `taken` least keys of a row, of equal ones the first, with their positions, in the order of the row. */
function collectLeast<T, Key>(
  input: usize, length: i32, taken: i32, inversion: Key, keys: usize, positions: usize, counts: usize,
): void {
  const capacity = min(length, 2 * taken + surplusKeys);
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

function argSortRowsOf<T, Key>(
  input: usize, out: usize, rows: i32, length: i32, taken: i32, descending: bool, scratch: usize,
): void {
  const keyBytes = <usize>length * sizeof<Key>();
  const keys = scratch;
  const spare = keys + keyBytes;
  const positions = spare + keyBytes;
  const sparePositions = positions + (<usize>length << 2);
  const counts = sparePositions + (<usize>length << 2);
  const inversion: Key = descending ? <Key>-1 : 0;
  // Selection reads a key about as often as the passes that it spares.
  const isPart = length > fewKeys && taken < length / 2;
  const sorted = isPart ? taken : length;
  for (; rows > 0; rows--, out += <usize>taken << 2, input += <usize>length * sizeof<T>()) {
    if (isPart) {
      collectLeast<T, Key>(input, length, taken, inversion, keys, positions, counts);
    } else {
      for (let index = 0; index < length; index++) {
        put<Key>(keys, positions, index, keyOf<T, Key>(input + <usize>index * sizeof<T>()) ^ inversion, index);
      }
    }
    let result = positions;
    if (sorted <= fewKeys) insertionSort<Key>(keys, positions, sorted);
    else if (radixSort<Key>(keys, positions, spare, sparePositions, sorted, counts)) result = sparePositions;
    memory.copy(out, result, <usize>taken << 2);
  }
}

/** The positions that sort each of `rows` rows of `length` elements; of them the first `taken`. */
export function argSortRows(
  dtype: i32, input: usize, out: usize, rows: i32, length: i32, taken: i32, descending: i32, scratch: usize, scratchBytes: i32,
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
