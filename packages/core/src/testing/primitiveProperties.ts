import * as fc from 'fast-check';
import { apply } from '../apply.js';
import type { Backend } from '../backend.js';
import type { CheckGradientsOptions } from '../checkGradients.js';
import { fromTypedArray } from '../create.js';
import { defaultBackend, withBackend } from '../defaultBackend.js';
import { allocateArray, isFloat } from '../dtype.js';
import { AdjointError, ReleasedTensorError } from '../errors.js';
import { alias } from '../identity.js';
import type { Primitive } from '../primitive.js';
import { reference } from '../reference/referenceBackend.js';
import { memoryStats } from '../memory/memoryStats.js';
import { scope } from '../memory/scope.js';
import { formatType, sameShape, type TensorType } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { vjp } from '../vjp.js';
import { vmap } from '../vmap.js';
import { assertGradients } from './gradientProperty.js';
import type { TensorSample } from './tensorSample.js';

/** A random call of a primitive. */
export interface PrimitiveCall<Attrs> {
  readonly inputs: readonly TensorSample[];
  /** Default: none. */
  readonly attrs?: Attrs;
}

/** A call that the shape rule has to refuse. */
export interface WrongCall<Attrs> {
  readonly inputs: readonly TensorType[];
  /** Default: none. */
  readonly attrs?: Attrs;
  /** The class of the error. */
  readonly throws: new (...args: never[]) => AdjointError;
}

/** What {@link primitiveProperties} proves, and how. */
export interface PrimitivePropertiesOptions<Attrs> extends CheckGradientsOptions {
  /** Calls that the shape rule has to refuse. Default: none. */
  readonly wrongCalls?: readonly WrongCall<Attrs>[];
  /** Compared with `reference`. Default: `reference` and the default backend. */
  readonly backends?: readonly Backend[];
  /** Random calls a property. Default: 60. */
  readonly numRuns?: number;
  /** Of fast-check, to repeat a failure. Default: another one each time. */
  readonly fastCheckSeed?: number;
}

/** A property by its name: what a test runner is given. */
export interface PrimitiveProperty {
  readonly name: string;
  /** Throws when the property does not hold, with the smallest counterexample. */
  readonly run: () => void;
}

/** An error of {@link primitiveProperties}: what does not hold. */
export class PrimitiveError extends AdjointError {
  override readonly name: string = 'PrimitiveError';
}

/**
 * The properties that prove a primitive, given random calls of it:
 *
 * - its shape rule tells the type of the result, needs no data, and refuses the wrong calls that are given;
 * - it changes no input, and every backend gives what `reference` gives for contiguous inputs, whatever the memory layout;
 * - first and second derivatives agree with central differences;
 * - it keeps what its gradient rule reads (the function's tensors are released before the rule runs), keeps nothing else, and
 *   leaves nothing in memory;
 * - `vmap` gives what a call an example gives.
 *
 * They are functions with names, for any test runner. The property of the derivatives fails if no call has a float input with
 * elements, since it proves nothing then. A primitive whose `vjp` is `'none'` has no property about derivatives.
 *
 * @throws when it runs: {@link PrimitiveError} and {@link GradientError}, inside of fast-check's own error.
 *
 * @example
 * ```ts
 * import { apply, definePrimitive, empty, type Tensor } from '@adjoint/core';
 * import { primitiveProperties, shapes, tensors } from '@adjoint/core/testing';
 * import { cos, mul } from '@adjoint/ops';
 *
 * const sine = definePrimitive({
 *   name: 'sine',
 *   keeps: { inputs: [0] },
 *   infer: ([x]) => x!,
 *   forward: (backend, [x], _, type) => {
 *     const out = empty(backend, type);
 *     backend.unary('sin', x!, out);
 *     return out;
 *   },
 *   vjp: ({ inputs: [x], cotangent }) => [mul(cotangent, cos(x!))],
 * });
 *
 * const calls = shapes().chain((shape) => tensors(shape)).map((x) => ({ inputs: [x] }));
 * // With a test runner: for (const { name, run } of …) test(name, run);
 * for (const { run } of primitiveProperties(sine, calls)) run();
 * ```
 */
