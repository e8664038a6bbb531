/** Up to so many bytes a slice is copied here: a call of `memory.copy` takes longer. */
const shortBytes: i32 = 1024;

@inline
function indexAt(indices: usize, place: i32): usize {
  return <usize>load<i32>(indices + (<usize>place << 2));
}

@inline
function copySlice(slice: usize, out: usize, bytes: i32): void {
  if (bytes > shortBytes) {
    memory.copy(out, slice, bytes);
    return;
  }
  const end = out + bytes;
  for (; out + 64 <= end; out += 64, slice += 64) {
    const a = v128.load(slice);
    const b = v128.load(slice, 16);
    const c = v128.load(slice, 32);
    const d = v128.load(slice, 48);
    v128.store(out, a);
    v128.store(out, b, 16);
    v128.store(out, c, 32);
    v128.store(out, d, 48);
  }
  for (; out + 16 <= end; out += 16, slice += 16) v128.store(out, v128.load(slice));
  for (; out + 4 <= end; out += 4, slice += 4) store<i32>(out, load<i32>(slice));
  for (; out < end; out++, slice++) store<u8>(out, load<u8>(slice));
}

/**
 * In each of several blocks of `length` slices of `sliceBytes` bytes, the slices that the `taken` indices name. Writes
 * `count` of the slices that result, from the one of number `first` on.
 */
export function gather(
  input: usize, indices: usize, out: usize, length: i32, taken: i32, sliceBytes: i32, first: i32, count: i32,
): void {
  const blockBytes = <usize>length * sliceBytes;
  input += <usize>(first / taken) * blockBytes;
  out += <usize>first * sliceBytes;
  for (let place = first % taken; count > 0; count--, out += sliceBytes) {
    const slice = input + indexAt(indices, place) * sliceBytes;
    if (sliceBytes == 4) store<i32>(out, load<i32>(slice));
    else copySlice(slice, out, sliceBytes);
    if (++place == taken) {
      place = 0;
      input += blockBytes;
    }
  }
}

@inline
function addSlice<T>(slice: usize, out: usize, bytes: usize): void {
  let position: usize = 0;
  for (; position + 16 <= bytes; position += 16) {
    v128.store(out + position, v128.add<T>(v128.load(out + position), v128.load(slice + position)));
  }
  for (; position < bytes; position += sizeof<T>()) {
    store<T>(out + position, load<T>(out + position) + load<T>(slice + position));
  }
}

function scatterAddOf<T>(
  updates: usize, indices: usize, out: usize, outer: i32, length: i32, taken: i32, inner: i32, first: i32, count: i32,
): void {
  const sliceBytes = <usize>inner * sizeof<T>();
  out += <usize>first * sliceBytes;
  for (; outer > 0; outer--, out += <usize>length * sliceBytes) {
    memory.fill(out, 0, <usize>count * sliceBytes);
    for (let place = 0; place < taken; place++, updates += sliceBytes) {
      const index = indexAt(indices, place) - first;
      if (index < <usize>count) addSlice<T>(updates, out + index * sliceBytes, sliceBytes);
    }
  }
}

/**
 * Clears `count` slices of each block of `out`, from the one of number `first` on, and adds each slice of `updates`
 * whose index is among them there, in rising order.
 */
export function scatterAdd(
  dtype: i32, updates: usize, indices: usize, out: usize, outer: i32, length: i32, taken: i32, inner: i32, first: i32, count: i32,
): void {
  switch (dtype) {
    case 1: return scatterAddOf<i32>(updates, indices, out, outer, length, taken, inner, first, count);
    case 2: return scatterAddOf<f32>(updates, indices, out, outer, length, taken, inner, first, count);
    case 3: return scatterAddOf<f64>(updates, indices, out, outer, length, taken, inner, first, count);
  }
}
