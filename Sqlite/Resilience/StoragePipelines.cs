using Isar.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace Isar.Storage;

/// <summary>The pipelines that wait for others and try again, by name; <c>ConfigurePipeline</c> extends or replaces them.</summary>
public static class StoragePipelines
{
    /// <summary>Waits until a database's files can be acquired and opened, for <see cref="IsarStorageOptions.OpenTimeout"/>.</summary>
    public const string Open = "open";

    /// <summary>Waits until another tab hands a database over, for <see cref="IsarStorageOptions.LeaseTimeout"/>.</summary>
    public const string Lease = "lease";

    /// <summary>Repeats a whole transaction while other connections block it, for <see cref="IsarStorageOptions.TransactionTimeout"/>.</summary>
    public const string Transaction = "transaction";

    internal static readonly string[] All = [Open, Lease, Transaction];

    /// <summary>
    /// Tells whether the pipelines try again after a failure: <c>SQLITE_BUSY</c> and <c>SQLITE_LOCKED</c> in all their forms
    /// (<see href="https://sqlite.org/rescode.html">Result and Error Codes</see>), and a <see cref="StorageException"/> that
    /// <see cref="StorageException.IsTransient"/>; also as the cause of another exception, such as EF Core's. For a retry of your own.
    /// </summary>
    public static bool IsRetryable(Exception? failure)
    {
        for (Exception? e = failure; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                // It says itself whether its inner exception still counts.
                case StorageException storage:
                    return storage.IsTransient;
                case SqliteException sqlite:
                    return sqlite.SqliteErrorCode is SqliteCode.Busy or SqliteCode.Locked;
            }
        }
        return false;
    }
}
