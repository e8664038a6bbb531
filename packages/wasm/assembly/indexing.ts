/** `length` slices of `sliceBytes` bytes in each of `outer` blocks; the slices that `indices` name, one after the other. */
export function gather(
  input: usize, indices: usize, out: usize, outer: i32, length: i32, taken: i32, sliceBytes: i32,
): void {
  for (; outer > 0; outer--, input += <usize>length * sliceBytes) {
    for (let place = 0; place < taken; place++, out += sliceBytes) {
      const slice = input + <usize>load<i32>(indices + ((<usize>place) << 2)) * sliceBytes;
      if (sliceBytes == 4) store<i32>(out, load<i32>(slice));
      else memory.copy(out, slice, sliceBytes);
    }
  }
}

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
  updates: usize, indices: usize, out: usize, outer: i32, length: i32, taken: i32, inner: i32,
): void {
  const sliceBytes = <usize>inner * sizeof<T>();
  memory.fill(out, 0, <usize>outer * <usize>length * sliceBytes);
  for (; outer > 0; outer--, out += <usize>length * sliceBytes) {
    for (let place = 0; place < taken; place++, updates += sliceBytes) {
      addSlice<T>(updates, out + <usize>load<i32>(indices + ((<usize>place) << 2)) * sliceBytes, sliceBytes);
    }
  }
}

/** Clears `out`, and adds each slice of `updates` where its index says. */
export function scatterAdd(
  dtype: i32, updates: usize, indices: usize, out: usize, outer: i32, length: i32, taken: i32, inner: i32,
): void {
  switch (dtype) {
    case 1: return scatterAddOf<i32>(updates, indices, out, outer, length, taken, inner);
    case 2: return scatterAddOf<f32>(updates, indices, out, outer, length, taken, inner);
    case 3: return scatterAddOf<f64>(updates, indices, out, outer, length, taken, inner);
  }
}
