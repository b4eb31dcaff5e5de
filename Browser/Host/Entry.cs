namespace Isar.Storage.Browser;

/// <summary>What came of <see cref="StatementExports.TryEnter"/>; <c>session.ts</c> has the same values.</summary>
internal enum Entry
{
    /// <summary>It needs a wait.</summary>
    Refused,

    /// <summary>It is entered, and must be left when the request ends.</summary>
    Once,

    /// <summary>It is entered until that is recalled.</summary>
    Lent,
}
