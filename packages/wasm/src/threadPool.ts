/*
 * A fork-join over one shared memory. The host writes the arguments of each part of a job and wakes the threads; everybody,
 * the host too, takes parts until there are none. So a thread that starts late, or never, costs time but no result.
 */
import { BackendError } from '@adjoint/core';
import { platform } from '#platform';
import { threadWorker } from './generated/kernelBytes.js';
import type { Kernels } from './kernels.js';
import type { PlatformWorker } from './platform/platform.js';

/** A kernel that can be called by name. */
export type KernelName = keyof Kernels;

/** The arguments of one call of a kernel. */
export type KernelArguments<Name extends KernelName> = Parameters<Kernels[Name]>;

// As in worker/threadWorker.js.
const word = { jobs: 0, remaining: 1, done: 2, sleepers: 3, kernel: 4, argumentCount: 5, failed: 6 } as const;
const wordCount = 16;
const argumentsPerPart = 18;

/** The most threads of a pool, the host's included. */
export const maximumThreads = 64;
const maximumParts = 4 * maximumThreads;

/** Bytes of the area by which host and threads talk to each other. */
export const controlBytes = wordCount * 4 + maximumParts * argumentsPerPart * 8;

/** So often the host looks whether the threads are done before it sleeps. */
const looks = 50_000;
const sleepMilliseconds = 0.05;

/** Where host and threads find what they share. */
export interface ThreadPoolMemory {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** The areas of the threads, the host's first, `areaBytes` each. */
  readonly areas: number;
  readonly areaBytes: number;
  readonly parameters: number;
  readonly control: number;
}

/** Threads that share kernels' work with the host. They start with the first job, and sleep between jobs. */
export class ThreadPool {
  private readonly functions: Record<KernelName, (...values: readonly number[]) => void>;
  private readonly names: readonly KernelName[];
  private readonly numbers: ReadonlyMap<KernelName, number>;
  private readonly words: Int32Array;
  private readonly table: Float64Array;
  private workers: (PlatformWorker | null)[] = [];
  private wanted = 1;

  constructor(
    kernels: Kernels,
    private readonly shared: ThreadPoolMemory,
  ) {
    this.functions = kernels;
    this.names = Object.keys(kernels) as KernelName[];
    this.numbers = new Map(this.names.map((name, number) => [name, number]));
    const { buffer } = shared.memory;
    this.words = new Int32Array(buffer, shared.control, wordCount);
    this.table = new Float64Array(buffer, shared.control + wordCount * 4, maximumParts * argumentsPerPart);
  }

  /** How many threads work on a job, the host's included. */
  get threads(): number {
    return this.wanted;
  }

  /** Ends the threads above the new number; those that are missing start with the next job. */
  resize(threads: number): void {
    for (const worker of this.workers.splice(Math.max(threads - 1, 0))) worker?.terminate();
    this.wanted = threads;
  }

  /**
   * Calls a kernel once for each of `parts` parts, in any order, and returns when all are done.
   *
   * @throws `BackendError` when a thread failed; what the kernel throws when the host did.
   */
  run<Name extends KernelName>(name: Name, parts: number, argumentsOf: (part: number) => KernelArguments<Name>): void {
    if (this.wanted === 1 || parts === 1 || parts > maximumParts) {
      for (let part = 0; part < parts; part++) this.functions[name](...argumentsOf(part));
      return;
    }
    this.start();
    this.publish(name, parts, argumentsOf);
    try {
      this.takeParts(name);
    } finally {
      this.join(parts);
    }
    if (Atomics.load(this.words, word.failed) !== 0) {
      throw new BackendError(`${name}: a thread failed; the result is incomplete. Set ADJOINT_THREADS=1 to go without threads`);
    }
  }

  private start(): void {
    const { areas, areaBytes, ...shared } = this.shared;
    for (let thread = this.workers.length + 1; thread < this.wanted; thread++) {
      const data = { ...shared, thread, area: areas + thread * areaBytes, names: this.names };
      this.workers.push(platform.startWorker(threadWorker, data));
    }
  }

  private publish<Name extends KernelName>(name: Name, parts: number, argumentsOf: (part: number) => KernelArguments<Name>): void {
    const { words, table } = this;
    for (let part = 0; part < parts; part++) {
      const values = argumentsOf(part);
      words[word.argumentCount] = values.length;
      for (let index = 0; index < values.length; index++) table[part * argumentsPerPart + index] = values[index]!;
    }
    words[word.kernel] = this.numbers.get(name)!;
    words[word.failed] = 0;
    Atomics.store(words, word.done, 0);
    Atomics.store(words, word.remaining, parts);
    Atomics.add(words, word.jobs, 1);
    if (Atomics.load(words, word.sleepers) > 0) Atomics.notify(words, word.jobs);
  }

  private takeParts(name: KernelName): void {
    const { words, table } = this;
    const count = words[word.argumentCount]!;
    for (let part = this.take(); part >= 0; part = this.take()) {
      const start = part * argumentsPerPart;
      try {
        this.functions[name](...table.subarray(start, start + count));
      } finally {
        Atomics.add(words, word.done, 1);
      }
    }
  }

  private take(): number {
    return Atomics.sub(this.words, word.remaining, 1) - 1;
  }

  /** Waits for the parts that were taken. When the host failed, nobody else does those that were not. */
  private join(parts: number): void {
    const { words } = this;
    const left = Math.max(Atomics.exchange(words, word.remaining, 0), 0);
    for (let look = 0; ; look++) {
      const done = Atomics.load(words, word.done);
      if (done + left === parts) return;
      if (look > looks && platform.mayBlock) Atomics.wait(words, word.done, done, sleepMilliseconds);
    }
  }
}
