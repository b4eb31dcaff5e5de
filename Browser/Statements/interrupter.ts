import { NO_REQUEST } from '../../Protocol/protocol';
import type { Engine, Pointer } from '../Engine/engine';

/**
 * Lets a page interrupt the request that is being executed, by writing its id into memory that they share. `sqlite3_interrupt` is of no use
 * for that: it would have to be called while the worker's only thread is in SQLite.
 */
export class Interrupter {
  readonly #engine: Engine;
  readonly #words: Int32Array;
  #request = NO_REQUEST;
  #statement: Pointer = 0;

  /** @param words where the page writes the id of a request that is to end. */
  constructor(engine: Engine, words: Int32Array) {
    this.#engine = engine;
    this.#words = words;
  }

  /** Whether the request that is being executed is to end. */
  get isWanted(): boolean {
    return this.#request !== NO_REQUEST && Atomics.load(this.#words, this.#request % this.#words.length) === this.#request;
  }

  /** Whether the statement that runs is to end. SQLite also asks just after it has committed; then it is done, and must not fail. */
  readonly asks = (): boolean => this.isWanted && this.#engine.exports.sqlite3_stmt_busy(this.#statement) !== 0;

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
