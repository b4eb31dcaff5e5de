import type { ErrorKind } from '../../Protocol/protocol';
import {
  SQLITE_ABORT_ROLLBACK,
  SQLITE_CANTOPEN,
  SQLITE_CORRUPT,
  SQLITE_FULL,
  SQLITE_IOERR,
  SQLITE_MISUSE,
  SQLITE_PERM,
  SQLITE_READONLY,
} from '../../Protocol/resultCodes';

// The constants of SQLite's interface that are used here: https://sqlite.org/c3ref/constlist.html

export const SQLITE_INTEGER = 1;
export const SQLITE_FLOAT = 2;
export const SQLITE_TEXT = 3;
export const SQLITE_BLOB = 4;
export const SQLITE_NULL = 5;

export const SQLITE_PREPARE_PERSISTENT = 1;
export const SQLITE_STMTSTATUS_REPREPARE = 5;

/** The codes with which SQLite reports a failure of the storage below it. */
export const STORAGE_CODES: ReadonlySet<number> = new Set([SQLITE_PERM, SQLITE_READONLY, SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_FULL, SQLITE_CANTOPEN]);

/** A statement that failed. Without `detail`, the connection has SQLite's own message; `kind` is for what the code does not tell. */
export class SqliteFailure extends Error {
  constructor(
    readonly code: number,
    readonly detail?: string,
    readonly kind?: ErrorKind,
  ) {
    super(detail ?? `SQLite code ${code}`);
  }
}

/** A request that came too late: what it belongs to was given up because the page was left. It can be repeated. */
export function left(message: string): SqliteFailure {
  return new SqliteFailure(SQLITE_ABORT_ROLLBACK, message, 'busy');
}

/** A call that breaks the rules; nothing has been done. */
export function misuse(message: string): SqliteFailure {
  return new SqliteFailure(SQLITE_MISUSE, message);
}
