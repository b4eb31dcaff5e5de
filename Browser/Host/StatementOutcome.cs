namespace Isar.Storage.Browser;

/// <summary>The outcome of <see cref="HostInterop.Execute"/>; <c>statementOutcome.ts</c> has the same values.</summary>
internal enum StatementOutcome
{
    Done,

    /// <summary>Done, and a commit must reach the storage before the page is answered.</summary>
    Committed,

    /// <summary>Done, and a commit, perhaps to an attached database, must reach the storage before the page is answered.</summary>
    CommittedAttached,

    /// <summary>The database was locked and nothing was done. It can be executed again.</summary>
    Locked,

    /// <summary>The database was locked inside a transaction, and nothing was done.</summary>
    LockedInTransaction,

    /// <summary>It failed; a part of it may be done.</summary>
    Failed,

    /// <summary>As <see cref="Failed"/>, and what was done before holds a commit, which must reach the storage before the page is answered.</summary>
    FailedCommitted,
}
