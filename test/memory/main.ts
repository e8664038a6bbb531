/*
 * Measures the memory and time of programs without scopes and disposals, next to those of the same programs with them:
 * `npm run memory`. Each runs in a process of its own; plain and scoped take turns, and the medians of the rounds count.
 */
import { execFileSync } from 'node:child_process';
import { Command, InvalidArgumentError } from 'commander';
import Table from 'cli-table3';
import { bundleProcess, type Bundle } from './bundle.js';
import { limitOf } from './limit.js';
import { forms, type Form, type MemoryProgram } from './program.js';
import { programs } from './programs.js';
import { runProcess, type Died, type Finished } from './runProcess.js';

interface Options {
  readonly programs?: RegExp;
  readonly steps: 'short' | 'long' | number;
  readonly node: readonly string[];
  readonly forms: readonly Form[];
  readonly rounds: number;
  readonly threads?: number;
  readonly patience: number;
  readonly markdown: boolean;
  readonly list: boolean;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError(`'${text}' is not an integer >= 1`);
  return count;
}

function parsePattern(text: string): RegExp {
  try {
    return new RegExp(text, 'i');
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function parseForms(text: string): readonly Form[] {
  const chosen = text.split(',');
  const unknown = chosen.find((form) => !forms.includes(form as Form));
  if (unknown !== undefined) throw new InvalidArgumentError(`'${unknown}' is not a form; expected some of ${forms.join(',')}`);
  return chosen as Form[];
}

const command = new Command('npm run memory --')
  .option('--programs <pattern>', 'only programs whose name matches this regular expression', parsePattern)
  .option('--steps <steps>', 'short, long, or how many', (text) => (text === 'short' || text === 'long' ? text : parseCount(text)), 'short')
  .option('--node <path...>', 'the Nodes to run in', [process.execPath])
  .option('--forms <forms>', `which forms, of ${forms.join(',')}`, parseForms, forms)
  .option('--rounds <number>', 'how often each is run', parseCount, 3)
  .option('--threads <number>', 'how many threads the kernels have; default: what the backend decides', parseCount)
  .option('--patience <seconds>', 'when a process is ended', parseCount, 600)
  .option('--markdown', 'print the table as Markdown', false)
  .option('--list', 'print the names of the programs, and run none', false)
  .parse();
const options = command.opts<Options>();

function median(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)]!;
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MB`;
}

function milliseconds(time: number): string {
  return `${time.toFixed(time < 10 ? 2 : 1)} ms`;
}

/** All rounds of one form: the highest peak and the median time, or how the first one that died did. */
function summarize(rounds: readonly (Finished | Died)[]): Finished | Died {
  const died = rounds.find((round) => 'failure' in round);
  if (died !== undefined) return died;
  const finished = rounds as readonly Finished[];
  return {
    ...finished[0]!,
    peakBytes: Math.max(...finished.map(({ peakBytes }) => peakBytes)),
    livingBytes: Math.max(...finished.map(({ livingBytes }) => livingBytes)),
    stepMilliseconds: median(finished.map(({ stepMilliseconds }) => stepMilliseconds)),
  };
}

function describeDeath({ failure, taken }: Died): string {
  return `died at step ${taken}: ${failure.replaceAll('|', '/').slice(0, 60)}`;
}

/** What a program may take in place of the time that it takes with scopes. */
const allowance = (program: MemoryProgram): number => (program.yields ? 1.1 : 1.5);

function lineOf(program: MemoryProgram, version: string, steps: number, results: Partial<Record<Form, Finished | Died>>): string[] {
  const { plain, scoped } = results;
  const peak = (result: Finished | Died | undefined): string => {
    if (result === undefined) return '';
    return 'failure' in result ? describeDeath(result) : megabytes(result.peakBytes);
  };
  const time = (result: Finished | Died | undefined): string => (result === undefined || 'failure' in result ? '' : milliseconds(result.stepMilliseconds));
  const faults: string[] = [];
  if (plain !== undefined) {
    if ('failure' in plain) faults.push('died');
    else if (plain.peakBytes > limitOf(plain)) faults.push(`over ${megabytes(limitOf(plain))}`);
  }
  let ratio = '';
  if (plain !== undefined && scoped !== undefined && !('failure' in plain) && !('failure' in scoped)) {
    const times = plain.stepMilliseconds / scoped.stepMilliseconds;
    ratio = `${times.toFixed(2)}x`;
    if (times > allowance(program)) faults.push(`over ${allowance(program)}x`);
  }
  const living = plain !== undefined && !('failure' in plain) ? megabytes(plain.livingBytes) : '';
  return [program.name, version, String(steps), living, peak(plain), peak(scoped), time(plain), time(scoped), ratio, faults.join(', ')];
}

async function measure(chosen: readonly MemoryProgram[], bundle: Bundle): Promise<void> {
  const head = ['program', 'Node', 'steps', 'alive', 'peak', 'peak, scoped', 'step', 'step, scoped', 'ratio', 'misses'];
  const lines: string[][] = [];
  const versions = options.node.map((node) => execFileSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim());
  for (const program of chosen) {
    const steps = typeof options.steps === 'number' ? options.steps : program.steps[options.steps];
    const rounds = options.node.map((): Record<Form, (Finished | Died)[]> => ({ plain: [], scoped: [] }));
    for (let round = 0; round < options.rounds; round++) {
      for (const [index, node] of options.node.entries()) {
        // Neither always runs first.
        for (const form of round % 2 === 0 ? options.forms : options.forms.toReversed()) {
          const { threads, patience } = options;
          rounds[index]![form].push(await runProcess(bundle, program, form, { steps, node, patience, ...(threads === undefined ? {} : { threads }) }));
        }
      }
    }
    for (const [index, version] of versions.entries()) {
      const line = lineOf(program, version, steps, Object.fromEntries(options.forms.map((form) => [form, summarize(rounds[index]![form])])));
      lines.push(line);
      console.error(line.filter((cell) => cell !== '').join(' | '));
    }
  }
  if (options.markdown) {
    console.log([head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n'));
    return;
  }
  const table = new Table({ head, style: { head: [], border: [] } });
  table.push(...lines);
  console.log(table.toString());
}

const chosen = programs.filter(({ name }) => options.programs?.test(name) ?? true);
if (options.list) {
  for (const { name } of chosen) console.log(name);
} else {
  const bundle = await bundleProcess();
  try {
    await measure(chosen, bundle);
  } finally {
    bundle.remove();
  }
}
