import type { Pointer } from '../Engine/engine';
import { SQLITE_OK } from '../../Protocol/resultCodes';

/** SQLite's lock levels: https://sqlite.org/c3ref/c_lock_exclusive.html */
export const LOCK_NONE = 0;
export const LOCK_SHARED = 1;
export const LOCK_EXCLUSIVE = 4;

/** What `Lock` of VfsExports.cs returns when the shared lock may outlast SQLite's. */
export const LENT = 1 << 16;

/** What `Unlock` of VfsExports.cs returns when .NET has noted why SQLite will fail now, although the lock has ended. */
export const TOLD = 1 << 17;

/** What `Read` of VfsExports.cs returns when the next reads can pass by .NET. */
export const DIRECT = 1 << 18;

/** What `Open` of VfsExports.cs returns for a database that may have a write-ahead log. */
export const LOGS = 1 << 19;

/** The version of a database, which SQLite reads at the start of every transaction: https://sqlite.org/fileformat2.html#the_database_header */
const VERSION_AT = 24;
const VERSION_LENGTH = 16;

const LOG_SUFFIX = '-wal';

/** What the script of a backend exports whose files can be read without .NET (IDirectReads.cs). */
export interface StoredFiles {
  readStored(file: number, destination: Uint8Array, offset: number): number;
}

/** A stored file, by the number that its backend's script knows. */
export interface StoredFile {
  script: StoredFiles;
  number: number;
}

/** What is known of a stored file, which all open files of its name share. It is true for the era in which it was learnt. */
export class Content {
  opened = 0;
  size = 0;
  sizeEra = 0;
  readonly version = new Uint8Array(VERSION_LENGTH);
  versionEra = 0;
  stored: StoredFile | undefined;
  storedEra = 0;
  /** The era in which reads can pass by .NET. A write ends that, and .NET grants it anew. */
  directEra = 0;
  /** How often that was granted. */
  grant = 0;
}

/** What a file has locked in the index of its write-ahead log. SQLite keeps a shared lock of the file all the time. */
export interface IndexUse {
  /** Whether nothing is locked. */
  readonly isFree: boolean;
  /** How many pages of the log are not in the database yet. */
  readonly logged: number;
  /** Lets .NET hear that nothing is locked. */
  leave(): void;
}

/** An open file of SQLite. */
export class OpenFile {
  /** The lock as SQLite sees it. */
  level = LOCK_NONE;
  /** Whether .NET keeps the shared lock when SQLite ends it. */
  isLent = false;
  characteristics = -1;
  /** Whether it is a write-ahead log. SQLite locks nothing of it: what is locked is in its index. */
  readonly isLog: boolean;
  /** Its part in that index, while it is a database that uses it. */
  index: IndexUse | undefined;

  /**
   * @param handle its number in .NET.
   * @param name its name; `undefined` for a temporary file.
   * @param isDatabase whether it is a database, and not a journal or a temporary file.
   * @param mayLog whether it is a database that may have a write-ahead log.
   */
  constructor(
    readonly handle: number,
    readonly name: string | undefined,
    readonly isDatabase: boolean,
    readonly mayLog: boolean,
    readonly content: Content,
  ) {
    this.isLog = name?.endsWith(LOG_SUFFIX) === true;
  }
}

/**
 * What .NET has lent to SQLite for the time of a tenure. While this worker has the lease of a database and nobody asks for it, a shared lock that
 * SQLite gives up goes on below it, and what SQLite asks at the start of every transaction is answered from what .NET said last, and from what
 * SQLite itself has written since. An *era* ends with everything after which another tab, or .NET itself, may have changed a file.
 */
export class Loans {
  readonly #files = new Map<Pointer, OpenFile>();
  readonly #contents = new Map<string, Content>();
  /** Journals and logs that are absent, by the address of their name, which stays that of the name as long as their database is open. */
  readonly #absent = { journals: new Map<Pointer, number>(), logs: new Map<Pointer, number>() };
  #era = 1;
  #unlock: (file: number, level: number) => number = () => SQLITE_OK;

  /** Whether .NET has something to tell about the last statement: a database was opened or closed, or something failed. */
  isNoted = false;

  /** @param unlock ends the lock of a file in .NET. */
  start(unlock: (file: number, level: number) => number): void {
    this.#unlock = unlock;
  }

  endEra(): void {
    this.#era++;
  }

  find(address: Pointer): OpenFile {
    return this.#files.get(address)!;
  }

  /** Finds a file that may be of another VFS. */
  tryFind(address: Pointer): OpenFile | undefined {
    return this.#files.get(address);
  }

