import { erf, exp, expm1, log1p, sigmoid } from './lanes';
import { choose } from './vector';

/** The numbers of the activations, in the order of `activations` in src/activation.ts. */
const enum Activation { leakyRelu, relu6, elu, softplus, silu, hardSwish, gelu, geluTanh }

/*
 * Each has a value and a derivative, of a vector of lanes of type T and two constants, which only some read. A class
 * holds no data: it is the way to pass functions that are inlined.
 */

class LeakyRelu {
  @inline value<T>(x: v128, slope: v128, _: v128): v128 {
    return choose(isPositive<T>(x), x, v128.mul<T>(slope, x));
  }
  @inline derivative<T>(x: v128, slope: v128, _: v128): v128 {
    return choose(isPositive<T>(x), splat<T>(1), slope);
  }
}
class Relu6 {
  @inline value<T>(x: v128, _: v128, __: v128): v128 {
    return v128.min<T>(v128.max<T>(x, splat<T>(0)), splat<T>(6));
  }
  @inline derivative<T>(x: v128, _: v128, __: v128): v128 {
    return v128.and(splat<T>(1), v128.and(isPositive<T>(x), v128.lt<T>(x, splat<T>(6))));
  }
}
class Elu {
  @inline value<T>(x: v128, alpha: v128, scale: v128): v128 {
    return v128.mul<T>(scale, choose(isPositive<T>(x), x, v128.mul<T>(alpha, expm1<T>(x))));
  }
  @inline derivative<T>(x: v128, alpha: v128, scale: v128): v128 {
    return v128.mul<T>(scale, choose(isPositive<T>(x), splat<T>(1), v128.mul<T>(alpha, exp<T>(x))));
  }
}
class Softplus {
  @inline value<T>(x: v128, _: v128, __: v128): v128 {
    return v128.add<T>(v128.max<T>(x, splat<T>(0)), log1p<T>(exp<T>(v128.neg<T>(v128.abs<T>(x)))));
  }
  @inline derivative<T>(x: v128, _: v128, __: v128): v128 { return sigmoid<T>(x); }
}
class Silu {
  @inline value<T>(x: v128, _: v128, __: v128): v128 { return v128.mul<T>(notBelow<T>(x, -800), sigmoid<T>(x)); }
  @inline derivative<T>(x: v128, _: v128, __: v128): v128 {
    const s = sigmoid<T>(x);
    return v128.add<T>(s, v128.mul<T>(within<T>(x, 800), slopeOfSigmoid<T>(s)));
  }
}
class HardSwish {
  @inline value<T>(x: v128, _: v128, __: v128): v128 {
    const gate = v128.min<T>(v128.max<T>(v128.add<T>(x, splat<T>(3)), splat<T>(0)), splat<T>(6));
    return v128.mul<T>(notBelow<T>(x, -3), v128.div<T>(gate, splat<T>(6)));
  }
  @inline derivative<T>(x: v128, _: v128, __: v128): v128 {
    const middle = v128.add<T>(v128.div<T>(x, splat<T>(3)), splat<T>(0.5));
    const upper = choose(v128.ge<T>(x, splat<T>(3)), splat<T>(1), middle);
    return v128.andnot(upper, v128.le<T>(x, splat<T>(-3)));
  }
}
class Gelu {
  @inline value<T>(x: v128, _: v128, __: v128): v128 { return v128.mul<T>(notBelow<T>(x, -40), normalDistribution<T>(x)); }
  @inline derivative<T>(x: v128, _: v128, __: v128): v128 {
    const density = v128.mul<T>(splat<T>(0.39894228040143267794), exp<T>(v128.mul<T>(splat<T>(-0.5), v128.mul<T>(x, x))));
    return v128.add<T>(normalDistribution<T>(x), v128.mul<T>(within<T>(x, 40), density));
  }
}
/** `tanh(u) = 2 sigmoid(2 u) - 1`, so that one exponential is all. */
class GeluTanh {
  @inline value<T>(x: v128, _: v128, __: v128): v128 {
    return v128.mul<T>(notBelow<T>(x, -40), sigmoid<T>(bend<T>(within<T>(x, 40))));
  }
  @inline derivative<T>(x: v128, _: v128, __: v128): v128 {
    const near = within<T>(x, 40);
    const s = sigmoid<T>(bend<T>(near));
    const slope = v128.mul<T>(splat<T>(twiceRoot), v128.add<T>(splat<T>(1), v128.mul<T>(splat<T>(3 * cubic), v128.mul<T>(near, near))));
    return v128.add<T>(s, v128.mul<T>(v128.mul<T>(near, slope), slopeOfSigmoid<T>(s)));
  }
}

