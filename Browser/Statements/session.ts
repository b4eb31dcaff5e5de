import type { ErrorShape, Request, WatchResult } from '../../Protocol/protocol';
import { primaryCode, SQLITE_BUSY, SQLITE_INTERRUPT, SQLITE_MISUSE, SQLITE_NOMEM } from '../../Protocol/resultCodes';
import type { FileChange } from '../Changes/tracker';
import { SqliteFailure, STORAGE_CODES } from '../Engine/codes';
import { OutOfMemory } from '../Engine/engine';
import type { Loans } from '../Vfs/loans';
import { Checkpoints } from './checkpoints';
import type { Connection } from './connection';
import type { Interrupter } from './interrupter';
import type { WriteAheadLog } from './writeAheadLog';
import { type ControlMethod, type Ran, run, type RunRequest, type SessionRequest, type StatementMethod } from './run';
import type { Taker, Turns } from './turns';

/** What .NET does for sessions: the methods of StatementExports.cs. A database is the number of its connection, an id that of a request. */
export interface StatementExports {
  /** Begins to use the leases of a database, if that needs no wait; returns an {@link Entry}. */
  TryEnter(database: number): Entry;
  /** Ends what `TryEnter` began. */
  Leave(database: number): void;
  /** Waits for the leases, and calls `attempt` until the database is not locked; then has its commit stored, and calls `settled` or `fail`. */
  Wait(id: number, database: number): void;
  /** Has a commit stored: `true` when it is; else calls `settled` or `fail` when it is known. */
  Flush(id: number, database: number): boolean;
  /** As `Flush`, with the databases that are or were attached. */
  FlushAttached(id: number, database: number, attached: string[]): boolean;
  /** Forgets what the adapter has noted so far. */
  BeginCall(): void;
  /** Takes note of what a statement has attached and detached, and of the lease that it was refused for; returns whether it was. */
  NoteNeeds(database: number, isCommitted: boolean): boolean;
  /** The storage's own message of the last failure, of which SQLite passes on only a code. */
  GetFailure(): string | null;
}

/** What came of `TryEnter`. StatementExports.cs has the same values. */
export const enum Entry {
  /** It needs a wait. */
  Refused,
  /** It is entered, and must be left when the request ends. */
  Once,
  /** It is entered until that is recalled. */
  Lent,
}

/** What came of an attempt. StatementExports.cs has the same values. */
export const enum Attempt {
  /** The database was locked, and nothing was done. It can be attempted again. */
  Locked,
  /** It has ended, perhaps with a failure. */
  Ended,
  /** It has ended and holds a commit, which must be stored before the page is answered. */
  Committed,
}

/** What the sessions of a worker share. */
export interface SessionContext {
  dotnet: StatementExports;
  loans: Loans;
  interrupter: Interrupter | undefined;
  /** Publishes what commits have changed. */
  publish: (changes: FileChange[]) => void;
  /** Lets changes of a database be heard from now on. */
  watch: (file: string) => void;
  /** Does what no request asks for. An exception is a trap. */
  guard: (action: () => void) => void;
  answer: (id: number, result: unknown, transfer?: ArrayBuffer[]) => void;
  fail: (id: number, error: ErrorShape) => void;
}

/** A request that is not answered yet. */
interface Pending {
  readonly request: SessionRequest;
  /** The turn that it is part of, if it is one of a transaction. */
  readonly turn: number;
  /** Its result, which is sent once its commits are stored. */
  done: Ran | undefined;
  /** What its commits have changed, which is told with its answer: by then it is stored. */
  changes: FileChange[];
  /** The error of its last attempt. */
  failure: ErrorShape | undefined;
}

const CANCELLED: ErrorShape = {
  kind: 'cancelled',
  code: SQLITE_INTERRUPT,
  extendedCode: SQLITE_INTERRUPT,
  message: 'The page cancelled the request.',
};

/**
 * A connection that the page has open. Its requests take turns with those of the other connections to the same database; those whose turn has
 * come run strictly one after another. A request that need not wait runs and is answered without .NET: what that was asked for stays entered for
 * as long as the tenure lasts.
 */
export class Session implements Taker {
  readonly #context: SessionContext;
  readonly #turns: Turns;
  readonly #database: number;
  readonly #connection: Connection;
  readonly #log: WriteAheadLog;
  readonly #checkpoints: Checkpoints;
  readonly #waiting: Pending[] = [];
  #current: Pending | undefined;
  #isEntered = false;
  /** Whether it stays entered when the request ends. */
  #stays = false;
  /** The error of a request that has waited in vain: what waits behind it would wait for the same holder, so it must not wait again. */
  #inVain: ErrorShape | undefined;
  /** Whether the next request begins by itself. */
  #isGoing = false;
  #closing: (() => void) | undefined;
  #isClosing = false;

