import {
  type Diagnostics,
  type ErrorKind,
  type ErrorShape,
  type Method,
  NO_REQUEST,
  PROTOCOL_VERSION,
  type Request,
  type StartOptions,
  type StorageProgress,
  type StorageQuota,
  type WatchResult,
  type WorkerMessage,
} from '../../Protocol/protocol';
import { crossings } from '../Engine/crossings';
import { type Engine, OutOfMemory } from '../Engine/engine';
import type { ProgressHandlers } from '../Engine/progress';
import type { AccessRecorder } from '../Changes/access';
import { ChangeChannel } from '../Changes/channel';
import { SqliteFailure } from '../Engine/codes';
import type { FileChange } from '../Changes/tracker';
import { Connection, type ConnectionContext } from '../Statements/connection';
import { Interrupter } from '../Statements/interrupter';
import { parseRequest, protocolError } from './request';
import { StatementOutcome } from './statementOutcome';
import { isStatement, type Ran, run, type StatementMethod } from '../Statements/run';
import { statementCounts } from '../Statements/statementCache';
import {
  primaryCode,
  SQLITE_BUSY,
  SQLITE_CANTOPEN,
  SQLITE_CORRUPT,
  SQLITE_FULL,
  SQLITE_IOERR,
  SQLITE_MISUSE,
  SQLITE_NOMEM,
  SQLITE_PERM,
  SQLITE_READONLY,
} from '../../Protocol/resultCodes';

/** The worker's global scope, as far as the host needs it. */
export interface WorkerScope {
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  postMessage(message: WorkerMessage, transfer: Transferable[]): void;
}

/** The methods of HostExports.cs. */
export interface HostExports {
  /** Serves a statement. */
  Execute(id: number, database: number): void;
  /** Serves any other request. */
  Serve(id: number, method: string, request: object): void;
}

/** The default `directory`, as in IsarStorageOptions.cs. */
const DEFAULT_DIRECTORY = 'isar-storage';

/** The `directory` that stands for memory. */
const MEMORY_DIRECTORY = ':memory:';

/** The codes with which SQLite reports a failure of the storage below it. */
const STORAGE_CODES: ReadonlySet<number> = new Set([SQLITE_PERM, SQLITE_READONLY, SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_FULL, SQLITE_CANTOPEN]);

/** How many missing files a start that failed names. */
const NAMED_FILES = 3;

/** A request that is not answered yet. */
interface Pending {
  readonly request: Request;
  /** Its result, which is sent once .NET says so. */
  done: Ran | undefined;
  /** What its commits have changed, which is told with its answer: by then it is stored. */
  changes: FileChange[];
  /** The error of its last attempt, which is sent if .NET does not try again. */
  failure: SqliteFailure | undefined;
}

/**
 * Takes the page's requests and keeps what .NET need not see: parameters, rows. .NET is handed numbers and names, calls back to run
 * a statement, and says when the answer may leave.
 */
export class Host {
  readonly #scope: WorkerScope;
  readonly #missingFiles: () => string[];
  readonly #pending = new Map<number, Pending>();
  readonly #connections = new Map<number, Connection>();
  readonly #early: Request[] = [];
  readonly #hello: Promise<StartOptions>;
  #acceptHello!: (options: StartOptions) => void;
  #helloId: number | undefined;
  #options: StartOptions = {};
  #interrupts: Int32Array | undefined;
  #engine: Engine | undefined;
  #recorder: AccessRecorder | undefined;
  #progress: ProgressHandlers | undefined;
  #context: ConnectionContext | undefined;
  #interrupter: Interrupter | undefined;
  #changes: ChangeChannel | undefined;
  #exports: HostExports | undefined;
  #failure: ErrorShape | undefined;

