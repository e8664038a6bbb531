import { logOf, maximumOf, scaleRow, sumOfExponentials } from './softmax';

function crossEntropy<T>(logits: usize, labels: usize, out: usize, rows: i32, count: i32): void {
  const rowBytes = <usize>count * sizeof<T>();
  for (; rows > 0; rows--, logits += rowBytes, labels += 4, out += sizeof<T>()) {
    const maximum = maximumOf<T>(logits, count);
    const total = sumOfExponentials<T>(logits, 0, count, maximum, false);
    const ofLabel = load<T>(logits + <usize>load<i32>(labels) * sizeof<T>());
    store<T>(out, logOf<T>(total) - (ofLabel - v128.extract_lane<T>(maximum, 0)));
  }
}

/** Of each of `rows` rows of `count` logits, and its label, the loss. */
export function crossEntropyRows(dtype: i32, logits: usize, labels: usize, out: usize, rows: i32, count: i32): void {
  if (dtype == 2) crossEntropy<f32>(logits, labels, out, rows, count);
  else crossEntropy<f64>(logits, labels, out, rows, count);
}

function gradient<T>(cotangent: usize, logits: usize, labels: usize, out: usize, rows: i32, count: i32): void {
  const rowBytes = <usize>count * sizeof<T>();
  for (; rows > 0; rows--, logits += rowBytes, labels += 4, cotangent += sizeof<T>(), out += rowBytes) {
    const total = sumOfExponentials<T>(logits, out, count, maximumOf<T>(logits, count), true);
    const incoming = load<T>(cotangent);
    scaleRow<T>(out, count, v128.div<T>(v128.splat<T>(incoming), total));
    const place = out + <usize>load<i32>(labels) * sizeof<T>();
    store<T>(place, load<T>(place) - incoming);
  }
}

export function crossEntropyGradientRows(
  dtype: i32, cotangent: usize, logits: usize, labels: usize, out: usize, rows: i32, count: i32,
): void {
  if (dtype == 2) gradient<f32>(cotangent, logits, labels, out, rows, count);
  else gradient<f64>(cotangent, logits, labels, out, rows, count);
}
