import type { Block } from './block.js';

/** Free stretches of any size, by rising size and then address, so that the first that is large enough fits best. */
export class LargeExtents {
  private readonly sorted: Block[] = [];

  get largest(): number {
    return this.sorted.at(-1)?.size ?? 0;
  }

  add(extent: Block): void {
    const place = this.placeOf(extent.size, extent.address);
    if (place === this.sorted.length) this.sorted.push(extent);
    else this.sorted.splice(place, 0, extent);
  }

  remove(extent: Block): void {
    this.sorted.splice(this.placeOf(extent.size, extent.address), 1);
  }

  clear(): void {
    this.sorted.length = 0;
  }

  takeBestFit(size: number): Block | undefined {
    const place = this.placeOf(size, 0);
    if (place === this.sorted.length) return undefined;
    return place === this.sorted.length - 1 ? this.sorted.pop() : this.sorted.splice(place, 1)[0];
  }

  takeLowest(size: number): Block | undefined {
    return this.takeFirst(size, (left, right) => left.address < right.address);
  }

  takeHighest(size: number): Block | undefined {
    return this.takeFirst(size, (left, right) => left.address > right.address);
  }

  private takeFirst(size: number, isBefore: (left: Block, right: Block) => boolean): Block | undefined {
    let found: Block | undefined;
    for (let place = this.placeOf(size, 0); place < this.sorted.length; place++) {
      const extent = this.sorted[place]!;
      if (found === undefined || isBefore(extent, found)) found = extent;
    }
    if (found !== undefined) this.remove(found);
    return found;
  }

  /** Where the first extent is that is larger, or as large and not before `address`. */
  private placeOf(size: number, address: number): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const extent = this.sorted[middle]!;
      if (extent.size < size || (extent.size === size && extent.address < address)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Free stretches for small blocks. Those of at most `limit` bytes are listed by their exact size: there may be a hundred thousand of them. */
export class SmallExtents {
  private readonly bySize: Block[][];
  private readonly longer = new LargeExtents();
  /** How many there are in the lists. */
  private listed = 0;

  constructor(
    private readonly limit: number,
    private readonly unit: number,
  ) {
    this.bySize = Array.from({ length: limit / unit + 1 }, () => []);
  }

  add(extent: Block): void {
    if (extent.size > this.limit) {
      this.longer.add(extent);
      return;
    }
    this.listed++;
    const sameSize = this.bySize[extent.size / this.unit]!;
    extent.position = sameSize.length;
    sameSize.push(extent);
  }

  remove(extent: Block): void {
    if (extent.size > this.limit) {
      this.longer.remove(extent);
      return;
    }
    this.listed--;
    const sameSize = this.bySize[extent.size / this.unit]!;
    const last = sameSize.pop()!;
    if (last === extent) return;
    sameSize[extent.position] = last;
    last.position = extent.position;
  }

  clear(): void {
    for (const sameSize of this.bySize) sameSize.length = 0;
    this.listed = 0;
    this.longer.clear();
  }

  takeBestFit(size: number): Block | undefined {
    for (let place = size / this.unit; this.listed > 0 && place < this.bySize.length; place++) {
      const extent = this.bySize[place]!.pop();
      if (extent === undefined) continue;
      this.listed--;
      return extent;
    }
    return this.longer.takeBestFit(size);
  }
}
