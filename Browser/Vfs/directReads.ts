import type { Engine, Pointer } from '../Engine/engine';
import type { Content, Loans, OpenFile, StoredFile } from './loans';

/** The most that is fetched at once. */
const CAPACITY = 128 * 1024;

/** What stands before each page in a log, which SQLite does not read with it: https://sqlite.org/walformat.html#walfmt */
const FRAME_HEADER = 24;

/**
 * Reads of databases straight from the storage into SQLite's memory, for as long as .NET has lent the lock and holds no write back. A read that
 * continues the one before it fetches as much behind it as was read in a row, so that one that happens to be the neighbour costs little.
 */
export class DirectReads {
  readonly #engine: Engine;
  readonly #loans: Loans;
  #buffer = new Uint8Array(0);
  /** What the buffer holds, and until which write to the file that is true. */
  #fetched: { content: Content | undefined; grant: number; from: number; end: number } = { content: undefined, grant: 0, from: 0, end: 0 };
  /** Where the last read ended, and how much was read in a row until there. */
  #last: { content: Content | undefined; end: number; inARow: number } = { content: undefined, end: 0, inARow: 0 };

  constructor(engine: Engine, loans: Loans) {
    this.#engine = engine;
    this.#loans = loans;
  }

  /** Reads, if that can be done without .NET. What fails here .NET tries again, which can say why. */
  read(file: OpenFile, buffer: Pointer, count: number, from: number): boolean {
    const stored = this.#loans.storedOf(file);
    // The first page says what the database is, which .NET must hear.
    if (!stored || from === 0) return false;
    const size = this.#loans.sizeOf(file);
    if (from + count > size) return false;
    try {
      return this.#read(file, stored, buffer, count, from, size);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      return false;
    }
  }

  #read({ content, isLog }: OpenFile, stored: StoredFile, buffer: Pointer, count: number, from: number, size: number): boolean {
    const fetched = this.#fetched;
    const last = this.#last;
    const gap = isLog ? FRAME_HEADER : 0;
    const inARow = last.content === content && last.end + gap === from ? last.inARow + gap + count : count;
    last.content = content;
    last.end = from + count;
    last.inARow = inARow;
    if (fetched.content !== content || fetched.grant !== content.grant || from < fetched.from || from + count > fetched.end) {
      const length = inARow === count ? count : Math.min(inARow, CAPACITY, size - from);
      if (length <= count) return stored.script.readStored(stored.number, this.#engine.heap().subarray(buffer, buffer + count), from) === count;
      if (this.#buffer.length === 0) this.#buffer = new Uint8Array(CAPACITY);
      fetched.content = undefined;
      if (stored.script.readStored(stored.number, this.#buffer.subarray(0, length), from) !== length) return false;
      fetched.content = content;
      fetched.grant = content.grant;
      fetched.from = from;
      fetched.end = from + length;
    }
    const start = from - fetched.from;
    this.#engine.heap().set(this.#buffer.subarray(start, start + count), buffer);
    return true;
  }
}
