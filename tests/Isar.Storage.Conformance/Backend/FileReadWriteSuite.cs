using Xunit;

namespace Isar.Storage.Conformance;

/// <summary>Reading and writing bytes, wherever and however many.</summary>
public abstract class FileReadWriteSuite(BackendUnderTest underTest) : BackendSuite(underTest)
{
    private const long GiB = 1L << 30;

    [Fact]
    public virtual void A_read_at_the_end_returns_what_is_left_and_touches_no_more()
    {
        using IStorageFile file = Create(Database);
        byte[] content = Bytes.Pattern(5000);
        file.Write(content, 0);
        byte[] buffer = new byte[4096];
        buffer.AsSpan().Fill(Bytes.Untouched);

        Assert.Equal(904, file.Read(buffer, 4096));
        Bytes.Equal(content.AsSpan(4096), buffer.AsSpan(0, 904));
        Assert.Equal(-1, buffer.AsSpan(904).IndexOfAnyExcept(Bytes.Untouched));
    }

    [Fact]
    public virtual void A_read_past_the_end_returns_nothing()
    {
        using IStorageFile file = Create(Database);
        byte[] buffer = [Bytes.Untouched, Bytes.Untouched];

        Assert.Equal(0, file.Read(buffer, 0));
        file.Write(Bytes.Pattern(100), 0);
        Assert.Equal(0, file.Read(buffer, 100));
        Assert.Equal(0, file.Read(buffer, 10_000_000));
        Assert.Equal([Bytes.Untouched, Bytes.Untouched], buffer);
    }

    [Fact]
    public virtual async Task What_is_written_is_read_whatever_its_length()
    {
        foreach (int length in Bytes.EdgeLengths)
        {
            byte[] content = Bytes.Pattern(length, length);
            Store(Database, content);
            Bytes.Equal(content, Load(Database));
            await ReopenAsync();
            Bytes.Equal(content, Load(Database));
        }
    }

    [Fact]
    public virtual async Task A_write_keeps_its_neighbours()
    {
        byte[] content = Bytes.Pattern(300_000);
        Store(Database, content);
        using (IStorageFile file = Open(Database))
        {
            foreach (int offset in Bytes.EdgeLengths)
            {
                byte[] patch = Bytes.Pattern(37, offset);
                patch.CopyTo(content, offset);
                file.Write(patch, offset);
            }
            Bytes.Equal(content, file.ReadBytes(0, content.Length));
            file.Flush();
        }
        await ReopenAsync();
        Bytes.Equal(content, Load(Database));
    }

    [Fact]
    public virtual void Reads_cross_the_borders_of_blocks()
    {
        byte[] content = Bytes.Pattern(600_000);
        Store(Database, content);
        using IStorageFile file = Open(Database, StorageOpenMode.ReadOnly);
        foreach (int border in Bytes.EdgeLengths)
        {
            Bytes.Equal(content.AsSpan(border - 1, 2), file.ReadBytes(border - 1, 2));
            Bytes.Equal(content.AsSpan(border - 1, 270_000), file.ReadBytes(border - 1, 270_000));
        }
    }

    [Fact]
    public virtual void A_read_of_a_page_that_ends_with_the_file_is_short()
    {
        byte[] content = Bytes.Pattern((3 * 4096) + 100);
        Store(Database, content);
        using IStorageFile file = Open(Database, StorageOpenMode.ReadOnly);
        byte[] page = new byte[4096];
        for (int offset = 0; offset < content.Length; offset += 4096)
        {
            int left = Math.Min(4096, content.Length - offset);
            Assert.Equal(left, file.Read(page, offset));
            Bytes.Equal(content.AsSpan(offset, left), page.AsSpan(0, left));
        }
    }

    /// <summary>A journal is written in small pieces that obey no alignment, its header last.</summary>
    [Fact]
    public virtual async Task A_journal_is_written_as_sqlite_does()
    {
        const int records = 40;
        byte[] model = new byte[512 + (records * (4 + 4096 + 4))];
        using (IStorageFile file = Create(Journal))
        {
            Write(file, model, Bytes.Pattern(512), 0);
            for (int i = 0, offset = 512; i < records; i++)
            {
                offset = Write(file, model, Bytes.Pattern(4, i), offset);
                offset = Write(file, model, Bytes.Pattern(4096, i), offset);
                offset = Write(file, model, Bytes.Pattern(4, i + 1), offset);
            }
            file.Flush();
            Write(file, model, Bytes.Pattern(12, 9), 0);
            file.Flush();
            Bytes.Equal(model, file.ReadBytes(0, model.Length));
        }
        if (UnderTest.StoresJournals)
            await ReopenAsync();
        Bytes.Equal(model, Load(Journal));

        static int Write(IStorageFile file, byte[] model, byte[] piece, int offset)
        {
            piece.CopyTo(model, offset);
            file.Write(piece, offset);
            return offset + piece.Length;
        }
    }

