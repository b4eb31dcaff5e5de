import {
  type Diagnostics,
  type ErrorKind,
  type ErrorShape,
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
import type { AccessRecorder } from '../Changes/access';
import { ChangeChannel } from '../Changes/channel';
import { SqliteFailure } from '../Engine/codes';
import type { FileChange } from '../Changes/tracker';
import { Connection, type ConnectionContext } from '../Statements/connection';
import { Interrupter } from '../Statements/interrupter';
import { parseRequest, protocolError } from './request';
import { run, type StatementMethod } from '../Statements/run';
import { statementCounts } from '../Statements/statementCache';
import { SQLITE_BUSY, SQLITE_NOMEM, primaryCode } from '../../Protocol/resultCodes';

/** The worker's global scope, as far as the host needs it. */
export interface WorkerScope {
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  postMessage(message: WorkerMessage, transfer: Transferable[]): void;
}

/** The methods of HostExports.cs. */
export interface HostExports {
  Open(id: number, name: string): void;
  Migrate(id: number, name: string, backend: string): void;
  Export(id: number, name: string): void;
  Pull(id: number, stream: number): void;
  Import(id: number, name: string, bytes: number): void;
  Push(id: number, stream: number, length: number): void;
  FinishImport(id: number, stream: number): void;
  CloseTransfer(id: number, stream: number): void;
  Backup(id: number, name: string, target: string): void;
  Cancel(id: number, request: number): void;
  Execute(id: number, database: number): void;
  Yield(id: number): void;
  SetHidden(id: number, hidden: boolean): void;
  Rollback(id: number, database: number): void;
  Close(id: number, database: number): void;
  Delete(id: number, name: string): void;
  Exists(id: number, name: string): void;
  List(id: number): void;
  Report(id: number): void;
  Call(id: number, name: string, argument: string): void;
}

/** The `directory` of a page that names none, as in IsarStorageOptions.cs. */
const DEFAULT_DIRECTORY = 'isar-storage';

/** The `directory` that stands for memory. */
const MEMORY_DIRECTORY = ':memory:';

/** What `execute` tells .NET beside SQLite's codes, which are above 0. */
const enum Outcome {
  Done = 0,
  /** Done, and a commit must reach the storage before the page is answered. */
  Committed = -1,
  /** The same, and there are attached databases to which it may have been. */
  CommittedAttached = -2,
  /** The database was locked and nothing was done. */
  Locked = -3,
  /** The same inside a transaction. */
  LockedInTransaction = -4,
}

/**
 * Takes the page's requests and keeps what .NET need not see: parameters, rows. .NET is handed numbers and names, calls back to run
 * a statement, and says when the answer may leave.
 */
export class Host {
  readonly #scope: WorkerScope;
  readonly #requests = new Map<number, Request>();
  readonly #results = new Map<number, { result: unknown; transfer: ArrayBuffer[]; changes: FileChange[] }>();
  readonly #connections = new Map<number, Connection>();
  readonly #early: Request[] = [];
  readonly #hello: Promise<StartOptions>;
  #acceptHello!: (options: StartOptions) => void;
  #helloId: number | undefined;
  #options: StartOptions = {};
  #interrupts: Int32Array | undefined;
  #engine: Engine | undefined;
  #recorder: AccessRecorder | undefined;
  #context: ConnectionContext | undefined;
  #interrupter: Interrupter | undefined;
  #changes: ChangeChannel | undefined;
  #exports: HostExports | undefined;
  #failure: ErrorShape | undefined;

  /** Listens from now on, so that no message is lost while the worker boots. */
  constructor(scope: WorkerScope) {
    this.#scope = scope;
    this.#hello = new Promise(resolve => (this.#acceptHello = resolve));
    scope.addEventListener('message', event => this.#receive(event.data));
  }

  /** Resolves when the page has said what it wants. */
  get hello(): Promise<StartOptions> {
    return this.#hello;
  }

  /** Answers everything, from now on, with an error: the worker cannot start, or is in a state that nobody knows. */
  fail(error: ErrorShape): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#send({ id: NO_REQUEST, protocol: PROTOCOL_VERSION, error });
  }

  /** Tells who watches what commits have changed. */
  publish(changes: FileChange[]): void {
    this.#changes?.publish(changes);
  }

  /** Makes the functions that .NET imports as `isar-host`. */
  createImports(engine: Engine, recorder: AccessRecorder, dotnetHeap: () => Uint8Array, exports: () => HostExports) {
    this.#engine = engine;
    this.#recorder = recorder;
    return {
      options: () => this.#options,
      candidates: () => this.#options.candidates ?? null,
      started: () => this.#start(exports()),
      startFailed: (kind: ErrorKind, code: number, extendedCode: number, message: string) => this.fail({ kind, code, extendedCode, message }),
      log: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => console[level](message),
      execute: (id: number, database: number) => this.#guard(() => this.#execute(id, database)),
      attached: (database: number) => this.#guard(() => this.#connection(database).attachedNames()),
      rollback: (database: number) => this.#guard(() => this.#rollback(database)),
      suspend: (database: number) => this.#guard(() => this.#suspend(database)),
      release: (database: number) => this.#guard(() => this.#release(database)),
      complete: (id: number) => this.#complete(id),
      completeNumber: (id: number, result: number) => this.#answer(id, result),
      completeBoolean: (id: number, result: boolean) => this.#answer(id, result),
      completeText: (id: number, result: string) => this.#answer(id, result),
      completeJson: (id: number, result: string) => this.#answer(id, JSON.parse(result)),
      completeChunk: (id: number, address: number, length: number, done: boolean) => {
        const { buffer } = this.#requests.get(id) as Request<'pull'>;
        const bytes = buffer && buffer.byteLength >= length ? buffer : new ArrayBuffer(length);
        new Uint8Array(bytes).set(dotnetHeap().subarray(address, address + length));
        this.#answer(id, { bytes, length, done }, [bytes]);
      },
      copyPushed: (id: number, address: number) => dotnetHeap().set((this.#requests.get(id) as Request<'push'>).bytes, address),
      completePushed: (id: number, total: number) => {
        const bytes = (this.#requests.get(id) as Request<'push'>).bytes.buffer as ArrayBuffer;
        this.#answer(id, { total, bytes }, [bytes]);
      },
      progress: (id: number, stage: StorageProgress['stage'], completed: number, total: number) =>
        this.#sendProgress(id, { stage, completed, total }),
      quotaNearlyUsed: (quota: string) => this.#send({ id: NO_REQUEST, event: 'quotaNearlyUsed', quota: JSON.parse(quota) as StorageQuota }),
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
    else this.#early.push(parsed.request);
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
    this.#context = { engine, recorder: this.#recorder!, interrupter: this.#interrupter };
    const { memoryOnly, directory = DEFAULT_DIRECTORY } = this.#options;
    this.#changes = new ChangeChannel(memoryOnly || directory === MEMORY_DIRECTORY ? undefined : directory, ({ file, tables }) =>
      this.#send({ id: NO_REQUEST, event: 'changed', file, tables }),
    );
    this.#send({ id: this.#helloId!, protocol: PROTOCOL_VERSION, result: null });
    for (const request of this.#early.splice(0)) this.#serve(request, exports);
  }

  #serve(request: Request, exports: HostExports): void {
    const { id } = request;
    if (this.#requests.has(id)) {
      this.#refuse(id, protocolError(`The request ${id} is not answered yet; its id cannot be used again.`));
      return;
    }
    if (request.method === 'diagnostics') {
      this.#send({ id, result: this.#diagnose() });
      return;
    }
    this.#requests.set(id, request);
    this.#guard(() => call(request, exports));
  }

  #execute(id: number, database: number): number {
    const request = this.#requests.get(id) as Request<StatementMethod>;
    return this.#attempt(database, connection => {
      connection.begin();
      if (request.transaction) connection.requireTransaction();
      const { result, transfer } = this.#interruptible(id, () => run(connection, request));
      if (request.method === 'watch') this.#changes!.watch((result as WatchResult).file);
      this.#results.set(id, { result, transfer, changes: connection.takeChanges() });
      if (!connection.takeCommitted()) return Outcome.Done;
      return connection.hasAttached ? Outcome.CommittedAttached : Outcome.Committed;
    });
  }

  #rollback(database: number): number {
    return this.#attempt(database, connection => {
      connection.rollback();
      return Outcome.Done;
    });
  }

  #suspend(database: number): number {
    return this.#attempt(database, connection => {
      connection.suspend();
      this.#changes!.flush();
      return Outcome.Done;
    });
  }

  #release(database: number): number {
    const code = this.#suspend(database);
    this.#connection(database).release();
    this.#connections.delete(database);
    return code;
  }

  /** Runs what the page can interrupt by the request's id. */
  #interruptible<T>(id: number, action: () => T): T {
    return this.#interrupter ? this.#interrupter.serve(id, action) : action();
  }

  /** Turns a failure into the code by which .NET learns of it. */
  #attempt(database: number, action: (connection: Connection) => Outcome): number {
    const connection = this.#connection(database);
    try {
      return action(connection);
    } catch (thrown) {
      const error = thrown instanceof OutOfMemory ? new SqliteFailure(SQLITE_NOMEM, 'out of memory') : thrown;
      if (!(error instanceof SqliteFailure)) throw error;
      const code = connection.report(error);
      // What statements before it committed.
      this.publish(connection.takeChanges());
      if (primaryCode(code) !== SQLITE_BUSY || connection.hasDoneSomething) return code;
      return connection.inTransaction ? Outcome.LockedInTransaction : Outcome.Locked;
    }
  }

  #connection(database: number): Connection {
    let connection = this.#connections.get(database);
    if (!connection) this.#connections.set(database, (connection = new Connection(this.#context!, database)));
    return connection;
  }

  /** What fails is reported by codes. An exception means a trap in SQLite or in .NET, after which nothing there can be relied on. */
  #guard<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      this.fail({ kind: 'worker', code: 0, extendedCode: 0, message: `The worker died of an internal error: ${error}` });
      throw error;
    }
  }

  /** What comes after the answer belongs to a request that the page has forgotten. */
  #sendProgress(id: number, progress: StorageProgress): void {
    if (this.#requests.has(id)) this.#send({ id, progress });
  }

  #complete(id: number): void {
    const { result, transfer, changes } = this.#results.get(id) ?? { result: null, transfer: [], changes: [] };
    this.#answer(id, result, transfer);
    this.publish(changes);
  }

  #answer(id: number, result: unknown, transfer: ArrayBuffer[] = []): void {
    this.#forget(id);
    this.#send({ id, result }, transfer);
  }

  #fail(id: number, error: ErrorShape): void {
    this.#forget(id);
    this.#refuse(id, error);
  }

  /** Answers a message that was not taken up; a request of the same id may be. */
  #refuse(id: number, error: ErrorShape): void {
    this.#send({ id, protocol: PROTOCOL_VERSION, error });
  }

  #forget(id: number): void {
    this.#requests.delete(id);
    this.#results.delete(id);
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

