using Microsoft.Data.Sqlite;
using SQLitePCL;
using Xunit;

namespace Isar.Storage.Browser.Tests.Worker;

/// <summary>Incremental blobs, backups, and whole databases as bytes.</summary>
public sealed class ProviderBlobTests : IDisposable
{
    private readonly ProviderDatabase _db = new();

    public ProviderBlobTests() => _db.Execute("CREATE TABLE b(id INTEGER PRIMARY KEY, data BLOB)");

    public void Dispose() => _db.Dispose();

    [Fact]
    public void A_blob_is_written_and_read_as_a_stream()
    {
        byte[] content = new byte[1_000_000];
        for (int i = 0; i < content.Length; i++)
            content[i] = (byte)(i * 31);
        _db.Execute("INSERT INTO b VALUES(1, zeroblob($1))", content.Length);
        using (var source = new MemoryStream(content))
        using (var blob = new SqliteBlob(_db.Connection, "b", "data", 1))
        {
            Assert.Equal(content.Length, blob.Length);
            source.CopyTo(blob);
            blob.Position = 500_000;
            Assert.Equal(content[500_000], blob.ReadByte());
        }
        Assert.Equal(content, _db.Scalar("SELECT data FROM b"));

        using SqliteCommand command = _db.Command("SELECT id, data FROM b");
        using SqliteDataReader reader = command.ExecuteReader();
        Assert.True(reader.Read());
        using Stream stream = reader.GetStream(1);
        Assert.IsType<SqliteBlob>(stream);
        using var read = new MemoryStream();
        stream.CopyTo(read);
        Assert.Equal(content, read.ToArray());
    }

