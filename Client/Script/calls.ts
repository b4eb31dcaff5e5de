import type { StorageProgress } from '../../Protocol/protocol';

/** What a call that can take long is told beside what to do. */
export interface CallOptions {
  /** Hears how far it is, where it takes long: the first and the last of each stage, and about every 50 ms between them. */
  onProgress?: ((progress: StorageProgress) => void) | undefined;

  /**
   * Cancels the call. It then rejects with the signal's `reason`, as `fetch` does: at once when the signal is aborted before the call,
   * otherwise when the worker has ended it. A call that completes first is not affected.
   */
  signal?: AbortSignal | undefined;
}

/** What a call that runs SQL is told beside what to do. */
export interface SqlOptions {
  /**
   * Cancels the call, which then rejects with the signal's `reason`: while it waits for its turn or for another tab; and while the worker
   * runs the statement, if the page is [cross-origin isolated](https://developer.mozilla.org/docs/Web/API/Window/crossOriginIsolated).
   * Without that the worker hears of it only after the statement. What is interrupted has changed nothing; inside a transaction SQLite
   * [rolls back all of it](https://sqlite.org/c3ref/interrupt.html) when the statement writes.
   */
  signal?: AbortSignal | undefined;
}

/** Calls what the page gave. An error in it is the page's own and is reported as that of an event listener, which ends nothing else. */
export function callBack<T>(callback: ((value: T) => void) | undefined, value: T): void {
  try {
    callback?.(value);
  } catch (error) {
    if (typeof reportError === 'function') reportError(error);
    else console.error(error);
  }
}
