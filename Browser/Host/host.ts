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
  type WorkerMessage,
} from '../../Protocol/protocol';
import { crossings } from '../Engine/crossings';
import type { Engine } from '../Engine/engine';
import type { ProgressHandlers } from '../Engine/progress';
import type { AccessRecorder } from '../Changes/access';
import { ChangeChannel } from '../Changes/channel';
import type { FileChange } from '../Changes/tracker';
import { Connection, type ConnectionContext } from '../Statements/connection';
import { Interrupter } from '../Statements/interrupter';
import { Opener } from '../Statements/opener';
import { parseRequest, protocolError } from './request';
import { isControl, isStatement } from '../Statements/run';
import { WriteAheadLog } from '../Statements/writeAheadLog';
import { type Attempt, Session, type SessionContext, type StatementExports } from '../Statements/session';
import { Turns } from '../Statements/turns';
import type { Loans } from '../Vfs/loans';
import { statementCounts } from '../Statements/statementCache';
import { SQLITE_MISUSE } from '../../Protocol/resultCodes';
/** The worker's global scope, as far as the host needs it. */
export interface WorkerScope {
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  postMessage(message: WorkerMessage, transfer: Transferable[]): void;
}

/** The methods of HostExports.cs. */
export interface HostExports {
  /** Serves a request that is no statement. */
  Serve(id: number, method: string, request: object): void;
  /** Closes a connection, of which no statement is left. */
  Close(id: number, database: number): void;
  /** Gives every database up to other tabs as soon as no transaction goes on. */
  Yield(): void;
}

/** The parts of the worker that the host uses. */
export interface HostParts {
  engine: Engine;
  recorder: AccessRecorder;
  progress: ProgressHandlers;
  loans: Loans;
  dotnetHeap: () => Uint8Array;
  exports: () => HostExports;
  statementExports: () => StatementExports;
}

/** The default `directory`, as in IsarStorageOptions.cs. */
const DEFAULT_DIRECTORY = 'isar-storage';

/** The `directory` that stands for memory. */
const MEMORY_DIRECTORY = ':memory:';

/** How many missing files a start that failed names. */
const NAMED_FILES = 3;

/** The downloads of the worker's files, while it starts. */
export interface Downloads {
  /** The addresses of those that have not arrived. */
  missing(): string[];
  /** Ends them. */
  end(): void;
}

/** A request that is not answered yet. */
interface Pending {
  readonly request: Request;
  /** The session that serves it. */
  readonly session?: Session;
  /** With what it is answered, although .NET has done its part. */
  readonly failure?: ErrorShape | undefined;
}

/**
 * Takes the page's requests. Statements go to the session of their connection, everything else to .NET, which is handed numbers and names and
 * says when the answer may leave.
 */
export class Host {
  readonly #scope: WorkerScope;
  readonly #downloads: Downloads;
  readonly #pending = new Map<number, Pending>();
  readonly #sessions = new Map<number, Session>();
  /** The turns of the connections to each database, by its name. */
  readonly #turns = new Map<string, Turns>();
  readonly #early: Request[] = [];
  readonly #hello: Promise<StartOptions>;
  #acceptHello!: (options: StartOptions) => void;
  #helloId: number | undefined;
  #options: StartOptions = {};
  #interrupts: Int32Array | undefined;
  #parts: HostParts | undefined;
  #connections: ConnectionContext | undefined;
  #context: SessionContext | undefined;
  #changes: ChangeChannel | undefined;
  #exports: HostExports | undefined;
  #failure: ErrorShape | undefined;

