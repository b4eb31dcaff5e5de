using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace Isar.Storage.Sqlite;

/// <summary>The note that EF Core makes in a database while it migrates it, and that a tab or process that is killed leaves there.</summary>
internal sealed partial class IsarStorage
{
    /// <summary>The table of EF Core's migration lock.</summary>
    private const string MigrationLock = "__EFMigrationsLock";

    public async ValueTask<bool> ClearMigrationLockAsync(string database, CancellationToken cancellationToken)
    {
        StoragePath path = DatabaseName.Parse(database);
        TakenDatabase? taken;
        try
        {
            taken = await pipelines.AtOnce.ExecuteAsync(path, progress: null, (waiting, token) =>
                resolver.TakeAsync(path, anywhere: false, "is being looked at for a lock of EF Core", waiting, token), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (StorageException e) when (e.Kind == StorageErrorKind.Busy)
        {
            return false;
        }
        if (taken?.Files is not { } files)
            return false;
        await using ConfiguredAsyncDisposable releaseFiles = files.ConfigureAwait(false);
        if (files.Backend.Backend.GetLength(path) is null or 0)
            return false;
        using SqliteConnection connection =
            await files.Backend.OpenAloneAsync(path, SqliteOpenMode.ReadWrite, cancellationToken).ConfigureAwait(false);
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = $"SELECT 1 FROM sqlite_schema WHERE name = '{MigrationLock}'";
        if (command.ExecuteScalar() is null)
            return false;
        command.CommandText = $"DELETE FROM {MigrationLock}";
        bool wasLeft = command.ExecuteNonQuery() > 0;
        await files.Backend.Backend.FlushAsync(path, cancellationToken).ConfigureAwait(false);
        return wasLeft;
    }
}
