import { formatBytes, formatColumns, plural } from '../graph/table.js';

/** Tensors that were made at one place of a program and are still alive. */
export interface LivingTensors {
  readonly count: number;
  /** The bytes that they keep alive. Views share the bytes of the tensor that they are a view of. */
  readonly bytes: number;
  /** The type of the largest one, as `float32 [64,10]`. */
  readonly type: string;
  /** The function of Adjoint that was called and made them, as `matmul`; empty where the engine doesn't tell. */
  readonly call: string;
  /** The frames of the program around that call, innermost first, as `train (file:///app/train.js:12:5)`; of most of the tensors. */
  readonly stack: readonly string[];
  /** All stacks that lead to this place, that of the most tensors first. */
  readonly stacks: readonly LivingStack[];
  /** The modules around the call, as {@link currentModule} tells them; empty outside any module. */
  readonly module: string;
  /** The scopes that were open around the call, outermost first, with slashes between, as `grad/step`; empty outside any scope. */
  readonly scope: string;
  /** What frees them now: `the garbage collector`, or the name of a scope that is still open. */
  readonly owner: string;
}

/** A way to the place that made tensors. */
export interface LivingStack {
  /** How many of the tensors were made this way. */
  readonly count: number;
  /** Innermost first. */
  readonly frames: readonly string[];
}

/** What {@link TensorWatch.living} finds; prints as a table. */
export interface LivingReport {
  /** One group per place, the most bytes first. */
  readonly groups: readonly LivingTensors[];
  /** How many tensors are in all groups. */
  readonly count: number;
  /** The bytes that all groups keep alive, each byte counted once. */
  readonly bytes: number;
  toString(): string;
}

const [groupsShown, framesShown, otherStacksShown] = [20, 25, 3];

export function makeLivingReport(groups: readonly LivingTensors[], bytes: number): LivingReport {
  const count = groups.reduce((sum, group) => sum + group.count, 0);
  const toString = (): string => format(groups, count, bytes);
  // Node prints an object by the method of this name.
  const report = { groups, count, bytes, toString, [Symbol.for('nodejs.util.inspect.custom')]: toString };
  return report;
}

function format(groups: readonly LivingTensors[], count: number, bytes: number): string {
  if (count === 0) return 'no tensor that was made during the watch is alive';
  const shown = groups.slice(0, groupsShown);
  const bytesColumn = alignRight(['bytes', ...shown.map((group) => formatBytes(group.bytes))]);
  const countColumn = alignRight(['tensors', ...shown.map((group) => String(group.count))]);
  const others = [['type', 'made by', 'module', 'scope', 'owner'], ...shown.map(({ type, call, module, scope, owner }) => [type, call, module, scope, owner])];
  const [header, ...rows] = formatColumns(others.map((cells, row) => [bytesColumn[row]!, countColumn[row]!, ...cells]));
  const rule = '─'.repeat(Math.max(header!.length, ...rows.map((row) => row.length)));
  return [
    `${plural(count, 'tensor')} made during the watch ${count === 1 ? 'is' : 'are'} alive and ${count === 1 ? 'keeps' : 'keep'} ${formatBytes(bytes)}`,
    header!,
    rule,
    ...rows.flatMap((row, index) => [row, ...formatStacks(shown[index]!)]),
    ...(groups.length > shown.length ? [`and ${plural(groups.length - shown.length, 'more place')}`] : []),
  ].join('\n');
}

function alignRight(cells: readonly string[]): string[] {
  const width = Math.max(...cells.map((cell) => cell.length));
  return cells.map((cell) => cell.padStart(width));
}

/** The stack of the most tensors, then where the others leave it. */
function formatStacks({ stack, stacks }: LivingTensors): string[] {
  const lines = stack.slice(0, framesShown).map((frame) => `    at ${frame}`);
  const others = stacks.slice(1).flatMap(({ count, frames }) => {
    const differs = frames.findIndex((frame, index) => index < stack.length && lineOf(frame) !== lineOf(stack[index]!));
    return differs === -1 ? [] : [`    ${count} of them at ${frames[differs]!}`];
  });
  return [
    ...lines,
    ...(stack.length > framesShown ? [`    and ${plural(stack.length - framesShown, 'more frame')}`] : []),
    ...others.slice(0, otherStacksShown),
    ...(others.length > otherStacksShown ? [`    and ${plural(others.length - otherStacksShown, 'more caller')}`] : []),
  ];
}

/** What is the same of a function before its first `await` and after. */
function lineOf(frame: string): string {
  return frame.replace(/^async /, '').replace(/:\d+(\)?)$/, '$1');
}
