import { IsarStorageError } from '../../Protocol/errors';
import { SQLITE_BUSY } from '../../Protocol/resultCodes';

/** The first and the longest delay, in milliseconds. Each is twice the one before; jitter takes up to half of it away. */
const FIRST_DELAY = 20;
const MAX_DELAY = 1000;

/**
 * Repeats a whole transaction while SQLite finds the database locked by another connection, until the time is over.
 * @param attempt runs the whole transaction, and undoes it when it fails.
 * @param timeoutMs for how long new attempts are begun.
 * @param signal ends a delay.
 */
export async function retry<T>(attempt: () => Promise<T>, timeoutMs: number, signal: AbortSignal | undefined): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (let longest = FIRST_DELAY; ; longest = Math.min(2 * longest, MAX_DELAY)) {
    try {
      return await attempt();
    } catch (error) {
      const delay = longest * (1 - Math.random() / 2);
      if (!isLocked(error) || performance.now() + delay > end) throw error;
      await sleep(delay, signal);
    }
  }
}

/**
 * Whether SQLite found the database locked; its error can also be the cause of one of the page's own. An error of kind `busy` has waited
 * already. A rollback that failed never counts, even if it was made because of a lock.
 */
export function isLocked(error: unknown): boolean {
  if (error instanceof IsarStorageError) return error.kind === 'sqlite' && error.code === SQLITE_BUSY;
  return error instanceof Error && error.cause !== undefined && isLocked(error.cause);
}

function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const abort = () => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', abort, { once: true });
  });
}
