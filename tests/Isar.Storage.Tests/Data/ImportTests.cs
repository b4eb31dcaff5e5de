using System.Text;
using Isar.Storage.Tests.Worlds;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Isar.Storage.Tests.Data;

/// <summary>Replacing a database by a file, and what refuses it.</summary>
public sealed class ImportTests : IAsyncDisposable
{
    private readonly World _world = new();
    private readonly Session _session;

    public ImportTests() => _session = _world.Start(options =>
    {
        options.TransactionTimeout = TimeSpan.FromMilliseconds(300);
        options.RetryDelay = TimeSpan.FromMilliseconds(10);
    });

    /// <summary>Files that are no sound database, and what is said about them.</summary>
    public static TheoryData<string, string> BadFiles => new()
    {
        { "empty", "it is empty" },
        { "text", "not an SQLite database, or is encrypted" },
        { "short text", "not an SQLite database, or is encrypted" },
        { "magic only", "it ends after 16 bytes, within the header" },
        { "99 bytes", "it ends after 99 bytes, within the header" },
        { "header only", $"it is cut off: it has 100 of {Files.New.Length} bytes" },
        { "one page missing", $"it is cut off: it has {Files.New.Length - 4096} of {Files.New.Length} bytes" },
        { "one byte missing", $"it is cut off: it has {Files.New.Length - 1} of {Files.New.Length} bytes" },
        { "old header, one byte missing", "are no whole pages of 4096 bytes" },
        { "page size 1000", "it says that a page has 1000 bytes" },
        { "page size 256", "it says that a page has 256 bytes" },
        { "version 3", "the file format versions 3 and 1" },
        { "fractions", "bytes 21 to 23" },
        { "flipped page", "does not pass SQLite's integrity check" },
        { "flipped schema", "does not pass SQLite's integrity check" },
        { "zeroed page", "does not pass SQLite's integrity check" },
    };