  /**
   * Listens from now on, so that no message is lost while the worker boots.
   * @param missingFiles tells which files the worker waits for.
   */
  constructor(scope: WorkerScope, missingFiles: () => string[]) {
    this.#scope = scope;
    this.#missingFiles = missingFiles;
    this.#hello = new Promise(resolve => (this.#acceptHello = resolve));
    scope.addEventListener('message', event => this.#receive(event.data));
  }

  /** Resolves to the page's options once it has sent `hello`. */
  get hello(): Promise<StartOptions> {
    return this.#hello;
  }

  /** Answers every request from now on with an error: the worker cannot start, or its state is unknown. */
  fail(error: ErrorShape): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#send({ id: NO_REQUEST, protocol: PROTOCOL_VERSION, error });
  }

  /** Tells the page and the other tabs what commits have changed. */
  publish(changes: FileChange[]): void {
    this.#changes?.publish(changes);
  }

  /** Makes the functions that .NET imports as `isar-host`. */
  createImports(engine: Engine, recorder: AccessRecorder, progress: ProgressHandlers, dotnetHeap: () => Uint8Array, exports: () => HostExports) {
    this.#engine = engine;
    this.#recorder = recorder;
    this.#progress = progress;
    return {
      options: () => this.#options,
      candidates: () => this.#options.candidates ?? null,
      started: () => this.#start(exports()),
      startFailed: (kind: ErrorKind, code: number, extendedCode: number, message: string) => this.fail({ kind, code, extendedCode, message }),
      log: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => console[level](message),
      execute: (id: number, database: number) => this.#guard(() => this.#execute(id, database)),
      attached: (database: number) => this.#guard(() => this.#connection(database).takeAttached()),
      rollback: (id: number, database: number) => this.#guard(() => this.#rollback(id, database)),
      suspend: (id: number, database: number) => this.#guard(() => this.#suspend(id, database)),
      release: (id: number, database: number) => this.#guard(() => this.#release(id, database)),
      complete: (id: number) => this.#complete(id),
      completeFailed: (id: number, cause: string | null) => this.#completeFailed(id, cause),
      completeNumber: (id: number, result: number) => this.#answer(id, result),
      completeBoolean: (id: number, result: boolean) => this.#answer(id, result),
      completeText: (id: number, result: string) => this.#answer(id, result),
      completeJson: (id: number, result: string) => this.#answer(id, JSON.parse(result)),
      completeChunk: (id: number, address: number, length: number, done: boolean) => {
        const { buffer } = this.#request<'pull'>(id);
        const bytes = buffer && buffer.byteLength >= length ? buffer : new ArrayBuffer(length);
        new Uint8Array(bytes).set(dotnetHeap().subarray(address, address + length));
        this.#answer(id, { bytes, length, done }, [bytes]);
      },
      copyPushed: (id: number, address: number) => dotnetHeap().set(this.#request<'push'>(id).bytes, address),
      completePushed: (id: number, total: number) => {
        const bytes = this.#request<'push'>(id).bytes.buffer as ArrayBuffer;
        this.#answer(id, { total, bytes }, [bytes]);
      },
      progress: (id: number, stage: StorageProgress['stage'], completed: number, total: number) =>
        this.#sendProgress(id, { stage, completed, total }),
      quotaNearlyUsed: (quota: string) => this.#send({ id: NO_REQUEST, event: 'quotaNearlyUsed', quota: JSON.parse(quota) as StorageQuota }),
      commitUndone: (kind: ErrorKind, code: number, extendedCode: number, message: string) =>
        this.#send({ id: NO_REQUEST, event: 'commitUndone', reason: { kind, code, extendedCode, message } }),
      fail: (id: number, kind: ErrorKind, code: number, extendedCode: number, message: string) =>
        this.#fail(id, { kind, code, extendedCode, message }),
    };
  }

  #receive(message: unknown): void {
    const parsed = parseRequest(message);
    if ('error' in parsed) this.#refuse(parsed.id, parsed.error);
    else if (this.#failure) this.#refuse(parsed.request.id, this.#failure);
    else if (parsed.request.method === 'hello') this.#greet(parsed.request);
    else if (this.#helloId === undefined) this.#refuse(parsed.request.id, protocolError('The first request must be "hello".'));
    else if (this.#exports) this.#serve(parsed.request, this.#exports);
    else if (parsed.request.method === 'cancel' && parsed.request.request === this.#helloId) this.#endStart(parsed.request.id, this.#helloId);
    else this.#early.push(parsed.request);
  }

  /** Tells a page that waits no longer for the start what is missing. */
  #endStart(id: number, helloId: number): void {
    const files = this.#missingFiles();
    const others = files.length - NAMED_FILES;
    const reason = files[0]
      ? `these files have not arrived: ${files.slice(0, NAMED_FILES).join(', ')}${others > 0 ? ` and ${others} others` : ''}`
      : 'its files have arrived, but its program is not ready: it waits for the script of a backend, such as opfs.js, or for the storage itself';
    this.#refuse(helloId, { kind: 'worker', code: 0, extendedCode: 0, message: `The worker has not started: ${reason}.` });
    this.#answer(id, null);
  }

  #greet(request: Request<'hello'>): void {
    if (this.#helloId !== undefined) {
      this.#refuse(request.id, protocolError('The page has said "hello" before.'));
      return;
    }
    this.#helloId = request.id;
    this.#options = request.options;
    this.#interrupts = request.interrupts;
    this.#acceptHello(request.options);
  }

  #start(exports: HostExports): void {
    this.#exports = exports;
    const engine = this.#engine!;
    this.#interrupter = this.#interrupts && new Interrupter(engine, this.#interrupts);
    this.#context = { engine, recorder: this.#recorder!, progress: this.#progress!, interrupter: this.#interrupter };
    const { memoryOnly, directory = DEFAULT_DIRECTORY } = this.#options;
    this.#changes = new ChangeChannel(memoryOnly || directory === MEMORY_DIRECTORY ? undefined : directory, ({ file, tables }) =>
      this.#send({ id: NO_REQUEST, event: 'changed', file, tables }),
    );
    this.#send({ id: this.#helloId!, protocol: PROTOCOL_VERSION, result: null });
    for (const request of this.#early.splice(0)) this.#serve(request, exports);
  }

  #serve(request: Request, exports: HostExports): void {
    const { id } = request;
    if (this.#pending.has(id)) {
      this.#refuse(id, protocolError(`The request ${id} is not answered yet; its id cannot be used again.`));
      return;
    }
    if (request.method === 'diagnostics') {
      this.#send({ id, result: this.#diagnose() });
      return;
    }
    this.#pending.set(id, { request, done: undefined, changes: [], failure: undefined });
    this.#guard(() => (isStatement(request) ? exports.Execute(id, request.database) : exports.Serve(id, request.method, request)));
  }

