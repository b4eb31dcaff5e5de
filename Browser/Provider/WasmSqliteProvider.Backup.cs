using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>The online backup.</summary>
internal sealed unsafe partial class WasmSqliteProvider
{
    // Unfinished backups and the connections they read from.
    private readonly Dictionary<nint, nint> _backups = [];

    sqlite3_backup ISQLite3Provider.sqlite3_backup_init(sqlite3 destDb, utf8z destName, sqlite3 sourceDb, utf8z sourceName)
    {
        nint backup;
        fixed (byte* target = destName, source = sourceName)
            backup = ProviderInterop.BackupInit(HandleOf(destDb), (nint)target, HandleOf(sourceDb), (nint)source);
        if (backup != 0)
            _backups.Add(backup, HandleOf(sourceDb));
        return sqlite3_backup.From(backup);
    }

    int ISQLite3Provider.sqlite3_backup_step(sqlite3_backup backup, int nPage)
    {
        int code = ProviderInterop.BackupStep(HandleOf(backup), nPage);
        ProviderCallbacks.ThrowPending();
        return code;
    }

    int ISQLite3Provider.sqlite3_backup_remaining(sqlite3_backup backup) => ProviderInterop.BackupRemaining(HandleOf(backup));

    int ISQLite3Provider.sqlite3_backup_pagecount(sqlite3_backup backup) => ProviderInterop.BackupPageCount(HandleOf(backup));

    int ISQLite3Provider.sqlite3_backup_finish(IntPtr backup)
    {
        _backups.Remove(backup);
        return ProviderInterop.BackupFinish(backup);
    }
}
