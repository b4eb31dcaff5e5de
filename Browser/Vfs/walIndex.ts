// The index of write-ahead logs: https://sqlite.org/walformat.html#the_wal_index_file_format

import type { Engine, Pointer, ResultCode } from '../Engine/engine';
import { SQLITE_BUSY, SQLITE_NOMEM, SQLITE_OK } from '../../Protocol/resultCodes';
import { type Content, LENT, type Loans, type IndexUse, type OpenFile } from './loans';

/** What .NET has to know of indexes: methods of VfsExports.cs. */
export interface WalIndexExports {
  MapIndex(file: number): ResultCode;
  EnterIndex(file: number): ResultCode;
  LeaveIndex(file: number): void;
  EndLogWrites(file: number): boolean;
  UnmapIndex(file: number): void;
}

/** How many [lock slots](https://sqlite.org/c3ref/c_shm_nlock.html) there are. */
const SLOTS = 8;

/** The slot that a connection locks to write. */
const WRITE_SLOT = 0;

/** https://sqlite.org/c3ref/c_shm_exclusive.html */
const SHM_UNLOCK = 1;
const SHM_EXCLUSIVE = 8;

/** The header of the index is there twice. Where both are zeros, SQLite makes the index anew from the log. */
const HEADERS_SIZE = 96;

/** Where the index says how many frames the log has, and behind the headers how many of them are in the database too. */
const FRAMES_AT = 16;
const BACKFILLED_AT = 96;

/** What the connections to one database share: regions of SQLite's own memory, and locks. */
class Memory {
  readonly regions: Pointer[] = [];
  /** How many have locked a slot for reading; -1 when one has it alone. */
  readonly slots = new Int32Array(SLOTS);
  users = 0;
  /** The tenure for which it is true. */
  tenure = -1n;
}

/** The part that one open file has in it. */
class Use implements IndexUse {
  /** The slots that it has locked, as bits. */
  held = 0;
  /** Whether .NET takes something for locked. */
  isEntered = false;

  constructor(
    readonly memory: Memory,
    readonly view: () => DataView,
    readonly leave: () => void,
  ) {}

  get isFree(): boolean {
    return this.held === 0;
  }

  get logged(): number {
    const [first] = this.memory.regions;
    if (first === undefined) return 0;
    const view = this.view();
    return Math.max(0, view.getUint32(first + FRAMES_AT, true) - view.getUint32(first + BACKFILLED_AT, true));
  }
}

/**
 * The indexes of write-ahead logs, for databases that workers use by turns: whoever has the lease is alone, so this worker's memory is
 * enough. It is true for one tenure; in the next one SQLite makes the index anew from the log.
 */
export class WalIndex {
  readonly #engine: Engine;
  readonly #loans: Loans;
  readonly #dotnet: WalIndexExports;
  readonly #readTenure: () => bigint;
  readonly #memories = new WeakMap<Content, Memory>();

  /** @param readTenure reads the number that .NET wrote last. */
  constructor(engine: Engine, loans: Loans, dotnet: WalIndexExports, readTenure: () => bigint) {
    this.#engine = engine;
    this.#loans = loans;
    this.#dotnet = dotnet;
    this.#readTenure = readTenure;
  }

  /** SQLite's xShmMap. */
  map(file: OpenFile, region: number, size: number, extend: number, address: Pointer): ResultCode {
    this.#engine.view().setUint32(address, 0, true);
    if (!file.index) {
      const use = this.#use(file);
      const code = this.#admit(file, use, this.#dotnet.MapIndex(file.handle));
      if (code !== SQLITE_OK) return code;
      file.index = use;
      use.memory.users++;
    }
    const { regions } = (file.index as Use).memory;
    while (regions.length <= region && extend !== 0) {
      const memory = this.#engine.exports.sqlite3_malloc(size);
      if (memory === 0) return SQLITE_NOMEM;
      this.#engine.heap().fill(0, memory, memory + size);
      regions.push(memory);
    }
    this.#engine.view().setUint32(address, regions[region] ?? 0, true);
    return SQLITE_OK;
  }

