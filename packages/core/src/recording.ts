import { requireFunction } from './arguments.js';
import type { Primitive } from './primitive.js';
import type { Tensor } from './tensor.js';

/** A call that is differentiated as a whole, by a rule of its own. */
export interface Call {
  readonly name: string;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Whose data the rule reads. */
  readonly kept: readonly Tensor[];
  /** One cotangent an input, of its type, or null, from those of all outputs. */
  readonly rule: (cotangents: readonly Tensor[], needs: readonly boolean[]) => readonly (Tensor | null)[];
}

/** What listens to operations: a tape, or what draws a graph. */
export interface Recorder {
  /** Called after every operation. */
  append(primitive: Primitive<unknown>, inputs: readonly Tensor[], attrs: unknown, output: Tensor): void;
  /** Called after a call with a rule of its own, whose operations only recorders without this method heard. */
  appendCall?(call: Call): void;
}

/** The recorders that listen now, outermost first. */
let active: Recorder[] = [];

/** Shows an operation to every active recorder. */
export function record<Attrs>(primitive: Primitive<Attrs>, inputs: readonly Tensor[], attrs: Attrs, output: Tensor): void {
  for (let index = 0; index < active.length; index++) {
    active[index]!.append(primitive as Primitive<unknown>, inputs, attrs, output);
  }
}

/** Shows a call with a rule of its own to every active recorder that takes it. */
export function recordCall(call: Call): void {
  for (const recorder of active) recorder.appendCall?.(call);
}

/** Lets `recorder` listen while `fn` runs. */
export function recordingTo<R>(recorder: Recorder, fn: () => R): R {
  active.push(recorder);
  try {
    return fn();
  } finally {
    active.pop();
  }
}

/** Lets `observer` listen while `fn` runs, and those who take calls as a whole not; gives them too. */
export function asOneCall<R>(observer: Recorder, fn: () => R): { readonly result: R; readonly passedOver: readonly Recorder[] } {
  const former = active;
  const passedOver = former.filter((recorder) => recorder.appendCall !== undefined);
  active = [...former.filter((recorder) => recorder.appendCall === undefined), observer];
  try {
    return { result: fn(), passedOver };
  } finally {
    active = former;
  }
}

/**
 * Runs a function whose operations no tape or graph sees, such as one that computes a shape from empty tensors.
 *
 * @example
 * ```ts
 * import { trace, unrecorded, zeros, type Tensor } from '@adjoint/core';
 * import { matmul, square } from '@adjoint/ops';
 *
 * const graph = trace((x: Tensor) => {
 *   unrecorded(() => matmul(zeros([0, 2]), zeros([2, 3])).shape);
 *   return square(x);
 * })({ shape: [2], dtype: 'float32' });
 * graph.nodes.map(({ name }) => name).toArray(); // ['0', 'square']
 * ```
 */
export function unrecorded<R>(fn: () => R): R {
  requireFunction('unrecorded', 'fn', fn);
  const former = active;
  active = [];
  try {
    return fn();
  } finally {
    active = former;
  }
}
