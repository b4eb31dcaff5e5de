import type { AccessRecorder } from '../Changes/access';
import type { Engine, Pointer, ResultCode } from '../Engine/engine';
import type { ProgressHandlers } from '../Engine/progress';
import { applySettings } from '../Engine/settings';
import { SQLITE_OK } from '../../Protocol/resultCodes';

/** SQLITE_OPEN_READWRITE, SQLITE_OPEN_CREATE and SQLITE_OPEN_URI: https://sqlite.org/c3ref/c_open_autoproxy.html */
const OPEN_FLAGS = 0x2 | 0x4 | 0x40;

/** So many pages a log has when the commit that made it so long makes a checkpoint: one that runs while the worker is idle comes first. */
const LIMIT_LOG = 'PRAGMA wal_autocheckpoint = 2000; ';

/** Opens and closes connections of the page, for which Microsoft.Data.Sqlite is not needed. */
export class Opener {
  readonly #engine: Engine;
  readonly #recorder: AccessRecorder;
  readonly #progress: ProgressHandlers;

  /** The extended result code of the last connection that could not be opened, and SQLite's message. */
  failure: { code: ResultCode; message: string } = { code: SQLITE_OK, message: '' };

  constructor({ engine, recorder, progress }: { engine: Engine; recorder: AccessRecorder; progress: ProgressHandlers }) {
    this.#engine = engine;
    this.#recorder = recorder;
    this.#progress = progress;
  }

  /**
   * Opens a connection, and runs SQL that sets it up.
   * @returns the `sqlite3*`; 0 when it failed.
   */
  open(file: string, vfs: string, sql: string): Pointer {
    const engine = this.#engine;
    const texts = [file, vfs, LIMIT_LOG + sql].map(text => engine.allocateText(text));
    const out = engine.allocate(4);
    try {
      return this.#open(out, texts as [Pointer, Pointer, Pointer]);
    } finally {
      for (const memory of [...texts, out]) engine.free(memory);
    }
  }

  close(db: Pointer): void {
    this.#progress.forget(db);
    this.#engine.exports.sqlite3_close_v2(db);
  }

  #open(out: Pointer, [file, vfs, sql]: [Pointer, Pointer, Pointer]): Pointer {
    const { exports } = this.#engine;
    let code = exports.sqlite3_open_v2(file, out, OPEN_FLAGS, vfs);
    const db = this.#engine.view().getUint32(out, true);
    if (code === SQLITE_OK) {
      applySettings(this.#engine, db);
      this.#recorder.listen(db);
      code = exports.sqlite3_exec(db, sql, 0, 0, 0);
    }
    if (code === SQLITE_OK) return db;
    this.failure = { code: exports.sqlite3_extended_errcode(db), message: this.#engine.readText(exports.sqlite3_errmsg(db)) };
    exports.sqlite3_close_v2(db);
    return 0;
  }
}
