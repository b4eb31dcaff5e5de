/**
 * What a page and its worker say to each other: the one definition, used by both sides.
 *
 * The page sends a {@link Request} with an id of its choice, the worker answers each with one {@link Response} of the same id. Until then
 * it may send any number of {@link ProgressMessage}s with that id. An {@link EventMessage} belongs to no request. The first request is
 * `hello`; it carries the page's {@link PROTOCOL_VERSION}, its answer the worker's. The shapes of `hello` and of its answer never change,
 * so that any two versions can tell each other that they do not fit.
 *
 * ## The row batch
 *
 * The rows of a query travel as one block of bytes, little-endian, without padding:
 *
 * ```
 * u32 columns, u32 rows
 * columns times:         u32 length, name as UTF-8
 * rows x columns times:  u8 tag, then by tag
 *   0 null      nothing
 *   1 int32     4 bytes, two's complement
 *   2 int64     8 bytes, two's complement; only for values outside int32
 *   3 float64   8 bytes, IEEE 754
 *   4 text      u32 length, UTF-8 exactly as SQLite stores it
 *   5 blob      u32 length, bytes
 * ```
 *
 * The lengths stand before the bytes, so both an encoder beside SQLite's memory and a decoder in any language copy each value once.
 *
 * ## Parameters and results of `run`, and rows of parameters
 *
 * `run` is for clients that are not JavaScript: its parameters are one block of bytes, and so are its results. The `rows` of `exec` have the
 * parameters of each run in the same way. The parameters are
 *
 * ```
 * u32 parameters
 * parameters times: u32 length, name as UTF-8 without prefix; then a tag and a value as in a row batch
 * ```
 *
 * where either all names are empty, for parameters by position, or none is. The results stand one after another, one for each statement
 * that returns columns:
 *
 * ```
 * u32 columns
 * columns times: u32 length, the type that the table declares for the column as UTF-8, empty where there is none
 * a row batch
 * ```
 */

/** How many words `interrupts` has: more than a page has requests under way at a time. */
export const INTERRUPT_WORDS = 1024;

/** Raised by one when a message or the row batch changes its meaning. */
export const PROTOCOL_VERSION = 6;

/** The tags of the row batch. */
export const Tag = { null: 0, int32: 1, int64: 2, float64: 3, text: 4, blob: 5 } as const;

/** A value as it travels: parameters to the worker, and what the rows of a batch hold. */
export type WireValue = null | number | bigint | string | Uint8Array;

/** The parameters of a statement as they travel: by position, or by name without the prefix `:`, `@` or `$`. */
export type WireParameters = readonly WireValue[] | Readonly<Record<string, WireValue>>;

/** The options with which a page starts its worker; absent means the worker's own default. */
export interface StartOptions {
  /** The page's address without query and fragment, which other tabs are told when they wait for its databases. */
  page?: string;
  directory?: string;
  candidates?: readonly string[];
  migrateOnOpen?: boolean;
  quotaWarningRatio?: number;
  maxTemporaryBytes?: number;
  writeAheadLog?: boolean;
  memoryOnly?: boolean;
  openTimeoutMs?: number;
  leaseTimeoutMs?: number;
  transactionTimeoutMs?: number;
}

/** The rows of a query: the first `length` bytes of `bytes` are a row batch. */
export interface RowBatch {
  bytes: ArrayBuffer;
  length: number;
}

/** The result of `query`: its rows, and what it did. */
export interface QueryResult extends RowBatch, ExecResult {}

/** Some rows of a stream. */
export interface StreamBatch extends RowBatch {
  /** The id for `next` and `closeStream`; 0 when these are the last rows, and the stream is closed. */
  stream: number;
}

/** The columns and parameters of a statement. */
export interface StatementDescription {
  /** The names of the result's columns; empty for a statement that returns nothing. */
  columns: string[];
  /** The names of the parameters with their prefix, `null` for those without a name. */
  parameters: (string | null)[];
  /** Whether running it leaves the database as it is. */
  readOnly: boolean;
}

