import type { ErrorShape } from '../../Protocol/protocol';
import { SQLITE_BUSY, SQLITE_MISUSE } from '../../Protocol/resultCodes';
import type { SessionRequest } from './run';

/** The longest time of a timer, some 24 days; a longer time-out is for ever. */
const LONGEST_MS = 0x7fff_ffff;

/** What takes turns: a connection of the page. */
export interface Taker {
  /** Serves a request whose turn has come. */
  take(request: SessionRequest): void;
}

interface Waiting {
  readonly taker: Taker;
  readonly request: SessionRequest;
  readonly timer: ReturnType<typeof setTimeout> | undefined;
}

/**
 * The turns of the page's connections to one database. A transaction has the database alone, so that connections of one page never find each
 * other's locks. Other requests come in their order and do not wait for each other: SQLite runs one at a time.
 */
export class Turns {
  readonly #name: string;
  readonly #fail: (id: number, error: ErrorShape) => void;
  /** Whose transaction goes on. While there is none, nothing waits. */
  #holder: Taker | undefined;
  #number = 0;
  #waiting: Waiting[] = [];
  #isAdvancing = false;

  /**
   * @param name the database's name.
   * @param fail answers a request whose wait has ended before its turn came.
   */
  constructor(name: string, fail: (id: number, error: ErrorShape) => void) {
    this.#name = name;
    this.#fail = fail;
  }

  /** Whether no transaction goes on. */
  get isFree(): boolean {
    return this.#holder === undefined;
  }

  /** The number of the last turn that a transaction got. */
  get number(): number {
    return this.#number;
  }

  /** Has a request served: now, or once the transactions that came before it have ended. */
  serve(taker: Taker, request: SessionRequest): void {
    if (this.#passes(taker, request)) this.#start(taker, request);
    else this.#waiting.push({ taker, request, timer: this.#startTimer(request) });
  }

  /** Gives the database back, if this one's transaction has it, and has it by that turn. */
  leave(taker: Taker, number: number): void {
    if (this.#holder !== taker || this.#number !== number) return;
    this.#holder = undefined;
    this.#advance();
  }

  /** Ends the wait of a request with an error; returns whether it waited. */
  end(id: number, error: ErrorShape): boolean {
    return this.#end(({ request }) => request.id === id, error);
  }

  /** Ends the waits of one that is being closed. What it has is given back by {@link leave}. */
  close(taker: Taker): void {
    const message = `The connection to "${this.#name}" was closed.`;
    this.#end(waiting => waiting.taker === taker, { kind: 'closed', code: SQLITE_MISUSE, extendedCode: SQLITE_MISUSE, message });
  }

  #passes(taker: Taker, request: SessionRequest): boolean {
    switch (request.method) {
      case 'begin':
        return this.isFree || (request.again === true && this.#holder === taker);
      case 'next':
        return request.transaction === true || this.#goesOn(taker);
      case 'commit':
      case 'rollback':
      case 'closeStream':
        return true;
      default:
        return this.isFree || request.transaction === true || ('setup' in request && request.setup === true);
    }
  }

  /** Whether the streams of this one go on: all but those that its own transaction must not see. Others may wait for their end. */
  #goesOn(taker: Taker): boolean {
    return this.#holder !== taker;
  }

  #start(taker: Taker, request: SessionRequest): void {
    if (request.method === 'begin') {
      this.#holder = taker;
      this.#number++;
    }
    taker.take(request);
  }

  /** Starts what may start, in its order. What is started can end at once, and give the database back. */
  #advance(): void {
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    for (;;) {
      const index = this.isFree ? 0 : this.#waiting.findIndex(({ taker, request }) => request.method === 'next' && this.#goesOn(taker));
      const next = this.#waiting[index];
      if (!next) break;
      this.#waiting.splice(index, 1);
      clearTimeout(next.timer);
      this.#start(next.taker, next.request);
    }
    this.#isAdvancing = false;
  }

  #end(which: (waiting: Waiting) => boolean, error: ErrorShape): boolean {
    const ended = this.#waiting.filter(which);
    this.#waiting = this.#waiting.filter(waiting => !which(waiting));
    for (const { request, timer } of ended) {
      clearTimeout(timer);
      this.#fail(request.id, error);
    }
    return ended.length > 0;
  }

  #startTimer(request: SessionRequest): Waiting['timer'] {
    const waitMs = 'waitMs' in request ? request.waitMs : undefined;
    if (waitMs === undefined || waitMs > LONGEST_MS) return undefined;
    const message =
      `The database "${this.#name}" is in use by a transaction of another connection of this page, which did not end within ` +
      `${waitMs / 1000} s. Inside a transaction use its own connection: others wait for its end.`;
    return setTimeout(() => this.end(request.id, { kind: 'busy', code: SQLITE_BUSY, extendedCode: SQLITE_BUSY, message }), waitMs);
  }
}
