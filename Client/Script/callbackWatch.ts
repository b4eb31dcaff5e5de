import { usageError } from '../../Protocol/errors';

/** How long a callback may do nothing while a call that was made inside it waits for its end, in milliseconds. */
const IDLE_MS = 1000;

/** How many turns of promises after an answer count as the callback's own: enough for some functions that await each other. */
const TURNS = 16;

/**
 * Watches the callback of a transaction for calls inside it that wait for its end: if it awaits them, neither ever ends. What runs right after
 * the callback was called, or has got an answer, is the callback, or was brought about by it. That alone proves no mistake, because not all of
 * it is awaited; that the callback then does nothing more in its transaction is taken as the proof.
 */
export class CallbackWatch {
  #segments = 0;
  #begun = 0;
  #running = 0;
  #ended = false;

  /** Whether code of the callback runs. */
  get isInside(): boolean {
    return this.#segments > 0 && !this.#ended;
  }

  /** Calls the callback, or gives it an answer. */
  async enter(): Promise<void> {
    this.#segments++;
    for (let turn = 0; turn < TURNS; turn++) await undefined;
    this.#segments--;
  }

  /** Notes a call of the transaction. */
  note(call: Promise<unknown>): void {
    this.#begun++;
    this.#running++;
    const end = () => {
      this.#running--;
      void this.enter();
    };
    call.then(end, end);
  }

  end(): void {
    this.#ended = true;
  }

  /** Refuses a call that was made inside, once the callback has done nothing for a second. */
  refuseWhenIdle(refuse: (reason: Error) => void): void {
    const begun = this.#begun;
    setTimeout(() => {
      if (this.#ended) return;
      if (this.#running > 0 || this.#begun !== begun) this.refuseWhenIdle(refuse);
      else refuse(usageError(`A call on the database was made inside a transaction's callback, which waits for it and does nothing else. ${USE_TX}`));
    }, IDLE_MS);
  }
}

/** The calls on one database that belong to no transaction: the worker answers them when the transactions before them have ended. */
export class OutsideCalls {
  #unanswered = 0;

  /** Watches the callback of the transaction that goes on. */
  callback: CallbackWatch | undefined;

  /** Whether calls wait for the transaction that goes on. */
  get areAwaited(): boolean {
    return this.#unanswered > 0;
  }

  /** Makes a call, whose message is posted before this returns if it can be. One that the callback waits for is cancelled with an error. */
  async make<T>(call: (signal: AbortSignal | undefined) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    this.#unanswered++;
    try {
      return await (this.callback?.isInside ? makeInside(this.callback, call, signal) : call(signal));
    } finally {
      this.#unanswered--;
    }
  }
}

async function makeInside<T>(callback: CallbackWatch, call: (signal: AbortSignal) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const refusal = new AbortController();
  let isAnswered = false;
  callback.refuseWhenIdle(reason => isAnswered || refusal.abort(reason));
  try {
    return await call(signal ? AbortSignal.any([signal, refusal.signal]) : refusal.signal);
  } finally {
    isAnswered = true;
  }
}

/** What to do instead of a call on the database. */
export const USE_TX = 'Inside the callback use only the transaction that it is given (tx); calls on the database wait for its end.';