/** The names with which the page compares changes. */
export interface WatchResult {
  /** The database's name as changes have it. */
  file: string;
  /** The tables that the SQL reads, in lower case; empty without SQL. */
  tables: string[];
}

/** The result of `run`: the first `length` bytes of `bytes` are its results. */
export interface RunResult extends RowBatch {
  /** Rows that INSERT, UPDATE and DELETE changed, without those changed by triggers; -1 when no statement could change anything. */
  changes: number;
}

/** What a statement did. */
export interface ExecResult {
  /** Rows that INSERT, UPDATE and DELETE changed, without those changed by triggers; 0 for other statements. */
  changes: number;
  /** The rowid of the connection's last successful INSERT, 0 before the first; a `bigint` outside the safe integers. */
  lastInsertRowid: number | bigint;
}

/** One stored database. */
export interface DatabaseEntry {
  /** Its name, as `open` takes it. */
  name: string;
  /** The name of the backend that it lives in. */
  backend: string;
  /** The length of its file in bytes, without journals; `null` when its backend is not available now. */
  bytes: number | null;
}

/** A backend that the page would have taken before the one in use, but that is not available. */
export interface RejectedBackend {
  /** Its name. */
  backend: string;
  /** Why, as a sentence for people. */
  reason: string;
}

/** How much space the browser grants this origin, as far as it [tells](https://storage.spec.whatwg.org/#usage-and-quota): its own estimates. */
export interface StorageQuota {
  /** The space taken by everything that the origin stores, not only its databases. */
  usageBytes: number;
  /** The space that the origin may take. */
  quotaBytes: number;
  /** Whether the browser keeps the data when space runs out, until the user clears it; see {@link IsarStorage.persist}. */
  persisted: boolean;
}

/** The progress of a long request. Within a stage the bytes only grow, and end at the total. */
export interface StorageProgress {
  /**
   * What is being done, in the order of the names: a database is read into memory; a migration or export copies it; a migration checks its
   * copy, or an import its file; a copy that a migration left is read and deleted; an export is sent to the page; an import is received; an
   * import or backup replaces the content of a database.
   */
  stage: 'loading' | 'copying' | 'verifying' | 'clearingUp' | 'exporting' | 'importing' | 'replacing';
  /** The bytes done, from 0 to `total`. */
  completed: number;
  /** The bytes of this stage. */
  total: number;
}

/** What storage the page got, and why. */
export interface StorageReport {
  /** The name of the backend in use, such as `opfs`: the one in which a new database is made. */
  backend: string;
  /** Why it is in use, as a sentence for people. */
  reason: string;
  /** Where the files are, for people. */
  location: string;
  /** What an acknowledged commit survives: nothing, a crash of the browser, or a power loss as far as the platform's flush goes. */
  durability: 'none' | 'relaxed' | 'full';
  /** Who may use a database at the same time: one worker, tabs by turns, or all at once. */
  sharing: 'oneProcess' | 'byTurns' | 'manyProcesses';
  /** Whether data outlives the page. */
  persistent: boolean;
  /** The bytes that the files of all available backends take together, journals included. */
  usedBytes: number;
  /** How many bytes SQLite's temporary files take in memory just now. */
  temporaryBytes: number;
  /** The candidates that are not available here, in their order. */
  rejected: RejectedBackend[];
  /** The stored databases, also those whose backend is not available now, ordered by name. */
  databases: DatabaseEntry[];
  /** How much space the browser grants, or `null` where it does not say. */
  quota: StorageQuota | null;
}

/** A copy of a database that can be pulled. */
export interface ExportStream {
  stream: number;
  /** The length of the file. */
  bytes: number;
}