/** `2 sqrt(2 / pi)`. */
const twiceRoot: f64 = 1.59576912160573071176;
const cubic: f64 = 0.044715;

/** `2 sqrt(2 / pi) (x + 0.044715 x^3)`. */
@inline
function bend<T>(x: v128): v128 {
  const square = v128.mul<T>(x, x);
  return v128.mul<T>(v128.mul<T>(splat<T>(twiceRoot), x), v128.add<T>(splat<T>(1), v128.mul<T>(splat<T>(cubic), square)));
}

@inline
function splat<T>(value: f64): v128 {
  return v128.splat<T>(<T>value);
}

@inline
function isPositive<T>(x: v128): v128 {
  return v128.gt<T>(x, splat<T>(0));
}

/** NaN stays. Of a factor whose other one is 0 from there on: minus infinity would make NaN of it. */
@inline
function notBelow<T>(x: v128, bound: f64): v128 {
  return v128.pmax<T>(x, splat<T>(bound));
}

@inline
function within<T>(x: v128, bound: f64): v128 {
  return v128.pmin<T>(notBelow<T>(x, -bound), splat<T>(bound));
}

@inline
function slopeOfSigmoid<T>(sigmoid: v128): v128 {
  return v128.mul<T>(sigmoid, v128.sub<T>(splat<T>(1), sigmoid));
}

@inline
function normalDistribution<T>(x: v128): v128 {
  return v128.mul<T>(splat<T>(0.5), v128.add<T>(splat<T>(1), erf<T>(v128.mul<T>(x, splat<T>(0.70710678118654752440)))));
}

function values<T, Op>(input: usize, out: usize, end: usize, a: v128, b: v128): void {
  const operation = changetype<Op>(0);
  for (; out < end; out += 16, input += 16) v128.store(out, operation.value<T>(v128.load(input), a, b));
}

function gradients<T, Op>(cotangent: usize, input: usize, out: usize, end: usize, a: v128, b: v128): void {
  const operation = changetype<Op>(0);
  for (; out < end; out += 16, input += 16, cotangent += 16) {
    v128.store(out, v128.mul<T>(v128.load(cotangent), operation.derivative<T>(v128.load(input), a, b)));
  }
}

/** The values where there is no cotangent (0), else its products with the derivatives. */
@inline
function run<T, Op>(cotangent: usize, input: usize, out: usize, end: usize, a: v128, b: v128): void {
  if (cotangent == 0) values<T, Op>(input, out, end, a, b);
  else gradients<T, Op>(cotangent, input, out, end, a, b);
}

@inline
function activate<T>(activation: i32, cotangent: usize, input: usize, out: usize, count: i32, first: f64, second: f64): void {
  const end = out + <usize>count * sizeof<T>();
  const a = splat<T>(first);
  const b = splat<T>(second);
  switch (activation) {
    case Activation.leakyRelu: return run<T, LeakyRelu>(cotangent, input, out, end, a, b);
    case Activation.relu6: return run<T, Relu6>(cotangent, input, out, end, a, b);
    case Activation.elu: return run<T, Elu>(cotangent, input, out, end, a, b);
    case Activation.softplus: return run<T, Softplus>(cotangent, input, out, end, a, b);
    case Activation.silu: return run<T, Silu>(cotangent, input, out, end, a, b);
    case Activation.hardSwish: return run<T, HardSwish>(cotangent, input, out, end, a, b);
    case Activation.gelu: return run<T, Gelu>(cotangent, input, out, end, a, b);
    case Activation.geluTanh: return run<T, GeluTanh>(cotangent, input, out, end, a, b);
  }
}

export function activationFloat32(
  activation: i32, cotangent: usize, input: usize, out: usize, count: i32, first: f64, second: f64,
): void {
  activate<f32>(activation, cotangent, input, out, count, first, second);
}

export function activationFloat64(
  activation: i32, cotangent: usize, input: usize, out: usize, count: i32, first: f64, second: f64,
): void {
  activate<f64>(activation, cotangent, input, out, count, first, second);
}
