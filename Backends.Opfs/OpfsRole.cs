namespace Isar.Storage.Backends.Opfs;

/// <summary>What a file is to its database.</summary>
internal enum OpfsRole
{
    /// <summary>The database itself.</summary>
    Database,

    /// <summary>The rollback journal, of no use once writes were lost.</summary>
    Journal,

    /// <summary>The write-ahead log.</summary>
    Log,

    /// <summary>The super-journal of a transaction over several databases.</summary>
    SuperJournal,
}