    [Fact]
    public void A_blob_moves_to_other_rows()
    {
        _db.Execute("INSERT INTO b VALUES(1, x'0102'), (2, 'text'), (9007199254740993, x'')");
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_blob_open(_db.Handle, "main", "b", "data", 1, 1, out sqlite3_blob blob));
        byte[] buffer = new byte[4];
        Assert.Equal(2, raw.sqlite3_blob_bytes(blob));
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_blob_reopen(blob, 2));
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_blob_write(blob, "Te"u8, 0));
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_blob_read(blob, buffer, 0));
        Assert.Equal("Text"u8.ToArray(), buffer);
        Assert.Equal("Text", _db.Scalar("SELECT data FROM b WHERE id = 2"));
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_blob_reopen(blob, 9007199254740993));
        Assert.Equal(0, raw.sqlite3_blob_bytes(blob));
        Assert.Equal(raw.SQLITE_ERROR, raw.sqlite3_blob_reopen(blob, 4));
        Assert.Contains("no such rowid: 4", raw.sqlite3_errmsg(_db.Handle).utf8_to_string());
        Assert.Equal(raw.SQLITE_ABORT, raw.sqlite3_blob_read(blob, buffer.AsSpan(0, 0), 0));
        Assert.Equal(raw.SQLITE_ABORT, raw.sqlite3_blob_reopen(blob, 1));
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_blob_close(blob));
    }

    [Fact]
    public void Reading_and_writing_outside_the_blob_is_an_error()
    {
        _db.Execute("INSERT INTO b VALUES(1, x'01020304')");
        raw.sqlite3_blob_open(_db.Handle, "main", "b", "data", 1, 1, out sqlite3_blob blob);
        using (blob)
        {
            byte[] buffer = new byte[3];
            Assert.Equal(raw.SQLITE_ERROR, raw.sqlite3_blob_read(blob, buffer, 2));
            Assert.Equal(raw.SQLITE_ERROR, raw.sqlite3_blob_read(blob, buffer, -1));
            Assert.Equal(raw.SQLITE_ERROR, raw.sqlite3_blob_write(blob, buffer, 2));
            Assert.Equal(raw.SQLITE_OK, raw.sqlite3_blob_read(blob, buffer, 1));
            Assert.Equal(new byte[] { 2, 3, 4 }, buffer);
        }
    }

    [Fact]
    public void Opening_a_blob_that_is_none_says_why()
    {
        _db.Execute("INSERT INTO b VALUES(1, NULL), (2, 5), (3, 2.5)");
        _db.Execute("CREATE TABLE w(id TEXT PRIMARY KEY, data) WITHOUT ROWID");
        Check("b", "data", 1, "cannot open value of type null");
        Check("b", "data", 2, "cannot open value of type integer");
        Check("b", "data", 3, "cannot open value of type real");
        Check("b", "data", 4, "no such rowid: 4");
        Check("b", "missing", 1, "no such column");
        Check("missing", "data", 1, "no such table: main.missing");
        Check("w", "data", 1, "no such column: rowid");

        void Check(string table, string column, long rowid, string message)
        {
            int code = raw.sqlite3_blob_open(_db.Handle, "main", table, column, rowid, 0, out sqlite3_blob blob);
            Assert.Equal(raw.SQLITE_ERROR, code);
            Assert.True(blob.IsInvalid);
            Assert.Contains(message, raw.sqlite3_errmsg(_db.Handle).utf8_to_string());
        }
    }

    [Fact]
    public void A_read_only_blob_is_not_written_and_an_outdated_one_neither()
    {
        _db.Execute("INSERT INTO b VALUES(1, x'0102')");
        raw.sqlite3_blob_open(_db.Handle, "main", "b", "data", 1, 0, out sqlite3_blob reading);
        raw.sqlite3_blob_open(_db.Handle, "main", "b", "data", 1, 1, out sqlite3_blob writing);
        using (reading)
        using (writing)
        {
            Assert.Equal(raw.SQLITE_READONLY, raw.sqlite3_blob_write(reading, "x"u8, 0));
            _db.Execute("UPDATE b SET data = x'010203'");
            Assert.Equal(raw.SQLITE_ABORT, raw.sqlite3_blob_write(writing, "x"u8, 0));
        }
        Assert.Equal(new byte[] { 1, 2, 3 }, _db.Scalar("SELECT data FROM b"));
    }

    [Fact]
    public void A_blob_is_found_by_its_rowid_whatever_the_columns_are_called()
    {
        _db.Execute("CREATE TABLE \"odd \"\"name\"(rowid, _ROWID_, \"da\"\"ta\"); INSERT INTO \"odd \"\"name\" VALUES(7, 8, x'0102')");
        int code = raw.sqlite3_blob_open(_db.Handle, "main", "odd \"name", "da\"ta", 1, 1, out sqlite3_blob blob);
        Assert.Equal(raw.SQLITE_OK, code);
        using (blob)
            Assert.Equal(raw.SQLITE_OK, raw.sqlite3_blob_write(blob, "x"u8, 1));
        Assert.Equal(new byte[] { 1, (byte)'x' }, _db.Scalar("SELECT \"da\"\"ta\" FROM \"odd \"\"name\""));
    }

    [Fact]
    public void Writing_a_blob_rolls_back_with_its_transaction_and_calls_no_update_hook()
    {
        _db.Execute("INSERT INTO b VALUES(1, x'0102')");
        int updates = 0;
        raw.sqlite3_update_hook(_db.Handle, (strdelegate_update)((_, _, _, _, _) => updates++), null);
        using (SqliteTransaction transaction = _db.Connection.BeginTransaction())
        using (var blob = new SqliteBlob(_db.Connection, "b", "data", 1))
        {
            blob.Write("xy"u8);
            Assert.Equal("xy"u8.ToArray(), Read(transaction));
            transaction.Rollback();
        }
        Assert.Equal(new byte[] { 1, 2 }, Read(null));
        Assert.Equal(0, updates);
        _db.Execute("UPDATE b SET data = 1");
        Assert.Equal(1, updates);

        object? Read(SqliteTransaction? transaction)
        {
            using SqliteCommand command = _db.Command("SELECT data FROM b");
            command.Transaction = transaction;
            return command.ExecuteScalar();
        }
    }

    [Fact]
    public void A_backup_copies_a_database()
    {
        _db.Execute("INSERT INTO b(data) SELECT randomblob(5000) FROM (SELECT 1 FROM pragma_function_list LIMIT 50)");
        using var copy = new ProviderDatabase();
        _db.Connection.BackupDatabase(copy.Connection);
        Assert.Equal(
            _db.Scalar("SELECT group_concat(hex(data)) FROM b"), copy.Scalar("SELECT group_concat(hex(data)) FROM b"));
        Assert.Equal("ok", copy.Scalar("PRAGMA integrity_check"));
    }

    [Fact]
    public void A_backup_goes_in_steps_and_reports_its_errors()
    {
        _db.Execute("INSERT INTO b(data) SELECT randomblob(9000) FROM (SELECT 1 FROM pragma_function_list LIMIT 20)");
        using var copy = new ProviderDatabase();
        using (sqlite3_backup backup = raw.sqlite3_backup_init(copy.Handle, "main", _db.Handle, "main"))
        {
            Assert.Equal(raw.SQLITE_OK, raw.sqlite3_backup_step(backup, 5));
            Assert.InRange(raw.sqlite3_backup_pagecount(backup), 20, 100);
            Assert.Equal(raw.sqlite3_backup_pagecount(backup) - 5, raw.sqlite3_backup_remaining(backup));
            Assert.Equal(raw.SQLITE_DONE, raw.sqlite3_backup_step(backup, -1));
            Assert.Equal(raw.SQLITE_OK, raw.sqlite3_backup_finish(backup));
        }
        using sqlite3_backup none = raw.sqlite3_backup_init(copy.Handle, "main", _db.Handle, "missing");
        Assert.True(none.IsInvalid);
        Assert.Contains("unknown database missing", raw.sqlite3_errmsg(copy.Handle).utf8_to_string());
    }

    [Fact]
    public unsafe void A_database_goes_out_and_in_as_bytes()
    {
        _db.Execute("INSERT INTO b VALUES(1, x'CAFE')");
        nint image = raw.sqlite3_serialize(_db.Handle, "main", out long size, 0);
        Assert.NotEqual(0, image);
        Assert.Equal("SQLite format 3\0"u8.ToArray(), new ReadOnlySpan<byte>((void*)image, 16).ToArray());
        Assert.Equal(0, size % 512);

        using var copy = new ProviderDatabase();
        const int freeOnClose = 1, resizeable = 2;
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_deserialize(copy.Handle, "main", image, size, size, freeOnClose | resizeable));
        Assert.Equal(new byte[] { 0xCA, 0xFE }, copy.Scalar("SELECT data FROM b"));
        copy.Execute("INSERT INTO b(data) SELECT zeroblob(9000) FROM (SELECT 1 FROM pragma_function_list LIMIT 49)");
        Assert.Equal(50L, copy.Scalar("SELECT count(*) FROM b"));

        const int noCopy = 1;
        Assert.Equal(0, raw.sqlite3_serialize(copy.Handle, "main", out long grown, noCopy));
        Assert.True(grown > size);
    }
}
