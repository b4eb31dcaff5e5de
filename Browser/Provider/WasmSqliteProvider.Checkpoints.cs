using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>Checkpoints of the write-ahead log. The functions are not exported, so their pragmas do it.</summary>
internal sealed unsafe partial class WasmSqliteProvider
{
    int ISQLite3Provider.sqlite3_wal_autocheckpoint(sqlite3 db, int n)
    {
        using var statement = new InnerStatement(HandleOf(db), $"PRAGMA wal_autocheckpoint={n}");
        return statement.Code == raw.SQLITE_OK ? Succeeded(statement.Step()) : statement.Code;
    }

    int ISQLite3Provider.sqlite3_wal_checkpoint(sqlite3 db, utf8z dbName)
        => ((ISQLite3Provider)this).sqlite3_wal_checkpoint_v2(db, dbName, raw.SQLITE_CHECKPOINT_PASSIVE, out _, out _);

    int ISQLite3Provider.sqlite3_wal_checkpoint_v2(sqlite3 db, utf8z dbName, int eMode, out int logSize, out int framesCheckPointed)
    {
        logSize = framesCheckPointed = -1;
        string? mode = eMode switch
        {
            raw.SQLITE_CHECKPOINT_PASSIVE => "PASSIVE",
            raw.SQLITE_CHECKPOINT_FULL => "FULL",
            raw.SQLITE_CHECKPOINT_RESTART => "RESTART",
            raw.SQLITE_CHECKPOINT_TRUNCATE => "TRUNCATE",
            _ => null,
        };
        if (mode is null)
            return raw.SQLITE_MISUSE;
        string? schema = dbName.utf8_to_string();
        string prefix = string.IsNullOrEmpty(schema) ? "" : $"{InnerStatement.Quote(schema)}.";
        using var statement = new InnerStatement(HandleOf(db), $"PRAGMA {prefix}wal_checkpoint({mode})");
        if (statement.Code != raw.SQLITE_OK)
            return statement.Code;
        int code = statement.Step();
        ProviderCallbacks.ThrowPending();
        if (code != raw.SQLITE_ROW)
            return Succeeded(code);
        logSize = (int)statement.GetInt64(1);
        framesCheckPointed = (int)statement.GetInt64(2);
        // The pragma tells "busy" as its first column.
        return statement.GetInt64(0) == 0 ? raw.SQLITE_OK : SetError(HandleOf(db), raw.SQLITE_BUSY, "database is locked");
    }

    private static int Succeeded(int code) => code is raw.SQLITE_ROW or raw.SQLITE_DONE ? raw.SQLITE_OK : code;
}