  /**
   * @param turns those of its database.
   * @param database the number by which .NET and the page know it.
   */
  constructor(context: SessionContext, turns: Turns, database: number, connection: Connection, log: WriteAheadLog) {
    this.#context = context;
    this.#turns = turns;
    this.#database = database;
    this.#connection = connection;
    this.#log = log;
    this.#checkpoints = new Checkpoints(log, () => context.guard(() => this.#checkpoint()));
  }

  /** Serves a request when its turn has come. */
  serve(request: Request<StatementMethod>): void {
    if (this.#turns.isFree) this.take(request);
    else this.#turns.serve(this, request);
  }

  /** Begins or ends a transaction. */
  control(request: Request<ControlMethod>): void {
    this.#turns.serve(this, request);
  }

  /** Serves a request whose turn has come, after those that it has taken before. */
  take(request: SessionRequest): void {
    this.#waiting.push({ request, turn: this.#turns.number, done: undefined, changes: [], failure: undefined });
    this.#goOn();
  }

  /** Ends the wait of a request. One that has begun is not cancelled here. */
  cancel(id: number): void {
    if (this.#turns.end(id, CANCELLED)) return;
    const index = this.#waiting.findIndex(({ request }) => request.id === id);
    const [cancelled] = index < 0 ? [] : this.#waiting.splice(index, 1);
    if (cancelled) this.#fail(cancelled, CANCELLED);
  }

  /** Runs the request that waits, once .NET has what it waits for; returns an {@link Attempt}. */
  attempt(): Attempt {
    return this.#attempt(this.#current!);
  }

  /** The databases whose commits must be stored beside its own. */
  takeAttached(): string[] {
    return this.#connection.takeAttached();
  }

  /** What the current request has committed is stored. */
  settled(): void {
    this.#answerStored(this.#current!);
    this.#goOn();
  }

  /**
   * The current request could not get what it waits for, or its commit could not be stored.
   * @param inVain whether it has waited until its time was over.
   */
  failed(error: ErrorShape, inVain: boolean): void {
    const ended = this.#end();
    this.#inVain = inVain ? error : undefined;
    // What waited behind it for its turn would wait in vain too.
    const wasGoing = this.#isGoing;
    this.#isGoing = true;
    this.#fail(ended, error);
    this.#isGoing = wasGoing;
    this.#goOn();
  }

  /** Gives back what was lent: at once, or when the request ends that goes on. */
  recall(): void {
    this.#stays = false;
    if (!this.#current) this.#leave();
  }

  /** Whether it serves no further requests. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Ends everything that keeps a lock, in the midst of all requests: rolls back, and closes streams. */
  suspend(): ErrorShape | undefined {
    return this.#explained(() => this.#connection.suspend());
  }

  /**
   * Lets go of the connection after all requests whose turn has come.
   * @param then is called with the failure of its rollback; .NET can close it then.
   */
  close(then: (failure: ErrorShape | undefined) => void): void {
    this.#isClosing = true;
    this.#turns.close(this);
    this.#closing = () => {
      const failure = this.suspend();
      this.#connection.release();
      this.#checkpoints.stop();
      this.#log.close();
      this.#leave();
      then(failure);
      this.#turns.leave(this, this.#turns.number);
    };
    this.#goOn();
  }

  #goOn(): void {
    if (this.#isGoing) return;
    this.#isGoing = true;
    while (!this.#current) {
      const next = this.#waiting.shift();
      if (!next) break;
      this.#current = next;
      this.#begin(next);
    }
    this.#isGoing = false;
    if (this.#current) return;
    this.#inVain = undefined;
    const closing = this.#closing;
    this.#closing = undefined;
    closing?.();
  }

  #begin(pending: Pending): void {
    const { request } = pending;
    if (request.method === 'rollback') {
      pending.failure = this.#explained(() => this.#connection.rollback());
      this.#answer(pending);
      if (!request.again || pending.failure) this.#turns.leave(this, pending.turn);
    } else if (this.#enter()) {
      const attempt = this.#attempt(pending);
      if (attempt === Attempt.Locked) this.#wait(pending);
      else if (attempt === Attempt.Ended) this.#answer(pending);
      else if (this.#flush(request.id)) this.#answerStored(pending);
    } else {
      this.#wait(pending);
    }
  }

  #enter(): boolean {
    if (this.#isEntered) return true;
    const entry = this.#context.dotnet.TryEnter(this.#database);
    this.#isEntered = entry !== Entry.Refused;
    this.#stays = entry === Entry.Lent;
    return this.#isEntered;
  }

  #leave(): void {
    if (!this.#isEntered) return;
    this.#isEntered = false;
    this.#context.dotnet.Leave(this.#database);
  }

  /** Leaves the wait to .NET, which begins with the leases. */
  #wait(pending: Pending): void {
    this.#leave();
    if (this.#inVain) {
      this.#end();
      this.#fail(pending, this.#inVain);
    } else {
      this.#context.dotnet.Wait(pending.request.id, this.#database);
    }
  }

  /** Makes a checkpoint between two requests, if the lease is here. */
  #checkpoint(): void {
    if (this.#current || !this.#turns.isFree || this.#connection.inTransaction || !this.#enter()) return;
    this.#explained(() => this.#log.checkpoint());
    if (!this.#stays) this.#leave();
  }

  #flush(id: number): boolean {
    const { dotnet } = this.#context;
    return this.#connection.hasAttached ? dotnet.FlushAttached(id, this.#database, this.takeAttached()) : dotnet.Flush(id, this.#database);
  }

  #attempt(pending: Pending): Attempt {
    const { dotnet, loans } = this.#context;
    const connection = this.#connection;
    connection.beginRequest();
    pending.failure = this.#explained(() => {
      pending.done = this.#run(pending.request as RunRequest);
    });
    pending.changes.push(...connection.takeChanges());
    const isCommitted = connection.takeCommitted();
    // What is needed may be other leases now.
    if (loans.isNoted) this.#stays = false;
    const isRefused = loans.isNoted && dotnet.NoteNeeds(this.#database, isCommitted);
    if (isCommitted) return Attempt.Committed;
    if (pending.failure?.code !== SQLITE_BUSY || connection.hasDoneSomething) return Attempt.Ended;
    // A transaction that has read and finds the database locked when it writes has to begin again: waiting would not help.
    return isRefused || !connection.inTransaction ? Attempt.Locked : Attempt.Ended;
  }

