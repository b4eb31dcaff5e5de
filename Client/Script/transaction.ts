import type { CallbackWatch } from './callbackWatch';
import type { SqlOptions } from './calls';
import { usageError } from '../../Protocol/errors';
import type { ExecResult, QueryResult } from '../../Protocol/protocol';
import { type ArrayResult, type ArrayRow, type ArrayRows, readEach, readResult, readRows, type StatementResult, wantsArrays } from './rows';
import type { StatementOptions, Statements, TransactionSession } from './statements';
import { type BatchSource, streamRows } from './stream';
import type { Row, SqlParameters, SqlText, SqlValue } from './values';

/**
 * A transaction that is going on; what {@link Database.transaction} gives to its callback. Usable until the callback ends. It has no
 * `transaction` of its own, because SQLite's transactions do not nest; for a part that may fail alone use `SAVEPOINT`.
 */
export class Transaction {
  readonly #statements: Statements;
  readonly #session: TransactionSession;
  /** Those of the whole transaction. */
  readonly #options: SqlOptions;
  readonly #streamLimitMs: number;
  readonly #watch: CallbackWatch;
  readonly #running = new Set<Promise<unknown>>();
  readonly #failures: { call: Call<unknown>; reason: unknown }[] = [];
  readonly #streams = new Set<BatchSource>();
  readonly #undone = new AbortController();
  #ended = false;

  /** @internal */
  constructor(statements: Statements, session: TransactionSession, options: SqlOptions, streamLimitMs: number, watch: CallbackWatch) {
    this.#statements = statements;
    this.#session = session;
    this.#options = options;
    this.#streamLimitMs = streamLimitMs;
    this.#watch = watch;
  }

  /** Runs SQL for its effect inside the transaction, like {@link Database.exec}. */
  exec(sql: SqlText, params?: SqlParameters, options?: SqlOptions): Promise<ExecResult> {
    return this.#call(() => this.#statements.exec(sql, params, this.#with(options)));
  }

  /** Runs a statement with each of many parameters, like {@link Database.execMany}. A failure undoes its changes, not the transaction. */
  execMany(sql: SqlText, rows: Iterable<SqlParameters>, options?: SqlOptions): Promise<ExecResult> {
    return this.#call(() => this.#statements.execMany(sql, rows, this.#with(options), this.#undone.signal));
  }

  /** Returns the rows of a statement inside the transaction, like {@link Database.query}. */
  query<T extends unknown[] = SqlValue[]>(sql: SqlText, params: SqlParameters | undefined, options: SqlOptions & ArrayRows): Promise<ArrayResult<T>>;
  query<T extends object = Row>(sql: SqlText, params?: SqlParameters, options?: SqlOptions): Promise<T[]>;
  query(sql: SqlText, params?: SqlParameters, options: SqlOptions & Partial<ArrayRows> = {}): Promise<unknown> {
    const asArrays = wantsArrays(options);
    return this.#call(async () => await readRows(await this.#query(sql, params, options, !asArrays), asArrays));
  }

  /** Returns the first row of a statement inside the transaction, like {@link Database.queryOne}. */
  queryOne<T extends unknown[] = SqlValue[]>(
    sql: SqlText,
    params: SqlParameters | undefined,
    options: SqlOptions & ArrayRows,
  ): Promise<ArrayRow<T> | undefined>;
  queryOne<T extends object = Row>(sql: SqlText, params?: SqlParameters, options?: SqlOptions): Promise<T | undefined>;
  queryOne(sql: SqlText, params?: SqlParameters, options: SqlOptions & Partial<ArrayRows> = {}): Promise<unknown> {
    const asArrays = wantsArrays(options);
    return this.#call(async () => readEach(await this.#query(sql, params, options, !asArrays, 1), asArrays)[0]);
  }

  /** Runs a statement of any kind inside the transaction, like {@link Database.run}. */
  run<T extends unknown[] = SqlValue[]>(sql: SqlText, params?: SqlParameters, options?: SqlOptions): Promise<StatementResult<T>> {
    return this.#call(async () => await readResult<T>(await this.#query(sql, params, options, false)));
  }

  /** Hands out rows inside the transaction, with which the stream ends, like {@link Database.stream}. */
  stream<T extends unknown[] = SqlValue[]>(
    sql: SqlText,
    params: SqlParameters | undefined,
    options: SqlOptions & ArrayRows,
  ): AsyncGenerator<ArrayRow<T>, void, void>;
  stream<T extends object = Row>(sql: SqlText, params?: SqlParameters, options?: SqlOptions): AsyncGenerator<T, void, void>;
  stream(sql: SqlText, params?: SqlParameters, options: SqlOptions & Partial<ArrayRows> = {}): AsyncGenerator<unknown, void, void> {
    const asArrays = wantsArrays(options);
    const open = async () => {
      const { first, source } = await this.#call(() => this.#statements.stream(sql, params, this.#with(options), !asArrays));
      this.#streams.add(source);
      return { first, source: { next: (buffer: ArrayBuffer) => this.#call(() => source.next(buffer)), close: () => this.#close(source) } };
    };
    return streamRows(open, asArrays, this.#streamLimitMs);
  }

  /**
   * Ends what is not sent yet, because the transaction is rolled back.
   * @internal
   */
  undo(reason: unknown): void {
    this.#undone.abort(reason);
  }

  /**
   * Refuses further calls, and waits for calls that still run.
   * @returns the error of a call that was not awaited, which would otherwise be lost.
   * @internal
   */
  async end(): Promise<unknown> {
    this.#ended = true;
    this.#watch.end();
    const results = await Promise.allSettled([...this.#running, ...[...this.#streams].map(source => this.#close(source))]);
    return [...results, ...this.#failures.filter(({ call }) => !call.isAwaited)].find(result => 'reason' in result)?.reason;
  }

  #query(sql: SqlText, params: SqlParameters | undefined, options: SqlOptions | undefined, byName: boolean, limit?: number): Promise<QueryResult> {
    return this.#statements.query(sql, params, this.#with(options), byName, limit);
  }

  /** The options of one call: its own signal ends it, and that of the transaction. */
  #with({ signal }: SqlOptions = {}): StatementOptions {
    const own = this.#options.signal;
    return { signal: signal && own ? AbortSignal.any([signal, own]) : (signal ?? own), transaction: this.#session };
  }

  async #close(source: BatchSource): Promise<void> {
    if (this.#streams.delete(source)) await source.close();
  }

  #call<T>(work: () => Promise<T>): Promise<T> {
    if (this.#ended) return Promise.reject(usageError('The transaction has ended; its calls must be made, and awaited, inside the callback.'));
    const running = work();
    const call = new Call<T>((resolve, reject) => running.then(resolve, reject));
    this.#running.add(running);
    this.#watch.note(running);
    running.catch(reason => this.#failures.push({ call, reason })).finally(() => this.#running.delete(running));
    return call;
  }
}

/** A call that knows whether it is awaited. If it is not, its failure becomes that of the transaction. */
class Call<T> extends Promise<T> {
  isAwaited = false;

  constructor(executor: ConstructorParameters<typeof Promise<T>>[0]) {
    super(executor);
    super.then(undefined, () => {});
  }

  /** What `then` returns is an ordinary promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // biome-ignore lint/suspicious/noThenProperty: a promise that notices whether it is awaited.
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.isAwaited = true;
    return super.then(onFulfilled, onRejected);
  }
}
