import { callBack, type CallOptions } from './calls';
import type { Database } from './database';
import { Databases } from './databases';
import { IsarStorageError } from '../../Protocol/errors';
import { type DatabaseExport, exportDatabase, type ImportOptions, importDatabase, type ImportSource } from './transfers';
import { callHandler, type HandlerOptions } from './handlers';
import { checkMilliseconds } from './limits';
import { persist } from './persist';
import type { DatabaseEntry, Diagnostics, StartOptions, StorageQuota, StorageReport } from '../../Protocol/protocol';
import { StorageWorker } from './storageWorker';
import type { WorkerUrl } from './workerConnection';

/** The options of {@link IsarStorage.start}; each has a default. */
export interface IsarStorageOptions {
  /**
   * Where the worker's script is, absolute or relative to the page. Its other files (runtime, assemblies, `sqlite3.wasm`) stand beside it.
   * The default is `isar-worker.js` beside the client's script; set it when a bundler moves the client's script elsewhere. A page that enforces
   * [Trusted Types](https://developer.mozilla.org/docs/Web/API/Trusted_Types_API) gives a `TrustedScriptURL`.
   */
  workerUrl?: WorkerUrl;

  /** The directory that holds the databases; `":memory:"` keeps everything in memory. The default is `isar-storage`. */
  directory?: string;

  /**
   * The names of the backends that databases may live in, such as `['opfs', 'indexeddb']`. A new database is made in the first that is
   * available; an existing one is looked for only where it was made. The default is every persistent backend that the worker was built
   * with, in its order.
   */
  candidates?: readonly string[];

  /**
   * Whether {@link IsarStorage.open} first moves a database to the first candidate that is available, such as OPFS in a browser that did
   * not have it before. The default is `false`.
   */
  migrateOnOpen?: boolean;

  /** Which part of the browser's quota may be used before `onQuotaNearlyUsed` is called: from above 0 to 1. The default is 0.8. */
  quotaWarningRatio?: number;

  /**
   * How many bytes SQLite's temporary files may take in the worker's memory: 0 or more. A statement that needs more fails with code 13. SQLite makes
   * files of temporary data after `PRAGMA temp_store = FILE`. The default is 512 MiB.
   */
  maxTemporaryBytes?: number;

  /**
   * Called when the used part of the quota reaches `quotaWarningRatio`, and again only after it fell below. Checked when databases are
   * opened and after commits, at most every ten seconds.
   */
  onQuotaNearlyUsed?: (quota: StorageQuota) => void;

  /**
   * Called when a commit could not be stored, and was undone, while no call waited for it: one that a handler of your own made after it had
   * answered. The message names the database. Every other commit that is undone rejects its own call.
   */
  onCommitUndone?: (error: IsarStorageError) => void;

  /**
   * Whether a new database gets a write-ahead log (`journal_mode=WAL`) where that is offered, as in OPFS: a commit is one flush then. An existing
   * one keeps what it has. Set it to `false` for databases whose `page_size` you choose: SQLite takes it only as long as nothing was written, which
   * the log's mode is. The default is `true`.
   */
  writeAheadLog?: boolean;

  /** Whether nothing is stored and every database lives in memory until the worker stops. The default is `false`. */
  memoryOnly?: boolean;

  /**
   * How long a worker may take to start, when the storage starts and after the worker has died, in milliseconds: 1 to 86400000, a day. Raise it
   * for slow networks, which need time to load the worker's files. The default is 120000.
   */
  startTimeoutMs?: number;

  /** Ends {@link IsarStorage.start}, which then rejects with the signal's reason. Means nothing to the storage once it has started. */
  signal?: AbortSignal | undefined;

  /**
   * How long {@link IsarStorage.open} waits for files that are still held, perhaps by a page that is being closed, in milliseconds:
   * 0 (do not wait) to 600000. The default is 15000.
   */
  openTimeoutMs?: number;

  /**
   * How long a call waits for a database that another tab uses, in milliseconds: 0 (do not wait) to 600000. The default is 15000.
   */
  leaseTimeoutMs?: number;

  /**
   * How long {@link Database.transaction} repeats a transaction that finds the database locked by another connection, in milliseconds: 0 (not
   * at all) to 600000. Exports, imports and backups wait as long for such a lock. The default is 15000.
   */
  transactionTimeoutMs?: number;

  /**
   * How long the callback of {@link Database.transaction} may take until it is cut off and the transaction rolled back, in milliseconds: 1 to
   * 86400000, a day. The default is 60000.
   */
  transactionLimitMs?: number;

  /**
   * How long a {@link Database.stream} waits for the next row to be taken until it is closed, in milliseconds: 1 to 86400000, a day. The
   * default is 60000.
   */
  streamLimitMs?: number;