  #run(request: RunRequest): Ran {
    const { interrupter } = this.#context;
    const ran = interrupter ? interrupter.serve(request.id, () => run(this.#connection, request)) : run(this.#connection, request);
    if (request.method === 'watch') this.#context.watch((ran.result as WatchResult).file);
    return ran;
  }

  /** Runs an action that can fail in SQLite, and returns its failure. Any other exception is a trap, after which nothing can be relied on. */
  #explained(action: () => void): ErrorShape | undefined {
    const { dotnet, loans } = this.#context;
    if (loans.isNoted) {
      loans.isNoted = false;
      dotnet.BeginCall();
    }
    try {
      action();
      return undefined;
    } catch (thrown) {
      const error = thrown instanceof OutOfMemory ? new SqliteFailure(SQLITE_NOMEM, 'out of memory') : thrown;
      if (!(error instanceof SqliteFailure)) throw error;
      const { code: extendedCode, message, kind } = this.#connection.explain(error);
      const code = primaryCode(extendedCode);
      const cause = loans.isNoted && STORAGE_CODES.has(code) ? dotnet.GetFailure() : null;
      return {
        kind: kind ?? (code === SQLITE_MISUSE ? 'usage' : 'sqlite'),
        code,
        extendedCode,
        message: cause === null ? message : `${message}: ${cause}`,
      };
    }
  }

  #answer(pending: Pending): void {
    const { request, done, changes, failure } = pending;
    this.#end();
    this.#inVain = undefined;
    if (failure) this.#fail(pending, failure);
    else this.#context.answer(request.id, done?.result ?? null, done?.transfer);
    this.#checkpoints.noteAnswer();
    if (changes.length > 0) this.#context.publish(changes);
  }

  /** Answers a request that may have committed. A transaction that is stored gives its turn back. */
  #answerStored(pending: Pending): void {
    this.#answer(pending);
    this.#checkpoints.noteCommit();
    if (pending.request.method === 'commit' && !pending.failure) this.#turns.leave(this, pending.turn);
  }

  /** Answers a request with an error. A transaction that has not begun gives its turn back. */
  #fail({ request, turn }: Pending, error: ErrorShape): void {
    this.#context.fail(request.id, error);
    if (request.method === 'begin') this.#turns.leave(this, turn);
  }

  #end(): Pending {
    const ended = this.#current!;
    this.#current = undefined;
    if (!this.#stays) this.#leave();
    return ended;
  }
}
