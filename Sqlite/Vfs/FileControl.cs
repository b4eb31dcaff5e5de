namespace Isar.Storage.Sqlite;

/// <summary>
/// The <see href="https://sqlite.org/c3ref/c_fcntl_begin_atomic_write.html">opcodes of xFileControl</see> that the adapter answers.
/// </summary>
internal static class FileControl
{
    public const int LockState = 1;
    public const int LastErrorNumber = 4;
    public const int PersistWal = 10;
    public const int VfsName = 12;
    public const int PowersafeOverwrite = 13;

    /// <summary>Sent when a transaction begins to write.</summary>
    public const int HasMoved = 20;

    /// <summary>Sent at every commit before the flush, and also when <c>synchronous=OFF</c> leaves the flush out.</summary>
    public const int Sync = 21;

    /// <summary>Sent at every commit after the journal has ended, which with <c>journal_mode=PERSIST</c> is a write.</summary>
    public const int CommitPhaseTwo = 22;

    /// <summary>What an opcode's argument points at; tells a binding what to move.</summary>
    public static FileControlArgument ArgumentOf(int opcode) => opcode switch
    {
        LockState or LastErrorNumber or PersistWal or PowersafeOverwrite or HasMoved => FileControlArgument.Int32,
        VfsName => FileControlArgument.Text,
        _ => FileControlArgument.None,
    };
}

/// <summary>What the argument of a file control points at.</summary>
internal enum FileControlArgument
{
    None,
    Int32,
    Text,
}
