namespace Isar.Storage.Browser;

/// <summary>What came of <see cref="HostInterop.Attempt"/>; <c>session.ts</c> has the same values.</summary>
internal enum Attempt
{
    /// <summary>The database was locked, and nothing was done. It can be attempted again.</summary>
    Locked,

    /// <summary>It has ended, perhaps with a failure.</summary>
    Ended,

    /// <summary>It has ended and holds a commit, which must be stored before the page is answered.</summary>
    Committed,
}
