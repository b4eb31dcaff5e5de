import type { Engine, Pointer, ResultCode } from '../Engine/engine';
import type { ProgressHandlers } from '../Engine/progress';
import { applySettings } from '../Engine/settings';
import type { ProviderChanges } from './changes';
import type { Address, Transfer } from './transfer';
import { SQLITE_NOMEM, SQLITE_OK } from '../../Protocol/resultCodes';

const FREE_ON_CLOSE = 1;

/** Opening, describing and copying databases. */
export function createConnectionImports(engine: Engine, transfer: Transfer, changes: ProviderChanges, progress: ProgressHandlers) {
  const { exports } = engine;

  /** Copies the 32-bit results of SQLite at `out` to .NET. */
  function copyResults(out: Pointer, results: Address, count: number): void {
    transfer.copyOut(out, results, count * 4);
  }

  /** Hands a new connection on. */
  function finishOpen(code: ResultCode, out: Pointer, results: Address): ResultCode {
    copyResults(out, results, 1);
    const db = engine.view().getUint32(out, true);
    changes.opened(db);
    if (code === SQLITE_OK) applySettings(engine, db);
    return code;
  }

  return {
    sqlite3_open: (filename: Address, results: Address): ResultCode =>
      transfer.withTexts([filename], name => transfer.withResults(4, out => finishOpen(exports.sqlite3_open(name, out), out, results))),

    sqlite3_open_v2: (filename: Address, flags: number, vfs: Address, results: Address): ResultCode =>
      transfer.withTexts([filename, vfs], (name, vfsName) =>
        transfer.withResults(4, out => finishOpen(exports.sqlite3_open_v2(name, out, flags, vfsName), out, results)),
      ),

    sqlite3_close_v2(db: Pointer): ResultCode {
      changes.closed(db);
      progress.forget(db);
      return exports.sqlite3_close_v2(db);
    },

    sqlite3_db_filename: (db: Pointer, schema: Address): Pointer => transfer.withTexts([schema], name => exports.sqlite3_db_filename(db, name)),

    sqlite3_db_readonly: (db: Pointer, schema: Address): number => transfer.withTexts([schema], name => exports.sqlite3_db_readonly(db, name)),

    sqlite3_db_status: (db: Pointer, op: number, reset: number, results: Address): ResultCode =>
      transfer.withResults(8, out => {
        const code = exports.sqlite3_db_status(db, op, out, out + 4, reset);
        copyResults(out, results, 2);
        return code;
      }),

    /** SQLite keeps the text as long as the connection lives, which may be longer than its handle: the few bytes are never freed. */
    sqlite3_db_config_text(db: Pointer, op: number, text: Address): ResultCode {
      const copy = text === 0 ? 0 : transfer.copyIn(text, transfer.sizeOf(text, -1));
      return exports.sqlite3__wasm_db_config_s(db, op, copy);
    },

    sqlite3_db_config_int: (db: Pointer, op: number, value: number, results: Address): ResultCode =>
      transfer.withResults(4, out => {
        const code = exports.sqlite3__wasm_db_config_ip(db, op, value, out);
        copyResults(out, results, 1);
        return code;
      }),

    sqlite3_db_config_lookaside: (db: Pointer, op: number, slotSize: number, slots: number): ResultCode =>
      exports.sqlite3__wasm_db_config_pii(db, op, 0, slotSize, slots),

    /** Writes the data type, the collation, and the three flags. */
    sqlite3_table_column_metadata: (db: Pointer, schema: Address, table: Address, column: Address, results: Address): ResultCode =>
      transfer.withTexts([schema, table, column], (schemaName, tableName, columnName) =>
        transfer.withResults(20, out => {
          const code = exports.sqlite3_table_column_metadata(db, schemaName, tableName, columnName, out, out + 4, out + 8, out + 12, out + 16);
          copyResults(out, results, 5);
          return code;
        }),
      ),

    sqlite3_set_errmsg: (db: Pointer, code: ResultCode, message: Address): ResultCode =>
      transfer.withTexts([message], text => exports.sqlite3_set_errmsg(db, code, text)),

    sqlite3_backup_init: (target: Pointer, targetSchema: Address, source: Pointer, sourceSchema: Address): Pointer =>
      transfer.withTexts([targetSchema, sourceSchema], (targetName, sourceName) => {
        const backup = exports.sqlite3_backup_init(target, targetName, source, sourceName);
        changes.backupBegun(backup, target, targetName);
        return backup;
      }),

    sqlite3_backup_step: (backup: Pointer, pages: number): ResultCode => changes.stepBackup(backup, pages),

    sqlite3_backup_finish(backup: Pointer): ResultCode {
      changes.backupFinished(backup);
      return exports.sqlite3_backup_finish(backup);
    },

    /** Returns the database's image, which .NET frees, and writes its size as a 64-bit number. */
    sqlite3_serialize: (db: Pointer, schema: Address, flags: number, results: Address): Pointer =>
      transfer.withTexts([schema], name =>
        transfer.withResults(8, out => {
          const image = exports.sqlite3_serialize(db, name, out, flags);
          copyResults(out, results, 2);
          return image;
        }),
      ),

    /** Gives a copy of the image to SQLite, which frees it. */
    sqlite3_deserialize(db: Pointer, schema: Address, image: Address, size: number, capacity: number, flags: number): ResultCode {
      const copy = exports.sqlite3_malloc(Math.max(size, capacity, 1));
      if (copy === 0) return SQLITE_NOMEM;
      engine.heap().set(transfer.dotnetHeap().subarray(image, image + size), copy);
      return transfer.withTexts([schema], name => exports.sqlite3_deserialize(db, name, copy, BigInt(size), BigInt(capacity), flags | FREE_ON_CLOSE));
    },

    /** Deletes a file through a VFS; SQLITE_ERROR when there is no such VFS. */
    sqlite3__vfs__delete: (vfs: Address, path: Address): ResultCode =>
      transfer.withTexts([vfs, path], (vfsName, pathName) => {
        const found = exports.sqlite3_vfs_find(vfsName);
        return found === 0 ? 1 : exports.sqlite3__wasm_vfs_unlink(found, pathName);
      }),
  };
}