function call(request: Request, exports: HostExports): void {
  switch (request.method) {
    case 'open':
      return exports.Open(request.id, request.name);
    case 'migrate':
      return exports.Migrate(request.id, request.name, request.backend);
    case 'export':
      return exports.Export(request.id, request.name);
    case 'pull':
      return exports.Pull(request.id, request.stream);
    case 'import':
      return exports.Import(request.id, request.name, request.bytes ?? -1);
    case 'push':
      return exports.Push(request.id, request.stream, request.bytes.length);
    case 'finishImport':
      return exports.FinishImport(request.id, request.stream);
    case 'closeTransfer':
      return exports.CloseTransfer(request.id, request.stream);
    case 'backup':
      return exports.Backup(request.id, request.name, request.target);
    case 'cancel':
      return exports.Cancel(request.id, request.request);
    case 'exec':
    case 'query':
    case 'run':
    case 'stream':
    case 'next':
    case 'closeStream':
    case 'describe':
    case 'watch':
      return exports.Execute(request.id, request.database);
    case 'yield':
      return exports.Yield(request.id);
    case 'setHidden':
      return exports.SetHidden(request.id, request.hidden);
    case 'rollback':
      return exports.Rollback(request.id, request.database);
    case 'close':
      return exports.Close(request.id, request.database);
    case 'delete':
      return exports.Delete(request.id, request.name);
    case 'exists':
      return exports.Exists(request.id, request.name);
    case 'list':
      return exports.List(request.id);
    case 'report':
      return exports.Report(request.id);
    case 'call':
      return exports.Call(request.id, request.name, request.argument);
  }
}
