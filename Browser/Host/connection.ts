import type { ExecResult, RowBatch, RunResult, WireParameters } from '../../Client/protocol';
import type { Engine, Pointer } from '../Engine/engine';
import { BatchWriter } from './batch';
import { misuse, SQLITE_ABORT_ROLLBACK, SQLITE_NOMEM, SQLITE_OK, SqliteFailure } from './codes';
import { type Parameters, unpackParameters } from './packed';
import { RowPacker } from './rows';
import { Statement } from './statement';
import { StatementCache, statementCounts } from './statementCache';
import { utf8Length } from './utf8';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The index of the first attached database: before it come `main` and `temp`. https://sqlite.org/c3ref/db_name.html */
const FIRST_ATTACHED = 2;

/** What SQLite skips between statements: space, empty statements, comments. */
const SKIPPED = /[ \t\n\f\r;]+|--[^\n]*|\/\*[^]*?(?:\*\/|$)/y;

/** The statements of one open `sqlite3*`, which itself belongs to .NET. */
export class Connection {
  readonly #engine: Engine;
  readonly #handle: Pointer;
  readonly #cache = new StatementCache();
  #committed = false;
  #completed = 0;

  constructor(engine: Engine, handle: Pointer) {
    this.#engine = engine;
    this.#handle = handle;
  }

  get inTransaction(): boolean {
    return this.#engine.exports.sqlite3_get_autocommit(this.#handle) === 0;
  }

  /** Begins a request. */
  begin(): void {
    this.#completed = 0;
  }

  /** Whether a statement of the request was completed and has not been undone. */
  get hasDoneSomething(): boolean {
    return this.#completed > 0;
  }

  /** Whether a commit was made since the last time this was asked. */
  takeCommitted(): boolean {
    const result = this.#committed;
    this.#committed = false;
    return result;
  }

  /** Whether databases were attached. */
  get hasAttached(): boolean {
    return this.#engine.exports.sqlite3_db_name(this.#handle, FIRST_ATTACHED) !== 0;
  }

  /** The names of the attached databases that are files. */
  attachedNames(): string[] {
    const { sqlite3_db_name, sqlite3_db_filename } = this.#engine.exports;
    const names: string[] = [];
    for (let index = FIRST_ATTACHED, schema; (schema = sqlite3_db_name(this.#handle, index)) !== 0; index++)
      names.push(this.#engine.readText(sqlite3_db_filename(this.#handle, schema)));
    return names.filter(name => name !== '');
  }

  /** Fails unless a transaction is open. After some errors, such as a full disk, SQLite rolls back by itself. */
  requireTransaction(): void {
    if (!this.inTransaction)
      throw new SqliteFailure(SQLITE_ABORT_ROLLBACK, 'The transaction is over: SQLite rolled it back after an error, or its SQL ended it.');
  }

  /** Runs SQL and drops the rows: one statement with parameters, or any number of statements without. */
  exec(sql: string, params: WireParameters | undefined): ExecResult {
    let changes = 0;
    const run = (statement: Statement) => {
      changes += this.#runForChanges(statement, params);
    };
    if (params === undefined)
      this.#withEach(sql, run);
    else
      this.#withOne(sql, run);
    return this.#result(changes);
  }

  /** Runs one statement with each of many parameters: all of them, or none when one fails. */
  execMany(sql: string, rows: readonly WireParameters[]): ExecResult {
    const [begin, commit, rollback] = this.inTransaction
      ? ['SAVEPOINT isar_many', 'RELEASE isar_many', 'ROLLBACK TO isar_many; RELEASE isar_many']
      : ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK'];
    this.#control(begin);
    let row = 0;
    try {
      let changes = 0;
      this.#withOne(sql, statement => {
        for (; row < rows.length; row++)
          changes += this.#runForChanges(statement, rows[row]);
      });
      this.#control(commit);
      return this.#result(changes);
    } catch (error) {
      // Rolling back would replace the connection's code and message.
      const failure = error instanceof SqliteFailure ? this.#describe(error, row < rows.length ? `Row ${row + 1}: ` : '') : error;
      if (this.inTransaction)
        this.#control(rollback);
      this.#completed = 0;
      throw failure;
    }
  }

  /**
   * Runs one statement and packs its rows.
   * @param byName whether the columns must differ by name; checked before the statement does anything.
   */
  query(sql: string, params: WireParameters | undefined, byName: boolean): RowBatch {
    return this.#withOne(sql, statement => {
      if (byName)
        statement.checkNames();
      const writer = new BatchWriter();
      this.#runForRows(statement, params, new RowPacker(this.#engine, statement, writer, false));
      return writer.finish();
    });
  }

