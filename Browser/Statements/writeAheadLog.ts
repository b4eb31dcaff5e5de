import type { Engine, Pointer } from '../Engine/engine';
import type { Loans, OpenFile } from '../Vfs/loans';

const FCNTL_FILE_POINTER = 7;

/** Puts what the log holds into the database, and empties the log if nobody reads from it: https://sqlite.org/pragma.html#pragma_wal_checkpoint */
const CHECKPOINT = 'PRAGMA main.wal_checkpoint(TRUNCATE)';

/** The write-ahead log of a connection's database, if it has one. */
export class WriteAheadLog {
  readonly #engine: Engine;
  readonly #loans: Loans;
  readonly #connection: Pointer;
  #file: OpenFile | undefined;
  #sql: Pointer = 0;

  constructor(engine: Engine, loans: Loans, connection: Pointer) {
    this.#engine = engine;
    this.#loans = loans;
    this.#connection = connection;
  }

  /** How many pages it holds that are not in the database yet. */
  get length(): number {
    this.#file ??= this.#find();
    return this.#file?.index?.logged ?? 0;
  }

  /** Moves them into the database as far as nobody is in the way. What fails is tried again later, as by SQLite itself. */
  checkpoint(): void {
    if (this.#sql === 0) this.#sql = this.#engine.allocateText(CHECKPOINT);
    this.#engine.exports.sqlite3_exec(this.#connection, this.#sql, 0, 0, 0);
  }

  close(): void {
    this.#engine.free(this.#sql);
    this.#sql = 0;
  }

  #find(): OpenFile | undefined {
    const { exports } = this.#engine;
    const top = exports.sqlite3__wasm_pstack_ptr();
    const pointer = exports.sqlite3__wasm_pstack_alloc(4);
    exports.sqlite3_file_control(this.#connection, 0, FCNTL_FILE_POINTER, pointer);
    const file = this.#engine.view().getUint32(pointer, true);
    exports.sqlite3__wasm_pstack_restore(top);
    return this.#loans.tryFind(file);
  }
}
