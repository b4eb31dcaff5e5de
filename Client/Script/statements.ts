import { type CallOptions, type SqlOptions, untilAborted } from './calls';
import { onlyReads } from './onlyReads';
import { Order } from './order';
import type { RequestOptions, WorkerConnection } from './workerConnection';
import { closedError, usageError } from '../../Protocol/errors';
import { packRest, packRows } from './packing';
import type {
  ExecResult,
  Fields,
  Method,
  QueryResult,
  Result,
  RunResult,
  StatementDescription,
  StatementFields,
  StreamBatch,
  WatchResult,
} from '../../Protocol/protocol';
import { pathOf } from '../../Protocol/fullNames';
import { decodeRows } from '../../Protocol/rowReader';
import type { BatchSource } from './stream';
import { type SqlParameters, type SqlText, toWire } from './values';
import type { StorageWorker } from './storageWorker';

/** An open database in one worker. A transaction keeps the one that it began on, and ends with it. */
export interface Session {
  connection: WorkerConnection;
  database: number;
  /** The names of the databases that its set-up has attached. */
  attached: readonly string[];
}

/** A transaction, whose calls are posted in an order of their own: none of them waits for calls that wait for its end. */
export interface TransactionSession extends Session {
  order: Order;
}

/** The options of a call on an open database. */
export interface StatementOptions extends CallOptions {
  /** Where the transaction goes on that it belongs to. */
  transaction?: TransactionSession | undefined;
}

/** The methods that run on an open database. */
type SessionMethod = { [M in Method]: Fields<M> extends { database: number } ? M : never }[Method];

/** The statements of one open connection, which are posted in their order. After the worker's death the next one opens it again. */
export class Statements {
  readonly #worker: StorageWorker;
  readonly #name: string;
  readonly #setup: string;
  readonly #order: Order;
  #session: Session;
  #opening: Promise<Session> | undefined;
  #closing: Promise<void> | undefined;
  #watchesChanges = false;

  /** Called when changes are watched again after some may have been missed. */
  onWatchResumed: (() => void) | undefined;

  private constructor(worker: StorageWorker, order: Order, name: string, setup: string, session: Session) {
    this.#worker = worker;
    this.#order = order;
    this.#name = name;
    this.#setup = setup;
    this.#session = session;
  }

  /**
   * @param order that of the calls on all connections to this database.
   * @param setup SQL that is run whenever the database is opened; may be empty.
   */
  static async open(worker: StorageWorker, order: Order, name: string, setup: string, options?: CallOptions): Promise<Statements> {
    return new Statements(worker, order, name, setup, await openSession(worker, name, setup, [], options));
  }

  get isOpen(): boolean {
    return !this.#closing;
  }