    private static byte[] MakeBad(string what)
    {
        byte[] file = Files.New;
        switch (what)
        {
            case "empty":
                return [];
            case "text":
                return Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("This is a text. ", 1000)));
            case "short text":
                return [.. "SQLite"u8, 1];
            case "magic only":
                return file[..16];
            case "99 bytes":
                return file[..99];
            case "header only":
                return file[..100];
            case "one page missing":
                return file[..^4096];
            case "one byte missing":
                return file[..^1];
            case "old header, one byte missing":
                file[92] ^= 1;
                return file[..^1];
            case "page size 1000":
                (file[16], file[17]) = (1000 >> 8, 1000 & 255);
                return file;
            case "page size 256":
                (file[16], file[17]) = (1, 0);
                return file;
            case "version 3":
                file[18] = 3;
                return file;
            case "fractions":
                file[22]++;
                return file;
            case "flipped page":
                for (int i = 5 * 4096; i < 6 * 4096; i++)
                    file[i] ^= 0xff;
                return file;
            case "flipped schema":
                for (int i = 100; i < 4096; i++)
                    file[i] ^= 0xff;
                return file;
            default:
                file.AsSpan(6 * 4096, 4096).Clear();
                return file;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync();
        _world.Dispose();
    }

    [Theory]
    [InlineData("a")]
    [InlineData("memory")]
    public async Task What_is_exported_can_be_imported_over_a_database_and_as_a_new_one(string backend)
    {
        IIsarStorage storage = _session.Keyed(backend);
        await storage.ImportAsync(Files.Old);
        Assert.Equal(Files.IsOld, await Files.DescribeAsync(storage));
        await storage.ImportAsync(Files.New);
        Assert.Equal(Files.IsNew, await Files.DescribeAsync(storage));
        byte[] exported = await storage.ExportAsync();
        Assert.Equal(Files.IsNew, Files.Read(exported));
        Assert.Equal(Files.New.Length, exported.Length);
        await storage.ImportAsync(exported, "dir/other.db");
        Assert.Equal(Files.IsNew, await Files.DescribeAsync(storage, "dir/other.db"));
        Assert.Equal(["dir/other.db", Files.Name], (await storage.ListAsync()).Select(entry => entry.Path.Value));
        if (backend == "a")
            Assert.DoesNotContain(_world.FilesOf("a"), file => file.StartsWith(".isar-", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(BadFiles))]
    public async Task A_bad_file_is_refused_and_leaves_everything_as_it_was(string what, string why)
    {
        await _session.Storage.ImportAsync(Files.Old);
        byte[] before = File.ReadAllBytes(_world.PathOf("a", Files.Name));
        StorageException failure = await Database.AssertFailsAsync(
            StorageErrorKind.Corrupt, () => _session.Storage.ImportAsync(MakeBad(what)).AsTask());
        Assert.Contains(why, failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(_world.PathOf("a", Files.Name)));
        await Database.AssertFailsAsync(StorageErrorKind.Corrupt, () => _session.Storage.ImportAsync(MakeBad(what), "new.db").AsTask());
        Assert.Equal([Files.Name], _world.FilesOf("a"));
        Assert.Null(_world.RecordOf("new.db"));
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_before_all_of_it_came()
    {
        var source = new Chunks(MakeBad("text"), 10);
        await Database.AssertFailsAsync(StorageErrorKind.Corrupt, () => _session.Storage.ImportAsync(Files.Name, new Endless()).AsTask());
        await Database.AssertFailsAsync(StorageErrorKind.Corrupt, () => _session.Storage.ImportAsync(Files.Name, source).AsTask());
        Assert.Empty(_world.FilesOf("a"));
    }

    [Fact]
    public async Task It_does_not_matter_in_which_pieces_a_file_comes()
    {
        foreach (int size in (int[])[1, 7, 99, 101, 4097])
        {
            await _session.Storage.ImportAsync(Files.Name, new Chunks(Files.New, size));
            Assert.Equal(Files.IsNew, await Files.DescribeAsync(_session.Storage));
            await _session.Storage.ImportAsync(Files.Old);
        }
    }

    [Fact]
    public async Task A_file_marked_as_having_a_write_ahead_log_becomes_one_with_a_rollback_journal()
    {
        byte[] file = Files.Create("new", 500, 4096, writeAheadLog: true);
        Assert.Equal([2, 2], file[18..20]);
        await _session.Storage.ImportAsync(file);
        Assert.Equal(Files.IsNew, await Files.DescribeAsync(_session.Storage));
        Assert.Equal([1, 1], File.ReadAllBytes(_world.PathOf("a", Files.Name))[18..20]);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    [InlineData(65536)]
    public async Task Open_connections_see_the_new_content_whatever_its_page_size(int pageSize)
    {
        await _session.Storage.ImportAsync(Files.Create("old", 300, pageSize: 1024));
        await using SqliteConnection open = await _session.Storage.OpenAsync(Files.Name);
        using SqliteCommand command = open.CreateCommand();
        command.CommandText = "SELECT count(*), max(x) FROM t";
        command.Prepare();
        Assert.Equal(300L, command.ExecuteScalar());
        await _session.Storage.ImportAsync(Files.Create("new", 500, pageSize));
        Assert.Equal(500L, command.ExecuteScalar());
        Assert.Equal(Files.IsNew, Files.Describe(open));
        Assert.Equal((long)pageSize, Database.Execute(open, "PRAGMA page_size"));
        Database.Execute(open, "INSERT INTO new VALUES (1)");
        await _session.Storage.ImportAsync(Files.Create("old", 300, 2048));
        Assert.Equal(Files.IsOld, Files.Describe(open));
    }

    [Theory]
    [InlineData("BEGIN; SELECT count(*) FROM t")]
    [InlineData("BEGIN IMMEDIATE")]
    [InlineData("BEGIN IMMEDIATE; DELETE FROM t")]
    public async Task A_database_that_is_busy_stays_as_it_is(string sql)
    {
        await _session.Storage.ImportAsync(Files.Old);
        await using SqliteConnection open = await _session.Storage.OpenAsync(Files.Name);
        Database.Execute(open, sql);
        await Database.AssertFailsAsync(StorageErrorKind.Busy, () => _session.Storage.ImportAsync(Files.New).AsTask());
        Database.Execute(open, "ROLLBACK");
        Assert.Equal(Files.IsOld, Files.Describe(open));
        Assert.Equal([Files.Name], _world.FilesOf("a"));
        await _session.Storage.ImportAsync(Files.New);
        Assert.Equal(Files.IsNew, Files.Describe(open));
    }

    [Theory]
    [InlineData(".isar-staging/")]
    [InlineData(Files.Name + "-journal")]
    [InlineData(Files.Name)]
    public async Task Without_space_the_database_stays_as_it_is(string where)
    {
        await _session.Storage.ImportAsync(Files.Old);
        _session.Faults.OnOperation = (_, operation, path) => operation == "write" && path.Value.StartsWith(where, StringComparison.Ordinal)
            ? new StorageException(StorageErrorKind.Full, "No space is left.") : null;
        StorageException failure = await Database.AssertFailsAsync(StorageErrorKind.Full, () => _session.Storage.ImportAsync(Files.New).AsTask());
        Assert.Contains("No space is left", failure.Message, StringComparison.Ordinal);
        _session.Faults.OnOperation = null;
        Assert.Equal(Files.IsOld, await Files.DescribeAsync(_session.Storage));
        Assert.Equal([Files.Name], _world.FilesOf("a"));
    }

    [Fact]
    public async Task Without_space_for_a_new_database_there_is_none()
    {
        _session.Faults.OnOperation = (_, operation, path) => operation == "write" && path.Value == Files.Name
            ? new StorageException(StorageErrorKind.Full, "No space is left.") : null;
        await Database.AssertFailsAsync(StorageErrorKind.Full, () => _session.Storage.ImportAsync(Files.New).AsTask());
        _session.Faults.OnOperation = null;
        Assert.False(await _session.Storage.ExistsAsync(Files.Name));
        Assert.Empty(_world.FilesOf("a"));
        Assert.Null(_world.RecordOf(Files.Name));
    }

    [Fact]
    public async Task Cancelled_at_any_report_it_leaves_everything_as_it_was()
    {
        byte[] large = Files.Create("new", 20_000, 4096);
        await _session.Storage.ImportAsync(Files.Old);
        int reports = 0;
        for (int at = 0; ; at++)
        {
            reports = 0;
            using var cancellation = new CancellationTokenSource();
            Exception? failure = await Record.ExceptionAsync(() => _session.Storage.ImportAsync(large, progress: new Hearing(_ =>
            {
                if (reports++ == at)
                    cancellation.Cancel();
            }), cancellationToken: cancellation.Token).AsTask());
            if (failure is null)
                break;
            Assert.IsAssignableFrom<OperationCanceledException>(failure);
            Assert.Equal(Files.IsOld, await Files.DescribeAsync(_session.Storage));
            Assert.Equal([Files.Name], _world.FilesOf("a"));
        }
        Assert.InRange(reports, 10, 100);
        Assert.Equal(("new", 20_000L), await Files.DescribeAsync(_session.Storage));
    }

    [Fact]
    public async Task Progress_grows_and_ends_at_the_total()
    {
        byte[] large = Files.Create("new", 20_000, 4096);
        List<StorageProgress> reports = [];
        // A stream that does not tell its length: the file's header does.
        await _session.Storage.ImportAsync(Files.Name, new Chunks(large, 100_000), new Hearing(reports.Add));
        foreach (StorageStage stage in (StorageStage[])[StorageStage.Importing, StorageStage.Verifying, StorageStage.Replacing])
        {
            StorageProgress[] ofStage = [.. reports.Where(report => report.Stage == stage)];
            Assert.All(ofStage, report => Assert.Equal(large.Length, report.Total));
            Assert.Equal(large.Length, ofStage[^1].Completed);
            Assert.True(ofStage.Length >= 2);
            Assert.Equal(ofStage.Select(report => report.Completed).Distinct().Order(), ofStage.Select(report => report.Completed));
        }
        StorageStage[] stages = [.. reports.Select(report => report.Stage).Distinct()];
        Assert.Equal([StorageStage.Importing, StorageStage.Verifying, StorageStage.Replacing], stages);
    }

    /// <summary>A stream that does not tell its length and gives so many bytes at a time.</summary>
    private sealed class Chunks(byte[] content, int size) : MemoryStream(content)
    {
        public override bool CanSeek => false;

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, size)]);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(Read(buffer.Span));
    }

    /// <summary>A stream of text without an end.</summary>
    private sealed class Endless : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            buffer.Fill((byte)'a');
            return buffer.Length;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
