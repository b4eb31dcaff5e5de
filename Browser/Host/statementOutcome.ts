/** What `execute` tells .NET, where StatementOutcome.cs has the same. What failed or was locked is kept for `completeFailed`. */
export const enum StatementOutcome {
  Done,
  /** Done, and a commit must reach the storage before the page is answered. */
  Committed,
  /** As `Committed`, but the commit may have been to an attached database. */
  CommittedAttached,
  /** The database was locked and nothing was done. */
  Locked,
  /** As `Locked`, but inside a transaction. */
  LockedInTransaction,
  Failed,
}