  /**
   * Takes note of a file that was opened, and perhaps created.
   * @param name begins with what tells its backend from others; `undefined` for a temporary file.
   */
  open(address: Pointer, handle: number, name: string | undefined, isDatabase: boolean, mayLog = false): void {
    const content = (name !== undefined && this.#contents.get(name)) || new Content();
    content.opened++;
    if (name !== undefined) {
      this.#contents.set(name, content);
      this.#absentAs(name).clear();
    }
    this.#files.set(address, new OpenFile(handle, name, isDatabase, mayLog, content));
    if (isDatabase) this.endEra();
  }

  close(address: Pointer): OpenFile {
    const file = this.find(address);
    this.#files.delete(address);
    if (--file.content.opened === 0 && file.name !== undefined) this.#contents.delete(file.name);
    // The addresses of a database's names are free from now on.
    if (file.isDatabase) this.endEra();
    return file;
  }

  /** The size of a file, or -1 when .NET must be asked. */
  sizeOf({ content }: OpenFile): number {
    return content.sizeEra === this.#era ? content.size : -1;
  }

  /** Takes note of a size that .NET told of a file that is locked. */
  noteSize({ content, level, isLog }: OpenFile, size: number): void {
    if (level === LOCK_NONE && !isLog) return;
    content.size = size;
    content.sizeEra = this.#era;
  }

  /** Whether a read is that of the version, with which every transaction begins. */
  isVersion({ level }: OpenFile, count: number, offset: number): boolean {
    return offset === VERSION_AT && count === VERSION_LENGTH && level !== LOCK_NONE;
  }

  /** The version of a database, or `undefined` when .NET must be asked. */
  versionOf({ content }: OpenFile): Uint8Array | undefined {
    return content.versionEra === this.#era ? content.version : undefined;
  }

  /** Takes note of the version of a database that is locked. */
  noteVersion({ content }: OpenFile, version: Uint8Array): void {
    content.version.set(version);
    content.versionEra = this.#era;
  }

  /** Takes note of what was written to a file. */
  noteWrite({ content, name, isDatabase }: OpenFile, heap: Uint8Array, buffer: Pointer, count: number, offset: number): void {
    content.directEra = 0;
    if (offset + count > content.size) content.size = offset + count;
    if (!isDatabase) {
      // A journal that was empty is there for SQLite from now on.
      if (name !== undefined) this.#absentAs(name).clear();
      return;
    }
    if (offset >= VERSION_AT + VERSION_LENGTH || offset + count <= VERSION_AT) return;
    if (offset > VERSION_AT || offset + count < VERSION_AT + VERSION_LENGTH) content.versionEra = 0;
    else content.version.set(heap.subarray(buffer + VERSION_AT - offset, buffer + VERSION_AT - offset + VERSION_LENGTH));
  }

  noteTruncate({ content }: OpenFile, size: number): void {
    content.directEra = 0;
    content.size = size;
    if (size < VERSION_AT + VERSION_LENGTH) content.versionEra = 0;
  }

  /** Takes note that reads of a lent database, or a log, can pass by .NET, until it is written. `find` asks .NET where it is stored. */
  noteDirect(file: OpenFile, find: (file: OpenFile) => StoredFile | undefined): void {
    const { content, isLog } = file;
    if (!isLog && (!file.isLent || !file.isDatabase || file.level === LOCK_NONE)) return;
    if (content.storedEra !== this.#era) {
      content.stored = find(file);
      content.storedEra = this.#era;
    }
    content.directEra = this.#era;
    content.grant++;
  }

  /** Where a file is stored that can be read without .NET; else `undefined`. */
  storedOf({ content, level, isLog }: OpenFile): StoredFile | undefined {
    return content.directEra === this.#era && (level !== LOCK_NONE || isLog) ? content.stored : undefined;
  }

  isAbsent(name: Pointer): boolean {
    return this.#absent.journals.get(name) === this.#era || this.#absent.logs.get(name) === this.#era;
  }

  noteAbsent(address: Pointer, name: string): void {
    this.#absentAs(name).set(address, this.#era);
  }

  /** Gives back every lock that SQLite has ended; the others end with it. Called before another tab, or anything else here, may have them. */
  recall(): void {
    for (const file of this.#files.values()) this.#recall(file);
  }

  /** Lets .NET hear of the ends of the locks of a database, beside which is a file of that name. */
  recallBeside(name: string): void {
    const database = name.slice(0, name.lastIndexOf('-'));
    for (const file of this.#files.values()) {
      if (file.name === database) this.#recall(file);
    }
  }

  /** Gives back what would keep a connection of this worker from locking a file alone. */
  recallOthers(own: OpenFile): void {
    for (const file of this.#files.values()) {
      if (file !== own) this.#recall(file);
    }
  }

  /** Lets .NET hear of the end of a lock. */
  #recall(file: OpenFile): void {
    if (!file.isLent) return;
    file.isLent = false;
    if (file.index) {
      if (file.index.isFree) file.index.leave();
    } else if (file.level === LOCK_NONE) {
      this.endEra();
      this.#unlock(file.handle, LOCK_NONE);
    }
  }

  #absentAs(name: string): Map<Pointer, number> {
    return name.endsWith(LOG_SUFFIX) ? this.#absent.logs : this.#absent.journals;
  }
}
