import type { Pointer } from '../Engine/engine';
import { SQLITE_OK } from '../../Protocol/resultCodes';

/** SQLite's lock levels: https://sqlite.org/c3ref/c_lock_exclusive.html */
export const LOCK_NONE = 0;
export const LOCK_SHARED = 1;
export const LOCK_EXCLUSIVE = 4;

/** What `Lock` of VfsExports.cs returns when the shared lock may outlast SQLite's. */
export const LENT = 1 << 16;

/** The version of a database, which SQLite reads at the start of every transaction: https://sqlite.org/fileformat2.html#the_database_header */
export const VERSION_AT = 24;
export const VERSION_LENGTH = 16;

/** An open file of SQLite. What was asked of .NET is valid for the era in which it was asked. */
export class OpenFile {
  /** The lock as SQLite sees it. */
  level = LOCK_NONE;
  /** Whether .NET keeps the shared lock when SQLite ends it. */
  isLent = false;
  characteristics = -1;
  size = 0n;
  sizeEra = 0;
  readonly version = new Uint8Array(VERSION_LENGTH);
  versionEra = 0;

  /**
   * @param handle its number in .NET.
   * @param isDatabase whether it is a database, and not a journal or a temporary file.
   */
  constructor(
    readonly handle: number,
    readonly isDatabase: boolean,
  ) {}
}

/**
 * What .NET has lent to SQLite for the time of a tenure. While this worker has the lease of a database and nobody asks for it, a shared lock that
 * SQLite gives up goes on below it, and what SQLite asks at the start of every transaction is answered from what .NET said last. An *era* ends
 * with everything that could change such an answer: whatever crosses into .NET and is no question, on any file of the worker.
 */
export class Loans {
  /** The open files by the address of SQLite's struct. */
  readonly files = new Map<Pointer, OpenFile>();
  /** The era in which a file of that name was absent. A name keeps its address as long as its database is open, and closing ends the era. */
  readonly #absent = new Map<Pointer, number>();
  #era = 1;
  #unlock: (file: number, level: number) => number = () => SQLITE_OK;

  /** Whether .NET has something to tell about the last statement: a database was opened or closed, or something failed. */
  isNoted = false;

  /** @param unlock ends the lock of a file in .NET. */
  start(unlock: (file: number, level: number) => number): void {
    this.#unlock = unlock;
  }

  get era(): number {
    return this.#era;
  }

  endEra(): void {
    this.#era++;
  }

  isAbsent(name: Pointer): boolean {
    return this.#absent.get(name) === this.#era;
  }

  noteAbsent(name: Pointer): void {
    this.#absent.set(name, this.#era);
  }

  close(file: Pointer): void {
    this.files.delete(file);
    this.#absent.clear();
    this.endEra();
  }

  /** Gives back every lock that SQLite has ended; the others end with it. Called before another tab, or anything else here, may have them. */
  recall(): void {
    for (const file of this.files.values()) this.#recall(file);
  }

  /** Gives back what would keep a connection of this worker from locking a file alone. */
  recallOthers(own: OpenFile): void {
    for (const file of this.files.values()) {
      if (file !== own) this.#recall(file);
    }
  }

  #recall(file: OpenFile): void {
    if (!file.isLent) return;
    file.isLent = false;
    if (file.level !== LOCK_NONE) return;
    this.endEra();
    this.#unlock(file.handle, LOCK_NONE);
  }
}
