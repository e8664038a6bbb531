import type { Backend } from './backend.js';
import { zeros } from './create.js';
import { withBackend } from './defaultBackend.js';
import { ArgumentError, AxisError, ShapeError } from './errors.js';
import { alias } from './identity.js';
import { nextLevel, symbolicTensor, type Interpreter } from './interpreter.js';
import { calledLater, requireOptions, type OptionNames } from './options.js';
import { release } from './memory/ownership.js';
import type { BatchRule, Primitive } from './primitive.js';
import { apply } from './apply.js';
import { refusePromise, scope } from './memory/scope.js';
import { formatType, normalizeAxis, type TensorType } from './shape.js';
import type { Storage } from './memory/storage.js';
import { join, moveAxis, pick, repeat } from './structure.js';
import { assertAlive, type Tensor } from './tensor.js';
import { mapTree } from './tree.js';
import { requireFunction } from './arguments.js';

/** The examples of one `vmap`: tensors that stand for one example each, and behind them those that hold all. */
export class Batching implements Interpreter {
  readonly transform = 'vmap';
  readonly level = nextLevel();

  constructor(
    /** How many examples there are. */
    readonly size: number,
    private readonly backend: Backend,
  ) {}

  /** What stands for one example of a tensor that has all of them along its first axis. */
  wrap(content: Tensor): Tensor {
    const example = symbolicTensor(this.backend, this, { shape: content.shape.slice(1), dtype: content.dtype });
    content.pins++;
    example.storage.content = content;
    return example;
  }

  /** The tensor with all examples; null for one that is the same in all of them. */
  contentOf(tensor: Tensor): Tensor | null {
    const { interpreter, content } = tensor.storage;
    return interpreter === this ? (content as Tensor) : null;
  }

  /** The tensor with all examples along its first axis, in any case. */
  spread(tensor: Tensor): Tensor {
    return this.contentOf(tensor) ?? repeat(tensor, this.size);
  }

  /** What is behind an example goes with it, unless somebody else needs it. */
  forget(storage: Storage): void {
    const content = storage.content as Tensor | null;
    if (content === null) return;
    storage.content = null;
    content.pins--;
    if (content.pins === 0 && content.owner !== null) release(content, 'vmap()');
  }

  run<Attrs>(primitive: Primitive<Attrs>, inputs: readonly Tensor[], attrs: Attrs, type: TensorType): Tensor {
    // Of no examples a rule could not tell how many elements each would have.
    if (this.size === 0) return this.wrap(withBackend(this.backend, () => zeros([0, ...type.shape], { dtype: type.dtype })));
    const contents = inputs.map((input) => this.contentOf(input));
    const batched = contents.map((content) => content !== null);
    return this.wrap(scope(() => {
      const given = inputs.map((input, index) => contents[index] ?? input);
      return ruleOf(primitive, type)({ inputs: given, batched, attrs, size: this.size });
    }, `the batching rule of ${primitive.name}`));
  }
}

/** A primitive's batching rule as a function. */
function ruleOf<Attrs>(primitive: Primitive<Attrs>, type: TensorType): Exclude<BatchRule<Attrs>, string> {
  const { batch } = primitive;
  if (typeof batch === 'function') return batch;
  if (batch === 'leading') {
    return ({ inputs, batched, attrs, size }) => apply(primitive, inputs.map((input, index) => (batched[index] ? input : repeat(input, size))), attrs);
  }
  if (batch === 'broadcast') {
    return ({ inputs, batched, attrs }) => apply(primitive, inputs.map((input, index) => (batched[index] ? withRank(input, type.shape.length + 1) : input)), attrs);
  }
  return ({ inputs, batched, attrs, size }) => {
    const one = (index: number) => apply(primitive, inputs.map((input, position) => (batched[position] ? pick(input, index) : input)), attrs);
    return join(Array.from({ length: size }, (_, index) => scope(() => one(index))));
  };
}

/** Axes of length 1 behind the first one, so that the others broadcast against those of more axes. */
function withRank(input: Tensor, rank: number): Tensor {
  let longer = input;
  while (longer.shape.length < rank) longer = moveAxis(repeat(longer, 1), 0, 1);
  return longer;
}

const active: Batching[] = [];

/** The `vmap`s that run now, innermost first. */
export function activeBatchings(): readonly Batching[] {
  return active.toReversed();
}

/** Which axis of an argument's tensors the examples lie along; null: the argument is the same for all of them. */
export type BatchAxis = number | null;

/** Where {@link vmap} finds and puts the examples. */
export interface VmapOptions {
  /** One axis for all arguments, or one an argument; negative ones count from the end. Default: 0. */
  readonly inAxes?: BatchAxis | readonly BatchAxis[];
  /** Of the results. Default: 0. */
  readonly outAxes?: number;
}

const vmapOptionNames: OptionNames<VmapOptions> = { inAxes: true, outAxes: true };

