/*
 * Functions that are differentiated as a whole: what `checkpoint` and `customVjp` have in common. The tapes around do not hear
 * what such a function does, and hear of the call instead.
 *
 * Inside of `vmap` a function computes with examples, while a tape around the `vmap` tracks the tensors behind them. So the call is
 * told once at every level: as one of examples, and, lifted, as one of the tensors that hold all of them.
 */
import { TransformError } from './errors.js';
import { alias } from './identity.js';
import { innermostInterpreter, type Interpreter } from './interpreter.js';
import { asOneCall, recordCall, type Recorder } from './recording.js';
import { refusePromise, scope } from './memory/scope.js';
import { Tape } from './tape.js';
import { assertAlive, lastSerial, type Tensor } from './tensor.js';
import { mapTensors, replaceTensors, tensorsOf } from './tree.js';
import { activeBatchings, runBatched, type Batching } from './vmap.js';

export type TensorFunction = (inputs: readonly Tensor[]) => readonly Tensor[];

interface RuleContext {
  readonly inputs: readonly Tensor[];
  /** What the function reads besides its inputs. */
  readonly closedOver: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly cotangents: readonly Tensor[];
  /** Of the inputs, then of what is closed over. */
  readonly needs: readonly boolean[];
}

/** The cotangents of the inputs, then of what is closed over. */
export type Rule = (context: RuleContext) => readonly (Tensor | null)[];

/** A function and how it is differentiated, at one level. */
interface Definition {
  readonly fn: TensorFunction;
  readonly rule: Rule;
}

interface WholeCall {
  readonly name: string;
  readonly definition: Definition;
  /** The rule of the function lifted out of a `vmap`. */
  readonly liftRule: (lifted: Lifted, rule: Rule) => Rule;
  /** Whether gradients flow to what the function closes over. */
  readonly closes: boolean;
}

/** A function of examples as one of the tensors that hold all of them. */
export interface Lifted {
  readonly batching: Batching;
  readonly fn: TensorFunction;
  readonly batched: readonly boolean[];
  /**
   * Whether each example has outputs of its own; known once the function ran. Where it has inputs of its own it does, even if the
   * function ignores them: the rule need not, so that it has to have the cotangents of each example and not their sum.
   */
  readonly outputsBatched: () => boolean;
}

/** Hears what a function reads that it was neither given nor made. */
class Observer implements Recorder {
  private readonly begin = lastSerial();
  /** Weak, since a function that goes on and on makes ever more. */
  private readonly known = new WeakSet<Tensor>();
  readonly foreign = new Set<Tensor>();

  append(_primitive: unknown, inputs: readonly Tensor[], _attrs: unknown, output: Tensor): void {
    for (const input of inputs) if (input.serial <= this.begin && !this.known.has(input)) this.foreign.add(input);
    this.know([output]);
  }

  know(tensors: readonly Tensor[]): void {
    for (const tensor of tensors) this.known.add(tensor);
  }
}

/** Runs a function whose tensors are given and come in a list, as one call. */
function callAsOne(call: WholeCall, inputs: readonly Tensor[]): readonly Tensor[] {
  return scope(() => {
    const given = inputs.map(alias);
    const observer = new Observer();
    let closedOver: readonly Tensor[] = [];
    const callAt = (levels: readonly Batching[], { fn, rule }: Definition, at: readonly Tensor[]): readonly Tensor[] => {
      observer.know(at);
      const [batching, ...outer] = levels;
      let outputs: readonly Tensor[];
      if (batching === undefined) {
        const { result, passedOver } = asOneCall(observer, () => fn(at).map(alias));
        outputs = result;
        closedOver = [...observer.foreign].filter((tensor) => !tensor.isReleased);
        if (!call.closes) refuseTracked(call.name, closedOver, passedOver);
      } else {
        const lifted = lift(batching, fn, at, observer);
        const contents = at.map((tensor) => batching.contentOf(tensor) ?? tensor);
        const results = callAt(outer, { fn: lifted.fn, rule: call.liftRule(lifted, rule) }, contents);
        outputs = lifted.outputsBatched() ? results.map((result) => batching.wrap(result)) : results.map(alias);
      }
      recordCall({
        name: call.name,
        inputs: [...at, ...closedOver],
        outputs,
        kept: call.closes ? [...at, ...closedOver] : [...at, ...outputs],
        rule: (cotangents, needs) => {
          const results = rule({ inputs: at, closedOver, outputs, cotangents, needs });
          refuseExamples(call.name, results, [...at, ...outputs, ...cotangents]);
          return results;
        },
      });
      return outputs;
    };
    return callAt(activeBatchings(), call.definition, given);
  }, call.name);
}

