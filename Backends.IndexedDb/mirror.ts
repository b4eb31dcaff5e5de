import { blockCount, extendHistory, FORMAT, type Manifest, sizeOfBlock } from './manifest';

/** What committed transactions changed and no IndexedDB transaction has stored yet. */
export interface Changes {
  /** The blocks to store, complete, by their indexes. */
  blocks: Map<number, Uint8Array>;
  /** From this index on, the blocks that are stored now are void. */
  cut: number;
  /** What the file is after them; `undefined` when it was deleted. */
  result: { length: number; holes: number[] } | undefined;
}

const NO_CUT = Number.POSITIVE_INFINITY;

/**
 * A file in memory, as blocks. A block that is `undefined` was never written and reads as zeros. Blocks of a commit that still have to be
 * given to IndexedDB are frozen: writing to one changes a copy of it, so nothing uncommitted is ever stored.
 */
export class Mirror {
  readonly blockSize: number;
  #blocks: (Uint8Array | undefined)[];
  #length: number;
  #dirty = new Set<number>();
  #cut = NO_CUT;
  #pending: Changes | undefined;
  #storing: Changes | undefined;
  readonly #frozen = new Set<Uint8Array>();
  /** What IndexedDB has of the file; `undefined` when it has nothing. */
  #stored: Manifest | undefined;

  constructor(blockSize: number, blocks: (Uint8Array | undefined)[] = [], stored?: Manifest) {
    this.blockSize = blockSize;
    this.#blocks = blocks;
    this.#length = stored?.length ?? 0;
    this.#stored = stored;
  }

  get length(): number {
    return this.#length;
  }

  get stored(): Manifest | undefined {
    return this.#stored;
  }

  /** Fills the destination; the caller has made sure that the range lies inside the file. */
  read(destination: Uint8Array, offset: number): void {
    this.#walk(destination.length, offset, (index, start, done, count) => {
      const block = this.#blocks[index];
      if (block) destination.set(block.subarray(start, start + count), done);
      else destination.fill(0, done, done + count);
    });
  }

  write(source: Uint8Array, offset: number): void {
    if (offset + source.length > this.#length) this.#grow(offset + source.length);
    this.#walk(source.length, offset, (index, start, done, count) => this.#writable(index).set(source.subarray(done, done + count), start));
  }

  resize(length: number): void {
    if (length > this.#length) this.#grow(length);
    else if (length < this.#length) this.#shrink(length);
  }

  /**
   * Ends a transaction: everything written so far belongs to what is stored next.
   * @returns the bytes that wait to be given to IndexedDB.
   */
  commit(exists: boolean): number {
    const changes = (this.#pending ??= { blocks: new Map(), cut: NO_CUT, result: undefined });
    changes.cut = Math.min(changes.cut, this.#cut);
    for (const [index, block] of changes.blocks) {
      if (index >= this.#cut || this.#dirty.has(index)) {
        changes.blocks.delete(index);
        this.#frozen.delete(block);
      }
    }
    for (const index of this.#dirty) {
      const block = this.#blocks[index]!;
      changes.blocks.set(index, block);
      this.#frozen.add(block);
    }
    changes.result = exists ? { length: this.#length, holes: this.#holes() } : undefined;
    this.#dirty = new Set();
    this.#cut = NO_CUT;
    return changes.blocks.size * this.blockSize;
  }

  /** Takes the changes that are to be stored now. */
  take(): Changes {
    this.#storing = this.#pending!;
    this.#pending = undefined;
    return this.#storing;
  }

  /** The manifest to store with changes that were taken; `undefined` when the file was deleted. */
  describe({ blocks, cut, result }: Changes): Manifest | undefined {
    if (!result) return undefined;
    const { blockSize } = this;
    const version = (this.#stored?.version ?? 0) + 1;
    const generation = this.#stored?.generation ?? crypto.randomUUID();
    const end = Math.min(cut, blockCount({ length: result.length, blockSize }));
    const history = extendHistory(this.#stored?.history ?? [], [version, end, ...blocks.keys()]);
    return { format: FORMAT, blockSize, generation, version, history, ...result };
  }

  /** Lets a block be changed in place again: IndexedDB has its own copy now. */
  thaw(block: Uint8Array): void {
    this.#frozen.delete(block);
  }

  /** Notes that the changes that were taken are stored. */
  acknowledge(stored: Manifest | undefined): void {
    this.#storing = undefined;
    this.#stored = stored;
  }

  /** The blocks of the stored file that were changed here in any way since it was stored. */
  changedIndexes(): number[] {
    if (!this.#stored) return [];
    const states = [this.#storing, this.#pending, { blocks: this.#dirty, cut: this.#cut }].filter(state => state !== undefined);
    const count = blockCount(this.#stored);
    const indexes = new Set(states.flatMap(state => [...state.blocks.keys()]).filter(index => index < count));
    for (let index = Math.min(count, ...states.map(state => state.cut)); index < count; index++) indexes.add(index);
    return [...indexes];
  }

  /**
   * Takes over what is stored.
   * @param changed the indexes of the blocks that can differ from the stored ones.
   * @param blocks those of them that are stored.
   */
  replace(stored: Manifest | undefined, changed: number[], blocks: Map<number, Uint8Array>): void {
    this.#stored = stored;
    this.#length = stored?.length ?? 0;
    this.#blocks.length = blockCount(this);
    for (const index of changed) this.#blocks[index] = blocks.get(index);
    this.#dirty = new Set();
    this.#cut = NO_CUT;
    this.#pending = this.#storing = undefined;
    this.#frozen.clear();
  }

  #walk(length: number, offset: number, action: (index: number, start: number, done: number, count: number) => void): void {
    for (let done = 0; done < length; ) {
      const index = Math.floor((offset + done) / this.blockSize);
      const start = (offset + done) % this.blockSize;
      const count = Math.min(length - done, this.blockSize - start);
      action(index, start, done, count);
      done += count;
    }
  }

  #writable(index: number): Uint8Array {
    let block = this.#blocks[index];
    if (!block || this.#frozen.has(block)) this.#blocks[index] = block = block ? block.slice() : new Uint8Array(this.blockSize);
    this.#dirty.add(index);
    return block;
  }

  #grow(length: number): void {
    // The last block is stored only up to the end of the file, so it changes when the file grows.
    const last = blockCount(this) - 1;
    if (last >= 0 && this.#blocks[last] && sizeOfBlock(this, last) < this.blockSize) this.#writable(last);
    this.#length = length;
    this.#blocks.length = blockCount(this);
  }

  #shrink(length: number): void {
    this.#length = length;
    const count = blockCount(this);
    this.#blocks.length = count;
    this.#cut = Math.min(this.#cut, count);
    this.#dirty = new Set([...this.#dirty].filter(index => index < count));
    const last = count - 1;
    if (last >= 0 && this.#blocks[last]) this.#writable(last).fill(0, sizeOfBlock(this, last));
  }

  #holes(): number[] {
    const holes: number[] = [];
    for (let index = 0; index < this.#blocks.length; index++) {
      if (this.#blocks[index]) continue;
      const end = holes.length && holes.at(-2)! + holes.at(-1)!;
      if (holes.length && end === index) holes[holes.length - 1]!++;
      else holes.push(index, 1);
    }
    return holes;
  }
}
