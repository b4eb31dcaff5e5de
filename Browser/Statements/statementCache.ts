import type { Statement } from './statement';

/** How many compiled statements a connection keeps; each takes a few kilobytes of SQLite's memory. */
const CAPACITY = 64;

/** Longer SQL is compiled each time: it contains its data, so keeping it would cost more than it saves. */
const LONGEST_SQL = 8192;

/** Numbers for the diagnostics, over all connections. */
export const statementCounts = { prepared: 0, reused: 0 };

/** The compiled statements of a connection that are not running, by their SQL; the ones used last are kept. */
export class StatementCache {
  readonly #statements = new Map<string, Statement>();

  /** Takes a statement out, to be run. */
  take(sql: string): Statement | undefined {
    const statement = this.#statements.get(sql);
    if (statement) {
      this.#statements.delete(sql);
      statementCounts.reused++;
    }
    return statement;
  }

  /** Puts a statement in after it has run; of several for the same SQL one is kept. */
  give(sql: string, statement: Statement): void {
    if (sql.length > LONGEST_SQL || this.#statements.has(sql)) {
      statement.finalize();
      return;
    }
    this.#statements.set(sql, statement);
    if (this.#statements.size > CAPACITY) {
      const [oldest, evicted] = this.#statements.entries().next().value!;
      this.#statements.delete(oldest);
      evicted.finalize();
    }
  }

  clear(): void {
    for (const statement of this.#statements.values()) statement.finalize();
    this.#statements.clear();
  }
}