    [Fact]
    public virtual void Files_do_not_mix()
    {
        using IStorageFile database = Create(Database);
        using IStorageFile journal = Create(Journal);
        for (int i = 0; i < 50; i++)
        {
            database.Write(Bytes.Pattern(4096, i), i * 4096);
            journal.Write(Bytes.Pattern(1000, i + 100), i * 1000);
        }
        for (int i = 0; i < 50; i++)
        {
            Bytes.Equal(Bytes.Pattern(4096, i), database.ReadBytes(i * 4096, 4096));
            Bytes.Equal(Bytes.Pattern(1000, i + 100), journal.ReadBytes(i * 1000, 1000));
        }
        Assert.Equal(50 * 4096, database.Length);
        Assert.Equal(50 * 1000, journal.Length);
    }

    /// <summary>SQLite leaves out the page at 1 GiB, where it locks, so a large database has a hole there.</summary>
    [Fact]
    public virtual async Task The_page_of_the_lock_bytes_reads_as_zeros()
    {
        if (IsBelowLimit(GiB + 8192))
            return;
        using (IStorageFile file = Create(Database))
        {
            file.Write(Bytes.Pattern(4096), GiB - 4096);
            file.Write(Bytes.Pattern(4096, 2), GiB + 4096);
            Bytes.Zero(file.ReadBytes(GiB, 4096));
            file.Flush();
        }
        await ReopenAsync();
        using IStorageFile stored = Open(Database);
        Bytes.Equal(Bytes.Pattern(4096), stored.ReadBytes(GiB - 4096, 4096));
        Bytes.Zero(stored.ReadBytes(GiB, 4096));
        Bytes.Equal(Bytes.Pattern(4096, 2), stored.ReadBytes(GiB + 4096, 4096));
    }

    [Fact]
    public virtual async Task Offsets_need_more_than_32_bits()
    {
        long[] offsets = [0, (2 * GiB) - 5, (2 * GiB) + 12_345, (4 * GiB) - 3, (4 * GiB) + 12_345];
        if (IsBelowLimit(offsets[^1] + 10))
            return;
        using (IStorageFile file = Create(Database))
        {
            foreach (long offset in offsets)
                file.Write(Bytes.Pattern(10, (int)(offset % 97)), offset);
            file.Flush();
        }
        await ReopenAsync();
        using IStorageFile stored = Open(Database);
        Assert.Equal(offsets[^1] + 10, stored.Length);
        foreach (long offset in offsets)
            Bytes.Equal(Bytes.Pattern(10, (int)(offset % 97)), stored.ReadBytes(offset, 10));
        Bytes.Zero(stored.ReadBytes(12_345, 10));
        stored.SetLength((2 * GiB) + 12_350);
        Assert.Equal((2 * GiB) + 12_350, stored.Length);
        Assert.Equal(5, stored.Read(new byte[10], offsets[2]));
    }

    [Fact]
    public virtual Task Random_operations_do_what_an_array_would() => Seeded.RunAsync(async random =>
    {
        var model = new FileModel(random);
        for (int round = 0; round < 4; round++)
        {
            using (IStorageFile file = Create(Database))
            {
                for (int i = 0; i < 300; i++)
                    model.Step(file);
                file.Flush();
            }
            await ReopenAsync();
            // Where an empty file is gone, there is nothing to load.
            Bytes.Equal(model.Content, model.Content.Length == 0 && !Backend.Exists(Database) ? [] : Load(Database));
        }
    });

    /// <summary>Where a file cannot be that long, the limit itself is the case: one byte too many is refused as full.</summary>
    private bool IsBelowLimit(long length)
    {
        if (Backend.Capabilities.MaxFileLength is not { } limit || limit >= length)
            return false;
        using IStorageFile file = Create(Database);
        StorageException refused = Assert.Throws<StorageException>(() => file.Write([1], limit));
        Assert.Equal(StorageErrorKind.Full, refused.Kind);
        Assert.Equal(0, file.Length);
        return true;
    }
}
