import type { StorageProgress } from '../../Protocol/protocol';

/** The options of a call that can take long. */
export interface CallOptions {
  /** Called with the progress, where the call takes long: at the first and the last step of each stage, and about every 50 ms between. */
  onProgress?: ((progress: StorageProgress) => void) | undefined;

  /**
   * Cancels the call. It then rejects with the signal's `reason`, as `fetch` does: at once when the signal is aborted before the call,
   * otherwise when the worker has ended it. A call that completes first is not affected.
   */
  signal?: AbortSignal | undefined;
}

/** The options of a call that runs SQL. */
export interface SqlOptions {
  /**
   * Cancels the call, which then rejects with the signal's `reason`: at once when its SQL plainly only reads (`SELECT`, `VALUES`, `EXPLAIN`), when it
   * begins a transaction or is not sent yet; its result is dropped. One that may write rejects or resolves when the worker has told what came of it: it is
   * cancelled while it waits for its turn or for another tab, and interrupted while it runs if the page is
   * [cross-origin isolated](https://developer.mozilla.org/docs/Web/API/Window/crossOriginIsolated); otherwise the worker hears of the signal only
   * after the statement. An interrupted statement has changed nothing; one that writes inside a transaction
   * [rolls back all of it](https://sqlite.org/c3ref/interrupt.html).
   */
  signal?: AbortSignal | undefined;
}

/** Waits for what others wait for too; the signal ends only this wait. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await work;
  const waiting = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { signal: waiting.signal });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    waiting.abort();
  }
}

/** Calls a function of the page. An error in it is reported like that of an event listener, and ends nothing else. */
export function callBack<T>(callback: ((value: T) => void) | undefined, value: T): void {
  try {
    callback?.(value);
  } catch (error) {
    if (typeof reportError === 'function') reportError(error);
    else console.error(error);
  }
}