/** A part of a file: the first `length` bytes of `bytes`, which is transferred. After the last one, with `done`, the stream has ended. */
export interface ExportChunk extends RowBatch {
  done: boolean;
}

/** The answer to a part of a file. */
export interface PushResult {
  /** How many bytes are expected together, as far as that is known. */
  total: number;
  /** The buffer of the part, transferred back. */
  bytes: ArrayBuffer;
}

/** Numbers about the worker since it started, for tests and bug reports; not covered by the protocol's version. */
export interface Diagnostics {
  /** The version of SQLite in the worker. */
  sqliteVersion: string;
  /** Calls from JavaScript into .NET. */
  crossingsToDotnet: number;
  /** Calls from .NET into JavaScript. */
  crossingsToJs: number;
  /** Statements that SQLite compiled. */
  statementsPrepared: number;
  /** Statements that were taken from the cache instead. */
  statementsReused: number;
}

/** The methods of the worker: what each takes and returns. */
export interface Methods {
  /**
   * The first request. `interrupts` is memory that page and worker share: the page writes the id of a request at `id % length` to interrupt it
   * while it runs. Absent where the page is not
   * [cross-origin isolated](https://html.spec.whatwg.org/multipage/webappapis.html#dom-crossoriginisolated).
   */
  hello: { fields: { protocol: number; options: StartOptions; interrupts?: Int32Array }; result: null };
  /** Opens a connection; the result is its id, which `exec` to `close` take as `database`. Has progress, can be cancelled. */
  open: { fields: { name: string }; result: number };
  /** Moves a database to another backend. Has progress, can be cancelled. */
  migrate: { fields: { name: string; backend: string }; result: null };
  /** Copies a database within its storage, to be pulled. Has progress, can be cancelled. */
  export: { fields: { name: string }; result: ExportStream };
  /**
   * Gives the next part of a copy. One request at a time for each stream. A `buffer` that is transferred, such as that of an earlier part, is
   * used again: browsers are slow to collect what came from another thread.
   */
  pull: { fields: { stream: number; buffer?: ArrayBuffer }; result: ExportChunk };
  /** Begins to receive a file of `bytes` bytes, where that is known; the result is the stream that `push` takes. Can be cancelled. */
  import: { fields: { name: string; bytes?: number }; result: number };
  /** Adds a part of a file, whose buffer must be transferred and comes back, to be used again. One at a time for each stream. */
  push: { fields: { stream: number; bytes: Uint8Array }; result: PushResult };
  /** Checks the file, without `checkIntegrity` only its length and header, and replaces the database by it. The stream ends, also when this fails. Has progress, can be cancelled. */
  finishImport: { fields: { stream: number; checkIntegrity: boolean }; result: null };
  /** Ends an export or import early. Does nothing when it has ended. */
  closeTransfer: { fields: { stream: number }; result: null };
  /** Copies a database to another name. Has progress, can be cancelled. */
  backup: { fields: { name: string; target: string }; result: null };
  /**
   * Asks a request to end; where it can, it is answered with an error of kind `cancelled`. Does nothing to a request that is answered. A
   * `hello` that waits for the start is answered with an error of kind `worker` that says what is missing.
   */
  cancel: { fields: { request: number }; result: null };
  /**
   * With `rows` instead of `params`, the statement runs once with each of them, and either all of this is done or nothing. They are blocks, each
   * of which has the parameters of some runs, one after another, as those of `run`.
   */
  exec: { fields: StatementFields & { rows?: readonly Uint8Array[] }; result: ExecResult };
  /**
   * With `byName`, fails instead of running when two columns have one name or one is named `__proto__`. With `limit`, ends after so many
   * rows.
   */
  query: { fields: StatementFields & { byName?: boolean; limit?: number }; result: QueryResult };
  /** Begins to run a statement that only reads. Until its last row is read or it is closed, other tabs cannot have the database. */
  stream: { fields: StatementFields & { byName?: boolean }; result: StreamBatch };
  /** Gives the next rows of a stream. They are written into `buffer`, which the page no longer needs, such as that of earlier rows. */
  next: { fields: StreamFields & { buffer?: ArrayBuffer }; result: StreamBatch };
  /** Ends a stream early; does nothing to one that has ended. */
  closeStream: { fields: StreamFields; result: null };
  /** Compiles one statement and does not run it. */
  describe: { fields: { database: number; sql: string; transaction?: boolean }; result: StatementDescription };
  /** From now on `changed` events tell of this database, also of changes by other tabs. With `sql`, says which tables that query reads. */
  watch: { fields: { database: number; sql?: string; transaction?: boolean; setup?: boolean }; result: WatchResult };
  /**
   * Runs any number of statements, each with the parameters that it names. Parameters by position are for one statement. When one fails,
   * those before it have been done.
   */
  run: { fields: RunFields; result: RunResult };
  /** Gives every database up to other tabs, and rolls back open transactions; the next request takes its database again. */
  yield: { fields: object; result: null };
  /** Tells whether the page is hidden. While it is, unused databases are given up at once: the page may be frozen at any moment. */
  setHidden: { fields: { hidden: boolean }; result: null };
  /**
   * Begins a transaction, when its turn has come, which it has until `commit` or `rollback`. Only this begins one that lasts: what SQL of other
   * requests leaves open is rolled back, and the answer is an error. With `deferred` it takes its locks only when it first reads or writes.
   * With `again` it goes on with the turn that `rollback` has kept. `waitMs` as in `run`.
   */
  begin: { fields: { database: number; deferred?: boolean; again?: boolean; waitMs?: number }; result: null };
  /** Commits the transaction that `begin` began. When that fails the transaction goes on, unless SQLite has rolled it back; then `rollback` ends it. */
  commit: { fields: { database: number }; result: null };
  /** Rolls back if a transaction is open, and gives up its turn, or keeps it for a `begin` with `again`. */
  rollback: { fields: { database: number; again?: boolean }; result: null };
  /** Closes a connection; an open transaction is rolled back. */
  close: { fields: { database: number }; result: null };
  /** Deletes a database with its journals; the result is whether it existed. */
  delete: { fields: { name: string }; result: boolean };
  /** Tells whether a database exists, also one whose backend is not available now. */
  exists: { fields: { name: string }; result: boolean };
  /** Lists the stored databases. */
  list: { fields: object; result: DatabaseEntry[] };
  /** Reports what storage the page got, and what it guarantees. */
  report: { fields: object; result: StorageReport };
  /** Counts since the start. */
  diagnostics: { fields: object; result: Diagnostics };
  /** Runs a handler of the worker's own; argument and result are JSON texts. Can be cancelled. */
  call: { fields: { name: string; argument: string }; result: string };
}

