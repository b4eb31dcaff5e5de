import type { Engine, Pointer } from '../Engine/engine';

/**
 * Lets the page interrupt the statement that the worker runs, through memory that both share: the worker hears no message until the
 * statement has ended.
 */
export class Interrupter {
  /** A [progress handler](https://sqlite.org/c3ref/progress_handler.html). */
  readonly callback: Pointer;

  /** The request that is being executed; 0 while there is none. */
  current = 0;

  /** @param words where the page writes the id of a request that is to end. */
  constructor(engine: Engine, words: Int32Array) {
    this.callback = engine.installFunction('i(p)', () =>
      this.current !== 0 && Atomics.load(words, this.current % words.length) === this.current ? 1 : 0);
  }
}
