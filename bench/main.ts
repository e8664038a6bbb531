/*
 * Measures Adjoint side by side with PyTorch, jax-js and tfjs: `npm run bench`. Each figure comes from a process of its
 * own; contenders take turns, so that what disturbs the machine disturbs all alike, and the median of the rounds counts.
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Command, InvalidArgumentError } from 'commander';
import Table from 'cli-table3';
import { findContenders, type Contender } from './contenders.js';
import { families, isFamily } from './families.js';
import { describeMachine } from './machine.js';
import { median } from './measure.mjs';
import { formatFigure, markdownTable, tableOf, writeWhole, type Figure, type Results } from './results.js';

const folder = import.meta.dirname;
const docs = join(folder, '..', 'docs');
const patienceMilliseconds = 100_000;

const trainingRows = ['W1', 'W1b', 'W2', 'W3', 'W6'];
const allRows = [...trainingRows, 'GEMM', 'bandwidth', 'families'];

function parseRows(text: string): string[] {
  const rows = text.split(',');
  const unknown = rows.find((row) => !allRows.includes(row));
  if (unknown !== undefined) throw new InvalidArgumentError(`'${unknown}' is no row; expected some of ${allRows.join(',')}`);
  return rows.flatMap((row) => (row === 'families' ? families : [row]));
}

function parseRounds(text: string): number {
  const rounds = Number(text);
  if (!Number.isInteger(rounds) || rounds < 1) throw new InvalidArgumentError(`'${text}' is not an integer >= 1`);
  return rounds;
}

const program = new Command('npm run bench --')
  .option('--rows <rows>', `which rows, of ${allRows.join(',')}`, parseRows, parseRows(allRows.join(',')))
  .option('--rounds <number>', 'how often each is measured', parseRounds, 3)
  .option('--only <text>', 'only contenders whose name contains this', '')
  .option('--write', 'write docs/benchmarks.json and the tables of docs/benchmarks.md', false)
  .parse();
const options = program.opts<{ rows: string[]; rounds: number; only: string; write: boolean }>();

function installCompetitors(): void {
  if (existsSync(join(folder, 'node_modules', '@jax-js'))) return;
  console.log('installing the libraries to compare with (bench/package.json)');
  execFileSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' });
}

/** One measurement: the figures that the contender's process prints, or a note on why there are none. */
async function measure(contender: Contender, row: string): Promise<Figure[]> {
  const { name, threads, command } = contender;
  const fail = (note: string): Figure[] => [{ contender: name, threads, row, note }];
  try {
    const { stdout } = await promisify(execFile)(command, contender.arguments(row) as string[], {
      env: { ...process.env, ...contender.environment }, timeout: patienceMilliseconds, killSignal: 'SIGKILL', maxBuffer: 2 ** 24,
    });
    const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
    return lines.map((line) => ({ contender: name, threads, ...(JSON.parse(line) as { row: string }) }));
  } catch (error) {
    const { killed, stderr = '' } = error as { killed?: boolean; stderr?: string };
    if (killed === true) return fail('over 100 s');
    const reason = stderr.trim().split('\n').filter((line) => /error/i.test(line)).at(-1) ?? 'failed';
    return fail(reason.replaceAll('|', '/').slice(0, 120));
  }
}

function canDo({ name, threads }: Contender, row: string, newest: string): boolean {
  if (row === 'bandwidth') return name.startsWith('Adjoint');
  if (isFamily(row)) return ['jax-js wasm', 'tfjs wasm', newest].includes(name);
  if (row === 'GEMM') return threads === 1 || !name.startsWith('Adjoint');
  return true;
}

/** The median of what the rounds gave for one figure. */
function combine(samples: readonly Figure[]): Figure {
  const values = samples.flatMap(({ value }) => (value === undefined ? [] : [value]));
  return values.length === 0 ? samples[0]! : { ...samples[0]!, value: median(values) };
}