export function primitiveProperties<Attrs = Record<string, never>>(
  primitive: Primitive<Attrs>,
  calls: fc.Arbitrary<PrimitiveCall<Attrs>>,
  options: PrimitivePropertiesOptions<Attrs> = {},
): readonly PrimitiveProperty[] {
  const { wrongCalls = [], backends = [...new Set([reference, defaultBackend()])], numRuns = 60, fastCheckSeed, ...comparison } = options;
  const proof = new Proof(primitive);
  const property = (name: string, holds: (call: PrimitiveCall<Attrs>) => void, before: () => void = () => {}, after: () => void = () => {}): PrimitiveProperty => ({
    name: `${primitive.name}: ${name}`,
    run: () => {
      before();
      fc.assert(fc.property(calls, (call) => scope(() => holds(call), `the property of ${primitive.name}`)), { numRuns, ...(fastCheckSeed === undefined ? {} : { seed: fastCheckSeed }) });
      after();
    },
  });
  const on = (backend: Backend, holds: (call: PrimitiveCall<Attrs>) => void) => (call: PrimitiveCall<Attrs>) => withBackend(backend, () => holds(call));
  const ofDerivatives = (backend: Backend): PrimitiveProperty[] => [
    property(
      `first and second derivatives agree with differences on ${backend.name}`, on(backend, (call) => proof.differentiates(call, comparison)),
      () => proof.forgetDifferentiated(), () => proof.requireDifferentiated(),
    ),
  ];
  const reads = new Set<Kept>();
  return [
    property('the shape rule tells the type of the result', (call) => proof.infers(call)),
    ...wrongCalls.map((call, index) => ({ name: `${primitive.name}: the shape rule refuses ${wrongCalls.length > 1 ? `wrong call ${index}` : 'the wrong call'}`, run: () => proof.refuses(call) })),
    ...backends.map((backend) => property(`${backend.name} gives what reference gives, in every memory layout`, (call) => proof.agrees(backend, call))),
    ...(primitive.vjp === 'none' ? [] : [
      ...backends.flatMap(ofDerivatives),
      property('keeps what its rule reads and nothing else', (call) => proof.collectReads(call, reads), () => reads.clear(), () => proof.keepsNothingElse(reads)),
    ]),
    property('leaves nothing in memory', (call) => proof.leavesNothing(call)),
    property('vmap gives what a call an example gives', (call) => proof.batches(call)),
  ];
}

/** The position of an input, or the output. */
type Kept = number | 'output';

/** Each method throws where a call does not do what it should. */
class Proof<Attrs> {
  /** The most inputs of a call. */
  private met = 0;
  /** Whether a derivative was compared. */
  private isDifferentiated = false;

  constructor(private readonly primitive: Primitive<Attrs>) {}

  infers({ inputs, attrs }: PrimitiveCall<Attrs>): void {
    const types = inputs.map(({ shape, dtype }) => ({ shape, dtype }));
    const told = this.primitive.infer(types, attributes(attrs));
    const made = this.call(inputs.map((sample) => sample.make()), attrs);
    if (!isType(made, told)) throw this.error(`infer tells ${formatType(told)}, forward gives ${formatType(made)}`);
  }

  refuses({ inputs, attrs, throws }: WrongCall<Attrs>): void {
    const call = inputs.map(formatType).join(', ');
    let told: TensorType;
    try {
      told = this.primitive.infer(inputs, attributes(attrs));
    } catch (error) {
      if (error instanceof throws) return;
      throw this.error(`infer of ${call} throws ${String(error)}; expected ${throws.name}`);
    }
    throw this.error(`infer takes ${call} and tells ${formatType(told)}; expected ${throws.name}`);
  }

  agrees(backend: Backend, { inputs, attrs }: PrimitiveCall<Attrs>): void {
    const expected = withBackend(reference, () => this.call(inputs.map((sample) => sample.makeContiguous()), attrs));
    withBackend(backend, () => {
      const made = inputs.map((sample) => sample.make());
      const found = this.call(made, attrs);
      if (!isType(found, expected)) throw this.error(`${backend.name} gives ${formatType(found)}, reference ${formatType(expected)}`);
      this.requireClose(found.data(), expected, `${backend.name} and reference`);
      made.forEach((input, position) => {
        const changed = input.data().some((value, element) => !Object.is(value, inputs[position]!.typedValues()[element]));
        if (changed) throw this.error(`input ${position} was changed on ${backend.name}`);
      });
    });
  }

  differentiates({ inputs, attrs }: PrimitiveCall<Attrs>, options: CheckGradientsOptions): void {
    const floats = inputs.filter(({ dtype }) => isFloat(dtype));
    if (floats.length === 0) return;
    if (floats.some(({ values }) => values.length > 0)) this.isDifferentiated = true;
    assertGradients({ inputs: floats, fn: (...moving) => this.call(inputs.map((sample) => (isFloat(sample.dtype) ? moving.shift()! : sample.make())), attrs), options });
  }

  forgetDifferentiated(): void {
    this.isDifferentiated = false;
  }

  requireDifferentiated(): void {
    if (!this.isDifferentiated) throw this.error("no call has a float input with elements, so that no derivative was compared; draw some, or declare vjp: 'none'");
  }

  /** Finds what the rule reads, by leaving one after the other out of what is kept. */
  collectReads(call: PrimitiveCall<Attrs>, reads: Set<Kept>): void {
    if (!call.inputs.some(({ dtype }) => isFloat(dtype))) return;
    try {
      this.pullBack(this.primitive, call);
    } catch (error) {
      if (!(error instanceof ReleasedTensorError)) throw error;
      throw this.error(`its gradient rule reads what \`keeps\` does not declare: ${error.message}`);
    }
    const kept = this.kept(call.inputs.length);
    for (const one of kept) {
      if (reads.has(one)) continue;
      const inputs = kept.filter((other): other is number => other !== one && other !== 'output');
      const withoutOne = { ...this.primitive, keeps: { inputs, output: one !== 'output' && kept.includes('output') } };
      try {
        this.pullBack(withoutOne, call);
      } catch (error) {
        if (!(error instanceof ReleasedTensorError)) throw error;
        reads.add(one);
      }
    }
    this.met = Math.max(this.met, call.inputs.length);
  }