  /**
   * Listens from now on, so that no message is lost while the worker boots.
   * @param downloads those of the worker's files.
   */
  constructor(scope: WorkerScope, downloads: Downloads) {
    this.#scope = scope;
    this.#downloads = downloads;
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
  createImports(parts: HostParts) {
    this.#parts = parts;
    const { dotnetHeap } = parts;
    const opener = new Opener(parts);
    return {
      options: () => this.#options,
      candidates: () => this.#options.candidates ?? null,
      started: () => this.#start(parts),
      startFailed: (kind: ErrorKind, code: number, extendedCode: number, message: string) => this.fail({ kind, code, extendedCode, message }),
      log: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => console[level](message),
      openConnection: (file: string, vfs: string, sql: string) => opener.open(file, vfs, sql),
      openFailureCode: () => opener.failure.code,
      openFailureMessage: () => opener.failure.message,
      closeConnection: (address: number) => opener.close(address),
      opened: (id: number, database: number, address: number) => {
        const turns = this.#turnsOf(this.#request<'open'>(id).name);
        const log = new WriteAheadLog(parts.engine, parts.loans, address);
        this.#sessions.set(database, new Session(this.#context!, turns, database, new Connection(this.#connections!, address), log));
        this.#answer(id, database);
      },
      recall: () => this.#recall(),
      attempt: (id: number): Attempt => this.#guard(() => this.#pending.get(id)!.session!.attempt()),
      attached: (id: number) => this.#pending.get(id)!.session!.takeAttached(),
      settled: (id: number) => this.#guard(() => this.#pending.get(id)!.session!.settled()),
      complete: (id: number) => {
        const { failure } = this.#pending.get(id)!;
        if (failure) this.#fail(id, failure);
        else this.#answer(id, null);
      },
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
      fail: (id: number, kind: ErrorKind, code: number, extendedCode: number, message: string, inVain: boolean) => {
        const error = { kind, code, extendedCode, message };
        const session = this.#pending.get(id)?.session;
        if (session) this.#guard(() => session.failed(error, inVain));
        else this.#fail(id, error);
      },
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
    const files = this.#downloads.missing();
    const others = files.length - NAMED_FILES;
    const reason = files[0]
      ? `these files have not arrived: ${files.slice(0, NAMED_FILES).join(', ')}${others > 0 ? ` and ${others} others` : ''}`
      : 'its files have arrived, but its program is not ready: it waits for the storage';
    this.#downloads.end();
    this.#failure = { kind: 'worker', code: 0, extendedCode: 0, message: `The worker has not started: ${reason}.` };
    this.#refuse(helloId, this.#failure);
    for (const request of this.#early.splice(0)) this.#refuse(request.id, this.#failure);
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

  #start({ engine, recorder, progress, loans, exports, statementExports }: HostParts): void {
    // The page has given the start up.
    if (this.#failure) return;
    this.#exports = exports();
    const interrupter = this.#interrupts && new Interrupter(engine, this.#interrupts);
    const { memoryOnly, directory = DEFAULT_DIRECTORY } = this.#options;
    const changes = new ChangeChannel(memoryOnly || directory === MEMORY_DIRECTORY ? undefined : directory, ({ file, tables }) =>
      this.#send({ id: NO_REQUEST, event: 'changed', file, tables }),
    );
    this.#changes = changes;
    this.#connections = { engine, recorder, progress, interrupter };
    this.#context = {
      dotnet: statementExports(),
      loans,
      interrupter,
      publish: published => changes.publish(published),
      watch: file => changes.watch(file),
      guard: action => this.#guard(action),
      answer: (id, result, transfer) => this.#answer(id, result, transfer),
      fail: (id, error) => this.#fail(id, error),
    };
    this.#send({ id: this.#helloId!, protocol: PROTOCOL_VERSION, result: null });
    for (const request of this.#early.splice(0)) this.#serve(request, this.#exports);
  }

  #serve(request: Request, exports: HostExports): void {
    const { id } = request;
    if (this.#pending.has(id)) {
      this.#refuse(id, protocolError(`The request ${id} is not answered yet; its id cannot be used again.`));
      return;
    }
    try {
      if (isStatement(request)) this.#find(request, session => session.serve(request));
      else if (isControl(request)) this.#find(request, session => session.control(request));
      else if (request.method === 'close') this.#find(request, session => this.#close(request, session, exports));
      else if (request.method === 'yield') this.#yield(id, exports);
      else if (request.method === 'diagnostics') this.#send({ id, result: this.#diagnose() });
      else {
        if (request.method === 'cancel') this.#pending.get(request.request)?.session?.cancel(request.request);
        this.#pending.set(id, { request });
        exports.Serve(id, request.method, request);
      }
    } catch (error) {
      // Told to the page, and no further: there is no caller.
      this.#die(error);
      console.error(error);
    }
  }

  /** Finds the session of a request, which serves it from now on. */
  #find(request: Request & { database: number }, serve: (session: Session) => void): void {
    const session = this.#sessions.get(request.database);
    if (session && !session.isClosing) {
      this.#pending.set(request.id, { request, session });
      serve(session);
    } else {
      const message = `There is no open database ${request.database}.`;
      this.#refuse(request.id, { kind: 'closed', code: SQLITE_MISUSE, extendedCode: SQLITE_MISUSE, message });
    }
  }

  #turnsOf(name: string): Turns {
    let turns = this.#turns.get(name);
    if (!turns) this.#turns.set(name, (turns = new Turns(name, (id, error) => this.#fail(id, error))));
    return turns;
  }

  #close(request: Request<'close'>, session: Session, exports: HostExports): void {
    const { id, database } = request;
    session.close(failure => {
      this.#sessions.delete(database);
      this.#changes!.flush();
      this.#pending.set(id, { request, failure });
      exports.Close(id, database);
    });
  }

  /** Ends every transaction and stream, also when that fails for one of them: the page may be frozen next. */
  #yield(id: number, exports: HostExports): void {
    const failures = [...this.#sessions.values()].map(session => session.suspend());
    this.#changes!.flush();
    exports.Yield();
    const failure = failures.find(error => error !== undefined);
    if (failure) this.#refuse(id, failure);
    else this.#send({ id, result: null });
  }

  /** Gives back everything that .NET has lent: uses of leases first, then the locks below them. */
  #recall(): void {
    for (const session of this.#sessions.values()) session.recall();
    this.#parts!.loans.recall();
  }

  #request<M extends Method>(id: number): Request<M> {
    return this.#pending.get(id)!.request as Request<M>;
  }

  /** Failures are return values. An exception means a trap in SQLite or in .NET, after which neither can be relied on. */
  #guard<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      this.#die(error);
      throw error;
    }
  }

  #die(error: unknown): void {
    this.fail({ kind: 'worker', code: 0, extendedCode: 0, message: `The worker died of an internal error: ${error}` });
  }

  /** Sends progress, unless the request is already answered: then the page has forgotten it. */
  #sendProgress(id: number, progress: StorageProgress): void {
    if (this.#pending.has(id)) this.#send({ id, progress });
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
    const { engine } = this.#parts!;
    return {
      sqliteVersion: engine.readText(engine.exports.sqlite3_libversion()),
      crossingsToDotnet: crossings.toDotnet,
      crossingsToJs: crossings.toJs,
      statementsPrepared: statementCounts.prepared,
      statementsReused: statementCounts.reused,
    };
  }
}
