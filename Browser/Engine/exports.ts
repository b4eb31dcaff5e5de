/** An address in SQLite's memory. 0 is NULL. */
export type Pointer = number;

/** A result code of SQLite, https://sqlite.org/rescode.html */
export type ResultCode = number;

/**
 * The C interface of SQLite as its WebAssembly module exports it, https://sqlite.org/c3ref/funclist.html: pointers and 32-bit integers are
 * numbers, 64-bit integers are bigints. Functions that are not used here are left out.
 */
export interface SqliteExports {
  sqlite3_initialize(): ResultCode;
  sqlite3_libversion(): Pointer;
  sqlite3_libversion_number(): number;
  sqlite3_sourceid(): Pointer;
  sqlite3_compileoption_used(name: Pointer): number;
  sqlite3_compileoption_get(index: number): Pointer;
  sqlite3_complete(sql: Pointer): number;
  sqlite3_keyword_count(): number;
  sqlite3_keyword_name(index: number, name: Pointer, length: Pointer): ResultCode;
  sqlite3_status(op: number, current: Pointer, highwater: Pointer, reset: number): ResultCode;
  sqlite3_status64(op: number, current: Pointer, highwater: Pointer, reset: number): ResultCode;
  sqlite3__wasm_config_i(op: number, value: number): ResultCode;
  sqlite3__wasm_config_ii(op: number, first: number, second: number): ResultCode;

  sqlite3_malloc(bytes: number): Pointer;
  sqlite3_realloc(memory: Pointer, bytes: number): Pointer;
  sqlite3_free(memory: Pointer): void;
  sqlite3__wasm_pstack_ptr(): Pointer;
  sqlite3__wasm_pstack_alloc(bytes: number): Pointer;
  sqlite3__wasm_pstack_restore(top: Pointer): void;

  sqlite3_vfs_find(name: Pointer): Pointer;
  sqlite3_vfs_register(vfs: Pointer, makeDefault: number): ResultCode;
  sqlite3_vfs_unregister(vfs: Pointer): ResultCode;
  sqlite3__wasm_vfs_unlink(vfs: Pointer, path: Pointer): ResultCode;
  sqlite3_uri_parameter(filename: Pointer, name: Pointer): Pointer;
  sqlite3_file_control(db: Pointer, schema: Pointer, op: number, argument: Pointer): ResultCode;

  sqlite3_open(filename: Pointer, db: Pointer): ResultCode;
  sqlite3_open_v2(filename: Pointer, db: Pointer, flags: number, vfs: Pointer): ResultCode;
  sqlite3_close_v2(db: Pointer): ResultCode;
  sqlite3_interrupt(db: Pointer): void;
  sqlite3_busy_timeout(db: Pointer, milliseconds: number): ResultCode;
  sqlite3_extended_result_codes(db: Pointer, on: number): ResultCode;
  sqlite3_limit(db: Pointer, id: number, value: number): number;
  sqlite3_db_name(db: Pointer, index: number): Pointer;
  sqlite3_db_filename(db: Pointer, schema: Pointer): Pointer;
  sqlite3_db_readonly(db: Pointer, schema: Pointer): number;
  sqlite3_db_status(db: Pointer, op: number, current: Pointer, highwater: Pointer, reset: number): ResultCode;
  sqlite3__wasm_db_config_s(db: Pointer, op: number, text: Pointer): ResultCode;
  sqlite3__wasm_db_config_ip(db: Pointer, op: number, value: number, result: Pointer): ResultCode;
  sqlite3__wasm_db_config_pii(db: Pointer, op: number, memory: Pointer, first: number, second: number): ResultCode;
  sqlite3_get_autocommit(db: Pointer): number;
  sqlite3_txn_state(db: Pointer, schema: Pointer): number;
  sqlite3_changes(db: Pointer): number;
  sqlite3_changes64(db: Pointer): bigint;
  sqlite3_total_changes(db: Pointer): number;
  sqlite3_total_changes64(db: Pointer): bigint;
  sqlite3_last_insert_rowid(db: Pointer): bigint;
  sqlite3_table_column_metadata(
    db: Pointer,
    schema: Pointer,
    table: Pointer,
    column: Pointer,
    dataType: Pointer,
    collation: Pointer,
    notNull: Pointer,
    primaryKey: Pointer,
    autoIncrement: Pointer,
  ): ResultCode;
  sqlite3_serialize(db: Pointer, schema: Pointer, size: Pointer, flags: number): Pointer;
  sqlite3_deserialize(db: Pointer, schema: Pointer, data: Pointer, size: bigint, capacity: bigint, flags: number): ResultCode;

  sqlite3_errcode(db: Pointer): ResultCode;
  sqlite3_extended_errcode(db: Pointer): ResultCode;
  sqlite3_errmsg(db: Pointer): Pointer;
  sqlite3_errstr(code: ResultCode): Pointer;
  sqlite3_error_offset(db: Pointer): number;
  sqlite3_set_errmsg(db: Pointer, code: ResultCode, message: Pointer): ResultCode;

