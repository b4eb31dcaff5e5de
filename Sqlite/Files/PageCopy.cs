using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Isar.Storage.Sqlite;

/// <summary>
/// Copies the pages of one database over another with SQLite's <see href="https://sqlite.org/backup.html">online backup</see>: one
/// transaction, so that every reader sees the old content or the new, and the journal brings the old one back after a kill.
/// </summary>
internal static class PageCopy
{
    /// <summary>How much is copied before other work has its turn.</summary>
    private const int StepLength = 1 << 20;

    /// <param name="source">The database to copy. It must not change meanwhile.</param>
    /// <param name="target">The database to replace. It is locked for all other connections until the copy is complete or given up.</param>
    /// <param name="marksRollback">Whether the copy is marked as one without a write-ahead log, also where the source has one.</param>
    /// <param name="failed">The beginning of the error message, such as "The database could not be copied".</param>
    /// <param name="stage">The stage to report.</param>
    /// <param name="progress">Receives the progress.</param>
    /// <param name="cancellationToken">Ends it, and leaves the target as it was; honoured until the last page is copied.</param>
    /// <exception cref="SqliteException">The target is locked; nothing was done.</exception>
    /// <exception cref="StorageException">It failed, and the target is as it was.</exception>
    public static async ValueTask RunAsync(
        SqliteConnection source,
        SqliteConnection target,
        bool marksRollback,
        string failed,
        StorageStage stage,
        IProgress<StorageProgress>? progress,
        CancellationToken cancellationToken)
    {
        // A busy handler would block the thread.
        raw.sqlite3_busy_timeout(target.Handle!, 0);
        raw.sqlite3_busy_timeout(source.Handle!, 0);
        int pageSize = ReadPageSize(source);
        // A write-ahead log keeps the page size, and SQLite would refuse the copy at its end.
        bool hadLog = ReadPageSize(target) != pageSize && DatabaseOpener.EndLog(target);
        await CopyAsync(source, target, pageSize, marksRollback, failed, stage, progress, cancellationToken).ConfigureAwait(false);
        if (hadLog)
            DatabaseOpener.TryBeginLog(target);
    }

    private static async ValueTask CopyAsync(
        SqliteConnection source,
        SqliteConnection target,
        int pageSize,
        bool marksRollback,
        string failed,
        StorageStage stage,
        IProgress<StorageProgress>? progress,
        CancellationToken cancellationToken)
    {
        using sqlite3_backup backup = raw.sqlite3_backup_init(target.Handle!, "main", source.Handle!, "main");
        if (backup.IsInvalid)
            throw FailureOf(raw.sqlite3_errcode(target.Handle!), raw.sqlite3_errmsg(target.Handle!).utf8_to_string(), failed);
        int code;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            VfsCall call = VfsCall.Begin();
            call.MarksRollback = marksRollback;
            code = raw.sqlite3_backup_step(backup, StepLength / pageSize);
            call.MarksRollback = false;
            if (code is not (raw.SQLITE_OK or raw.SQLITE_DONE))
                throw FailureOf(code, raw.sqlite3_errstr(code).utf8_to_string(), failed);
            long total = (long)raw.sqlite3_backup_pagecount(backup) * pageSize;
            progress?.Report(new StorageProgress(stage, total - (long)raw.sqlite3_backup_remaining(backup) * pageSize, total));
            await Task.Yield();
        }
        while (code != raw.SQLITE_DONE);
    }

    private static int ReadPageSize(SqliteConnection connection)
    {
        sqlite3 handle = connection.Handle!;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(handle, "PRAGMA page_size", out sqlite3_stmt statement), handle);
        using (statement)
        {
            raw.sqlite3_step(statement);
            return raw.sqlite3_column_int(statement, 0);
        }
    }

    private static Exception FailureOf(int code, string message, string failed)
    {
        int primary = SqliteCode.Primary(code);
        if (primary is SqliteCode.Busy or SqliteCode.Locked)
            return new SqliteException($"SQLite Error {primary}: '{message}'.", primary, code);
        var cause = VfsCall.Current.Failure as StorageException;
        StorageErrorKind kind = cause?.Kind ?? primary switch
        {
            SqliteCode.Full => StorageErrorKind.Full,
            SqliteCode.Corrupt or SqliteCode.NotADatabase => StorageErrorKind.Corrupt,
            SqliteCode.ReadOnly => StorageErrorKind.ReadOnly,
            _ => StorageErrorKind.Io,
        };
        return new StorageException(kind, $"{failed}: {(cause?.Message ?? message).TrimEnd('.')}.", new SqliteException(message, primary, code));
    }
}