  /**
   * Called with the reason when another worker runs because the one before died. Databases are open again, with their `setup`; temporary
   * tables, attached databases and other settings of their connections are gone.
   */
  onRestart?: (reason: IsarStorageError) => void;
}

/** The options of {@link IsarStorage.open}. */
export interface OpenOptions extends CallOptions {
  /**
   * SQL that is run at once, and again whenever the database is opened anew after the worker has died: settings of the connection, such as
   * `PRAGMA recursive_triggers = ON`, or `ATTACH` of a database that this page has open.
   */
  setup?: string;
}

/**
 * SQLite databases in the browser's storage, run by a worker. Every method rejects with an {@link IsarStorageError}. When the worker dies,
 * every call under way fails with an error of kind `worker`, and the next call starts another one; once the storage was stopped, every call
 * fails. A call that its signal has cancelled rejects with the signal's reason.
 */
export class IsarStorage {
  readonly #worker: StorageWorker;
  readonly #databases: Databases;

  private constructor(worker: StorageWorker, databases: Databases) {
    this.#worker = worker;
    this.#databases = databases;
  }

  /**
   * Starts a worker and waits until it is ready. Each call starts another worker; a page needs one.
   * @throws IsarStorageError of kind `worker` when the worker cannot be loaded or started, or has not started after `startTimeoutMs`; the
   * message names the file that is missing. A later call tries again. Of kind `version` when it belongs to another version of
   * this client, `usage` when an option is wrong, such as a backend that the worker does not have.
   */
  static async start(options: IsarStorageOptions = {}): Promise<IsarStorage> {
    const {
      workerUrl = new URL('./isar-worker.js', import.meta.url).href,
      onQuotaNearlyUsed,
      onCommitUndone,
      onRestart,
      signal,
      startTimeoutMs = 120_000,
      transactionLimitMs = 60_000,
      streamLimitMs = 60_000,
      ...startOptions
    } = options;
    const { transactionTimeoutMs = 15_000 } = startOptions;
    checkMilliseconds('transactionTimeoutMs', transactionTimeoutMs, 0, 600_000);
    checkMilliseconds('startTimeoutMs', startTimeoutMs, 1);
    checkMilliseconds('transactionLimitMs', transactionLimitMs, 1);
    checkMilliseconds('streamLimitMs', streamLimitMs, 1);
    const databases = new Databases({ transactionTimeoutMs, transactionLimitMs, streamLimitMs });
    const worker = await StorageWorker.start(
      workerUrl,
      onlyKnown(startOptions),
      {
        onEvent: message => {
          if (message.event === 'quotaNearlyUsed') callBack(onQuotaNearlyUsed, message.quota);
          else if (message.event === 'commitUndone') {
            databases.watches.tellAll();
            callBack(onCommitUndone, new IsarStorageError(message.reason));
          } else if (message.event === 'changed') databases.watches.tell(message.file, message.tables);
        },
        onResume: () => databases.watches.tellAll(),
        onRestart: reason => {
          void databases.watches.resume();
          callBack(onRestart, reason);
        },
        needsEvents: () => !databases.watches.isEmpty,
      },
      { startTimeoutMs, signal },
    );
    return new IsarStorage(worker, databases);
  }

  /**
   * Opens a database and creates it if it does not exist. Each call opens another connection; calls of one connection wait for the
   * transactions of the others.
   * @param name such as `notes.db` or `notes/2026.db`; a path of at most 388 bytes with `/` between its parts.
   * @throws IsarStorageError of kind `unavailable` when the database exists in a backend that is not available now. No empty database is
   * made elsewhere.
   */
  async open(name: string, options: OpenOptions = {}): Promise<Database> {
    const { setup = '', ...callOptions } = options;
    return await this.#databases.open(this.#worker, name, setup, callOptions);
  }

  /**
   * Moves a database to another backend: copies it, checks the copy, and then deletes the old one. When this is broken off, even by the end
   * of the page, one of the two is complete and in use. Does nothing when the database is already there.
   * @param backend the name of the backend to move it to.
   * @throws IsarStorageError of kind `notFound`, of kind `busy` while the database is open, `unavailable` when a backend cannot be used
   * here, `corrupt` when the database does not pass SQLite's integrity check, `full` when there is no space for the copy. The database
   * stays where it was.
   */
  async migrate(name: string, backend: string, options?: CallOptions): Promise<void> {
    await this.#worker.request('migrate', { name, backend }, options);
  }

