import type { SqlOptions } from './calls.js';
import type { WorkerConnection } from './connection.js';
import { closedError, usageError } from './errors.js';
import type { ExecResult, StatementFields } from './protocol.js';
import { decodeRows } from './rows.js';
import { type Row, type SqlParameters, toWire } from './values.js';

/** The statements of one open connection, without any order between them. */
export class Statements {
  readonly #connection: WorkerConnection;
  readonly #name: string;
  readonly #database: number;
  #closing: Promise<void> | undefined;

  constructor(connection: WorkerConnection, name: string, database: number) {
    this.#connection = connection;
    this.#name = name;
    this.#database = database;
  }

  get isOpen(): boolean {
    return !this.#closing;
  }

  async exec(sql: string, params: SqlParameters | undefined, transaction: boolean, { signal }: SqlOptions): Promise<ExecResult> {
    const transfer: ArrayBuffer[] = [];
    const fields = this.#fields(sql, params, transaction, transfer);
    return await this.#connection.request('exec', fields, { transfer, signal });
  }

  async execMany(sql: string, rows: readonly SqlParameters[], transaction: boolean, { signal }: SqlOptions): Promise<ExecResult> {
    if (!Array.isArray(rows))
      throw usageError('execMany takes an array with the parameters of each run.');
    const transfer: ArrayBuffer[] = [];
    const fields = this.#fields(sql, undefined, transaction, transfer);
    return await this.#connection.request('exec', { ...fields, rows: rows.map(params => toWire(params, transfer)) }, { transfer, signal });
  }

  async query<T extends object = Row>(
    sql: string, params: SqlParameters | undefined, transaction: boolean, { signal }: SqlOptions,
  ): Promise<T[]> {
    const transfer: ArrayBuffer[] = [];
    const fields = this.#fields(sql, params, transaction, transfer);
    return decodeRows(await this.#connection.request('query', { ...fields, byName: true }, { transfer, signal })) as T[];
  }

  async rollback(): Promise<void> {
    await this.#connection.request('rollback', { database: this.#database });
  }

  close(): Promise<void> {
    this.#closing ??= this.#connection.request('close', { database: this.#database }).then(() => undefined);
    return this.#closing;
  }

  checkOpen(): void {
    if (!this.isOpen)
      throw this.closedError();
  }

  closedError(): Error {
    return closedError(`The database "${this.#name}" was closed.`);
  }

  #fields(sql: string, params: SqlParameters | undefined, transaction: boolean, transfer: ArrayBuffer[]): StatementFields {
    this.checkOpen();
    if (typeof sql !== 'string')
      throw usageError('The SQL of a statement must be a string.');
    return {
      database: this.#database,
      sql,
      ...(params !== undefined && { params: toWire(params, transfer) }),
      ...(transaction && { transaction }),
    };
  }
}