  /** Begins a transaction, to which the calls belong that say so. One that the signal has ended, and that begins all the same, is rolled back. */
  async begin(fields: SessionFields<'begin'>, options: StatementOptions): Promise<TransactionSession> {
    this.checkOpen();
    const begin = async (session: Session) => {
      await send(session, 'begin', fields, { ...options, onLate: () => void this.rollback(session).catch(() => {}) });
      return { ...session, order: new Order() };
    };
    // One that has kept its turn is posted at once: others wait for its end.
    return await (fields.again ? this.#with(options, begin) : this.#post(options, begin));
  }

  async commit(transaction: Session): Promise<void> {
    await send(transaction, 'commit', {}, {});
  }

  async exec(sql: SqlText, params: SqlParameters | undefined, options: StatementOptions): Promise<ExecResult> {
    const { transfer, ...fields } = this.#fields(sql, params, options);
    return await this.#request('exec', fields, { ...options, transfer });
  }

  /** @param undone ends it as the signal of the options does. */
  async execMany(sql: SqlText, rows: Iterable<SqlParameters>, options: StatementOptions, undone?: AbortSignal): Promise<ExecResult> {
    if (typeof rows !== 'object' || typeof rows?.[Symbol.iterator] !== 'function')
      throw usageError('execMany takes an array, or something else to iterate over, with the parameters of each run.');
    const { transfer, ...fields } = this.#fields(sql, undefined, options);
    const packing = packRows(rows);
    const first = packing.next();
    const post = (blocks: Uint8Array<ArrayBuffer>[]) => (session: Session) =>
      send(session, 'exec', { ...fields, rows: blocks }, { ...options, transfer: blocks.map(({ buffer }) => buffer) });
    if (first.done) return await this.#post(options, post(first.value));
    const packed = packRest(packing, options.signal, undone);
    return await this.#orderOf(options).post(blocks => this.#with(options, post(blocks)), options.signal, packed);
  }

  /**
   * @param byName whether the columns must differ by name.
   * @param limit how many rows are wanted at most.
   */
  async query(sql: SqlText, params: SqlParameters | undefined, options: StatementOptions, byName: boolean, limit?: number): Promise<QueryResult> {
    const { transfer, ...fields } = this.#fields(sql, params, options);
    return await this.#request('query', { ...fields, byName, ...(limit && { limit }) }, { ...options, transfer });
  }

  /** Runs any number of statements. The parameters are a block as protocol.ts describes it, which is transferred to the worker. */
  async run(fields: SessionFields<'run'> & { parameters: Uint8Array<ArrayBuffer> }, options: StatementOptions): Promise<RunResult> {
    this.checkOpen();
    return await this.#request('run', fields, { ...options, transfer: [fields.parameters.buffer] });
  }

  /** Begins a stream, which ends with its worker. */
  async stream(
    sql: SqlText,
    params: SqlParameters | undefined,
    options: StatementOptions,
    byName: boolean,
  ): Promise<{ first: StreamBatch; source: BatchSource }> {
    const { transfer, ...fields } = this.#fields(sql, params, options);
    const begin = async (session: Session) => {
      const onLate = ({ stream }: StreamBatch) => void (stream !== 0 && send(session, 'closeStream', { stream }, {}).catch(() => {}));
      return { session, first: await send(session, 'stream', { ...fields, byName }, { ...options, transfer, onLate }) };
    };
    const { session, first } = await this.#post(options, begin);
    const rest = { stream: first.stream, ...(fields.transaction && { transaction: true }) };
    return {
      first,
      source: {
        next: async (buffer, signal = options.signal) => {
          this.checkOpen();
          return await send(session, 'next', { ...rest, buffer }, { signal, transfer: [buffer] });
        },
        close: async () => {
          if (first.stream !== 0 && !session.connection.end && this.isOpen) await send(session, 'closeStream', { stream: first.stream }, {});
        },
      },
    };
  }

  async describe(sql: string, options: SqlOptions): Promise<StatementDescription> {
    const { sql: text } = this.#fields(sql, undefined, options);
    return await this.#request('describe', { sql: text }, options);
  }

  async watch(sql: string, options: SqlOptions): Promise<WatchResult> {
    const { sql: text } = this.#fields(sql, undefined, options);
    const result = await this.#request('watch', { sql: text }, options);
    this.#watchesChanges = true;
    return result;
  }

  /** Opens it again if it watches changes and its worker has died. */
  async resumeWatching(): Promise<void> {
    if (this.#watchesChanges && this.isOpen) await this.#live();
  }

  /**
   * Rolls back, unless the worker has died, which has ended the transaction.
   * @param again whether another {@link begin} follows with the same turn.
   */
  async rollback(transaction: Session, again = false): Promise<void> {
    if (!transaction.connection.end) await send(transaction, 'rollback', { again }, {});
  }

  close(): Promise<void> {
    this.#closing ??= this.#order.post(async () => {
      if (!this.#session.connection.end) await send(this.#session, 'close', {}, {});
    });
    return this.#closing;
  }

  checkOpen(): void {
    if (!this.isOpen) throw this.closedError();
  }

  closedError(): Error {
    return closedError(`The database "${this.#name}" was closed.`);
  }

  #fields(
    sql: SqlText,
    params: SqlParameters | undefined,
    { transaction }: StatementOptions,
  ): Omit<StatementFields, 'database'> & { transfer: ArrayBuffer[] } {
    this.checkOpen();
    const text = typeof sql === 'object' ? sql?.sql : sql;
    if (typeof text !== 'string') throw usageError('The SQL of a statement must be a string.');
    const transfer: ArrayBuffer[] = [];
    return { sql: text, ...(params !== undefined && { params: toWire(params, transfer) }), ...(transaction && { transaction: true }), transfer };
  }

