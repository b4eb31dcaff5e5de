import { NO_REQUEST } from '../../Protocol/protocol';
import type { Engine, Pointer } from '../Engine/engine';

/**
 * Lets a page interrupt the request that is being executed, by writing its id into memory that they share. `sqlite3_interrupt` is of no use
 * for that: it would have to be called while the worker's only thread is in SQLite.
 */
export class Interrupter {
  /** A [progress handler](https://sqlite.org/c3ref/progress_handler.html). */
  readonly callback: Pointer;

  readonly #words: Int32Array;
  #request = NO_REQUEST;
  #statement: Pointer = 0;

  /** @param words where the page writes the id of a request that is to end. */
  constructor(engine: Engine, words: Int32Array) {
    this.#words = words;
    // SQLite also asks just after a statement has committed; interrupting it then would report a failure although it is done.
    this.callback = engine.installFunction('i(p)', () => (this.isWanted && engine.exports.sqlite3_stmt_busy(this.#statement) !== 0 ? 1 : 0));
  }

  /** Whether the request that is being executed is to end. */
  get isWanted(): boolean {
    return this.#request !== NO_REQUEST && Atomics.load(this.#words, this.#request % this.#words.length) === this.#request;
  }

  /** Executes a request. */
  serve<T>(request: number, action: () => T): T {
    this.#request = request;
    try {
      return action();
    } finally {
      this.#request = NO_REQUEST;
    }
  }

  /** Runs a statement. */
  run<T>(statement: Pointer, action: () => T): T {
    this.#statement = statement;
    try {
      return action();
    } finally {
      this.#statement = 0;
    }
  }
}
