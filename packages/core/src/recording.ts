import type { Primitive } from './primitive.js';
import type { Tensor } from './tensor.js';

/** What listens to `apply`: a tape, or what draws a graph. */
export interface Recorder {
  append(primitive: Primitive<unknown>, inputs: readonly Tensor[], attrs: unknown, output: Tensor): void;
}

/** The recorders that listen now, outermost first. */
const active: Recorder[] = [];

/** Shows a call to every active recorder. */
export function record<Attrs>(primitive: Primitive<Attrs>, inputs: readonly Tensor[], attrs: Attrs, output: Tensor): void {
  for (let index = 0; index < active.length; index++) {
    active[index]!.append(primitive as Primitive<unknown>, inputs, attrs, output);
  }
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
