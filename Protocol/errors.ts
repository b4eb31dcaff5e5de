import type { ErrorKind, ErrorShape } from './protocol';
import { SQLITE_MISUSE, SQLITE_TOOBIG } from './resultCodes';

/** Every error of this library that a call can reject with. */
export class IsarStorageError extends Error {
  override readonly name = 'IsarStorageError';

  /** What sort of error it is. */
  readonly kind: ErrorKind;

  /**
   * SQLite's [primary result code](https://sqlite.org/rescode.html), such as 5 (busy), 13 (full) or 19 (constraint), no matter
   * whether SQLite or the storage below it found the error; 0 when no code corresponds.
   */
  readonly code: number;

  /** SQLite's extended result code, such as 2067 (unique constraint); equal to {@link code} when there is none. */
  readonly extendedCode: number;

  /** @internal */
  constructor(error: ErrorShape, options?: ErrorOptions) {
    super(error.message, options);
    this.kind = error.kind;
    this.code = error.code;
    this.extendedCode = error.extendedCode;
  }
}

/** The error of a wrong call. */
export function usageError(message: string, options?: ErrorOptions): IsarStorageError {
  return new IsarStorageError({ kind: 'usage', code: SQLITE_MISUSE, extendedCode: SQLITE_MISUSE, message }, options);
}

/** The error of a result for which the page has no memory. */
export function tooBigError(message: string, options?: ErrorOptions): IsarStorageError {
  return new IsarStorageError({ kind: 'sqlite', code: SQLITE_TOOBIG, extendedCode: SQLITE_TOOBIG, message }, options);
}

/** The error of a call on something closed. */
export function closedError(message: string): IsarStorageError {
  return new IsarStorageError({ kind: 'closed', code: SQLITE_MISUSE, extendedCode: SQLITE_MISUSE, message });
}

/** The error of something that took the page too long. */
export function timeoutError(message: string): IsarStorageError {
  return new IsarStorageError({ kind: 'timeout', code: 0, extendedCode: 0, message });
}

/** The error of a worker that could not be started, or has died. */
export function workerError(message: string, options?: ErrorOptions): IsarStorageError {
  return new IsarStorageError({ kind: 'worker', code: 0, extendedCode: 0, message }, options);
}
