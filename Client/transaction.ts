import type { SqlOptions } from './calls.js';
import { usageError } from './errors.js';
import type { ExecResult } from './protocol.js';
import type { Statements } from './statements.js';
import type { Row, SqlParameters } from './values.js';

/**
 * A transaction that is going on; what {@link Database.transaction} gives to its callback. Usable until the callback ends. It has no
 * `transaction` of its own, because SQLite's transactions do not nest; for a part that may fail alone use `SAVEPOINT`.
 */
export class Transaction {
  readonly #statements: Statements;
  readonly #options: SqlOptions;
  readonly #running = new Set<Promise<unknown>>();
  #ended = false;

  /** @internal */
  constructor(statements: Statements, options: SqlOptions) {
    this.#statements = statements;
    this.#options = options;
  }

  /** Like {@link Database.exec}, inside the transaction. */
  exec(sql: string, params?: SqlParameters): Promise<ExecResult> {
    return this.#run(() => this.#statements.exec(sql, params, true, this.#options));
  }

  /** Like {@link Database.execMany}, inside the transaction. When it fails the transaction goes on without any of its changes. */
  execMany(sql: string, rows: readonly SqlParameters[]): Promise<ExecResult> {
    return this.#run(() => this.#statements.execMany(sql, rows, true, this.#options));
  }

  /** Like {@link Database.query}, inside the transaction. */
  query<T extends object = Row>(sql: string, params?: SqlParameters): Promise<T[]> {
    return this.#run(() => this.#statements.query<T>(sql, params, true, this.#options));
  }

  /**
   * Ends it for the caller, and waits for calls that were not awaited.
   * @returns the first error among them; nobody else may ever see it.
   * @internal
   */
  async end(): Promise<unknown> {
    this.#ended = true;
    const results = await Promise.allSettled(this.#running);
    return results.find(result => result.status === 'rejected')?.reason;
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
