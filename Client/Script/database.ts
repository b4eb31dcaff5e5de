import { CallbackWatch, type OutsideCalls, USE_TX } from './callbackWatch';
import type { SqlOptions } from './calls';
import { usageError } from '../../Protocol/errors';
import { withLimit } from './limits';
import { PreparedStatement } from './prepared';
import { ANY_TABLE, type ExecResult, type QueryResult } from '../../Protocol/protocol';
import { isLocked, retry } from './retry';
import { type ArrayResult, type ArrayRow, type ArrayRows, readEach, readResult, readRows, type StatementResult, wantsArrays } from './rows';
import type { Session, Statements } from './statements';
import { streamRows } from './stream';
import { Transaction } from './transaction';
import type { Row, SqlParameters, SqlText, SqlValue } from './values';
import type { ChangeListener, Watches } from './watch';

/** Where a transaction that is to be repeated has kept its turn. */
interface Turn {
  kept: Session | undefined;
}

/** The parts of a storage that its databases use. */
export interface DatabaseContext {
  outside: OutsideCalls;
  watches: Watches;
  transactionTimeoutMs: number;
  transactionLimitMs: number;
  streamLimitMs: number;
}

/**
 * An open database; {@link IsarStorage.open} gives it. Every method rejects with an {@link IsarStorageError}.
 *
 * Calls run in the order they are made, whether or not they are awaited. While a transaction goes on, other calls of this page on the
 * same database wait until it has ended.
 */
export class Database {
  /** The name it was opened with. */
  readonly name: string;

  readonly #statements: Statements;
  readonly #context: DatabaseContext;
  readonly #outside: OutsideCalls;
  readonly #stops = new Set<() => void>();
  #isInTransaction = false;
  readonly #closed = new AbortController();

  /** @internal */
  constructor(name: string, statements: Statements, context: DatabaseContext) {
    this.name = name;
    this.#statements = statements;
    this.#context = context;
    this.#outside = context.outside;
  }

  /**
   * Runs SQL for its effect. Rows that it returns are dropped.
   *
   * Without `params` the SQL may hold several statements. They are not one transaction: when one fails, those before it have been done.
   * @returns once the changes are stored as durably as the {@link StorageReport} says.
   */
  exec(sql: SqlText, params?: SqlParameters, options: SqlOptions = {}): Promise<ExecResult> {
    return this.#outsideOfAll(signal => this.#statements.exec(sql, params, { signal }), options);
  }

  /**
   * Runs one statement once with each of many parameters, such as an INSERT for each row of a list. Either all of it is done, or nothing
   * when one of them fails; the error says which. Much faster than as many calls of {@link exec}, because the worker is asked once.
   * @param rows an array or anything else to iterate over. Many rows are packed in parts, between which other tasks of the page run: leave them
   * as they are until the call is done.
   * @returns the changes of all runs together.
   */
  execMany(sql: SqlText, rows: Iterable<SqlParameters>, options: SqlOptions = {}): Promise<ExecResult> {
    return this.#outsideOfAll(signal => this.#statements.execMany(sql, rows, { signal }), options);
  }

