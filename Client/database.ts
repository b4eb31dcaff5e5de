import type { SqlOptions } from './calls.js';
import { usageError } from './errors.js';
import type { ExecResult } from './protocol.js';
import type { CallQueue } from './queue.js';
import { retry } from './retry.js';
import type { Statements } from './statements.js';
import { Transaction } from './transaction.js';
import type { Row, SqlParameters } from './values.js';

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
  readonly #queue: CallQueue;
  readonly #transactionTimeoutMs: number;

  /** @internal */
  constructor(name: string, statements: Statements, queue: CallQueue, transactionTimeoutMs: number) {
    this.name = name;
    this.#statements = statements;
    this.#queue = queue;
    this.#transactionTimeoutMs = transactionTimeoutMs;
  }

  /**
   * Runs SQL for its effect. Rows that it returns are dropped.
   *
   * Without `params` the SQL may hold several statements. They are not one transaction: when one fails, those before it have been done.
   * @returns once the changes are stored as durably as the {@link StorageReport} says.
   */
  exec(sql: string, params?: SqlParameters, options: SqlOptions = {}): Promise<ExecResult> {
    return this.#inTurn(() => this.#statements.exec(sql, params, false, options), options);
  }

  /**
   * Runs one statement once with each of many parameters, such as an INSERT for each row of a list. Either all of it is done, or nothing
   * when one of them fails; the error says which. Much faster than as many calls of {@link exec}, because the worker is asked once.
   * @returns the changes of all runs together.
   */
  execMany(sql: string, rows: readonly SqlParameters[], options: SqlOptions = {}): Promise<ExecResult> {
    return this.#inTurn(() => this.#statements.execMany(sql, rows, false, options), options);
  }

  /**
   * Runs one statement and returns its rows as objects by column name.
   *
   * The names are the columns' own or what `AS` says. Two columns of one name are an error before the statement runs, because an
   * object has room for one of them. Text that is not valid UTF-8 is returned with U+FFFD in the place of the invalid bytes.
   * @typeParam T the shape of a row; a claim of the caller that nothing checks.
   */
  query<T extends object = Row>(sql: string, params?: SqlParameters, options: SqlOptions = {}): Promise<T[]> {
    return this.#inTurn(() => this.#statements.query<T>(sql, params, false, options), options);
  }

  /**
   * Runs `callback` in a transaction that may write (`BEGIN IMMEDIATE`): commits when it returns, rolls back when it throws, and then
   * throws the same error. Calls that the callback does not await are waited for; if one of them fails, the transaction is rolled back
   * and its error thrown.
   *
   * It waits for other tabs before it begins, and then keeps them out. Where SQLite still finds the database locked, the whole transaction is
   * rolled back and repeated, as long as `transactionTimeoutMs` says: the callback may be called more than once, and what it does outside
   * the database should bear that.
   *
   * Inside the callback use only the transaction that it is given. A call on the database itself waits for the end of the
   * transaction: awaiting it inside the callback waits for ever.
   * @returns what the callback returns, once the commit is stored as durably as the {@link StorageReport} says.
   */
  async transaction<T>(callback: (transaction: Transaction) => T | PromiseLike<T>, options: SqlOptions = {}): Promise<T> {
    if (typeof callback !== 'function')
      throw usageError('A transaction needs a function to run.');
    this.#statements.checkOpen();
    options.signal?.throwIfAborted();
    await this.#queue.enter(this, options.signal);
    try {
      return await retry(() => this.#attemptTransaction(callback, options), this.#transactionTimeoutMs, options.signal);
    } finally {
      this.#queue.leave(this);
    }
  }

  /**
   * Closes the database after the calls that were already made. A transaction that is going on is rolled back: its further calls fail, and
   * so do calls that wait for its end. Closing twice does nothing. The worker keeps the files, so that the next open is quick, until
   * another tab wants them.
   */
  async close(): Promise<void> {
    const closing = this.#statements.close();
    this.#queue.reject(this, this.#statements.closedError());
    try {
      await closing;
    } finally {
      this.#queue.leave(this);
    }
  }

  /** A call that need not wait posts its message at once, so that it stays ahead of a `close` made right after it. */
  async #inTurn<T>(call: () => Promise<T>, { signal }: SqlOptions): Promise<T> {
    this.#statements.checkOpen();
    signal?.throwIfAborted();
    if (!this.#queue.isFree)
      await this.#queue.pass(this, signal);
    return await call();
  }

  async #attemptTransaction<T>(callback: (transaction: Transaction) => T | PromiseLike<T>, options: SqlOptions): Promise<T> {
    await this.#statements.exec('BEGIN IMMEDIATE', undefined, false, options);
    const transaction = new Transaction(this.#statements, options);
    try {
      const result = await callback(transaction);
      const failure = await transaction.end();
      if (failure !== undefined)
        throw failure;
      options.signal?.throwIfAborted();
      await this.#statements.exec('COMMIT', undefined, true, {});
      return result;
    } catch (error) {
      await transaction.end();
      await this.#rollback(error);
      throw error;
    }
  }

  /** Nothing is left to roll back once the database is closed. */
  async #rollback(reason: unknown): Promise<void> {
    if (!this.#statements.isOpen)
      return;
    try {
      await this.#statements.rollback();
    } catch (error) {
      if (error instanceof Error)
        error.cause = reason;
      throw error;
    }
  }
}
