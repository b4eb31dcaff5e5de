import type { SqlOptions } from './calls';
import type { ExecResult, StatementDescription } from '../../Protocol/protocol';
import type { Row, SqlParameters, SqlText } from './values';

/** Runs what a prepared statement is asked for. */
export interface StatementRunner {
  exec(sql: SqlText, params?: SqlParameters, options?: SqlOptions): Promise<ExecResult>;
  execMany(sql: SqlText, rows: Iterable<SqlParameters>, options?: SqlOptions): Promise<ExecResult>;
  query<T extends object = Row>(sql: SqlText, params?: SqlParameters, options?: SqlOptions): Promise<T[]>;
  queryOne<T extends object = Row>(sql: SqlText, params?: SqlParameters, options?: SqlOptions): Promise<T | undefined>;
  stream<T extends object = Row>(sql: SqlText, params?: SqlParameters, options?: SqlOptions): AsyncGenerator<T, void, void>;
}

/**
 * A statement that was checked, and of which it is known what it takes and returns; {@link Database.prepare} gives it. It needs no end: the
 * worker keeps the statements of a database that were used last compiled, whether or not they were prepared, and compiles one again that it
 * does not have any more. Every call that takes SQL takes it too, inside transactions for example.
 */
export class PreparedStatement {
  /** Its SQL. */
  readonly sql: string;

  /** The names of the columns that it returned when it was prepared; empty for a statement that returns nothing. */
  readonly columns: readonly string[];

  /** The names of its parameters with their prefix, `null` for those without a name. */
  readonly parameters: readonly (string | null)[];

  /** Whether running it leaves the database as it is. */
  readonly readOnly: boolean;

  readonly #runner: StatementRunner;

  /** @internal */
  constructor(runner: StatementRunner, sql: string, { columns, parameters, readOnly }: StatementDescription) {
    this.#runner = runner;
    this.sql = sql;
    this.columns = columns;
    this.parameters = parameters;
    this.readOnly = readOnly;
  }

  /** As {@link Database.exec}. */
  exec(params: SqlParameters = [], options?: SqlOptions): Promise<ExecResult> {
    return this.#runner.exec(this, params, options);
  }

  /** As {@link Database.execMany}. */
  execMany(rows: Iterable<SqlParameters>, options?: SqlOptions): Promise<ExecResult> {
    return this.#runner.execMany(this, rows, options);
  }

  /** As {@link Database.query}. */
  query<T extends object = Row>(params?: SqlParameters, options?: SqlOptions): Promise<T[]> {
    return this.#runner.query<T>(this, params, options);
  }

  /** As {@link Database.queryOne}. */
  queryOne<T extends object = Row>(params?: SqlParameters, options?: SqlOptions): Promise<T | undefined> {
    return this.#runner.queryOne<T>(this, params, options);
  }

  /** As {@link Database.stream}. */
  stream<T extends object = Row>(params?: SqlParameters, options?: SqlOptions): AsyncGenerator<T, void, void> {
    return this.#runner.stream<T>(this, params, options);
  }
}