/**
 * A function of one example made one of many: `fn` is written for a single example, and what comes out takes all of them along an
 * axis and gives all results along one. Every operation runs once for all examples, by a rule that its primitive has for it;
 * the few primitives without a rule run once an example.
 *
 * It composes with the other transforms, inside or outside: `vmap(grad(loss), { inAxes: [null, 0, 0] })` gives the
 * gradient of each example. Arguments and results may be trees of tensors; an argument whose axis is `null` may be anything.
 * What the function closes over is the same for all examples, a {@link Key} too: for numbers that differ, draw them outside for all.
 *
 * @throws {@link ArgumentError} when no argument has an axis, or there is not one axis an argument.
 * @throws {@link AxisError} when an argument has no such axis.
 * @throws {@link ShapeError} when the arguments do not have the same number of examples.
 * @throws {@link TransformError} when the function is asynchronous, or reads the values of an example.
 *
 * @example
 * ```ts
 * import { grad, tensor, vmap, type Tensor } from '@adjoint/core';
 * import { matmul, square, sum } from '@adjoint/ops';
 *
 * const rows = tensor([[1, 2], [3, 4], [5, 6]]);
 * vmap((row: Tensor) => matmul(row, row))(rows).toArray(); // [5, 25, 61]
 * vmap(grad((row: Tensor) => sum(square(row))))(rows).toArray(); // [[2, 4], [6, 8], [10, 12]]
 * vmap(matmul, { inAxes: [null, 1] })(tensor([1, 10]), tensor([[1, 2, 3], [4, 5, 6]])).toArray(); // [41, 52, 63]
 * ```
 */
export function vmap<Args extends readonly Tensor[], R>(fn: (...args: Args) => R, options?: VmapOptions): (...args: Args) => R;
export function vmap<Args extends readonly unknown[], R>(fn: (...args: Args) => R, options?: VmapOptions): (...args: Args) => R;
export function vmap<Args extends readonly unknown[], R>(fn: (...args: Args) => R, options: VmapOptions = {}): (...args: Args) => R {
  requireFunction('vmap', 'fn', fn);
  requireOptions('vmap', options, vmapOptionNames, calledLater('vmap'));
  const { inAxes = 0, outAxes = 0 } = options;
  return (...args) => scope(() => {
    const axes: readonly BatchAxis[] = isList(inAxes) ? inAxes : args.map(() => inAxes);
    if (axes.length !== args.length) {
      throw new ArgumentError(`vmap: inAxes [${axes.map(String).join(', ')}] for ${args.length} arguments; expected one axis an argument (null: the same for all examples)`);
    }
    let batching: Batching | null = null;
    const wrapped = args.map((arg, position) => {
      const axis = axes[position]!;
      if (axis === null) return arg;
      return mapTree(arg, (leaf, path) => {
        const content = examplesFirst(leaf, axis, `argument ${path === '' ? position : `${position}.${path}`}`);
        batching ??= new Batching(content.shape[0]!, leaf.backend);
        if (content.shape[0] !== batching.size) {
          throw new ShapeError(`vmap: argument ${position}${path === '' ? '' : `.${path}`} has ${content.shape[0]} examples along axis ${axis} of ${formatType(leaf)}, those before it have ${batching.size}; expected as many in all arguments`);
        }
        return batching.wrap(content);
      }, `vmap: argument ${position} (null in inAxes for what is the same in all examples)`);
    }) as unknown as Args;
    if (batching === null) throw new ArgumentError('vmap: no argument has examples; expected an axis for at least one that holds a tensor (inAxes)');
    const result = runBatched(batching, () => fn(...wrapped));
    refusePromise('vmap', result);
    return mapTree(result, (leaf) => collected(batching!, leaf, outAxes), 'vmap: the result');
  }, `vmap(${fn.name})`);
}

function isList(axes: BatchAxis | readonly BatchAxis[]): axes is readonly BatchAxis[] {
  return Array.isArray(axes);
}

function examplesFirst(leaf: Tensor, axis: number, what: string): Tensor {
  assertAlive('vmap', leaf, what);
  if (leaf.shape.length === 0) throw new AxisError(`vmap: ${what} is the scalar ${formatType(leaf)}; expected the examples along axis ${axis}, or null in inAxes for what is the same in all`);
  return moveAxis(alias(leaf), normalizeAxis(`vmap: ${what}`, axis, leaf.shape.length), 0);
}

/** Runs `fn` as a part of this `vmap`, during which it may or may not run already. */
export function runBatched<R>(batching: Batching, fn: () => R): R {
  if (active.includes(batching)) return fn();
  active.push(batching);
  try {
    return fn();
  } finally {
    active.pop();
  }
}

/** All examples of a result along the axis. The identity is new: what stands behind an example ends with it. */
function collected(batching: Batching, leaf: Tensor, axis: number): Tensor {
  const content = alias(batching.spread(leaf));
  return moveAxis(content, 0, normalizeAxis('vmap: outAxes', axis, content.shape.length));
}