  /**
   * Runs one statement and returns its rows as objects by column name.
   *
   * The names are the columns' own or those given with `AS`. Two columns of the same name are an error, because an object has room for one
   * of them; nothing is changed then. With the option `rows: 'array'` the rows come as arrays, together with the names of the columns,
   * which may then be equal. Text that is not valid UTF-8 is returned with U+FFFD in the place of the invalid bytes.
   * @typeParam T the shape of a row; a claim of the caller that nothing checks.
   */
  query<T extends unknown[] = SqlValue[]>(sql: SqlText, params: SqlParameters | undefined, options: SqlOptions & ArrayRows): Promise<ArrayResult<T>>;
  query<T extends object = Row>(sql: SqlText, params?: SqlParameters, options?: SqlOptions): Promise<T[]>;
  async query(sql: SqlText, params?: SqlParameters, options: SqlOptions & Partial<ArrayRows> = {}): Promise<unknown> {
    const asArrays = wantsArrays(options);
    return await readRows(await this.#query(sql, params, options, !asArrays), asArrays);
  }

  /** Runs one statement as {@link query} does, but no further than its first row. Returns that, or `undefined` when there is none. */
  queryOne<T extends unknown[] = SqlValue[]>(
    sql: SqlText,
    params: SqlParameters | undefined,
    options: SqlOptions & ArrayRows,
  ): Promise<ArrayRow<T> | undefined>;
  queryOne<T extends object = Row>(sql: SqlText, params?: SqlParameters, options?: SqlOptions): Promise<T | undefined>;
  async queryOne(sql: SqlText, params?: SqlParameters, options: SqlOptions & Partial<ArrayRows> = {}): Promise<unknown> {
    const asArrays = wantsArrays(options);
    return readEach(await this.#query(sql, params, options, !asArrays, 1), asArrays)[0];
  }

  /**
   * Runs one statement of any kind, for programs that do not know what it is, such as query builders: returns its rows as arrays, which are
   * empty when it returns none, with the names of the columns, and says what it changed.
   * @typeParam T the shape of a row; a claim of the caller that nothing checks.
   */
  async run<T extends unknown[] = SqlValue[]>(sql: SqlText, params?: SqlParameters, options: SqlOptions = {}): Promise<StatementResult<T>> {
    return await readResult<T>(await this.#query(sql, params, options, false));
  }

  /**
   * Runs one statement that only reads, and hands out its rows while it runs, so that a result may be larger than the page's memory:
   *
   * ```ts
   * for await (const row of db.stream('SELECT * FROM log')) ...
   * ```
   *
   * The worker reads ahead by one batch of about 128 KiB and no further. Until the last row is read or the loop is left, other tabs cannot
   * write to the database. So a stream from which no row is taken for `streamLimitMs` is closed, and fails with an error of kind `timeout`.
   * The same page may write to the database meanwhile; whether the stream then returns rows that were changed after it began is
   * [not defined](https://sqlite.org/isolation.html).
   */
  stream<T extends unknown[] = SqlValue[]>(
    sql: SqlText,
    params: SqlParameters | undefined,
    options: SqlOptions & ArrayRows,
  ): AsyncGenerator<ArrayRow<T>, void, void>;
  stream<T extends object = Row>(sql: SqlText, params?: SqlParameters, options?: SqlOptions): AsyncGenerator<T, void, void>;
  stream(sql: SqlText, params?: SqlParameters, options: SqlOptions & Partial<ArrayRows> = {}): AsyncGenerator<unknown, void, void> {
    const asArrays = wantsArrays(options);
    const open = async () => {
      const { first, source } = await this.#outsideOfAll(signal => this.#statements.stream(sql, params, { signal }, !asArrays), options);
      return {
        first,
        source: { next: (buffer: ArrayBuffer) => this.#goOn(signal => source.next(buffer, signal), options), close: () => source.close() },
      };
    };
    return streamRows(open, asArrays, this.#context.streamLimitMs);
  }

  /** Checks one statement without running it, and says what it takes and returns. */
  async prepare(sql: string, options: SqlOptions = {}): Promise<PreparedStatement> {
    return new PreparedStatement(this, sql, await this.#outsideOfAll(signal => this.#statements.describe(sql, { signal }), options));
  }

  /**
   * Calls a listener after every commit that has changed one of the watched tables, in this tab or in another one.
   *
   * Commits that follow each other closely may be told by one call. Tables that a trigger might have changed are told too, even if it did
   * not. After the page was frozen or kept for the back button, or its worker has died, every listener is called, because changes may have
   * been missed.
   * @param target the names of tables or views, or a query: then the tables that it reads are watched. They are found out now: after a view
   * was defined anew, watch again.
   * @param options their `signal` ends it, like the returned function and {@link close}.
   * @returns a function that ends it.
   */
  async watch(target: string | readonly string[], listener: ChangeListener, options: SqlOptions = {}): Promise<() => void> {
    if (typeof listener !== 'function') throw usageError('watch needs a function to call.');
    const { watches } = this.#context;
    const { file, tables } = await this.#outsideOfAll(signal => this.#statements.watch(queryOf(target), { signal }), options);
    this.#check(options.signal);
    this.#statements.onWatchResumed = () => watches.tell(file, [ANY_TABLE]);
    const remove = watches.add({ file, tables, listener, resume: () => this.#statements.resumeWatching() });
    const stop = () => {
      remove();
      this.#stops.delete(stop);
      options.signal?.removeEventListener('abort', stop);
    };
    this.#stops.add(stop);
    options.signal?.addEventListener('abort', stop);
    return stop;
  }

  /**
   * Runs `callback` in a transaction that may write (`BEGIN IMMEDIATE`): commits when it returns, rolls back when it throws, and then
   * throws the same error. It waits for calls that still run when the callback returns. If one of them fails, or one that was not awaited,
   * the transaction is rolled back and that error is thrown.
   *
   * It waits for other tabs before it begins, and then keeps them out. Where SQLite still finds the database locked, the whole transaction is
   * rolled back and repeated for up to `transactionTimeoutMs`. So the callback may be called more than once: do not do anything in it that must
   * not happen twice.
   *
   * Inside the callback use only the transaction that it is given. A call on the database itself waits for the end of the transaction, so
   * awaiting it inside the callback is a mistake: it is refused with kind `usage` when it was made right after a call of the transaction, and
   * the callback has then done nothing for a second; otherwise the callback waits until the limit. A callback that has not ended after `transactionLimitMs` is cut off:
   * the transaction is rolled back, its further calls fail, and the error is of kind `timeout`.
   * @returns what the callback returns, once the commit is stored as durably as the {@link StorageReport} says.
   */
  async transaction<T>(callback: (transaction: Transaction) => T | PromiseLike<T>, options: SqlOptions = {}): Promise<T> {
    if (typeof callback !== 'function') throw usageError('A transaction needs a function to run.');
    const turn: Turn = { kept: undefined };
    try {
      return await retry(() => this.#attemptTransaction(callback, options, turn), this.#context.transactionTimeoutMs, options.signal);
    } finally {
      if (turn.kept && this.#statements.isOpen) await this.#statements.rollback(turn.kept);
    }
  }

  /**
   * Closes the database after the calls that were already made. A transaction that is going on is rolled back and fails, and so do calls
   * that wait for its end. Closing twice does nothing. The worker keeps the files for ten seconds, so
   * that the next open is quick, unless another tab wants them.
   */
  async close(): Promise<void> {
    this.#stops.forEach(stop => stop());
    const closing = this.#statements.close();
    this.#closed.abort(this.#statements.closedError());
    await closing;
  }

  #query(sql: SqlText, params: SqlParameters | undefined, options: SqlOptions, byName: boolean, limit?: number): Promise<QueryResult> {
    return this.#outsideOfAll(signal => this.#statements.query(sql, params, { signal }, byName, limit), options);
  }

  /** Makes a call that belongs to no transaction. */
  #outsideOfAll<T>(call: (signal: AbortSignal | undefined) => Promise<T>, options: SqlOptions): Promise<T> {
    const post = (signal: AbortSignal | undefined) => {
      this.#check(signal);
      return call(signal);
    };
    return this.#outside.make(post, options.signal);
  }

  /** Goes on with a stream, which waits only for a transaction of this connection. */
  async #goOn<T>(call: (signal: AbortSignal | undefined) => Promise<T>, options: SqlOptions): Promise<T> {
    if (this.#isInTransaction) return await this.#outsideOfAll(call, options);
    this.#check(options.signal);
    return await call(options.signal);
  }

  #check(signal: AbortSignal | undefined): void {
    this.#statements.checkOpen();
    signal?.throwIfAborted();
  }

  async #attemptTransaction<T>(callback: (transaction: Transaction) => T | PromiseLike<T>, options: SqlOptions, turn: Turn): Promise<T> {
    const again = turn.kept !== undefined;
    const begin = (signal: AbortSignal | undefined) => {
      turn.kept = undefined;
      return this.#statements.begin({ again }, { signal });
    };
    const session = await this.#outsideOfAll(begin, options);
    const watch = new CallbackWatch();
    const transaction = new Transaction(this.#statements, session, options, this.#context.streamLimitMs, watch);
    try {
      this.#closed.signal.throwIfAborted();
      this.#outside.callback = watch;
      this.#isInTransaction = true;
      void watch.enter();
      const hint = () => (this.#outside.areAwaited ? ` ${USE_TX}` : '');
      const result = await withLimit(callback(transaction), this.#context.transactionLimitMs, this.#closed.signal, hint);
      const failure = await transaction.end();
      if (failure !== undefined) throw failure;
      options.signal?.throwIfAborted();
      await this.#statements.commit(session);
      return result;
    } catch (error) {
      transaction.undo(error);
      await transaction.end();
      if (await this.#rollback(session, error)) turn.kept = session;
      throw error;
    } finally {
      this.#isInTransaction = false;
    }
  }

  /**
   * Rolls back, unless the database is closed, which has rolled back already.
   * @returns whether the turn is kept, because the transaction may be repeated.
   */
  async #rollback(session: Session, reason: unknown): Promise<boolean> {
    if (!this.#statements.isOpen) return false;
    const again = isLocked(reason);
    try {
      await this.#statements.rollback(session, again);
    } catch (error) {
      if (error instanceof Error) error.cause = reason;
      throw error;
    }
    return again;
  }
}

/** Makes a query that names each table; a table that does not exist is an error of that query. */
function queryOf(target: string | readonly string[]): string {
  if (typeof target === 'string') return target;
  if (!Array.isArray(target) || target.length === 0 || !target.every(name => typeof name === 'string'))
    throw usageError('watch takes the names of tables as an array, or a query as a string.');
  return target.map(name => `SELECT 1 FROM main."${name.replaceAll('"', '""')}"`).join(' UNION ALL ');
}