  /** Runs any number of statements, each with those of the parameters that it names, and packs what they return. */
  run(sql: string, parameters: Uint8Array | undefined): RunResult {
    const params = parameters && unpackParameters(parameters);
    const writer = new BatchWriter();
    let changes = -1;
    const use = (statement: Statement) => {
      if (!statement.isReadOnly)
        changes = Math.max(changes, 0);
      changes += this.#countChanges(() => {
        if (statement.columnNames.length === 0)
          this.#run(statement, params, () => {});
        else
          this.#runForRows(statement, params, new RowPacker(this.#engine, statement, writer, true));
      });
    };
    if (params?.byPosition)
      this.#withOne(sql, use);
    else
      this.#withEach(sql, use);
    return { ...writer.finish(), changes };
  }

  /** Rolls back if a transaction is open. */
  rollback(): void {
    if (this.inTransaction)
      this.#control('ROLLBACK');
  }

  /** Lets go of every statement, so that .NET can close the connection. */
  release(): void {
    this.#cache.clear();
  }

  /** Makes a failure one that .NET can read from the connection; returns its code. */
  report(failure: SqliteFailure): number {
    if (failure.detail !== undefined) {
      const text = this.#engine.allocateText(failure.detail);
      this.#engine.exports.sqlite3_set_errmsg(this.#handle, failure.code, text);
      this.#engine.free(text);
    }
    return failure.code;
  }

  /** Takes SQLite's code and message into the failure, before another call replaces it. */
  #describe(failure: SqliteFailure, prefix: string): SqliteFailure {
    if (failure.detail !== undefined)
      return new SqliteFailure(failure.code, prefix + failure.detail);
    const { exports } = this.#engine;
    const message = this.#engine.readText(exports.sqlite3_errmsg(this.#handle));
    return new SqliteFailure(exports.sqlite3_extended_errcode(this.#handle), prefix + message);
  }

  /** Runs SQL that controls a transaction. */
  #control(sql: string): void {
    this.#withEach(sql, statement => this.#run(statement, undefined, () => {}));
  }

  #result(changes: number): ExecResult {
    const rowid = this.#engine.exports.sqlite3_last_insert_rowid(this.#handle);
    const near = Number(rowid);
    return { changes, lastInsertRowid: Number.isSafeInteger(near) ? near : rowid };
  }

  #runForChanges(statement: Statement, params: WireParameters | undefined): number {
    return this.#countChanges(() => this.#run(statement, params, () => {}));
  }

  #runForRows(statement: Statement, params: Parameters | undefined, packer: RowPacker): void {
    this.#run(statement, params, () => packer.addRow());
    packer.finish();
  }

  /** A statement that changes no rows leaves SQLite's count as the one before it set it. */
  #countChanges(run: () => void): number {
    const { exports } = this.#engine;
    const before = exports.sqlite3_total_changes(this.#handle);
    run();
    return exports.sqlite3_total_changes(this.#handle) === before ? 0 : exports.sqlite3_changes(this.#handle);
  }

  #run(statement: Statement, params: Parameters | undefined, onRow: () => void): void {
    const before = this.inTransaction;
    statement.run(params, onRow);
    this.#completed++;
    this.#committed ||= !this.inTransaction && (before || !statement.isReadOnly);
  }

  /** Lends the one statement of `sql`. */
  #withOne<T>(sql: string, use: (statement: Statement) => T): T {
    return this.#lend(sql, this.#cache.take(sql) ?? this.#compileOne(sql), use);
  }

  /** Lends each statement of `sql` in turn. Each is compiled after the one before it has run, because it may need what that created. */
  #withEach(sql: string, use: (statement: Statement) => void): void {
    const cached = this.#cache.take(sql);
    if (cached) {
      this.#lend(sql, cached, use);
      return;
    }
    this.#withText(sql, (start, end) => {
      for (let at = start; at < end;) {
        const [statement, tail] = this.#compile(at, end);
        if (statement)
          this.#lend(at === start && this.#isBlank(tail, end) ? sql : undefined, statement, use);
        at = tail;
      }
    });
  }

  #lend<T>(cacheAs: string | undefined, statement: Statement, use: (statement: Statement) => T): T {
    try {
      return use(statement);
    } finally {
      if (cacheAs === undefined)
        statement.finalize();
      else
        this.#cache.give(cacheAs, statement);
    }
  }

  #compileOne(sql: string): Statement {
    return this.#withText(sql, (start, end) => {
      let [statement, tail] = this.#compile(start, end);
      while (!statement && tail < end)
        [statement, tail] = this.#compile(tail, end);
      if (!statement)
        throw misuse('The SQL holds no statement.');
      if (!this.#isBlank(tail, end)) {
        statement.finalize();
        throw misuse('The SQL holds more than one statement; only exec without parameters takes several.');
      }
      return statement;
    });
  }

  /** Compiles the first statement of the text; `undefined` when it is blank. */
  #compile(start: Pointer, end: Pointer): [Statement | undefined, tail: Pointer] {
    const { exports } = this.#engine;
    const stack = exports.sqlite3__wasm_pstack_ptr();
    try {
      const results = exports.sqlite3__wasm_pstack_alloc(8);
      // The length includes the NUL, which spares SQLite a copy of the text.
      const code = exports.sqlite3_prepare_v3(this.#handle, start, end - start + 1, 0, results, results + 4);
      if (code !== SQLITE_OK)
        throw new SqliteFailure(code);
      const view = this.#engine.view();
      const handle = view.getUint32(results, true);
      const tail = view.getUint32(results + 4, true);
      if (handle === 0)
        return [undefined, tail];
      statementCounts.prepared++;
      return [new Statement(this.#engine, handle), tail];
    } finally {
      exports.sqlite3__wasm_pstack_restore(stack);
    }
  }

  #isBlank(start: Pointer, end: Pointer): boolean {
    const sql = decoder.decode(this.#engine.heap().subarray(start, end));
    for (SKIPPED.lastIndex = 0; SKIPPED.lastIndex < sql.length;) {
      if (!SKIPPED.test(sql))
        return false;
    }
    return true;
  }

  /** Puts SQL into SQLite's memory, with a NUL behind it. */
  #withText<T>(sql: string, use: (start: Pointer, end: Pointer) => T): T {
    const length = utf8Length(sql);
    if (length < 0)
      throw misuse('The SQL holds half of a surrogate pair.');
    if (sql.includes('\0'))
      throw misuse('The SQL holds a NUL character, where SQLite would stop reading.');
    const start = this.#engine.exports.sqlite3_malloc(length + 1);
    if (start === 0)
      throw new SqliteFailure(SQLITE_NOMEM, 'out of memory');
    try {
      const heap = this.#engine.heap();
      encoder.encodeInto(sql, heap.subarray(start, start + length));
      heap[start + length] = 0;
      return use(start, start + length);
    } finally {
      this.#engine.free(start);
    }
  }
}
