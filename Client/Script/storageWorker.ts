import { type CallOptions, untilAborted } from './calls';
import { type ConnectionEvents, type StartLimits, stoppedError, WorkerConnection, type WorkerUrl } from './workerConnection';
import type { IsarStorageError } from '../../Protocol/errors';
import type { Fields, Method, Result, StartOptions } from '../../Protocol/protocol';

/** A worker that dies sooner is not replaced without a call: it might die again and again. */
const SHORT_LIFE_MS = 10_000;

/** The events of a storage's workers. */
export interface WorkerEvents extends Omit<ConnectionEvents, 'onEnd'> {
  /** Another worker runs in the place of one that died. */
  onRestart: (reason: IsarStorageError) => void;
  /** Whether the page waits for events, so that a worker is needed even without a call. */
  needsEvents: () => boolean;
}

/** The worker of a storage: when one has died, the next call starts another. */
export class StorageWorker {
  readonly #url: WorkerUrl;
  readonly #options: StartOptions;
  readonly #events: WorkerEvents;
  #connection: WorkerConnection | undefined;
  #startedAt = 0;
  #restarting: Promise<WorkerConnection> | undefined;
  readonly #startTimeoutMs: number;
  readonly #stopping = new AbortController();

  private constructor(url: WorkerUrl, options: StartOptions, events: WorkerEvents, startTimeoutMs: number) {
    this.#url = url;
    this.#options = options;
    this.#events = events;
    this.#startTimeoutMs = startTimeoutMs;
  }

  /** @param limits the signal is that of this start; the time is that of each later one too. */
  static async start(url: WorkerUrl, options: StartOptions, events: WorkerEvents, { startTimeoutMs, signal }: StartLimits): Promise<StorageWorker> {
    const worker = new StorageWorker(url, options, events, startTimeoutMs);
    worker.#connection = await worker.#launch(signal);
    return worker;
  }

  /** The connection to the living worker, or to one that the page has stopped: its calls fail. `undefined` after a death. */
  get current(): WorkerConnection | undefined {
    return this.#connection!.end && !this.#isStopped ? undefined : this.#connection;
  }

  /** Starts another worker in the place of the one that has died. The signal ends only the wait for it. */
  revive(signal?: AbortSignal): Promise<WorkerConnection> {
    return untilAborted((this.#restarting ??= this.#restart(this.#connection!.end!)), signal);
  }

  /** Sends a request that belongs to no database. The message is posted before this returns, unless the worker has died. */
  async request<M extends Method>(method: M, fields: Fields<M>, options?: CallOptions & { transfer?: ArrayBuffer[] }): Promise<Result<M>> {
    return await (this.current ?? (await this.revive(options?.signal))).request(method, fields, options);
  }

  /** The connection to a worker that lives, which is started if need be. */
  async connect(signal: AbortSignal | undefined): Promise<WorkerConnection> {
    return this.current ?? (await this.revive(signal));
  }

  stop(): void {
    this.#stopping.abort(stoppedError());
    this.#connection!.stop();
  }

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #launch(signal: AbortSignal | undefined): Promise<WorkerConnection> {
    const connection = await WorkerConnection.start(
      this.#url,
      this.#options,
      { ...this.#events, onEnd: () => this.#ended() },
      { startTimeoutMs: this.#startTimeoutMs, signal },
    );
    this.#startedAt = performance.now();
    return connection;
  }

  async #restart(reason: IsarStorageError): Promise<WorkerConnection> {
    try {
      this.#connection = await this.#launch(this.#stopping.signal);
      this.#events.onRestart(reason);
      return this.#connection;
    } finally {
      this.#restarting = undefined;
    }
  }

  #ended(): void {
    const isNeeded = this.#connection?.end && !this.#isStopped && this.#events.needsEvents();
    // If that fails, the next call tries it again and gets the error.
    if (isNeeded && performance.now() - this.#startedAt > SHORT_LIFE_MS) this.revive().catch(() => {});
  }
}
