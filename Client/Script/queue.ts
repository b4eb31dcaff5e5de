import type { CallbackWatch } from './callbackWatch';

/**
 * The order of the calls on one database of this page. A transaction has the database alone; calls outside transactions are made in their
 * order, and do not wait for each other, because the worker runs what it gets one after another.
 */
export class CallQueue {
  #holder: object | undefined;
  #waiting: Waiting[] = [];
  #unposted = 0;

  /** Watches the callback of the transaction that goes on. */
  callback: CallbackWatch | undefined;

  /** Makes a call: at once, or as soon as the transactions that came before have ended, unless the signal ends the wait. */
  pass<T>(owner: object, call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#isFree ? call() : this.#wait({ owner, kind: 'call', call, signal });
  }

  /**
   * Makes a further call of something that still has the database, such as a stream. It waits only for a transaction of the same owner:
   * those of other owners may be waiting for its end.
   */
  goOn<T>(owner: object, call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#holder === owner ? this.#wait({ owner, kind: 'further call', call, signal }) : call();
  }

  /** Lets no transaction begin until the message of a call is posted that was made before. */
  async keepOut(posting: Promise<void> | undefined): Promise<void> {
    if (!posting) return;
    this.#unposted++;
    await posting;
    this.#unposted--;
    this.#advance();
  }

  /** Waits for the database alone; {@link leave} gives it back. The signal ends the wait. */
  async enter(owner: object, signal?: AbortSignal): Promise<void> {
    if (this.#isFree && this.#unposted === 0) this.#holder = owner;
    else await this.#wait({ owner, kind: 'transaction', call: async () => {}, signal });
  }

  /** Gives the database back, if this owner has it. */
  leave(owner: object): void {
    if (this.#holder !== owner) return;
    this.#holder = undefined;
    this.#advance();
  }

  /** Whether calls wait for the transaction that goes on. */
  get isAwaited(): boolean {
    return this.#waiting.length > 0;
  }

  /** Ends the waits of one owner with an error. */
  reject(owner: object, error: Error): void {
    for (const waiting of this.#remove(waiting => waiting.owner === owner)) waiting.reject(error);
    this.#advance();
  }

  /** Ends the waits of all owners with an error. */
  rejectAll(error: Error): void {
    for (const waiting of this.#remove(() => true)) waiting.reject(error);
  }

  /** Whether no transaction goes on, and none waits. */
  get #isFree(): boolean {
    return !this.#holder && this.#waiting.length === 0;
  }

  /** Makes the waiting calls at once, so that a later call cannot be faster. */
  #advance(): void {
    while (!this.#holder && this.#waiting.length > 0) {
      if (this.#waiting[0]!.kind === 'transaction' && this.#unposted > 0) break;
      const next = this.#waiting.shift()!;
      if (next.kind === 'transaction') this.#holder = next.owner;
      next.start();
    }
    for (const next of this.#remove(({ kind, owner }) => kind === 'further call' && owner !== this.#holder)) next.start();
  }

  #remove(which: (waiting: Waiting) => boolean): Waiting[] {
    const removed = this.#waiting.filter(which);
    this.#waiting = this.#waiting.filter(waiting => !removed.includes(waiting));
    return removed;
  }

  #wait<T>({ owner, kind, call, signal }: Pick<Waiting, 'owner' | 'kind'> & { call: () => Promise<T>; signal: AbortSignal | undefined }): Promise<T> {
    return new Promise((resolve, reject) => {
      const refuse = (reason: unknown) => {
        if (this.#remove(other => other === waiting).length === 0) return;
        waiting.reject(reason);
        this.#advance();
      };
      const cancel = () => refuse(signal!.reason);
      const end =
        <V>(settle: (value: V) => void) =>
        (value: V) => {
          signal?.removeEventListener('abort', cancel);
          settle(value);
        };
      const waiting: Waiting = { owner, kind, start: () => end(resolve)(call()), reject: end(reject) };
      this.#waiting.push(waiting);
      signal?.addEventListener('abort', cancel);
      if (this.callback?.isInside) this.callback.refuseWhenIdle(refuse);
    });
  }
}

interface Waiting {
  owner: object;
  kind: 'call' | 'further call' | 'transaction';
  start: () => void;
  reject: (reason: unknown) => void;
}
