/** The outcome of `execute`; StatementOutcome.cs has the same values. The error of a failed or locked one is kept for `completeFailed`. */
export const enum StatementOutcome {
  Done,
  /** Done, and a commit must reach the storage before the page is answered. */
  Committed,
  /** Done, and a commit, perhaps to an attached database, must reach the storage before the page is answered. */
  CommittedAttached,
  /** The database was locked and nothing was done. */
  Locked,
  /** The database was locked inside a transaction, and nothing was done. */
  LockedInTransaction,
  Failed,
  /** As `Failed`, and what was done before holds a commit, which must reach the storage before the page is answered. */
  FailedCommitted,
}
