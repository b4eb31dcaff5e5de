using SQLitePCL;
using Xunit;

namespace Isar.Storage.Browser.Tests.Worker;

/// <summary>What the engine cannot do is refused with a reason.</summary>
public sealed class ProviderRefusalTests
{
    // Switching off what is not there is allowed, see ProviderLibraryTests.
    private static readonly Dictionary<string, (string Reason, Action<ISQLite3Provider, sqlite3> Call)> _refused = new()
    {
        ["sqlite3_key"] = ("no encryption", (p, db) => p.sqlite3_key(db, "k"u8)),
        ["sqlite3_key_v2"] = ("no encryption", (p, db) => p.sqlite3_key_v2(db, default, "k"u8)),
        ["sqlite3_rekey"] = ("no encryption", (p, db) => p.sqlite3_rekey(db, "k"u8)),
        ["sqlite3_rekey_v2"] = ("no encryption", (p, db) => p.sqlite3_rekey_v2(db, default, "k"u8)),
        ["sqlite3_enable_load_extension"] = ("cannot load extensions", (p, db) => p.sqlite3_enable_load_extension(db, 1)),
        ["sqlite3_load_extension"] = ("cannot load extensions", (p, db) => p.sqlite3_load_extension(db, default, default, out _)),
        ["sqlite3_enable_shared_cache"] = ("SQLITE_OMIT_SHARED_CACHE", (p, _) => p.sqlite3_enable_shared_cache(1)),
        ["sqlite3_shutdown"] = ("never shut down", (p, _) => p.sqlite3_shutdown()),
        ["sqlite3_win32_set_directory"] = ("only on Windows", (p, _) => p.sqlite3_win32_set_directory(1, default)),
        ["sqlite3_snapshot_get"] = ("SQLITE_ENABLE_SNAPSHOT", (p, db) => p.sqlite3_snapshot_get(db, default, out _)),
        ["sqlite3_snapshot_open"] = ("SQLITE_ENABLE_SNAPSHOT", (p, db) => p.sqlite3_snapshot_open(db, default, null!)),
        ["sqlite3_snapshot_recover"] = ("SQLITE_ENABLE_SNAPSHOT", (p, db) => p.sqlite3_snapshot_recover(db, default)),
        ["sqlite3_snapshot_cmp"] = ("SQLITE_ENABLE_SNAPSHOT", (p, _) => p.sqlite3_snapshot_cmp(null!, null!)),
        ["sqlite3_snapshot_free"] = ("SQLITE_ENABLE_SNAPSHOT", (p, _) => p.sqlite3_snapshot_free(0)),
    };

    [Fact]
    public void What_is_refused_says_why()
    {
        using var db = new ProviderDatabase();
        foreach ((string name, (string reason, Action<ISQLite3Provider, sqlite3> call)) in _refused)
        {
            var error = Assert.Throws<NotSupportedException>(() => call(ProviderRecorder.Provider, db.Handle));
            Assert.True(error.Message.Contains(reason, StringComparison.Ordinal), $"{name}: {error.Message}");
        }
    }
}
