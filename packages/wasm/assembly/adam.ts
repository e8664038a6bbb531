/*
 * One step of Adam: D. Kingma and J. Ba, "Adam: a method for stochastic optimization" (2015), algorithm 1, with the
 * bias corrections in `stepSize` and `epsilon`. A call does `count` of `size` elements, from `first` on.
 */
function adamOf<T>(
  parameter: usize, gradient: usize, firstMoment: usize, secondMoment: usize, out: usize, size: i32, first: i32, count: i32,
  stepSize: f64, beta1: f64, beta2: f64, epsilon: f64,
): void {
  const bytes = <usize>(first + count) * sizeof<T>();
  const outFirst = out + <usize>size * sizeof<T>();
  const outSecond = outFirst + <usize>size * sizeof<T>();
  const decay1 = v128.splat<T>(<T>beta1);
  const decay2 = v128.splat<T>(<T>beta2);
  const share1 = v128.splat<T>(<T>(1 - beta1));
  const share2 = v128.splat<T>(<T>(1 - beta2));
  const step = v128.splat<T>(<T>stepSize);
  const floor = v128.splat<T>(<T>epsilon);
  let position = <usize>first * sizeof<T>();
  for (; position + 16 <= bytes; position += 16) {
    const g = v128.load(gradient + position);
    const m = v128.add<T>(v128.mul<T>(decay1, v128.load(firstMoment + position)), v128.mul<T>(share1, g));
    const v = v128.add<T>(
      v128.mul<T>(decay2, v128.load(secondMoment + position)), v128.mul<T>(v128.mul<T>(share2, g), g),
    );
    const change = v128.div<T>(v128.mul<T>(step, m), v128.add<T>(v128.sqrt<T>(v), floor));
    v128.store(out + position, v128.sub<T>(v128.load(parameter + position), change));
    v128.store(outFirst + position, m);
    v128.store(outSecond + position, v);
  }
  // The three results are next to each other, so that nothing may be written past the end of one.
  for (; position < bytes; position += sizeof<T>()) {
    const g = load<T>(gradient + position);
    const m = <T>beta1 * load<T>(firstMoment + position) + <T>(1 - beta1) * g;
    const v = <T>beta2 * load<T>(secondMoment + position) + <T>(1 - beta2) * g * g;
    store<T>(out + position, load<T>(parameter + position) - (<T>stepSize * m) / (sqrt<T>(v) + <T>epsilon));
    store<T>(outFirst + position, m);
    store<T>(outSecond + position, v);
  }
}

export function adamFloat32(
  parameter: usize, gradient: usize, firstMoment: usize, secondMoment: usize, out: usize, size: i32, first: i32, count: i32,
  stepSize: f64, beta1: f64, beta2: f64, epsilon: f64,
): void {
  adamOf<f32>(parameter, gradient, firstMoment, secondMoment, out, size, first, count, stepSize, beta1, beta2, epsilon);
}

export function adamFloat64(
  parameter: usize, gradient: usize, firstMoment: usize, secondMoment: usize, out: usize, size: i32, first: i32, count: i32,
  stepSize: f64, beta1: f64, beta2: f64, epsilon: f64,
): void {
  adamOf<f64>(parameter, gradient, firstMoment, secondMoment, out, size, first, count, stepSize, beta1, beta2, epsilon);
}
