import type { CallbackWatch } from './callbackWatch';
import type { SqlOptions } from './calls';
import { usageError } from '../../Protocol/errors';
import type { ExecResult } from '../../Protocol/protocol';
import { decodeRows } from '../../Protocol/rowReader';
import type { Statements } from './statements';
import { type BatchSource, streamRows } from './stream';
import type { Row, SqlParameters, SqlText } from './values';

/**
 * A transaction that is going on; what {@link Database.transaction} gives to its callback. Usable until the callback ends. It has no
 * `transaction` of its own, because SQLite's transactions do not nest; for a part that may fail alone use `SAVEPOINT`.
 */
export class Transaction {
  readonly #statements: Statements;
  readonly #options: SqlOptions;
  readonly #streamLimitMs: number;
  readonly #watch: CallbackWatch;
  readonly #running = new Set<Promise<unknown>>();
  readonly #failures: { call: Call<unknown>; reason: unknown }[] = [];
  readonly #streams = new Set<BatchSource>();
  #ended = false;

  /** @internal */
  constructor(statements: Statements, options: SqlOptions, streamLimitMs: number, watch: CallbackWatch) {
    this.#statements = statements;
    this.#options = options;
    this.#streamLimitMs = streamLimitMs;
    this.#watch = watch;
  }

  /** Runs SQL for its effect inside the transaction, like {@link Database.exec}. */
  exec(sql: SqlText, params?: SqlParameters): Promise<ExecResult> {
    return this.#run(() => this.#statements.exec(sql, params, true, this.#options));
  }

  /** Runs a statement with each of many parameters, like {@link Database.execMany}. A failure undoes its changes, not the transaction. */
  execMany(sql: SqlText, rows: Iterable<SqlParameters>): Promise<ExecResult> {
    return this.#run(() => this.#statements.execMany(sql, rows, true, this.#options));
  }

  /** Returns the rows of a statement inside the transaction, like {@link Database.query}. */
  query<T extends object = Row>(sql: SqlText, params?: SqlParameters): Promise<T[]> {
    return this.#run(async () => decodeRows(await this.#statements.query(sql, params, true, this.#options)) as T[]);
  }

  /** Returns the first row of a statement inside the transaction, like {@link Database.queryOne}. */
  queryOne<T extends object = Row>(sql: SqlText, params?: SqlParameters): Promise<T | undefined> {
    return this.#run(async () => decodeRows(await this.#statements.query(sql, params, true, this.#options, 1))[0] as T | undefined);
  }

  /** Hands out rows inside the transaction, with which the stream ends, like {@link Database.stream}. */
  stream<T extends object = Row>(sql: SqlText, params?: SqlParameters): AsyncGenerator<T, void, void> {
    return streamRows<T>(async () => {
      const { first, source } = await this.#run(() => this.#statements.stream(sql, params, true, this.#options));
      this.#streams.add(source);
      return { first, source: { next: buffer => this.#run(() => source.next(buffer)), close: () => this.#close(source) } };
    }, this.#streamLimitMs);
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

  async #close(source: BatchSource): Promise<void> {
    if (this.#streams.delete(source)) await source.close();
  }

  #run<T>(work: () => Promise<T>): Promise<T> {
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
