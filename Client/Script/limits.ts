import { timeoutError, usageError } from '../../Protocol/errors';

/** The longest limit, a day in milliseconds: timers of browsers end at 2^31. */
const MAX_LIMIT = 86_400_000;

/** Checks an option in milliseconds. */
export function checkMilliseconds(name: string, value: number, least: number, most = MAX_LIMIT): void {
  if (!(value >= least && value <= most)) throw usageError(`${name} is ${value}, but must be from ${least} to ${most}.`);
}

/**
 * Waits for a callback, until the limit is over or the signal is aborted.
 * @param hint is added to the error of a limit that is over.
 */
export async function withLimit<T>(work: PromiseLike<T> | T, limitMs: number, signal: AbortSignal, hint: () => string): Promise<T> {
  const waiting = new AbortController();
  const cut = new Promise<never>((_, reject) => {
    const timer = setTimeout(
      () =>
        reject(
          timeoutError(
            `The transaction was rolled back because its callback had not ended after ${limitMs} ms; see the option transactionLimitMs.${hint()}`,
          ),
        ),
      limitMs,
    );
    waiting.signal.addEventListener('abort', () => clearTimeout(timer));
    signal.addEventListener('abort', () => reject(signal.reason), { signal: waiting.signal });
  });
  try {
    return await Promise.race([work, cut]);
  } finally {
    waiting.abort();
  }
}
