namespace Isar.Storage.Browser;

/// <summary>What <see cref="HostInterop.Execute"/> tells; <c>statementOutcome.ts</c> has the same.</summary>
internal enum StatementOutcome
{
    Done,

    /// <summary>Done, and a commit must reach the storage before the page is answered.</summary>
    Committed,

    /// <summary>As <see cref="Committed"/>, but the commit may have been to an attached database.</summary>
    CommittedAttached,

    /// <summary>The database was locked and nothing was done. It can be executed again.</summary>
    Locked,

    /// <summary>As <see cref="Locked"/>, but inside a transaction.</summary>
    LockedInTransaction,

    /// <summary>Some of it may be done, but not all.</summary>
    Failed,
}
