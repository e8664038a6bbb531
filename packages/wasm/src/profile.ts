import type { Backend, Strided } from '@adjoint/core';
import type { WasmBackend } from './wasmBackend.js';

/** The time that calls of one kernel with results of one shape took. */
interface Row {
  readonly name: string;
  calls: number;
  milliseconds: number;
}

/** What is measured: every kernel, and where the memory of tensors comes from and goes to. A record, so that none can be left out. */
const measured: Record<Exclude<keyof Backend, 'name' | 'read' | 'reservedBytes' | 'trim'>, true> = {
  allocate: true, free: true, evict: true, restore: true, write: true, readSync: true, fill: true, copy: true, assign: true,
  unary: true, binary: true, activation: true, activationGradient: true, select: true, reduce: true, scan: true, matmul: true,
  factorize: true, triangularSolve: true, conv2d: true, conv2dInputGradient: true, conv2dKernelGradient: true,
  maxPool2d: true, maxPool2dGather: true, maxPool2dScatter: true, averagePool2d: true, averagePool2dGradient: true,
  gather: true, scatterAdd: true, argSort: true, softmax: true, logSoftmax: true, crossEntropy: true, crossEntropyGradient: true,
  standardize: true, standardizeGradient: true, randomBits: true, randomUniform: true, dropout: true, adam: true,
};

function isStrided(value: unknown): value is Strided {
  return typeof value === 'object' && value !== null && 'storage' in value;
}

/** The kernel, its operation or function where it has several, and the shapes it was called with, the result's last. */
function describeCall(method: string, values: readonly unknown[]): string {
  const [first] = values;
  const name = typeof first === 'object' && first !== null && 'name' in first ? first.name : first;
  const operation = typeof name === 'string' ? ` ${name}` : '';
  const shapes = values.filter(isStrided).map(({ shape }) => `[${shape.join(',')}]`);
  return `${method}${operation} ${shapes.join(' ')}`.trim();
}

/** Measures every kernel call of a backend from now on; the function that it returns gives a table of where the time went. */
export function profile(backend: WasmBackend): () => string {
  const rows = new Map<string, Row>();
  const started = performance.now();
  for (const method of Object.keys(measured) as (keyof typeof measured)[]) {
    const original = (backend[method] as (...values: unknown[]) => unknown).bind(backend);
    const timed = (...values: unknown[]): unknown => {
      const start = performance.now();
      const result = original(...values);
      const milliseconds = performance.now() - start;
      const name = describeCall(method, values);
      const row = rows.get(name) ?? { name, calls: 0, milliseconds: 0 };
      row.calls++;
      row.milliseconds += milliseconds;
      rows.set(name, row);
      return result;
    };
    Object.defineProperty(backend, method, { value: timed, configurable: true });
  }
  return () => format([...rows.values()], performance.now() - started);
}

function format(rows: readonly Row[], elapsed: number): string {
  const inKernels = rows.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const cells = [...rows]
    .sort((left, right) => right.milliseconds - left.milliseconds)
    .map(({ name, calls, milliseconds }) => [
      milliseconds.toFixed(1), `${((100 * milliseconds) / elapsed).toFixed(1)} %`, String(calls),
      ((1000 * milliseconds) / calls).toFixed(1), name,
    ]);
  const outside = elapsed - inKernels;
  cells.push([outside.toFixed(1), `${((100 * outside) / elapsed).toFixed(1)} %`, '', '', 'outside of kernels']);
  const header = ['ms', 'share', 'calls', 'us a call', 'kernel, shapes of its operands and result'];
  const widths = header.map((title, column) => Math.max(title.length, ...cells.map((cell) => cell[column]!.length)));
  const line = (cell: readonly string[]): string =>
    cell.map((text, column) => (column < 4 ? text.padStart(widths[column]!) : text)).join('  ');
  return [line(header), ...cells.map(line)].join('\n');
}
