import { untilAborted } from './calls';

/** The order in which the messages of calls are posted: that in which the calls were made. */
export class Order {
  #last: Promise<void> | undefined;

  /**
   * Posts a message after those of earlier calls, and as soon as it is ready: before this returns, if it can. The signal ends the wait; what makes
   * it ready ends by itself, so that the call is not rejected while rows of the page are still read.
   */
  post<T, R = void>(post: (ready: R) => Promise<T>, signal?: AbortSignal, ready?: Promise<R>): Promise<T> {
    if (!this.#last && !ready) return post(undefined as R);
    return new Promise((resolve, reject) => {
      const go = async (before = Promise.resolve()) => {
        try {
          const value = await ready;
          await untilAborted(before, signal);
          resolve(post(value as R));
        } catch (error) {
          reject(error);
          await before;
        }
        if (this.#last === turn) this.#last = undefined;
      };
      const turn: Promise<void> = go(this.#last);
      this.#last = turn;
    });
  }
}
