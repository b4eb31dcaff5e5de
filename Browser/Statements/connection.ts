import type { ExecResult, QueryResult, RunResult, StatementDescription, StreamBatch, WatchResult, WireParameters } from '../../Protocol/protocol';
import { decodeRows } from '../../Protocol/rowReader';
import { type Engine, OutOfMemory, type Pointer } from '../Engine/engine';
import type { ProgressHandlers } from '../Engine/progress';
import { type AccessRecorder, TableSet } from '../Changes/access';
import { BatchWriter } from './batch';
import { ChangeTracker, type FileChange, type Outcome } from '../Changes/tracker';
import { left, misuse, SqliteFailure } from '../Engine/codes';
import { pathOf } from '../../Protocol/fullNames';
import { Compiler } from './compiler';
import { Cursor } from './cursor';
import type { Interrupter } from './interrupter';
import { type Parameters, unpackParameters, unpackRows } from './packed';
import { RowPacker } from './rowPacker';
import type { Statement } from './statement';
import { SQLITE_ABORT_ROLLBACK, SQLITE_INTERRUPT } from '../../Protocol/resultCodes';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The index of the first attached database: before it come `main` and `temp`. https://sqlite.org/c3ref/db_name.html */
const FIRST_ATTACHED = 2;

/**
 * The tables that a query [opens](https://sqlite.org/bytecodevtab.html), also those of which it opens an index. The authorizer is not told of
 * a table when the query only asks whether it has rows.
 */
const TABLES_USED =
  'SELECT used.schema, lower(coalesce(tbl_name, used.name)) AS name FROM tables_used(?) AS used ' +
  "LEFT JOIN main.sqlite_schema AS stored ON stored.name = used.name AND used.schema = 'main'";

/** How many instructions SQLite runs before it asks whether to go on: so few that a person does not notice, so many that asking costs nothing. */
const INSTRUCTIONS = 4000;

/** What a request hears that has left a transaction open. */
const LEFT_OPEN =
  'The SQL began a transaction and did not end it, so it was rolled back. ' +
  'For a transaction over several calls use that of the client, which other calls wait for.';

/** Whether an error is none of SQLite's own. After a trap in its module SQLite must not be used any more. */
const isTrap = (error: unknown) => !(error instanceof SqliteFailure || error instanceof OutOfMemory);

/** What the connections of a worker share. */
export interface ConnectionContext {
  engine: Engine;
  recorder: AccessRecorder;
  progress: ProgressHandlers;
  /** Interrupts a request that the page wants to end; `undefined` where the page cannot say so while a statement runs. */
  interrupter: Interrupter | undefined;
}

/** The statements of one open `sqlite3*`, which is opened and closed elsewhere. */
export class Connection {
  readonly #engine: Engine;
  readonly #handle: Pointer;
  readonly #recorder: AccessRecorder;
  readonly #interrupter: Interrupter | undefined;
  readonly #compiler: Compiler;
  readonly #changes: ChangeTracker;
  readonly #cursors = new Map<number, Cursor>();
  #lastCursor = 0;
  /** The last stream that there was when the page was left. */
  #lastLeft = 0;
  #wasLeft = false;
  readonly #attached = new Set<string>();
  #committed = false;
  #completed = 0;

  constructor({ engine, recorder, progress, interrupter }: ConnectionContext, handle: Pointer) {
    this.#engine = engine;
    this.#handle = handle;
    this.#recorder = recorder;
    this.#compiler = new Compiler(engine, handle, recorder);
    this.#changes = new ChangeTracker(engine, handle);
    this.#interrupter = interrupter;
    if (interrupter) progress.set(handle, 'page', INSTRUCTIONS, interrupter.asks);
  }

  get inTransaction(): boolean {
    return this.#engine.exports.sqlite3_get_autocommit(this.#handle) === 0;
  }

  /** Begins a request. */
  beginRequest(): void {
    this.#completed = 0;
  }

