/** How long nothing was asked for when a checkpoint is made, in milliseconds. */
const IDLE_MS = 100;

/** So many pages are worth the flushes of a checkpoint. The next worker that reads the log is done with fewer in a few milliseconds. */
const WORTHWHILE = 128;

/** From so many pages on, a checkpoint is made between two requests that follow each other closely. */
const LARGE = 512;

/** What checkpoints are made of. */
export interface Logged {
  /** How many pages the log holds that are not in the database yet. */
  readonly length: number;
}

/** Decides when a connection moves what it has logged into its database: while the worker is idle, so that no commit waits for it. */
export class Checkpoints {
  readonly #log: Logged;
  readonly #run: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #answeredAt = 0;

  /** @param run makes a checkpoint, unless a request or another tab is in the way: then the next commit asks again. */
  constructor(log: Logged, run: () => void) {
    this.#log = log;
    this.#run = run;
  }

  /** Takes note that a request was answered. */
  noteAnswer(): void {
    this.#answeredAt = performance.now();
  }

  /** Takes note of a commit that was answered. */
  noteCommit(): void {
    if (this.#timer === undefined && this.#log.length >= WORTHWHILE) this.#wait();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #wait(): void {
    this.#timer = setTimeout(() => this.#look(), IDLE_MS);
  }

  #look(): void {
    this.#timer = undefined;
    // A timer may fire a little early.
    const isIdle = performance.now() - this.#answeredAt >= IDLE_MS - 1;
    if (isIdle || this.#log.length >= LARGE) this.#run();
    else this.#wait();
  }
}
