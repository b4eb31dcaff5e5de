import { WorkerConnection } from './connection.js';
import { Database } from './database.js';
import type { IsarStorageError } from './errors.js';
import type { DatabaseEntry, Diagnostics, StartOptions, StorageReport } from './protocol.js';
import { CallQueue } from './queue.js';
import { Statements } from './statements.js';

/** What {@link IsarStorage.start} can be told; everything has a default. */
export interface IsarStorageOptions {
  /**
   * Where the worker's script is, absolute or relative to the page. Its other files (runtime, assemblies, `sqlite3.wasm`) stand beside it.
   * The default is `isar-worker.js` beside the client's script; set it when a bundler moves the client's script elsewhere.
   */
  workerUrl?: string | URL;

  /** The directory that holds the databases; `":memory:"` keeps everything in memory. The default is `isar-storage`. */
  directory?: string;

  /** The name of the backend to use, such as `opfs` or `memory`. The default is the first that the worker was built with. */
  backend?: string;

  /** Whether nothing is stored and every database lives in memory until the worker stops. The default is `false`. */
  memoryOnly?: boolean;

  /**
   * How long {@link IsarStorage.open} waits for files that somebody else still holds, such as a page that is being closed, in
   * milliseconds: 0 (do not wait) to 600000. The default is 15000.
   */
  openTimeoutMs?: number;
}

/**
 * SQLite databases in the browser's storage, run by a worker. Every method rejects with an {@link IsarStorageError}; once the worker
 * has died or was stopped, that error says so.
 */
export class IsarStorage {
  readonly #connection: WorkerConnection;
  readonly #queues: Map<string, CallQueue>;

  private constructor(connection: WorkerConnection, queues: Map<string, CallQueue>) {
    this.#connection = connection;
    this.#queues = queues;
  }

  /**
   * Starts a worker and waits until it is ready. Each call starts another worker; a page needs one.
   * @throws IsarStorageError of kind `worker` when the worker cannot be loaded or started, `version` when it belongs to another version of
   * this client, `usage` when an option is wrong, such as a backend that the worker does not have.
   */
  static async start(options: IsarStorageOptions = {}): Promise<IsarStorage> {
    const { workerUrl = new URL('./isar-worker.js', import.meta.url), ...startOptions } = options;
    const queues = new Map<string, CallQueue>();
    const onEnd = (error: IsarStorageError) => queues.forEach(queue => queue.rejectAll(error));
    return new IsarStorage(await WorkerConnection.start(String(workerUrl), onlyKnown(startOptions), onEnd), queues);
  }

  /**
   * Opens a database and creates it if it does not exist. Each call opens another connection; calls of all of them wait for each
   * other's transactions.
   * @param name such as `notes.db` or `notes/2026.db`; a path of at most 388 bytes with `/` between its parts.
   */
  async open(name: string): Promise<Database> {
    const id = await this.#connection.request('open', { name });
    return new Database(name, new Statements(this.#connection, name, id), this.#queueOf(name));
  }

  /**
   * Deletes a database with its journals.
   * @returns `false` when it did not exist.
   * @throws IsarStorageError of kind `busy` while it is open.
   */
  async delete(name: string): Promise<boolean> {
    return await this.#connection.request('delete', { name });
  }

  /** Tells whether a database exists. */
  async exists(name: string): Promise<boolean> {
    return await this.#connection.request('exists', { name });
  }

  /** Lists the stored databases, ordered by name. */
  async list(): Promise<DatabaseEntry[]> {
    return await this.#connection.request('list', {});
  }

  /** Reports what storage this page got, why, and what it guarantees. */
  async report(): Promise<StorageReport> {
    return await this.#connection.request('report', {});
  }

  /** Counts what the worker did since it started; for tests and bug reports. */
  async diagnostics(): Promise<Diagnostics> {
    return await this.#connection.request('diagnostics', {});
  }

  /** Ends the worker at once. What was acknowledged is stored; everything that still waits fails with an error of kind `closed`. */
  stop(): void {
    this.#connection.stop();
  }

  #queueOf(name: string): CallQueue {
    let queue = this.#queues.get(name);
    if (!queue)
      this.#queues.set(name, queue = new CallQueue());
    return queue;
  }
}

/** Leaves out what the caller did not set, and what this version does not know. */
function onlyKnown({ directory, backend, memoryOnly, openTimeoutMs }: IsarStorageOptions): StartOptions {
  return Object.fromEntries(Object.entries({ directory, backend, memoryOnly, openTimeoutMs }).filter(([, value]) => value !== undefined));
}
