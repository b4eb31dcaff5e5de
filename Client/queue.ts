/**
 * The order of the calls on one database of this page. A transaction has the database alone; calls outside transactions pass together,
 * in the order they were made, because the worker runs what it gets one after another.
 */
export class CallQueue {
  #holder: object | undefined;
  #waiting: Waiting[] = [];

  /** Whether a call need not wait: no transaction goes on, and none waits. */
  get isFree(): boolean {
    return !this.#holder && this.#waiting.length === 0;
  }

  /** Waits until the transactions that came before have ended, or the signal ends the wait. */
  pass(owner: object, signal?: AbortSignal): Promise<void> {
    return this.#wait(owner, false, signal);
  }

  /** Waits for the database alone; {@link leave} gives it back. The signal ends the wait. */
  async enter(owner: object, signal?: AbortSignal): Promise<void> {
    if (this.isFree)
      this.#holder = owner;
    else
      await this.#wait(owner, true, signal);
  }

  /** Gives the database back, if this owner has it. */
  leave(owner: object): void {
    if (this.#holder !== owner)
      return;
    this.#holder = undefined;
    this.#advance();
  }

  /** Ends the waits of one owner with an error. */
  reject(owner: object, error: Error): void {
    const mine = this.#waiting.filter(waiting => waiting.owner === owner);
    this.#waiting = this.#waiting.filter(waiting => waiting.owner !== owner);
    for (const waiting of mine)
      waiting.reject(error);
    this.#advance();
  }

  /** Ends the waits of all owners with an error. */
  rejectAll(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting)
      one.reject(error);
  }

  #advance(): void {
    while (!this.#holder && this.#waiting.length > 0) {
      const next = this.#waiting.shift()!;
      if (next.exclusive)
        this.#holder = next.owner;
      next.resolve();
    }
  }

  async #wait(owner: object, exclusive: boolean, signal: AbortSignal | undefined): Promise<void> {
    const cancellation = new AbortController();
    try {
      await new Promise<void>((resolve, reject) => {
        const waiting = { owner, exclusive, resolve, reject };
        this.#waiting.push(waiting);
        signal?.addEventListener('abort', () => this.#cancel(waiting, signal.reason), { signal: cancellation.signal });
      });
    } finally {
      cancellation.abort();
    }
  }

  #cancel(waiting: Waiting, reason: unknown): void {
    this.#waiting = this.#waiting.filter(other => other !== waiting);
    waiting.reject(reason);
    this.#advance();
  }
}

interface Waiting {
  owner: object;
  exclusive: boolean;
  resolve: () => void;
  reject: (reason: unknown) => void;
}