  #execute(id: number, database: number): StatementOutcome {
    const connection = this.#connection(database);
    const pending = this.#pending.get(id)!;
    const request = pending.request as Request<StatementMethod>;
    const isDone = this.#attempt(id, connection, () => {
      connection.beginRequest();
      const ran = this.#interruptible(id, () => run(connection, request));
      if (request.method === 'watch') this.#changes!.watch((ran.result as WatchResult).file);
      pending.done = ran;
      pending.changes.push(...connection.takeChanges());
    });
    if (isDone) {
      if (!connection.takeCommitted()) return StatementOutcome.Done;
      return connection.hasAttached ? StatementOutcome.CommittedAttached : StatementOutcome.Committed;
    }
    if (connection.takeCommitted()) return StatementOutcome.FailedCommitted;
    if (primaryCode(pending.failure!.code) !== SQLITE_BUSY || connection.hasDoneSomething) return StatementOutcome.Failed;
    return connection.inTransaction ? StatementOutcome.LockedInTransaction : StatementOutcome.Locked;
  }

  #rollback(id: number, database: number): boolean {
    const connection = this.#connection(database);
    return this.#attempt(id, connection, () => connection.rollback());
  }

  #suspend(id: number, database: number): boolean {
    const connection = this.#connection(database);
    return this.#attempt(id, connection, () => {
      connection.suspend();
      this.#changes!.flush();
    });
  }

  #release(id: number, database: number): boolean {
    const isDone = this.#suspend(id, database);
    this.#connection(database).release();
    this.#connections.delete(database);
    return isDone;
  }

  /** Runs an action that the page can interrupt by the request's id. */
  #interruptible<T>(id: number, action: () => T): T {
    return this.#interrupter ? this.#interrupter.serve(id, action) : action();
  }

  /** Runs an action that can fail in SQLite. Returns whether it succeeded; if not, the failure is kept for `completeFailed`. */
  #attempt(id: number, connection: Connection, action: () => void): boolean {
    try {
      action();
      return true;
    } catch (thrown) {
      const error = thrown instanceof OutOfMemory ? new SqliteFailure(SQLITE_NOMEM, 'out of memory') : thrown;
      if (!(error instanceof SqliteFailure)) throw error;
      const pending = this.#pending.get(id)!;
      pending.failure = connection.explain(error);
      pending.changes.push(...connection.takeChanges());
      return false;
    }
  }

  #request<M extends Method>(id: number): Request<M> {
    return this.#pending.get(id)!.request as Request<M>;
  }

  #connection(database: number): Connection {
    let connection = this.#connections.get(database);
    if (!connection) this.#connections.set(database, (connection = new Connection(this.#context!, database)));
    return connection;
  }

  /** Failures are return values. An exception means a trap in SQLite or in .NET, after which neither can be relied on. */
  #guard<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      this.fail({ kind: 'worker', code: 0, extendedCode: 0, message: `The worker died of an internal error: ${error}` });
      throw error;
    }
  }

  /** Sends progress, unless the request is already answered: then the page has forgotten it. */
  #sendProgress(id: number, progress: StorageProgress): void {
    if (this.#pending.has(id)) this.#send({ id, progress });
  }

  #complete(id: number): void {
    const { done, changes } = this.#pending.get(id)!;
    this.#answer(id, done?.result ?? null, done?.transfer);
    this.publish(changes);
  }

  /**
   * Answers with the failure that was kept.
   * @param cause the storage's own message, of which SQLite passed on only a code; `null` when the storage has not failed.
   */
  #completeFailed(id: number, cause: string | null): void {
    const { failure, changes } = this.#pending.get(id)!;
    const { code: extendedCode, message, kind } = failure!;
    const code = primaryCode(extendedCode);
    this.#fail(id, {
      kind: kind ?? (code === SQLITE_MISUSE ? 'usage' : 'sqlite'),
      code,
      extendedCode,
      message: cause !== null && STORAGE_CODES.has(code) ? `${message}: ${cause}` : message,
    });
    this.publish(changes);
  }

  #answer(id: number, result: unknown, transfer: ArrayBuffer[] = []): void {
    this.#pending.delete(id);
    this.#send({ id, result }, transfer);
  }

  #fail(id: number, error: ErrorShape): void {
    this.#pending.delete(id);
    this.#refuse(id, error);
  }

  /** Answers a message that was refused. A request with the same id may still be pending. */
  #refuse(id: number, error: ErrorShape): void {
    this.#send({ id, protocol: PROTOCOL_VERSION, error });
  }

  #send(message: WorkerMessage, transfer: ArrayBuffer[] = []): void {
    this.#scope.postMessage(message, transfer);
  }

  #diagnose(): Diagnostics {
    const engine = this.#engine!;
    return {
      sqliteVersion: engine.readText(engine.exports.sqlite3_libversion()),
      crossingsToDotnet: crossings.toDotnet,
      crossingsToJs: crossings.toJs,
      statementsPrepared: statementCounts.prepared,
      statementsReused: statementCounts.reused,
    };
  }
}