  /** Whether a statement of the request was completed and has not been undone. */
  get hasDoneSomething(): boolean {
    return this.#completed > 0;
  }

  /** Whether a commit was made since the last call. */
  takeCommitted(): boolean {
    const result = this.#committed;
    this.#committed = false;
    return result;
  }

  /** The changes that were committed since the last call. */
  takeChanges(): FileChange[] {
    return this.#changes.take();
  }

  /** Whether databases were attached when a commit was made. */
  get hasAttached(): boolean {
    return this.#attached.size > 0;
  }

  /** The names of the files that were attached when a commit was made, since the last call. They may be detached by now. */
  takeAttached(): string[] {
    const names = [...this.#attached];
    this.#attached.clear();
    return names;
  }

  /** Runs a request that is part of a transaction. After some errors, such as a full disk, SQLite rolls back by itself. */
  runInside<T>(action: () => T): T {
    if (!this.inTransaction && this.#wasLeft) throw left('The page was left while the transaction went on, so it was rolled back: repeat it.');
    if (!this.inTransaction)
      throw new SqliteFailure(SQLITE_ABORT_ROLLBACK, 'The transaction is over: SQLite rolled it back after an error, or its SQL ended it.');
    return action();
  }

  /** Runs a request that is part of no transaction. What it leaves open is rolled back: no later request would know that it runs in it. */
  runOutside<T>(action: () => T): T {
    if (this.inTransaction) throw misuse('A transaction of this connection goes on, and the request is not part of it.');
    try {
      const result = action();
      if (this.inTransaction) throw misuse(LEFT_OPEN);
      return result;
    } catch (error) {
      if (isTrap(error)) throw error;
      // Rolling back replaces SQLite's message.
      const failure = error instanceof SqliteFailure ? this.explain(error) : error;
      this.rollback();
      throw failure;
    }
  }

  /** Begins a transaction that lasts when the request has ended. */
  begin(deferred: boolean): void {
    this.#wasLeft = false;
    this.#control(deferred ? 'BEGIN' : 'BEGIN IMMEDIATE');
  }

  /** Runs SQL and drops the rows: one statement with parameters, or any number of statements without. */
  exec(sql: string, params: WireParameters | undefined): ExecResult {
    let changes = 0;
    const run = (statement: Statement) => {
      changes += this.#runForChanges(statement, params);
    };
    if (params === undefined) this.#compiler.withEach(sql, run);
    else this.#compiler.withOne(sql, run);
    return this.#result(changes);
  }

  /** Runs one statement with each of many parameters: all of them, or none when one fails. */
  execMany(sql: string, rows: readonly Uint8Array[]): ExecResult {
    const [begin, commit, rollback] = this.inTransaction
      ? ['SAVEPOINT isar_many', 'RELEASE isar_many', 'ROLLBACK TO isar_many; RELEASE isar_many']
      : ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK'];
    this.#control(begin);
    let row = 0;
    try {
      let changes = 0;
      this.#compiler.withOne(sql, statement => {
        for (const params of unpackRows(rows)) {
          row++;
          changes += this.#runForChanges(statement, params);
        }
        row = 0;
      });
      this.#control(commit);
      return this.#result(changes);
    } catch (error) {
      if (isTrap(error)) throw error;
      // Rolling back would replace the connection's code and message.
      const failure = error instanceof SqliteFailure ? this.explain(error, row > 0 ? `Row ${row}: ` : '') : error;
      if (this.inTransaction) this.#control(rollback);
      this.#completed = 0;
      throw failure;
    }
  }

  /**
   * Runs one statement and packs its rows.
   * @param byName whether the columns must differ by name; checked before a statement writes anything.
   * @param limit how many rows are wanted; it is not run further than these.
   */
  query(sql: string, params: WireParameters | undefined, byName: boolean, limit = Infinity): QueryResult {
    return this.#compiler.withOne(sql, statement => {
      if (byName && !statement.isReadOnly) statement.checkNames();
      const writer = new BatchWriter();
      const packer = new RowPacker(this.#engine, statement, writer, { byName });
      const changes = this.#countChanges(() => this.#runForRows(statement, params, packer, limit));
      return { ...writer.finish(), ...this.#result(changes) };
    });
  }

