using System.Runtime.InteropServices;
using System.Text;
using SQLitePCL;
using Xunit;

namespace Isar.Storage.Browser.Tests.Worker;

/// <summary>Connections, and SQLite as a whole, through SQLite's own interface.</summary>
public sealed class ProviderLibraryTests : IDisposable
{
    private readonly ProviderDatabase _db = new();

    public void Dispose() => _db.Dispose();

    [Fact]
    public void Connections_tell_about_themselves()
    {
        _db.Execute("CREATE TABLE t(x); INSERT INTO t VALUES(1), (2)");
        Assert.Equal(2, raw.sqlite3_changes(_db.Handle));
        Assert.Equal(2, raw.sqlite3_total_changes(_db.Handle));
        Assert.Equal(2L, raw.sqlite3_last_insert_rowid(_db.Handle));
        Assert.Equal(1, raw.sqlite3_get_autocommit(_db.Handle));
        Assert.Equal(0, raw.sqlite3_db_readonly(_db.Handle, "main"));
        Assert.Equal(-1, raw.sqlite3_db_readonly(_db.Handle, "missing"));
        Assert.Equal("", raw.sqlite3_db_filename(_db.Handle, "main").utf8_to_string());
        Assert.Null(raw.sqlite3_db_filename(_db.Handle, "missing").utf8_to_string());
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_db_status(_db.Handle, raw.SQLITE_DBSTATUS_CACHE_USED, out int used, out _, 0));
        Assert.True(used > 0);
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_busy_timeout(_db.Handle, 10));
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_extended_result_codes(_db.Handle, 1));
        Assert.Equal(10, raw.sqlite3_limit(_db.Handle, raw.SQLITE_LIMIT_ATTACHED, 3));
        Assert.Equal(3, raw.sqlite3_limit(_db.Handle, raw.SQLITE_LIMIT_ATTACHED, -1));
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_db_config(_db.Handle, raw.SQLITE_DBCONFIG_ENABLE_FKEY, 1, out int enabled));
        Assert.Equal(1, enabled);
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_db_config(_db.Handle, raw.SQLITE_DBCONFIG_MAINDBNAME, utf8z.FromString("renamed")));
        Assert.Equal(2L, _db.Scalar("SELECT count(*) FROM renamed.t"));
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_db_config(_db.Handle, raw.SQLITE_DBCONFIG_LOOKASIDE, 0, 64, 10));
        Assert.Throws<NotSupportedException>(() => raw.sqlite3_db_config(_db.Handle, raw.SQLITE_DBCONFIG_LOOKASIDE, 16, 64, 10));
    }

    [Fact]
    public void Close_refuses_while_something_is_in_use()
    {
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_open(":memory:", out sqlite3 db));
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_prepare_v2(db, "SELECT 1", out sqlite3_stmt statement));
        ISQLite3Provider provider = ProviderRecorder.Provider;
        Assert.Equal(raw.SQLITE_BUSY, provider.sqlite3_close(db.DangerousGetHandle()));
        Assert.Contains("unfinalized statements", raw.sqlite3_errmsg(db).utf8_to_string());
        statement.Dispose();
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_close(db));
    }

    [Fact]
    public void Opening_what_is_not_there_is_an_error()
    {
        int code = raw.sqlite3_open_v2("/missing/file.db", out sqlite3 db, raw.SQLITE_OPEN_READWRITE, null);
        using (db)
        {
            Assert.Equal(raw.SQLITE_CANTOPEN, code);
            Assert.Equal("unable to open database file", raw.sqlite3_errmsg(db).utf8_to_string());
        }
        Assert.Equal("unable to open database file", raw.sqlite3_errstr(code).utf8_to_string());
    }

    [Fact]
    public void Checkpoints_run_through_their_pragmas()
    {
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_wal_autocheckpoint(_db.Handle, 123));
        Assert.Equal(123L, _db.Scalar("PRAGMA wal_autocheckpoint"));
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_wal_checkpoint(_db.Handle, "main"));
        foreach (string? schema in new[] { "main", "", null })
        {
            Assert.Equal(raw.SQLITE_OK, raw.sqlite3_wal_checkpoint_v2(
                _db.Handle, schema, raw.SQLITE_CHECKPOINT_TRUNCATE, out int size, out int frames));
            Assert.Equal((-1, -1), (size, frames));
        }
        Assert.Equal(raw.SQLITE_ERROR, raw.sqlite3_wal_checkpoint(_db.Handle, "missing"));
        Assert.Equal(raw.SQLITE_MISUSE, raw.sqlite3_wal_checkpoint_v2(_db.Handle, "main", 99, out _, out _));
    }

    [Fact]
    public void The_library_tells_about_itself()
    {
        Assert.Equal("e_sqlite3", raw.GetNativeLibraryName());
        Assert.Equal(raw.sqlite3_libversion().utf8_to_string(), _db.Scalar("SELECT sqlite_version()"));
        Assert.True(raw.sqlite3_libversion_number() >= 3_054_000);
        Assert.Equal(raw.sqlite3_sourceid().utf8_to_string(), _db.Scalar("SELECT sqlite_source_id()"));
        Assert.Equal(raw.sqlite3_compileoption_used("THREADSAFE=0"), 1 - raw.sqlite3_threadsafe());
        Assert.Equal(1, raw.sqlite3_compileoption_used("ENABLE_FTS5"));
        Assert.Contains("ENABLE_RTREE", Enumerable.Range(0, 200).Select(i => raw.sqlite3_compileoption_get(i).utf8_to_string()));
        Assert.Equal((1, 0), (raw.sqlite3_complete("SELECT 1;"), raw.sqlite3_complete("SELECT ';")));
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_initialize());
        Assert.Equal(raw.SQLITE_MISUSE, raw.sqlite3_config(raw.SQLITE_CONFIG_SERIALIZED));
        Assert.Equal(raw.SQLITE_MISUSE, raw.sqlite3_config(raw.SQLITE_CONFIG_MEMSTATUS, 1));
        Assert.Equal(0, raw.sqlite3_enable_shared_cache(0));
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_enable_load_extension(_db.Handle, 0));

        ISQLite3Provider provider = ProviderRecorder.Provider;
        string[] keywords = [.. Enumerable.Range(0, provider.sqlite3_keyword_count()).Select(Keyword)];
        Assert.Contains("SELECT", keywords);
        Assert.Equal(raw.SQLITE_ERROR, provider.sqlite3_keyword_name(keywords.Length, out _));

        string Keyword(int index)
        {
            Assert.Equal(raw.SQLITE_OK, provider.sqlite3_keyword_name(index, out string name));
            return name;
        }
    }

    [Fact]
    public void Memory_is_counted_and_limited()
    {
        Assert.InRange(raw.sqlite3_memory_used(), 1, raw.sqlite3_memory_highwater(0));
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_status(raw.SQLITE_STATUS_MALLOC_COUNT, out int current, out int highest, 0));
        Assert.InRange(current, 1, highest);

        ISQLite3Provider provider = ProviderRecorder.Provider;
        long before = provider.sqlite3_soft_heap_limit64(-1);
        Assert.Equal(before, provider.sqlite3_soft_heap_limit64(500_000_000));
        Assert.Equal(500_000_000, provider.sqlite3_soft_heap_limit64(before));
        Assert.Equal(before, provider.sqlite3_soft_heap_limit64(-1));
        Assert.Equal(0, provider.sqlite3_hard_heap_limit64(-1));

        foreach (nint memory in new[] { raw.sqlite3_malloc(100), raw.sqlite3_malloc64(100) })
        {
            Marshal.WriteByte(memory, 99, 1);
            raw.sqlite3_free(memory);
        }
        Assert.Equal(0, raw.sqlite3_malloc(0));
        raw.sqlite3_free(0);
    }

    [Fact]
    public unsafe void Names_are_compared_as_SQLite_does()
    {
        ISQLite3Provider provider = ProviderRecorder.Provider;
        Assert.Equal(0, Compare("abc", "ABC", 3));
        Assert.Equal(0, Compare("abcX", "ABCY", 3));
        Assert.True(Compare("abc", "abd", 3) < 0);
        Assert.True(Compare("ä", "Ä", 2) != 0);
        Assert.True(Compare("a_", "aZ", 2) < 0);
        Assert.Equal(0, provider.sqlite3_stricmp(0, 0));

        int Compare(string left, string right, int count)
        {
            fixed (byte* l = Encoding.UTF8.GetBytes(left + '\0'), r = Encoding.UTF8.GetBytes(right + '\0'))
            {
                int whole = provider.sqlite3_stricmp((nint)l, (nint)r);
                int part = provider.sqlite3_strnicmp((nint)l, (nint)r, count);
                Assert.True(left.Length > count || Math.Sign(whole) == Math.Sign(part));
                return part;
            }
        }
    }

    [Fact]
    public void A_file_is_deleted_through_its_vfs()
    {
        Assert.Equal(raw.SQLITE_ERROR, raw.sqlite3__vfs__delete("no-such-vfs", "x", 0));
        Assert.NotEqual(raw.SQLITE_OK, raw.sqlite3__vfs__delete("unix-none", "/missing", 0));
    }
}