  sqlite3_exec(db: Pointer, sql: Pointer, callback: Pointer, data: Pointer, message: Pointer): ResultCode;
  sqlite3_prepare_v2(db: Pointer, sql: Pointer, bytes: number, statement: Pointer, tail: Pointer): ResultCode;
  sqlite3_prepare_v3(db: Pointer, sql: Pointer, bytes: number, flags: number, statement: Pointer, tail: Pointer): ResultCode;
  sqlite3_step(statement: Pointer): ResultCode;
  sqlite3_reset(statement: Pointer): ResultCode;
  sqlite3_finalize(statement: Pointer): ResultCode;
  sqlite3_clear_bindings(statement: Pointer): ResultCode;
  sqlite3_db_handle(statement: Pointer): Pointer;
  sqlite3_next_stmt(db: Pointer, statement: Pointer): Pointer;
  sqlite3_sql(statement: Pointer): Pointer;
  sqlite3_expanded_sql(statement: Pointer): Pointer;
  sqlite3_stmt_busy(statement: Pointer): number;
  sqlite3_stmt_readonly(statement: Pointer): number;
  sqlite3_stmt_isexplain(statement: Pointer): number;
  sqlite3_stmt_status(statement: Pointer, op: number, reset: number): number;

  sqlite3_bind_blob(statement: Pointer, index: number, data: Pointer, bytes: number, destructor: Pointer): ResultCode;
  sqlite3_bind_double(statement: Pointer, index: number, value: number): ResultCode;
  sqlite3_bind_int(statement: Pointer, index: number, value: number): ResultCode;
  sqlite3_bind_int64(statement: Pointer, index: number, value: bigint): ResultCode;
  sqlite3_bind_null(statement: Pointer, index: number): ResultCode;
  sqlite3_bind_text(statement: Pointer, index: number, text: Pointer, bytes: number, destructor: Pointer): ResultCode;
  sqlite3_bind_zeroblob(statement: Pointer, index: number, bytes: number): ResultCode;
  sqlite3_bind_parameter_count(statement: Pointer): number;
  sqlite3_bind_parameter_index(statement: Pointer, name: Pointer): number;
  sqlite3_bind_parameter_name(statement: Pointer, index: number): Pointer;

  sqlite3_column_count(statement: Pointer): number;
  sqlite3_data_count(statement: Pointer): number;
  sqlite3_column_name(statement: Pointer, column: number): Pointer;
  sqlite3_column_decltype(statement: Pointer, column: number): Pointer;
  sqlite3_column_database_name(statement: Pointer, column: number): Pointer;
  sqlite3_column_table_name(statement: Pointer, column: number): Pointer;
  sqlite3_column_origin_name(statement: Pointer, column: number): Pointer;
  sqlite3_column_type(statement: Pointer, column: number): number;
  sqlite3_column_int(statement: Pointer, column: number): number;
  sqlite3_column_int64(statement: Pointer, column: number): bigint;
  sqlite3_column_double(statement: Pointer, column: number): number;
  sqlite3_column_text(statement: Pointer, column: number): Pointer;
  sqlite3_column_blob(statement: Pointer, column: number): Pointer;
  sqlite3_column_bytes(statement: Pointer, column: number): number;
  sqlite3_column_value(statement: Pointer, column: number): Pointer;

  sqlite3_value_type(value: Pointer): number;
  sqlite3_value_int(value: Pointer): number;
  sqlite3_value_int64(value: Pointer): bigint;
  sqlite3_value_double(value: Pointer): number;
  sqlite3_value_text(value: Pointer): Pointer;
  sqlite3_value_blob(value: Pointer): Pointer;
  sqlite3_value_bytes(value: Pointer): number;

  sqlite3_result_blob(context: Pointer, data: Pointer, bytes: number, destructor: Pointer): void;
  sqlite3_result_double(context: Pointer, value: number): void;
  sqlite3_result_error(context: Pointer, message: Pointer, bytes: number): void;
  sqlite3_result_error_code(context: Pointer, code: ResultCode): void;
  sqlite3_result_error_nomem(context: Pointer): void;
  sqlite3_result_error_toobig(context: Pointer): void;
  sqlite3_result_int(context: Pointer, value: number): void;
  sqlite3_result_int64(context: Pointer, value: bigint): void;
  sqlite3_result_null(context: Pointer): void;
  sqlite3_result_text(context: Pointer, text: Pointer, bytes: number, destructor: Pointer): void;
  sqlite3_result_zeroblob(context: Pointer, bytes: number): void;

  sqlite3_create_function_v2(
    db: Pointer,
    name: Pointer,
    arity: number,
    flags: number,
    data: Pointer,
    scalar: Pointer,
    step: Pointer,
    final: Pointer,
    destroy: Pointer,
  ): ResultCode;
  sqlite3_create_collation_v2(db: Pointer, name: Pointer, encoding: number, data: Pointer, compare: Pointer, destroy: Pointer): ResultCode;
  sqlite3_user_data(context: Pointer): Pointer;
  sqlite3_aggregate_context(context: Pointer, bytes: number): Pointer;

  sqlite3_commit_hook(db: Pointer, callback: Pointer, data: Pointer): Pointer;
  sqlite3_rollback_hook(db: Pointer, callback: Pointer, data: Pointer): Pointer;
  sqlite3_update_hook(db: Pointer, callback: Pointer, data: Pointer): Pointer;
  sqlite3_progress_handler(db: Pointer, instructions: number, callback: Pointer, data: Pointer): void;
  sqlite3_set_authorizer(db: Pointer, callback: Pointer, data: Pointer): ResultCode;
  sqlite3_trace_v2(db: Pointer, mask: number, callback: Pointer, data: Pointer): ResultCode;

  sqlite3_backup_init(target: Pointer, targetSchema: Pointer, source: Pointer, sourceSchema: Pointer): Pointer;
  sqlite3_backup_step(backup: Pointer, pages: number): ResultCode;
  sqlite3_backup_remaining(backup: Pointer): number;
  sqlite3_backup_pagecount(backup: Pointer): number;
  sqlite3_backup_finish(backup: Pointer): ResultCode;
}
