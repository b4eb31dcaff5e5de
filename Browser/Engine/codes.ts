// The constants of SQLite's interface that the host uses: https://sqlite.org/c3ref/constlist.html

export const SQLITE_OK = 0;
export const SQLITE_BUSY = 5;
export const SQLITE_NOMEM = 7;
export const SQLITE_INTERRUPT = 9;
export const SQLITE_TOOBIG = 18;
export const SQLITE_MISUSE = 21;
export const SQLITE_ROW = 100;
export const SQLITE_DONE = 101;
export const SQLITE_ABORT_ROLLBACK = 4 | (2 << 8);

export const SQLITE_INTEGER = 1;
export const SQLITE_FLOAT = 2;
export const SQLITE_TEXT = 3;
export const SQLITE_BLOB = 4;

export const SQLITE_PREPARE_PERSISTENT = 1;
export const SQLITE_STMTSTATUS_REPREPARE = 5;

/** The primary code of an extended one. */
export function primaryCode(code: number): number {
  return code & 0xff;
}

/** A statement that failed. Without a message, SQLite has set its own. */
export class SqliteFailure extends Error {
  constructor(readonly code: number, readonly detail?: string) {
    super(detail ?? `SQLite code ${code}`);
  }
}

/** A call that breaks the rules; nothing has been done. */
export function misuse(message: string): SqliteFailure {
  return new SqliteFailure(SQLITE_MISUSE, message);
}