  /**
   * Gives a database, as it is at one moment, as one ordinary database file. A copy is made in the storage first; only while it is made, other
   * connections cannot write to the database. The copy takes space until the stream has ended.
   * @param options `onProgress` is told of `copying`, and of `exporting` as the stream is read; `signal` ends both.
   * @throws IsarStorageError of kind `notFound`, `busy` when others were in the way for too long, `full` when there is no space for the copy.
   */
  async export(name: string, options?: CallOptions): Promise<DatabaseExport> {
    return await exportDatabase(await this.#worker.connect(options?.signal), name, options);
  }

  /**
   * Replaces the content of a database by that of a file, and creates the database if it does not exist. The whole file is received and
   * checked (header, length, SQLite's integrity check); then one transaction replaces the content. When this is broken off, even by the end
   * of the page, the database has either its old content or that of the file. Open databases, here and in other tabs, see the new content.
   * @param source read to its end; a stream is cancelled when the import fails.
   * @param options `onProgress` is told of `importing`, `verifying` and `replacing`.
   * @throws IsarStorageError of kind `corrupt` when the file is not a valid database, `unavailable` when its schema uses a function, collation,
   * module or text encoding that SQLite does not have here; the message says which. `busy` when others were in the
   * way for too long; `full` when there is no space. The database keeps its old content.
   */
  async import(name: string, source: ImportSource, options?: ImportOptions): Promise<void> {
    await importDatabase(await this.#worker.connect(options?.signal), name, source, options);
  }

  /**
   * Copies a database, as it is at one moment, to another name. If that exists, one transaction replaces its content.
   * @param options `onProgress` is told of `replacing`.
   * @throws IsarStorageError of kind `notFound`, `pathInvalid` when both names are the same, `busy` when others were in the way for too long,
   * `full` when there is no space. The other database keeps its old content.
   */
  async backup(name: string, target: string, options?: CallOptions): Promise<void> {
    await this.#worker.request('backup', { name, target }, options);
  }

  /**
   * Deletes a database with its journals.
   * @returns `false` when it did not exist.
   * @throws IsarStorageError of kind `busy` while it is open.
   */
  async delete(name: string): Promise<boolean> {
    return await this.#worker.request('delete', { name });
  }

  /** Tells whether a database exists. */
  async exists(name: string): Promise<boolean> {
    return await this.#worker.request('exists', { name });
  }

  /** Lists the stored databases, also those whose backend is not available now, ordered by name. */
  async list(): Promise<DatabaseEntry[]> {
    return await this.#worker.request('list', {});
  }

  /** Reports what storage this page got, why, and what it guarantees. */
  async report(): Promise<StorageReport> {
    return await this.#worker.request('report', {});
  }

  /**
   * Asks the browser to keep the origin's data when space runs out, until the user clears it
   * ([StorageManager.persist](https://storage.spec.whatwg.org/#dom-storagemanager-persist)). Browsers decide by themselves, some by how
   * much the site is used; Firefox asks the user, so call it when the user has something to lose. The decision is in
   * {@link report} as `quota.persisted`.
   * @returns whether the data is kept now; `false` where the browser does not offer it.
   */
  async persist(): Promise<boolean> {
    return await persist();
  }

  /**
   * Calls a handler that a worker of your own added with `AddWorkerHandler`. What it committed is stored when this resolves.
   * @param argument any value that JSON can hold; leave it out for a handler that takes no argument.
   * @returns what the handler returned, read from JSON.
   * @throws IsarStorageError of kind `usage` when there is no such handler or the argument does not fit it, `handler` when the handler
   * threw an exception of its own; those of the storage and of SQLite keep their kinds.
   */
  async call<TResult = unknown>(name: string, argument?: unknown, options?: HandlerOptions): Promise<TResult> {
    return (await callHandler(this.#worker, name, argument, options)) as TResult;
  }

  /** Counts what the worker did since it started; for tests and bug reports. */
  async diagnostics(): Promise<Diagnostics> {
    return await this.#worker.request('diagnostics', {});
  }

  /** Ends the worker at once. What was acknowledged is stored; everything that still waits fails with an error of kind `closed`. */
  stop(): void {
    this.#worker.stop();
  }
}

/** Leaves out options that the caller did not set or that this version does not know. */
function onlyKnown(options: IsarStorageOptions): StartOptions {
  const { directory, candidates, migrateOnOpen, quotaWarningRatio, maxTemporaryBytes, writeAheadLog, memoryOnly } = options;
  const { openTimeoutMs, leaseTimeoutMs, transactionTimeoutMs } = options;
  const timeouts = { openTimeoutMs, leaseTimeoutMs, transactionTimeoutMs };
  const known = { directory, candidates, migrateOnOpen, quotaWarningRatio, maxTemporaryBytes, writeAheadLog, memoryOnly, ...timeouts };
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
}