  async #request<M extends SessionMethod>(method: M, fields: SessionFields<M>, options: SessionOptions<M>): Promise<Result<M>> {
    return await this.#post(options, session => send(session, method, fields, options));
  }

  /** Posts a message after those of earlier calls. When the worker has died they keep their order while it is opened again. */
  #post<T>(options: StatementOptions, post: (session: Session) => Promise<T>): Promise<T> {
    const { transaction, signal } = options;
    const opened = transaction || !this.#session.connection.end ? undefined : this.#live(signal);
    return this.#orderOf(options).post<T, unknown>(() => this.#with(options, post), signal, opened);
  }

  #orderOf({ transaction }: StatementOptions): Order {
    return transaction ? transaction.order : this.#order;
  }

  /**
   * Posts a message in the session of its transaction, or in that of a living worker: before it returns, and so ahead of a `close` made right after
   * it, unless the worker has died.
   */
  async #with<T>({ transaction, signal }: StatementOptions, post: (session: Session) => Promise<T>): Promise<T> {
    return await post(transaction ?? (this.#session.connection.end ? await this.#live(signal) : this.#session));
  }

  /** Gets the session of a living worker. */
  async #live(signal?: AbortSignal): Promise<Session> {
    if (!this.#session.connection.end) return this.#session;
    const session = await untilAborted((this.#opening ??= this.#reopen()), signal);
    this.checkOpen();
    return session;
  }

  async #reopen(): Promise<Session> {
    try {
      const session = await openSession(this.#worker, this.#name, this.#setup, this.#session.attached);
      if (this.#watchesChanges) await send(session, 'watch', { setup: true }, {});
      if (!this.isOpen) {
        await send(session, 'close', {}, {});
        throw this.closedError();
      }
      this.#session = session;
      this.onWatchResumed?.();
      return session;
    } finally {
      this.#opening = undefined;
    }
  }
}

/** The methods that run SQL of any kind, and those of which nothing is left when their result is dropped. */
const RUNS: ReadonlySet<Method> = new Set(['exec', 'query', 'run']);
const LEAVES_NOTHING: ReadonlySet<Method> = new Set(['begin', 'describe', 'next', 'stream']);

/** The fields of a method without its database. */
type SessionFields<M extends SessionMethod> = Omit<Fields<M>, 'database'>;
type SessionOptions<M extends SessionMethod> = StatementOptions & RequestOptions<Result<M>>;

/** @param attached the databases that the set-up attaches, as far as that is known: a worker attaches only what was opened in it. */
async function openSession(worker: StorageWorker, name: string, setup: string, attached: readonly string[], options?: CallOptions): Promise<Session> {
  const connection = worker.current ?? (await worker.revive(options?.signal));
  const session = { connection, database: await connection.request('open', { name }, options), attached };
  if (setup === '') return session;
  try {
    await withOpened(connection, attached, () => send(session, 'exec', { sql: setup, setup: true }, { signal: options?.signal }));
    return /\battach\b/i.test(setup) ? { ...session, attached: await readAttached(session) } : session;
  } catch (error) {
    await send(session, 'close', {}, {});
    throw error;
  }
}

/** Runs an action while other databases are open. One that cannot be opened makes the action fail if it needs it. */
async function withOpened(connection: WorkerConnection, names: readonly string[], action: () => Promise<unknown>): Promise<void> {
  const openings = await Promise.allSettled(names.map(name => connection.request('open', { name })));
  try {
    await action();
  } finally {
    const opened = openings.flatMap(opening => (opening.status === 'fulfilled' ? [opening.value] : []));
    await Promise.all(opened.map(database => connection.request('close', { database })));
  }
}

async function readAttached(session: Session): Promise<string[]> {
  const sql = "SELECT file FROM pragma_database_list WHERE seq > 1 AND file <> ''";
  const files = await send(session, 'query', { sql, setup: true }, {});
  return decodeRows(files).map(({ file }) => pathOf(file as string));
}

async function send<M extends SessionMethod>(
  { connection, database }: Session,
  method: M,
  fields: Omit<Fields<M>, 'database'>,
  options: RequestOptions<Result<M>>,
): Promise<Result<M>> {
  const canDrop = () => LEAVES_NOTHING.has(method) || (RUNS.has(method) && onlyReads((fields as StatementFields).sql));
  return await connection.request(method, { ...fields, database } as Fields<M>, { ...options, canDrop });
}
