// The index of write-ahead logs: https://sqlite.org/walformat.html#the_wal_index_file_format

import type { Engine, Pointer, ResultCode } from '../Engine/engine';
import { SQLITE_BUSY, SQLITE_NOMEM, SQLITE_OK } from '../../Protocol/resultCodes';
import { type Content, LENT, type Loans, type IndexUse, type OpenFile } from './loans';

/** What .NET has to know of indexes: methods of VfsExports.cs. */
export interface WalIndexExports {
  MapIndex(file: number): ResultCode;
  EnterIndex(file: number): ResultCode;
  LeaveIndex(file: number): void;
  EndLogWrites(file: number, isCheckpoint: boolean): boolean;
  UnmapIndex(file: number): void;
}

/** How many [lock slots](https://sqlite.org/c3ref/c_shm_nlock.html) there are. */
const SLOTS = 8;

/** The slot that a connection locks to write, and the one for a checkpoint. */
const WRITE_SLOT = 0;
const CHECKPOINT_SLOT = 1;

/** https://sqlite.org/c3ref/c_shm_exclusive.html */
const SHM_UNLOCK = 1;
const SHM_EXCLUSIVE = 8;

/** The header of the index is there twice. Where both are zeros, SQLite makes the index anew from the log. */
const HEADER_SIZE = 48;
const HEADERS_SIZE = 2 * HEADER_SIZE;

/** Where a header counts changes, says that it is complete and how many frames the log has, and has its own checksum. */
const CHANGES_AT = 8;
const COMPLETE_AT = 12;
const FRAMES_AT = 16;
const CHECKSUM_AT = 40;

/** Where, behind the headers, the index says how many frames are in the database too. */
const BACKFILLED_AT = HEADERS_SIZE;

/** What the connections to one database share: regions of SQLite's own memory, and locks. */
class Memory {
  readonly regions: Pointer[] = [];
  /** How many have locked a slot for reading; -1 when one has it alone. */
  readonly slots = new Int32Array(SLOTS);
  users = 0;
  /** The tenure for which it is true. */
  tenure = -1n;
  /** Whether it was voided, and is made anew. */
  isForgotten = true;
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
  /** How often an index was made anew. */
  #renewals = 0;

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
    if ((slot === WRITE_SLOT || slot === CHECKPOINT_SLOT) && (use.held & (1 << slot)) !== 0) this.#endWrites(file, use.memory, slot);
    this.#free(use, slot, count);
    this.leaveIfFree(file);
  }

  /** Ends a transaction that wrote, or a checkpoint. */
  #endWrites(file: OpenFile, memory: Memory, slot: number): void {
    const isCheckpoint = slot === CHECKPOINT_SLOT;
    if (this.#dotnet.EndLogWrites(file.handle, isCheckpoint)) {
      this.#loans.endEra();
      // Another connection may be writing by what the header says; that nothing is in the database yet is enough to make the checkpoint again.
      if (isCheckpoint) this.#engine.view().setUint32(memory.regions[0]! + BACKFILLED_AT, 0, true);
      else this.#forget(memory);
    }
    if (!isCheckpoint) this.#renew(memory);
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

  #forget(memory: Memory): void {
    const [first] = memory.regions;
    memory.isForgotten = true;
    if (first !== undefined) this.#engine.heap().fill(0, first, first + HEADERS_SIZE);
  }

  /**
   * Makes the header of an index that SQLite has made anew differ from every one before. The header of an empty log is always the same, and a connection
   * that finds the one that it knows believes its cached pages, whatever others have moved into the database meanwhile.
   */
  #renew(memory: Memory): void {
    const [first] = memory.regions;
    if (!memory.isForgotten || first === undefined) return;
    const view = this.#engine.view();
    if (view.getUint8(first + COMPLETE_AT) === 0) return;
    memory.isForgotten = false;
    view.setUint32(first + CHANGES_AT, ++this.#renewals, true);
    let [sum, sumOfSums] = [0, 0];
    for (let at = first; at < first + CHECKSUM_AT; at += 8) {
      sum = (sum + view.getUint32(at, true) + sumOfSums) >>> 0;
      sumOfSums = (sumOfSums + view.getUint32(at + 4, true) + sum) >>> 0;
    }
    view.setUint32(first + CHECKSUM_AT, sum, true);
    view.setUint32(first + CHECKSUM_AT + 4, sumOfSums, true);
    this.#engine.heap().copyWithin(first + HEADER_SIZE, first, first + HEADER_SIZE);
  }
}
