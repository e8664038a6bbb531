import { randomInteger, tensor, type Key } from '@adjoint/core';
import type { Batch } from '@adjoint/nn';

/** The characters of a text, each of which has a number. */
export class Characters {
  private constructor(private readonly list: readonly string[]) {}

  /** Those that a text is made of, in order. */
  static of(text: string): Characters {
    return new Characters([...new Set(text)].sort());
  }

  get count(): number {
    return this.list.length;
  }

  /** The numbers of a text, but of the characters that are not known. */
  encode(text: string): number[] {
    return Array.from(text, (character) => this.list.indexOf(character)).filter((id) => id >= 0);
  }

  decode(ids: readonly number[]): string {
    return ids.map((id) => this.list[id]).join('');
  }
}

/** Pieces of a text from random places, `int32 [count, length]`; of each character the target is the one that follows it. */
export function drawWindows(ids: readonly number[], length: number, count: number, from: Key): Batch {
  const starts = [...randomInteger(from, [count], { high: ids.length - length }).data()];
  const windows = (shift: number) => tensor(starts.map((start) => ids.slice(start + shift, start + shift + length)), { dtype: 'int32' });
  return { inputs: windows(0), targets: windows(1) };
}
