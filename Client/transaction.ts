import type { SqlOptions } from './calls.js';
import { usageError } from './errors.js';
import type { ExecResult } from './protocol.js';
import { decodeRows } from './rows.js';
import type { Statements } from './statements.js';
import { type BatchSource, streamRows } from './stream.js';
import type { Row, SqlParameters, SqlText } from './values.js';

/**
 * A transaction that is going on; what {@link Database.transaction} gives to its callback. Usable until the callback ends. It has no
 * `transaction` of its own, because SQLite's transactions do not nest; for a part that may fail alone use `SAVEPOINT`.
 */
export class Transaction {
  readonly #statements: Statements;
  readonly #options: SqlOptions;
  readonly #streamLimitMs: number;
  readonly #running = new Set<Promise<unknown>>();
  readonly #streams = new Set<BatchSource>();
  #ended = false;

  /** @internal */
  constructor(statements: Statements, options: SqlOptions, streamLimitMs: number) {
    this.#statements = statements;
    this.#options = options;
    this.#streamLimitMs = streamLimitMs;
  }

  /** Like {@link Database.exec}, inside the transaction. */
  exec(sql: SqlText, params?: SqlParameters): Promise<ExecResult> {
    return this.#run(() => this.#statements.exec(sql, params, true, this.#options));
  }

  /** Like {@link Database.execMany}, inside the transaction. When it fails the transaction goes on without any of its changes. */
  execMany(sql: SqlText, rows: Iterable<SqlParameters>): Promise<ExecResult> {
    return this.#run(() => this.#statements.execMany(sql, rows, true, this.#options));
  }

  /** Like {@link Database.query}, inside the transaction. */
  async query<T extends object = Row>(sql: SqlText, params?: SqlParameters): Promise<T[]> {
    return decodeRows(await this.#run(() => this.#statements.query(sql, params, true, this.#options))) as T[];
  }

  /** Like {@link Database.queryOne}, inside the transaction. */
  async queryOne<T extends object = Row>(sql: SqlText, params?: SqlParameters): Promise<T | undefined> {
    return decodeRows(await this.#run(() => this.#statements.query(sql, params, true, this.#options, 1)))[0] as T | undefined;
  }

  /** Like {@link Database.stream}, inside the transaction, with which it ends. */
  stream<T extends object = Row>(sql: SqlText, params?: SqlParameters): AsyncGenerator<T, void, void> {
    return streamRows<T>(async () => {
      const { first, source } = await this.#run(() => this.#statements.stream(sql, params, true, this.#options));
      this.#streams.add(source);
      return { first, source: { next: buffer => this.#run(() => source.next(buffer)), close: () => this.#close(source) } };
    }, this.#streamLimitMs);
  }

  /**
   * Ends it for the caller, and waits for calls that were not awaited.
   * @returns the first error among them; nobody else may ever see it.
   * @internal
   */
  async end(): Promise<unknown> {
    this.#ended = true;
    const results = await Promise.allSettled([...this.#running, ...[...this.#streams].map(source => this.#close(source))]);
    return results.find(result => result.status === 'rejected')?.reason;
  }

  async #close(source: BatchSource): Promise<void> {
    if (this.#streams.delete(source))
      await source.close();
  }

  async #run<T>(call: () => Promise<T>): Promise<T> {
    if (this.#ended)
      throw usageError('The transaction has ended; its calls must be made, and awaited, inside the callback.');
    const running = call();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }
}
