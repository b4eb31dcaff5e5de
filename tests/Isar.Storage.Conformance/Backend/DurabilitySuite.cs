using Xunit;

namespace Isar.Storage.Conformance;

/// <summary>What was flushed is there when the backend is made anew over the same place.</summary>
public abstract class DurabilitySuite(BackendUnderTest underTest) : BackendSuite(underTest)
{
    [Fact]
    public virtual async Task Flushed_bytes_are_there()
    {
        foreach (StoragePath path in StoredFiles)
            Store(path, Bytes.Pattern(123_456, path.Value.Length));
        await ReopenAsync();
        foreach (StoragePath path in StoredFiles)
            Bytes.Equal(Bytes.Pattern(123_456, path.Value.Length), Load(path));
    }

    [Fact]
    public virtual async Task Flushed_changes_are_there()
    {
        byte[] content = Bytes.Pattern(100_000);
        Store(Database, content);
        for (int i = 0; i < 5; i++)
        {
            using (IStorageFile file = Open(Database))
            {
                byte[] patch = Bytes.Pattern(4096, i + 2);
                patch.CopyTo(content, i * 20_000);
                file.Write(patch, i * 20_000);
                file.Flush();
            }
            await ReopenAsync();
            Bytes.Equal(content, Load(Database));
        }
    }

    [Fact]
    public virtual async Task The_flushed_length_is_there()
    {
        foreach (int length in (int[])[100_000, 5000, 0, 4096, 70_001])
        {
            if (length == 0 && !UnderTest.KeepsEmptyFiles)
                continue;
            using (IStorageFile file = Create(Database))
            {
                file.SetLength(length);
                file.Flush();
            }
            await ReopenAsync();
            Assert.Equal(length, Load(Database).Length);
            Assert.Equal([new StorageEntry(Database, length)], await Backend.ListAsync(CancellationToken.None));
        }
    }

    /// <summary>
    /// In <c>journal_mode=TRUNCATE</c> cutting the journal is the commit. Whether the empty journal is still there does not matter:
    /// SQLite takes it for none.
    /// </summary>
    [Fact]
    public virtual async Task A_flushed_cut_to_nothing_is_there()
    {
        foreach (StoragePath path in StoredFiles)
        {
            Store(path, Bytes.Pattern(100_000));
            await ReopenAsync();
            using (IStorageFile file = Open(path))
            {
                file.SetLength(0);
                file.Flush();
            }
            await ReopenAsync();
            Assert.True(path == Journal || Backend.Exists(path) == UnderTest.KeepsEmptyFiles);
            if (Backend.Exists(path))
                Assert.Empty(Load(path));
        }
    }

    /// <summary>In <c>journal_mode=DELETE</c> deleting the journal is the commit.</summary>
    [Fact]
    public virtual async Task A_deleted_file_stays_deleted()
    {
        Store(Database, Bytes.Pattern(100_000));
        Store(Journal, Bytes.Pattern(100_000));
        if (UnderTest.StoresJournals)
            await ReopenAsync();
        Backend.Delete(Journal, flush: true);
        await ReopenAsync();
        Assert.False(Backend.Exists(Journal));
        Assert.True(Backend.Exists(Database));
        Assert.Equal([new StorageEntry(Database, 100_000)], await Backend.ListAsync(CancellationToken.None));
    }

    [Fact]
    public virtual async Task The_flush_of_a_database_stores_its_files()
    {
        using (IStorageFile file = Create(Database))
        {
            file.Write(Bytes.Pattern(100_000), 0);
            file.Flush();
            await Backend.FlushAsync(Database, CancellationToken.None);
        }
        await Backend.FlushAsync(StoragePath.Parse("never.db"), CancellationToken.None);
        await ReopenAsync();
        Bytes.Equal(Bytes.Pattern(100_000), Load(Database));
    }

    [Fact]
    public virtual async Task Coming_back_without_a_change_changes_nothing()
    {
        Store(Database, Bytes.Pattern(100_000));
        for (int i = 0; i < 3; i++)
            await ReopenAsync();
        Bytes.Equal(Bytes.Pattern(100_000), Load(Database));
        Assert.Equal([new StorageEntry(Database, 100_000)], await Backend.ListAsync(CancellationToken.None));
    }

    [Fact]
    public virtual async Task Every_database_comes_back()
    {
        StoragePath[] paths = [.. Enumerable.Range(0, 6).Select(i => StoragePath.Parse($"many/{i}.db"))];
        for (int i = 0; i < paths.Length; i++)
        {
            await AcquireAsync(paths[i]);
            Store(paths[i], Bytes.Pattern(10_000 + i, i));
        }
        await ReopenAsync();
        for (int i = paths.Length - 1; i >= 0; i--)
        {
            await AcquireAsync(paths[i]);
            Bytes.Equal(Bytes.Pattern(10_000 + i, i), Load(paths[i]));
        }
    }
}
