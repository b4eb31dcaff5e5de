import type { AccessRecorder } from '../Changes/access';
import type { FileChange } from '../Changes/tracker';
import type { Engine, Pointer, ResultCode } from '../Engine/engine';
import type { ProgressHandlers } from '../Engine/progress';
import { createCallbackImports, type ProviderExports } from './callbacks';
import { ProviderChanges } from './changes';
import { CellWriter } from './cells';
import { createConnectionImports } from './connections';
import { createStatementImports } from './statementImports';
import { Transfer, type Address } from './transfer';
import { createValueImports } from './valueImports';

export type { ProviderExports } from './callbacks';

/** What the provider is made from. */
export interface ProviderContext {
  engine: Engine;
  recorder: AccessRecorder;
  progress: ProgressHandlers;
  /** Tells the page and the other tabs what has changed. */
  publish: (changes: FileChange[]) => void;
  /** .NET's memory, `localHeapViewU8` of the runtime. */
  dotnetHeap: () => Uint8Array;
}

/** The functions that .NET imports as `isar-provider`; ProviderInterop.cs declares them there. */
export type ProviderImports = ReturnType<typeof createProviderImports>;

/**
 * Makes the functions that .NET's SQLite provider imports as `isar-provider`. Those that need no memory are SQLite's own.
 * @param dotnet the exported methods of `Isar.Storage.Browser.ProviderCallbacks`; asked for at every call.
 */
export function createProviderImports({ engine, recorder, progress, publish, dotnetHeap }: ProviderContext, dotnet: () => ProviderExports) {
  const { exports } = engine;
  const changes = new ProviderChanges(engine, recorder, publish);
  const transfer = new Transfer(engine, dotnetHeap);
  const cells = new CellWriter(engine, transfer);
  return {
    ...createConnectionImports(engine, transfer, changes, progress),
    ...createStatementImports(engine, transfer, cells, changes),
    ...createValueImports(engine, transfer),
    ...createCallbackImports(engine, recorder, progress, transfer, cells, changes, dotnet),
    ...createLibraryImports(engine, transfer),

    sqlite3_interrupt: exports.sqlite3_interrupt,
    sqlite3_busy_timeout: exports.sqlite3_busy_timeout,
    sqlite3_extended_result_codes: exports.sqlite3_extended_result_codes,
    sqlite3_limit: exports.sqlite3_limit,
    sqlite3_get_autocommit: exports.sqlite3_get_autocommit,
    sqlite3_changes: exports.sqlite3_changes,
    sqlite3_total_changes: exports.sqlite3_total_changes,
    sqlite3_last_insert_rowid: exports.sqlite3_last_insert_rowid,
    sqlite3_errcode: exports.sqlite3_errcode,
    sqlite3_extended_errcode: exports.sqlite3_extended_errcode,
    sqlite3_errmsg: exports.sqlite3_errmsg,
    sqlite3_errstr: exports.sqlite3_errstr,

    sqlite3_reset: (statement: Pointer): ResultCode => changes.endRun(statement, exports.sqlite3_reset),
    sqlite3_clear_bindings: exports.sqlite3_clear_bindings,
    sqlite3_db_handle: exports.sqlite3_db_handle,
    sqlite3_next_stmt: exports.sqlite3_next_stmt,
    sqlite3_sql: exports.sqlite3_sql,
    sqlite3_stmt_busy: exports.sqlite3_stmt_busy,
    sqlite3_stmt_readonly: exports.sqlite3_stmt_readonly,
    sqlite3_stmt_isexplain: exports.sqlite3_stmt_isexplain,
    sqlite3_stmt_status: exports.sqlite3_stmt_status,
    sqlite3_bind_double: exports.sqlite3_bind_double,
    sqlite3_bind_int: exports.sqlite3_bind_int,
    sqlite3_bind_int64: exports.sqlite3_bind_int64,
    sqlite3_bind_null: exports.sqlite3_bind_null,
    sqlite3_bind_zeroblob: exports.sqlite3_bind_zeroblob,
    sqlite3_bind_parameter_count: exports.sqlite3_bind_parameter_count,
    sqlite3_bind_parameter_name: exports.sqlite3_bind_parameter_name,
    sqlite3_column_count: exports.sqlite3_column_count,
    sqlite3_column_name: exports.sqlite3_column_name,
    sqlite3_column_decltype: exports.sqlite3_column_decltype,
    sqlite3_column_database_name: exports.sqlite3_column_database_name,
    sqlite3_column_table_name: exports.sqlite3_column_table_name,
    sqlite3_column_origin_name: exports.sqlite3_column_origin_name,
    sqlite3_column_value: exports.sqlite3_column_value,

    sqlite3_backup_remaining: exports.sqlite3_backup_remaining,
    sqlite3_backup_pagecount: exports.sqlite3_backup_pagecount,
  };
}

/** Makes the imports that concern SQLite as a whole, and plain memory. */
function createLibraryImports(engine: Engine, transfer: Transfer) {
  const { exports } = engine;
  return {
    sqlite3_initialize: exports.sqlite3_initialize,
    sqlite3_libversion: exports.sqlite3_libversion,
    sqlite3_libversion_number: exports.sqlite3_libversion_number,
    sqlite3_sourceid: exports.sqlite3_sourceid,
    sqlite3_config: exports.sqlite3__wasm_config_i,
    sqlite3_compileoption_get: exports.sqlite3_compileoption_get,
    sqlite3_keyword_count: exports.sqlite3_keyword_count,
    sqlite3_free: exports.sqlite3_free,

    sqlite3_compileoption_used: (name: Address): number => transfer.withTexts([name], copy => exports.sqlite3_compileoption_used(copy)),

    sqlite3_complete: (sql: Address): number => transfer.withTexts([sql], copy => exports.sqlite3_complete(copy)),

    /** Writes the keyword's pointer and its length; it has no NUL. */
    sqlite3_keyword_name: (index: number, results: Address): ResultCode =>
      transfer.withResults(8, out => {
        const code = exports.sqlite3_keyword_name(index, out, out + 4);
        transfer.copyOut(out, results, 8);
        return code;
      }),

    sqlite3_status: (op: number, reset: number, results: Address): ResultCode =>
      transfer.withResults(8, out => {
        const code = exports.sqlite3_status(op, out, out + 4, reset);
        transfer.copyOut(out, results, 8);
        return code;
      }),

    sqlite3_status64: (op: number, reset: number, results: Address): ResultCode =>
      transfer.withResults(16, out => {
        const code = exports.sqlite3_status64(op, out, out + 8, reset);
        transfer.copyOut(out, results, 16);
        return code;
      }),

    copyBytes: (source: Pointer, target: Address, length: number): void => transfer.copyOut(source, target, length),
    copyText: (source: Pointer, target: Address, capacity: number): number => transfer.copyTextOut(source, target, capacity),
  };
}
