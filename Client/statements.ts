import type { WorkerConnection } from './connection';
import { closedError, usageError } from './errors';
import type { ExecResult, StatementFields } from './protocol';
import { decodeRows } from './rows';
import { type Row, type SqlParameters, toWire } from './values';

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

  async exec(sql: string, params: SqlParameters | undefined, transaction: boolean): Promise<ExecResult> {
    const [fields, transfer] = this.#prepare(sql, params, transaction);
    return await this.#connection.request('exec', fields, transfer);
  }

  async query<T extends object = Row>(sql: string, params: SqlParameters | undefined, transaction: boolean): Promise<T[]> {
    const [fields, transfer] = this.#prepare(sql, params, transaction);
    return decodeRows(await this.#connection.request('query', { ...fields, byName: true }, transfer)) as T[];
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

  #prepare(sql: string, params: SqlParameters | undefined, transaction: boolean): [StatementFields, Transferable[]] {
    this.checkOpen();
    if (typeof sql !== 'string')
      throw usageError('The SQL of a statement must be a string.');
    const fields: StatementFields = { database: this.#database, sql };
    if (transaction)
      fields.transaction = true;
    if (params === undefined)
      return [fields, []];
    const posted = toWire(params);
    return [{ ...fields, params: posted.params }, posted.transfer];
  }
}