  /** Begins to run one statement that only reads, and packs its first rows. */
  stream(sql: string, params: WireParameters | undefined, byName: boolean): StreamBatch {
    const statement = this.#compiler.take(sql);
    const id = ++this.#lastCursor;
    const cursor = new Cursor(this.#engine, statement, byName, () => this.#compiler.give(sql, statement));
    this.#cursors.set(id, cursor);
    return this.#read(id, cursor, undefined, () => {
      if (!statement.isReadOnly) throw misuse('Only a statement that reads can be streamed; run one that writes and returns rows with query.');
      statement.begin(params);
    });
  }

  /** Packs the next rows of a stream. */
  next(id: number, buffer: ArrayBuffer | undefined): StreamBatch {
    const cursor = this.#cursors.get(id);
    if (!cursor && id <= this.#lastLeft) throw left('The page was left while the stream went on, so it was closed: begin it again.');
    if (!cursor) throw misuse(`There is no stream ${id}: it was closed.`);
    return this.#read(id, cursor, buffer);
  }

  /** Ends a stream, if it has not ended by itself. */
  closeStream(id: number): void {
    this.#cursors.get(id)?.close();
    this.#cursors.delete(id);
  }

  /** Describes the columns and parameters of one statement. */
  describe(sql: string): StatementDescription {
    return this.#compiler.withOne(sql, statement => ({
      columns: statement.columnNames.map(name => decoder.decode(name)),
      parameters: [...statement.parameterNames],
      readOnly: statement.isReadOnly,
    }));
  }

  /** Gets the names with which the page compares changes: that of the database, and those of the tables that the SQL reads. */
  watch(sql: string | undefined): WatchResult {
    const file = this.#changes.fileOf('main');
    if (sql === undefined) return { file, tables: [] };
    const reads = new TableSet();
    reads.addAll(this.#compiler.withOne(sql, ({ access }) => access.reads));
    for (const { schema, name } of decodeRows(this.query(TABLES_USED, [sql], true)) as { schema: string; name: string }[]) reads.add(schema, name);
    const other = [...reads].find(([schema]) => schema !== 'main' && schema !== 'temp');
    if (other) throw misuse(`The query reads the attached database "${other[0]}"; watch that database itself.`);
    return { file, tables: [...reads].flatMap(([, tables]) => [...tables]) };
  }

  /** Runs any number of statements, each with the parameters that it names, and packs what they return. */
  run(sql: string, parameters: Uint8Array | undefined): RunResult {
    const params = parameters && unpackParameters(parameters);
    const writer = new BatchWriter();
    let changes = -1;
    const use = (statement: Statement) => {
      if (!statement.isReadOnly) changes = Math.max(changes, 0);
      changes += this.#countChanges(() => {
        if (statement.columnNames.length === 0) this.#run(statement, params);
        else this.#runForRows(statement, params, new RowPacker(this.#engine, statement, writer, { typed: true }));
      });
    };
    if (params?.byPosition) this.#compiler.withOne(sql, use);
    else this.#compiler.withEach(sql, use);
    return { ...writer.finish(), changes };
  }

  /** Commits the transaction that {@link begin} began. */
  commit(): void {
    this.#control('COMMIT');
  }

  /** Rolls back if a transaction is open. */
  rollback(): void {
    if (this.inTransaction) this.#control('ROLLBACK');
  }

  /** Ends everything that keeps a lock: streams, and an open transaction. */
  suspend(): void {
    this.#wasLeft ||= this.inTransaction;
    this.#lastLeft = this.#lastCursor;
    for (const id of [...this.#cursors.keys()]) this.closeStream(id);
    this.rollback();
  }

  /** Lets go of every statement, so that .NET can close the connection. */
  release(): void {
    this.#compiler.clear();
  }

  /** Takes SQLite's code and message into a failure without a message of its own, before another call replaces them. */
  explain(failure: SqliteFailure, prefix = ''): SqliteFailure {
    if (failure.detail !== undefined) return new SqliteFailure(failure.code, prefix + failure.detail, failure.kind);
    const { exports } = this.#engine;
    const message = this.#engine.readText(exports.sqlite3_errmsg(this.#handle));
    return new SqliteFailure(exports.sqlite3_extended_errcode(this.#handle), prefix + message);
  }

  /** Runs SQL that controls a transaction. */
  #control(sql: string): void {
    this.#compiler.withEach(sql, statement => this.#run(statement, undefined));
  }

  #result(changes: number): ExecResult {
    const rowid = this.#engine.exports.sqlite3_last_insert_rowid(this.#handle);
    const near = Number(rowid);
    return { changes, lastInsertRowid: Number.isSafeInteger(near) ? near : rowid };
  }

  #runForChanges(statement: Statement, params: Parameters | undefined): number {
    this.#throwIfInterrupted();
    return this.#countChanges(() => this.#run(statement, params));
  }

  #runForRows(statement: Statement, params: Parameters | undefined, packer: RowPacker, limit = Infinity): void {
    this.#throwIfInterrupted();
    let left = limit;
    this.#run(statement, params, () => {
      packer.addRow();
      return --left > 0;
    });
    packer.finish();
  }

  #read(id: number, cursor: Cursor, buffer: ArrayBuffer | undefined, begin = () => {}): StreamBatch {
    let done = true;
    try {
      const result = this.#running(cursor.statement, () => {
        begin();
        return cursor.read(buffer);
      });
      done = result.done;
      return { ...result.batch, stream: done ? 0 : id };
    } finally {
      if (done) this.closeStream(id);
    }
  }

  /** Runs a statement so that what it does is recorded and can be interrupted. */
  #running<T>(statement: Statement, action: () => T): T {
    const run = () => this.#recorder.record(statement.access, action);
    return this.#interrupter ? this.#interrupter.run(statement.handle, run) : run();
  }

  /** Checks between statements too: SQLite asks only every few thousand instructions, and so perhaps never in short statements. */
  #throwIfInterrupted(): void {
    if (this.#interrupter?.isWanted) throw new SqliteFailure(SQLITE_INTERRUPT, 'interrupted');
  }

  /** Counts changed rows; 0 when the total stays, because SQLite's count is then still that of an earlier statement. */
  #countChanges(run: () => void): number {
    const { exports } = this.#engine;
    const before = exports.sqlite3_total_changes(this.#handle);
    run();
    return exports.sqlite3_total_changes(this.#handle) === before ? 0 : exports.sqlite3_changes(this.#handle);
  }

  #run(statement: Statement, params: Parameters | undefined, onRow = () => true): void {
    const before = this.inTransaction;
    const mark = this.#changes.mark();
    let outcome: Outcome = 'failed';
    try {
      this.#running(statement, () => statement.run(params, onRow));
      outcome = 'done';
    } finally {
      this.#changes.note(statement.access, mark, outcome);
    }
    this.#completed++;
    if (!this.inTransaction && !statement.access.rollsBack && (before || !statement.isReadOnly)) this.#noteCommit();
  }

  #noteCommit(): void {
    this.#committed = true;
    const { sqlite3_db_name, sqlite3_db_filename } = this.#engine.exports;
    for (let index = FIRST_ATTACHED, schema: Pointer; (schema = sqlite3_db_name(this.#handle, index)) !== 0; index++) {
      const name = pathOf(this.#engine.readText(sqlite3_db_filename(this.#handle, schema)));
      if (name !== '') this.#attached.add(name);
    }
  }
}