function lift(batching: Batching, fn: TensorFunction, inputs: readonly Tensor[], observer: Observer): Lifted {
  const batched = inputs.map((input) => batching.contentOf(input) !== null);
  let outputsBatched = false;
  return {
    batching,
    batched,
    outputsBatched: () => outputsBatched,
    fn: (contents) => {
      const examples = contents.map((content, index) => (batched[index] ? batching.wrap(content) : content));
      observer.know(examples);
      // A gradient runs this when the `vmap` has ended; the calls inside are told to what is outside of it then as well.
      const outputs = runBatched(batching, () => fn(examples));
      outputsBatched = batched.includes(true) || outputs.some((output) => batching.contentOf(output) !== null);
      return outputsBatched ? outputs.map((output) => batching.spread(output)) : outputs;
    },
  };
}

function refuseTracked(name: string, closedOver: readonly Tensor[], recorders: readonly Recorder[]): void {
  const tracked = closedOver.some((tensor) => recorders.some((recorder) => recorder instanceof Tape && recorder.tracks(tensor)));
  if (!tracked) return;
  throw new TransformError(
    `${name}: the function closes over a tensor that a gradient is asked for, and its rule has no cotangent for it; ` +
      'pass the tensor as an argument, or stopGradient it',
  );
}

/** Refuses cotangents that differ from example to example of a `vmap` that has ended, where nothing that the rule was given does. */
function refuseExamples(name: string, results: readonly (Tensor | null)[], given: readonly Tensor[]): void {
  const running: readonly (Interpreter | null)[] = activeBatchings();
  const level = innermostInterpreter(given)?.level ?? 0;
  const strange = results.some((result) => {
    const interpreter = result === null ? null : innermostInterpreter([result]);
    return interpreter !== null && interpreter.level > level && !running.includes(interpreter);
  });
  if (!strange) return;
  throw new TransformError(`${name}: its rule closes over a value of each example of a vmap, while its arguments are the same in all of them; pass the value as an argument`);
}

/** A function of trees as one of lists of tensors. */
export interface Flattened<Args, R> {
  readonly fn: TensorFunction;
  /** The arguments with other tensors in their places. */
  readonly args: (inputs: readonly Tensor[]) => Args;
  /** The result with other tensors in their places, once the function ran. */
  readonly result: (outputs: readonly Tensor[]) => R;
}

function flattened<Args extends readonly unknown[], R>(name: string, fn: (...args: Args) => R, args: Args): Flattened<Args, R> {
  let template: R | undefined;
  const flat: Flattened<Args, R> = {
    fn: (inputs) => {
      template = fn(...flat.args(inputs));
      refusePromise(name, template);
      return tensorsOf(template);
    },
    args: (inputs) => replaceTensors(args, inputs),
    result: (outputs) => replaceTensors(template as R, outputs),
  };
  return flat;
}

/** Runs a function of any arguments as one call. Tensors in arguments and result are found as those of trees are; all else is passed on. */
export function callTrees<Args extends readonly unknown[], R>(
  name: string,
  fn: (...args: Args) => R,
  args: Args,
  describe: (flat: Flattened<Args, R>) => Omit<WholeCall, 'name'>,
): R {
  const inputs: Tensor[] = [];
  mapTensors(args, (leaf, path) => {
    assertAlive(name, leaf, `argument ${path}`);
    inputs.push(leaf);
    return leaf;
  });
  const flat = flattened(name, fn, args);
  return flat.result(callAsOne({ name, ...describe(flat) }, inputs));
}
