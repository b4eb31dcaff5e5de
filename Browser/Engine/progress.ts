import type { Engine, Pointer } from './engine';

/** Whose handler it is: that of the worker's own code, or the one that lets the page interrupt a statement. */
type Owner = 'app' | 'page';

interface Handler {
  /** After how many instructions it is asked. */
  instructions: number;
  left: number;
  /** Whether the statement is to end. */
  ask: () => boolean;
}

/**
 * The [progress handlers](https://sqlite.org/c3ref/progress_handler.html) of connections. SQLite has room for one of each connection; the app and
 * the page may both want one.
 */
export class ProgressHandlers {
  readonly #engine: Engine;
  readonly #callback: Pointer;
  readonly #connections = new Map<Pointer, Map<Owner, Handler>>();

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#callback = engine.installFunction('i(p)', (db: Pointer) => (this.#ask(db) ? 1 : 0));
  }

  /** Sets or removes a handler; the other owner's stays. */
  set(db: Pointer, owner: Owner, instructions: number, ask: (() => boolean) | undefined): void {
    const handlers = this.#connections.get(db) ?? new Map<Owner, Handler>();
    this.#connections.set(db, handlers);
    handlers.delete(owner);
    if (ask && instructions > 0) handlers.set(owner, { instructions, left: instructions, ask });
    const isAsked = handlers.size > 0;
    this.#engine.exports.sqlite3_progress_handler(db, isAsked ? periodOf(handlers) : 0, isAsked ? this.#callback : 0, db);
  }

  /** Forgets a connection that is about to be closed. It may live on as long as it has statements, without a handler. */
  forget(db: Pointer): void {
    if (this.#connections.delete(db)) this.#engine.exports.sqlite3_progress_handler(db, 0, 0, 0);
  }

  #ask(db: Pointer): boolean {
    const handlers = this.#connections.get(db)!;
    const period = periodOf(handlers);
    let ends = false;
    for (const handler of handlers.values()) {
      handler.left -= period;
      if (handler.left > 0) continue;
      handler.left = handler.instructions;
      ends = handler.ask() || ends;
    }
    return ends;
  }
}

function periodOf(handlers: Map<Owner, Handler>): number {
  return Math.min(...[...handlers.values()].map(({ instructions }) => instructions));
}
