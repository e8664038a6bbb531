/*
 * One step of Adam: D. Kingma and J. Ba, "Adam: a method for stochastic optimization" (2015), algorithm 1, with the
 * bias corrections in `stepSize` and `epsilon`. A call does `count` of `size` elements, from `first` on.
 *
 * The second moment is kept as its root, whose range is that of the gradients.
 */
import { greatestSquare, leastSquare } from './squares';
import { choose } from './vector';

/** Powers of two that bring roots below and above those between them. */
@inline
function enlarging<T>(): T { return sizeof<T>() == 4 ? <T>1.2676506002282294e30 : <T>4.149515568880993e180; }
@inline
function reducing<T>(): T { return sizeof<T>() == 4 ? <T>8.271806125530277e-25 : <T>2.409919865102884e-181; }

@inline
function meanSquare<T>(decay: v128, root: v128, share: v128, gradient: v128): v128 {
  return v128.add<T>(v128.mul<T>(v128.mul<T>(decay, root), root), v128.mul<T>(v128.mul<T>(share, gradient), gradient));
}

/** The root of `decay root^2 + share gradient^2`, of each lane by itself. */
@inline
function nextRoot<T>(decay: v128, root: v128, share: v128, gradient: v128): v128 {
  const square = meanSquare<T>(decay, root, share, gradient);
  // Where root and gradient are 0, as in rows of an embedding that no example reads, there is nothing to scale.
  const isZero = v128.eq<T>(v128.or(root, gradient), v128.splat<T>(<T>0));
  const isSmall = v128.andnot(v128.lt<T>(square, v128.splat<T>(leastSquare<T>())), isZero);
  const isLarge = v128.gt<T>(square, v128.splat<T>(greatestSquare<T>()));
  if (!v128.any_true(v128.or(isSmall, isLarge))) return v128.sqrt<T>(square);
  const one = v128.splat<T>(<T>1);
  const unit = choose(isSmall, v128.splat<T>(enlarging<T>()), choose(isLarge, v128.splat<T>(reducing<T>()), one));
  const scaled = meanSquare<T>(decay, v128.mul<T>(root, unit), share, v128.mul<T>(gradient, unit));
  return v128.div<T>(v128.sqrt<T>(scaled), unit);
}

function adamOf<T>(
  parameter: usize, gradient: usize, firstMoment: usize, secondRoot: usize, out: usize, size: i32, first: i32, count: i32,
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
    const root = nextRoot<T>(decay2, v128.load(secondRoot + position), share2, g);
    const change = v128.div<T>(v128.mul<T>(step, m), v128.add<T>(root, floor));
    v128.store(out + position, v128.sub<T>(v128.load(parameter + position), change));
    v128.store(outFirst + position, m);
    v128.store(outSecond + position, root);
  }
  // The three results are next to each other, so that nothing may be written past the end of one.
  for (; position < bytes; position += sizeof<T>()) {
    const g = load<T>(gradient + position);
    const m = <T>beta1 * load<T>(firstMoment + position) + <T>(1 - beta1) * g;
    const root = v128.extract_lane<T>(nextRoot<T>(decay2, v128.splat<T>(load<T>(secondRoot + position)), share2, v128.splat<T>(g)), 0);
    store<T>(out + position, load<T>(parameter + position) - (<T>stepSize * m) / (root + <T>epsilon));
    store<T>(outFirst + position, m);
    store<T>(outSecond + position, root);
  }
}

export function adamFloat32(
  parameter: usize, gradient: usize, firstMoment: usize, secondRoot: usize, out: usize, size: i32, first: i32, count: i32,
  stepSize: f64, beta1: f64, beta2: f64, epsilon: f64,
): void {
  adamOf<f32>(parameter, gradient, firstMoment, secondRoot, out, size, first, count, stepSize, beta1, beta2, epsilon);
}

export function adamFloat64(
  parameter: usize, gradient: usize, firstMoment: usize, secondRoot: usize, out: usize, size: i32, first: i32, count: i32,
  stepSize: f64, beta1: f64, beta2: f64, epsilon: f64,
): void {
  adamOf<f64>(parameter, gradient, firstMoment, secondRoot, out, size, first, count, stepSize, beta1, beta2, epsilon);
}