export interface StatementFields {
  database: number;
  sql: string;
  params?: WireParameters;
  /**
   * Whether it belongs to the transaction that `begin` began. If so, it fails outside one, because SQLite may have rolled back by itself; if
   * not, it waits for the end of those that came before it, on any connection to the database.
   */
  transaction?: boolean;
  /** Whether it prepares its connection, and so waits for no transaction. */
  setup?: boolean;
}

export interface StreamFields {
  database: number;
  stream: number;
  /** Fails instead of running outside a transaction. */
  transaction?: boolean;
}

export interface RunFields {
  database: number;
  sql: string;
  /** The block described above; absent means no parameters. */
  parameters?: Uint8Array;
  /** Fails instead of running outside a transaction. */
  transaction?: boolean;
  /** How long it waits for transactions that came before it, until it fails with kind `busy`. Absent means for ever. */
  waitMs?: number;
}

export type Method = keyof Methods;
export type Fields<M extends Method> = Methods[M]['fields'];
export type Result<M extends Method> = Methods[M]['result'];

export type Request<M extends Method = Method> = { [K in M]: { id: number; method: K } & Fields<K> }[M];

/** An answer. `protocol` comes with every error and with the answer to `hello`. */
export type Response = { id: number; protocol?: number; result: unknown } | { id: number; protocol: number; error: ErrorShape };