  /** SQLite's xShmLock. */
  lock(file: OpenFile, slot: number, count: number, flags: number): ResultCode {
    const use = file.index as Use;
    if ((flags & SHM_UNLOCK) !== 0) {
      this.#unlock(file, use, slot, count);
      return SQLITE_OK;
    }
    const code = this.enter(file);
    if (code !== SQLITE_OK) return code;
    const isExclusive = (flags & SHM_EXCLUSIVE) !== 0;
    const { slots } = use.memory;
    for (let i = slot; i < slot + count; i++) {
      const holders = slots[i]!;
      if (isExclusive ? holders === 0 : holders >= 0) continue;
      this.leaveIfFree(file);
      return SQLITE_BUSY;
    }
    for (let i = slot; i < slot + count; i++) {
      slots[i] = isExclusive ? -1 : slots[i]! + 1;
      use.held |= 1 << i;
    }
    return SQLITE_OK;
  }

  /**
   * Makes sure that the lease is here and the index true, if the file uses one: also for who has the file alone, because then SQLite locks nothing
   * in the index.
   */
  enter(file: OpenFile): ResultCode {
    const use = file.index as Use | undefined;
    return !use || use.isEntered ? SQLITE_OK : this.#admit(file, use, this.#dotnet.EnterIndex(file.handle));
  }

  /** Lets .NET hear that nothing is locked any more, if that is so and must be heard. */
  leaveIfFree(file: OpenFile): void {
    const use = file.index as Use | undefined;
    if (use?.isEntered && use.isFree && !file.isLent) this.#leave(file, use);
  }

  /** SQLite's xShmUnmap. The memory goes with its last user. */
  unmap(file: OpenFile): ResultCode {
    const use = file.index as Use | undefined;
    if (!use) return SQLITE_OK;
    this.#free(use, 0, SLOTS);
    file.index = undefined;
    file.isLent = false;
    this.#loans.endEra();
    this.#dotnet.UnmapIndex(file.handle);
    if (--use.memory.users > 0) return SQLITE_OK;
    for (const region of use.memory.regions) this.#engine.free(region);
    this.#memories.delete(file.content);
    return SQLITE_OK;
  }

  #use(file: OpenFile): Use {
    let memory = this.#memories.get(file.content);
    if (!memory) this.#memories.set(file.content, (memory = new Memory()));
    const use: Use = new Use(
      memory,
      () => this.#engine.view(),
      () => this.#leave(file, use),
    );
    return use;
  }

  /** Takes note of .NET's answer to one who enters. */
  #admit(file: OpenFile, use: Use, code: ResultCode): ResultCode {
    // Nothing is known of the time before.
    this.#loans.endEra();
    if (code !== SQLITE_OK && code !== LENT) {
      this.#loans.isNoted = true;
      // What SQLite finds there would have it try again, as long as it looks true.
      this.#forget(use.memory);
      return code;
    }
    use.isEntered = true;
    file.isLent = code === LENT;
    const tenure = this.#readTenure();
    if (use.memory.tenure !== tenure) this.#forget(use.memory);
    use.memory.tenure = tenure;
    return SQLITE_OK;
  }

  #unlock(file: OpenFile, use: Use, slot: number, count: number): void {
    const wrote = slot === WRITE_SLOT && (use.held & (1 << WRITE_SLOT)) !== 0;
    this.#free(use, slot, count);
    if (wrote && this.#dotnet.EndLogWrites(file.handle)) this.#forget(use.memory);
    this.leaveIfFree(file);
  }

  #free(use: Use, slot: number, count: number): void {
    const { slots } = use.memory;
    for (let i = slot; i < slot + count; i++) {
      if ((use.held & (1 << i)) !== 0) slots[i] = slots[i] === -1 ? 0 : slots[i]! - 1;
      use.held &= ~(1 << i);
    }
  }

  #leave(file: OpenFile, use: Use): void {
    use.isEntered = false;
    this.#loans.endEra();
    this.#dotnet.LeaveIndex(file.handle);
  }

  #forget({ regions }: Memory): void {
    const [first] = regions;
    if (first !== undefined) this.#engine.heap().fill(0, first, first + HEADERS_SIZE);
  }
}
