import type { SqlOptions } from './calls';
import type { Database } from './database';
import type { ExecResult, StatementDescription } from '../../Protocol/protocol';
import type { Row, SqlParameters } from './values';

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

  readonly #database: Database;

  /** @internal */
  constructor(database: Database, sql: string, { columns, parameters, readOnly }: StatementDescription) {
    this.#database = database;
    this.sql = sql;
    this.columns = columns;
    this.parameters = parameters;
    this.readOnly = readOnly;
  }

  /** As {@link Database.exec}. */
  exec(params: SqlParameters = [], options?: SqlOptions): Promise<ExecResult> {
    return this.#database.exec(this, params, options);
  }

  /** As {@link Database.execMany}. */
  execMany(rows: Iterable<SqlParameters>, options?: SqlOptions): Promise<ExecResult> {
    return this.#database.execMany(this, rows, options);
  }

  /** As {@link Database.query}. */
  query<T extends object = Row>(params?: SqlParameters, options?: SqlOptions): Promise<T[]> {
    return this.#database.query<T>(this, params, options);
  }

  /** As {@link Database.queryOne}. */
  queryOne<T extends object = Row>(params?: SqlParameters, options?: SqlOptions): Promise<T | undefined> {
    return this.#database.queryOne<T>(this, params, options);
  }

  /** As {@link Database.stream}. */
  stream<T extends object = Row>(params?: SqlParameters, options?: SqlOptions): AsyncGenerator<T, void, void> {
    return this.#database.stream<T>(this, params, options);
  }
}