async function run(): Promise<void> {
  installCompetitors();
  const found = findContenders();
  const contenders = found.filter(({ name }) => name.includes(options.only));
  // Families are many: Adjoint is measured on the newest Node alone there, and each of them once.
  const newest = found.filter(({ name }) => name.startsWith('Adjoint')).at(-1)!.name;
  const samples = new Map<string, Figure[]>();
  for (const row of options.rows) {
    for (let round = 0; round < options.rounds; round++) {
      for (const contender of contenders) {
        if (!canDo(contender, row, newest) || (round > 0 && (contender.isSlow === true || isFamily(row)))) continue;
        for (const figure of await measure(contender, row)) {
          const key = `${figure.contender}|${figure.threads}|${figure.row}`;
          samples.set(key, [...(samples.get(key) ?? []), figure]);
          console.log(`${row}, round ${round + 1}: ${figure.contender}, ${figure.threads} threads: ${figure.row} ${formatFigure(figure)}`);
        }
      }
    }
  }
  const measured = [...samples.values()].map(combine);
  show([...keptFigures(measured), ...measured]);
}

/** What an earlier run wrote of the rows that this one does not measure. */
function keptFigures(measured: readonly Figure[]): readonly Figure[] {
  const file = join(docs, 'benchmarks.json');
  if (!options.write || !existsSync(file)) return [];
  const { figures } = JSON.parse(readFileSync(file, 'utf8')) as Results;
  const isNew = ({ contender, threads, row }: Figure): boolean =>
    measured.some((other) => other.contender === contender && other.threads === threads && other.row === row);
  const isOf = (row: string): boolean => options.rows.includes(row);
  return figures.filter((figure) => !isNew(figure) && !(figure.row === 'GEMM' && isOf('GEMM')) && !(figure.row.includes('plain copy') && isOf('bandwidth')));
}

/** As {@link tableOf}, but a line a row, of which there are many, and a column a contender. */
function tableOfMany(figures: readonly Figure[], rows: readonly string[]): { head: string[]; lines: string[][] } {
  const { lines } = tableOf(figures, rows);
  return {
    head: ['', ...lines.map(([contender, threads]) => `${contender}, ${threads} threads`)],
    lines: rows.map((row, index) => [row, ...lines.map((line) => line[index + 2]!)]),
  };
}

function show(figures: readonly Figure[]): void {
  const measured = [...new Set(figures.map(({ row }) => row))];
  const training = tableOf(figures, measured.filter((row) => trainingRows.includes(row)));
  const memory = tableOf(figures, measured.filter((row) => row.includes('memory') || row.includes('bytes')));
  const gemm = tableOf(figures, measured.filter((row) => /^(GEMM \d+|ceiling)$/.test(row)));
  const shares = measured.filter((row) => row.includes('share of') || row.startsWith('plain copy'));
  const familyRows = families.flatMap((family) => [family, `${family}, gradient`]).filter((row) => measured.includes(row));
  const tables = {
    'Training steps': training, 'Peak memory': memory, 'Matrix products': gemm,
    'Families of operations': tableOfMany(figures, familyRows),
    'Shares of the ceiling and of a plain copy': tableOfMany(figures, shares),
  };
  for (const [title, { head, lines }] of Object.entries(tables)) {
    if (lines.length === 0) continue;
    const table = new Table({ head, style: { head: [], border: [] } });
    table.push(...lines);
    console.log(`\n${title}\n${table.toString()}`);
  }
  if (!options.write) return;
  const machine = describeMachine();
  writeWhole(join(docs, 'benchmarks.json'), `${JSON.stringify({ machine, figures }, null, 1)}\n`);
  const file = join(docs, 'benchmarks.md');
  const marker = '<!-- What follows is written by npm run bench -- --write. -->';
  const [reading = ''] = existsSync(file) ? readFileSync(file, 'utf8').split(marker) : ['# Benchmarks\n\n'];
  const description = [
    `Measured on ${machine.date}: ${machine.processor}, ${machine.cores} cores, ${machine.memory}, ${machine.system}. ` +
    `Versions: ${Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`).join(', ')}.`,
  ];
  const sections = Object.entries(tables).filter(([, { lines }]) => lines.length > 0).map(([title, table]) => `## ${title}\n\n${markdownTable(table)}`);
  writeWhole(file, `${reading}${marker}\n\n${[...description, ...sections].join('\n\n')}\n`);
}

await run();
