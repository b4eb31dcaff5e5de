import type { SqlOptions } from './calls';
import type { ExecResult, StatementDescription } from '../../Protocol/protocol';
import type { ArrayResult, ArrayRow, ArrayRows, StatementResult } from './rows';
import type { Row, SqlParameters, SqlText, SqlValue } from './values';

/** Runs the calls of prepared statements. */
export interface StatementRunner {
  exec(sql: SqlText, params?: SqlParameters, options?: SqlOptions): Promise<ExecResult>;
  execMany(sql: SqlText, rows: Iterable<SqlParameters>, options?: SqlOptions): Promise<ExecResult>;
  query(sql: SqlText, params?: SqlParameters, options?: SqlOptions): Promise<unknown>;
  queryOne(sql: SqlText, params?: SqlParameters, options?: SqlOptions): Promise<unknown>;
  run<T extends unknown[]>(sql: SqlText, params?: SqlParameters, options?: SqlOptions): Promise<StatementResult<T>>;
  stream(sql: SqlText, params?: SqlParameters, options?: SqlOptions): AsyncGenerator<unknown, void, void>;
}

/**
 * A checked statement, with its columns and parameters; {@link Database.prepare} gives it. Every call that takes SQL takes it too, for
 * example inside transactions. It needs no end: the worker keeps the last used statements of a database compiled, prepared or not, and
 * compiles the others again when they are used.
 */
export class PreparedStatement {
  /** The SQL of the statement. */
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

  /** Runs it for its effect, as {@link Database.exec} does. */
  exec(params: SqlParameters = [], options?: SqlOptions): Promise<ExecResult> {
    return this.#runner.exec(this, params, options);
  }

  /** Runs it once with each of many parameters, as {@link Database.execMany} does. */
  execMany(rows: Iterable<SqlParameters>, options?: SqlOptions): Promise<ExecResult> {
    return this.#runner.execMany(this, rows, options);
  }

  /** Runs it and returns its rows, as {@link Database.query} does. */
  query<T extends unknown[] = SqlValue[]>(params: SqlParameters | undefined, options: SqlOptions & ArrayRows): Promise<ArrayResult<T>>;
  query<T extends object = Row>(params?: SqlParameters, options?: SqlOptions): Promise<T[]>;
  query(params?: SqlParameters, options?: SqlOptions): Promise<unknown> {
    return this.#runner.query(this, params, options);
  }

  /** Runs it and returns its first row, as {@link Database.queryOne} does. */
  queryOne<T extends unknown[] = SqlValue[]>(params: SqlParameters | undefined, options: SqlOptions & ArrayRows): Promise<ArrayRow<T> | undefined>;
  queryOne<T extends object = Row>(params?: SqlParameters, options?: SqlOptions): Promise<T | undefined>;
  queryOne(params?: SqlParameters, options?: SqlOptions): Promise<unknown> {
    return this.#runner.queryOne(this, params, options);
  }

  /** Runs it, whatever it is, as {@link Database.run} does. */
  run<T extends unknown[] = SqlValue[]>(params?: SqlParameters, options?: SqlOptions): Promise<StatementResult<T>> {
    return this.#runner.run<T>(this, params, options);
  }

  /** Runs it and hands out its rows meanwhile, as {@link Database.stream} does. */
  stream<T extends unknown[] = SqlValue[]>(
    params: SqlParameters | undefined,
    options: SqlOptions & ArrayRows,
  ): AsyncGenerator<ArrayRow<T>, void, void>;
  stream<T extends object = Row>(params?: SqlParameters, options?: SqlOptions): AsyncGenerator<T, void, void>;
  stream(params?: SqlParameters, options?: SqlOptions): AsyncGenerator<unknown, void, void> {
    return this.#runner.stream(this, params, options);
  }
}