  keepsNothingElse(reads: ReadonlySet<Kept>): void {
    const unread = this.kept(this.met).filter((one) => !reads.has(one));
    if (unread.length === 0) return;
    throw this.error(`\`keeps\` declares ${unread.map((one) => (one === 'output' ? 'the output' : `input ${one}`)).join(' and ')}, which its gradient rule reads in no call; leave it out, and its memory is free earlier`);
  }

  /** What is declared to be kept. Without a declaration all is, which is no claim. */
  private kept(count: number): Kept[] {
    const { keeps } = this.primitive;
    if (keeps === undefined) return [];
    const inputs = keeps.inputs === 'all' ? Array.from({ length: count }, (_, position) => position) : (keeps.inputs ?? []);
    return [...inputs, ...(keeps.output === true ? ['output' as const] : [])];
  }

  /** Runs the rule after the scope of the call, and so all that is not kept, has gone. */
  private pullBack(primitive: Primitive<Attrs>, { inputs, attrs }: PrimitiveCall<Attrs>): void {
    scope(() => {
      const made = inputs.map((sample) => sample.make());
      const floats = made.filter(({ dtype }) => isFloat(dtype));
      const { value, pullback } = vjp((...moving: Tensor[]) => scope(() => {
        const copies = made.map((input) => alias(isFloat(input.dtype) ? moving.shift()! : input));
        return alias(apply(primitive, copies, attributes(attrs)));
      }), ...floats);
      pullback(value);
    });
  }

  leavesNothing({ inputs, attrs }: PrimitiveCall<Attrs>): void {
    const made = inputs.map((sample) => sample.make());
    const before = memoryStats();
    scope(() => this.call(made, attrs).shape);
    const after = memoryStats();
    if (after.tensors !== before.tensors || after.bytes !== before.bytes) throw this.error(`leaves ${after.tensors - before.tensors} tensors and ${after.bytes - before.bytes} bytes after its scope has ended`);
  }

  batches({ inputs, attrs }: PrimitiveCall<Attrs>): void {
    if (inputs.length === 0) return;
    // The second example has the elements of the first one in reverse.
    const inReverse = (sample: TensorSample) => fromTypedArray(sample.typedValues().reverse(), sample.shape, sample.dtype);
    const examples = [inputs.map((sample) => sample.make()), inputs.map(inReverse)];
    const batch = inputs.map((sample) => {
      const both = allocateArray(sample.dtype, 2 * sample.values.length);
      both.set(sample.typedValues());
      both.set(sample.typedValues().reverse(), sample.values.length);
      return fromTypedArray(both, [2, ...sample.shape], sample.dtype);
    });
    const found = vmap((...one: Tensor[]) => this.call(one, attrs))(...batch);
    const expected = examples.map((example) => this.call(example, attrs));
    const type = { shape: [2, ...expected[0]!.shape], dtype: expected[0]!.dtype };
    if (!isType(found, type)) throw this.error(`vmap gives ${formatType(found)}; expected ${formatType(type)}`);
    const { size } = expected[0]!;
    expected.forEach((one, index) => this.requireClose(found.data().subarray(index * size, (index + 1) * size), one, 'vmap and a call an example'));
  }

  private call(inputs: readonly Tensor[], attrs: Attrs | undefined): Tensor {
    return apply(this.primitive, inputs, attributes(attrs));
  }

  private requireClose(found: ArrayLike<number>, expected: Tensor, who: string): void {
    const right = Array.from(expected.data());
    const allowed = expected.dtype === 'float64' ? 1e-9 : expected.dtype === 'float32' ? 1e-4 : 0;
    const scale = right.reduce((largest, value) => (Number.isFinite(value) ? Math.max(largest, Math.abs(value)) : largest), 1);
    const wrong = right.findIndex((value, element) => !(Object.is(value, found[element]) || value === found[element] || Math.abs(value - found[element]!) <= allowed * scale));
    if (wrong >= 0) throw this.error(`${who} differ at element ${wrong} of ${formatType(expected)}: ${found[wrong]} and ${right[wrong]}`);
  }

  private error(message: string): PrimitiveError {
    return new PrimitiveError(`${this.primitive.name}: ${message}`);
  }
}

function attributes<Attrs>(attrs: Attrs | undefined): Attrs {
  return attrs ?? ({} as Attrs);
}

function isType(found: TensorType, expected: TensorType): boolean {
  return found.dtype === expected.dtype && sameShape(found.shape, expected.shape);
}