/** The progress of a request that is not answered yet. */
export interface ProgressMessage {
  id: number;
  progress: StorageProgress;
}

/** A message that answers no request. A page ignores an event that it does not know. */
export type EventMessage = QuotaMessage | UndoneMessage | ChangeMessage;

export interface QuotaMessage {
  id: typeof NO_REQUEST;
  event: 'quotaNearlyUsed';
  quota: StorageQuota;
}

/** A commit that no request waited for could not be stored and was undone. */
export interface UndoneMessage {
  id: typeof NO_REQUEST;
  event: 'commitUndone';
  reason: ErrorShape;
}

/** A commit of this page or another one has changed tables. */
export interface ChangeMessage {
  id: typeof NO_REQUEST;
  event: 'changed';
  /** The database's name. */
  file: string;
  /** The names of the tables in lower case; {@link ANY_TABLE} among them when all of the database was replaced. */
  tables: string[];
}

/** Stands for every table. */
export const ANY_TABLE = '*';

/** Everything that a worker sends. */
export type WorkerMessage = Response | ProgressMessage | EventMessage;

/**
 * The id of what belongs to no request: an event, or an error that says that the worker could not start or died, or that it got a message
 * without an id.
 */
export const NO_REQUEST = 0;

/** An error as it travels. */
export interface ErrorShape {
  kind: ErrorKind;
  /** SQLite's primary result code, or 0 when none corresponds; see https://sqlite.org/rescode.html. */
  code: number;
  /** SQLite's extended result code, or the primary one when there is none. */
  extendedCode: number;
  message: string;
}

/**
 * What sort of error it is:
 * - `sqlite`: reported by SQLite; `code` and `extendedCode` say what.
 * - `io` to `pathInvalid`: reported by the storage below SQLite; `code` is the SQLite code that corresponds.
 *   `busy` is also what hears a transaction or stream that was cut off because the page was left: it can be repeated.
 * - `usage`: the call was wrong (parameters, more than one statement ...); nothing was done.
 * - `handler`: a handler of the worker's own failed; the message has the exception's type and message.
 * - `closed`: the database or the storage was closed before.
 * - `cancelled`: the page cancelled the request.
 * - `timeout`: a transaction or a stream was cut off because the page took too long.
 * - `worker`: the worker could not be started, or died.
 * - `version`: page and worker come from different versions.
 * - `protocol`: a message that the worker does not understand.
 * - `internal`: an unexpected error; please report it.
 */
export type ErrorKind =
  | 'sqlite'
  | 'io'
  | 'notFound'
  | 'busy'
  | 'full'
  | 'readOnly'
  | 'permissionDenied'
  | 'notAFile'
  | 'corrupt'
  | 'unavailable'
  | 'pathInvalid'
  | 'usage'
  | 'handler'
  | 'closed'
  | 'cancelled'
  | 'timeout'
  | 'worker'
  | 'version'
  | 'protocol'
  | 'internal';

/** The error of a page and a worker that do not fit, or `undefined` when they do; says which file is the old one. */
export function versionError(page: unknown, worker: unknown): ErrorShape | undefined {
  if (page === worker) return undefined;
  const rank = (version: unknown) => (typeof version === 'number' ? version : -1);
  const old = rank(page) < rank(worker) ? 'isar-client.js, which the page loaded,' : 'isar-worker.js';
  return {
    kind: 'version',
    code: 0,
    extendedCode: 0,
    message:
      `The page and its worker do not fit: isar-client.js speaks version ${page} of the protocol, isar-worker.js version ${worker}. ` +
      `${old} is the older one: deploy both files from the same package, and let browsers revalidate them.`,
  };
}
