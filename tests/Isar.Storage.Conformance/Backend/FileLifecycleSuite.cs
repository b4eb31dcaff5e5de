using Xunit;

namespace Isar.Storage.Conformance;

/// <summary>Making, finding, listing and deleting files, their names, and acquiring them.</summary>
public abstract class FileLifecycleSuite(BackendUnderTest underTest) : BackendSuite(underTest)
{
    private static readonly string[] _usualNames =
        ["a.db", "data/a.db", "data/deep/er/a.db", "Straße/数据 ☃.db", "with space.db", "no-extension", "😀.db"];

    [Fact]
    public virtual void The_capabilities_are_true()
    {
        StorageCapabilities capabilities = Backend.Capabilities;
        Assert.Equal(UnderTest.Persistent, capabilities.Persistent);
        Assert.Equal(capabilities.Persistent, capabilities.Durability != StorageDurability.None);
        Assert.Equal(UnderTest.IsLeased, Backend is ILeasedFiles);
        Assert.Equal(UnderTest.IsLeased, capabilities.Sharing == StorageSharing.ByTurns);
        Assert.NotEqual("", Backend.Location);
    }

    [Fact]
    public virtual void A_missing_file_is_not_opened()
    {
        AssertKind(StorageErrorKind.NotFound, () => Open(Database, StorageOpenMode.ReadOnly).Dispose());
        AssertKind(StorageErrorKind.NotFound, () => Open(Database, StorageOpenMode.ReadWrite).Dispose());
        Assert.False(Backend.Exists(Database));
    }

    [Fact]
    public virtual async Task A_file_is_made_empty_and_found_again()
    {
        using (IStorageFile file = Create(Database))
        {
            Assert.Equal(0, file.Length);
            Assert.True(Backend.Exists(Database));
            file.Flush();
        }
        Assert.True(Backend.Exists(Database));
        await ReopenAsync();
        Assert.Equal(UnderTest.KeepsEmptyFiles, Backend.Exists(Database));
        if (UnderTest.KeepsEmptyFiles)
            Assert.Empty(Load(Database));
    }

    [Fact]
    public virtual void The_length_is_told_without_opening()
    {
        foreach (StoragePath path in (StoragePath[])[Database, Journal])
        {
            Assert.Null(Backend.GetLength(path));
            using (IStorageFile file = Create(path))
            {
                Assert.Equal(0, Backend.GetLength(path));
                file.Write(Bytes.Pattern(5000), 0);
                Assert.Equal(5000, Backend.GetLength(path));
                file.SetLength(10);
            }
            Assert.Equal(10, Backend.GetLength(path));
        }
        Backend.Delete(Journal, flush: false);
        Assert.Null(Backend.GetLength(Journal));
    }

    [Fact]
    public virtual void Create_keeps_what_is_there()
    {
        Store(Database, Bytes.Pattern(5000));
        using IStorageFile file = Create(Database);
        Bytes.Equal(Bytes.Pattern(5000), file.ReadBytes(0, 5000));
    }

    [Fact]
    public virtual void A_file_opened_for_reading_is_not_written()
    {
        Store(Database, Bytes.Pattern(5000));
        using (IStorageFile file = Open(Database, StorageOpenMode.ReadOnly))
        {
            AssertKind(StorageErrorKind.ReadOnly, () => file.Write([1], 0));
            AssertKind(StorageErrorKind.ReadOnly, () => file.SetLength(10));
        }
        Bytes.Equal(Bytes.Pattern(5000), Load(Database));
    }

    [Fact]
    public virtual async Task A_deleted_file_is_gone()
    {
        Store(Database, Bytes.Pattern(5000));
        Backend.Delete(Database, flush: true);
        Assert.False(Backend.Exists(Database));
        AssertKind(StorageErrorKind.NotFound, () => Open(Database).Dispose());
        Assert.Empty(await ListAsync());
        await ReopenAsync();
        Assert.False(Backend.Exists(Database));
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public virtual void Deleting_a_missing_file_fails()
    {
        AssertKind(StorageErrorKind.NotFound, () => Backend.Delete(Database, flush: false));
        AssertKind(StorageErrorKind.NotFound, () => Backend.Delete(Journal, flush: true));
        Store(Database, [1]);
        Backend.Delete(Database, flush: false);
        AssertKind(StorageErrorKind.NotFound, () => Backend.Delete(Database, flush: false));
    }

    [Fact]
    public virtual async Task A_file_made_after_a_delete_is_empty()
    {
        Store(Database, Bytes.Pattern(100_000));
        Backend.Delete(Database, flush: false);
        using (IStorageFile file = Create(Database))
        {
            Assert.Equal(0, file.Length);
            file.Write([1], 50_000);
            Bytes.Zero(file.ReadBytes(0, 50_000));
            file.Flush();
        }
        await ReopenAsync();
        Bytes.Zero(Load(Database).AsSpan(0, 50_000));
    }

    /// <summary>A journal that comes back from the dead would undo a commit.</summary>
    [Fact]
    public virtual async Task A_journal_comes_and_goes()
    {
        Store(Database, Bytes.Pattern(4096));
        for (int i = 0; i < 3; i++)
        {
            Assert.False(Backend.Exists(Journal));
            Store(Journal, Bytes.Pattern(9000, i));
            Assert.True(Backend.Exists(Journal));
            if (UnderTest.StoresJournals)
                await ReopenAsync();
            Assert.True(Backend.Exists(Journal));
            Bytes.Equal(Bytes.Pattern(9000, i), Load(Journal));
            Backend.Delete(Journal, flush: true);
            await ReopenAsync();
        }
        Assert.False(Backend.Exists(Journal));
        Assert.True(Backend.Exists(Database));
    }

    [Fact]
    public virtual void Two_open_files_of_a_path_show_the_same_bytes()
    {
        Store(Database, Bytes.Pattern(3000, 9));
        using IStorageFile first = Create(Database);
        using IStorageFile second = Create(Database);
        Bytes.Equal(Bytes.Pattern(3000, 9), second.ReadBytes(0, 3000));
        first.Write(Bytes.Pattern(5000), 0);
        Assert.Equal(5000, second.Length);
        Bytes.Equal(Bytes.Pattern(5000), second.ReadBytes(0, 5000));

        second.Write(Bytes.Pattern(10, 2), 4000);
        Bytes.Equal(Bytes.Pattern(10, 2), first.ReadBytes(4000, 10));
        second.SetLength(100);
        Assert.Equal(100, first.Length);
        Assert.Equal(0, first.Read(new byte[10], 100));
    }

    [Fact]
    public virtual void Closing_one_of_two_open_files_leaves_the_other()
    {
        using IStorageFile first = Create(Database);
        using (IStorageFile second = Create(Database))
            second.Write(Bytes.Pattern(5000), 0);
        Bytes.Equal(Bytes.Pattern(5000), first.ReadBytes(0, 5000));
        first.Write([1], 5000);
        Assert.Equal(5001, first.Length);
    }

    [Fact]
    public virtual async Task The_list_is_ordered_and_tells_lengths()
    {
        string[] names = ["b.db", "a.db", "B.db", "a/c.db", "a-b.db", "a.db-journal", "ä.db", "a/b/c.db"];
        foreach (string name in names)
        {
            await AcquireAsync(StoragePath.Parse(name.Replace("-journal", "", StringComparison.Ordinal)));
            Store(StoragePath.Parse(name), Bytes.Pattern(name.Length * 1000));
        }
        StorageEntry[] expected =
            [.. names.Order(StringComparer.Ordinal).Select(name => new StorageEntry(StoragePath.Parse(name), name.Length * 1000))];

        Assert.Equal(expected, await ListAsync());
        await ReopenAsync();
        Assert.Equal(expected.Where(entry => UnderTest.StoresJournals || !DatabaseFiles.TryGetDatabase(entry.Path, out _)), await ListAsync());
    }

    [Fact]
    public virtual async Task The_list_tells_the_lengths_of_open_files()
    {
        using IStorageFile file = Create(Database);
        Assert.Equal([new StorageEntry(Database, 0)], await ListAsync());
        file.Write(Bytes.Pattern(5000), 0);
        Assert.Equal([new StorageEntry(Database, 5000)], await ListAsync());
        file.SetLength(100);
        Assert.Equal([new StorageEntry(Database, 100)], await ListAsync());
    }

    [Fact]
    public virtual async Task The_list_shows_what_is_not_acquired()
    {
        var other = StoragePath.Parse("other.db");
        await AcquireAsync(other);
        Store(other, Bytes.Pattern(5000));
        await ReleaseAsync(other);
        Assert.Equal([new StorageEntry(other, 5000)], await ListAsync());
        await ReopenAsync();
        Assert.Equal([new StorageEntry(other, 5000)], await ListAsync());
    }

    [Fact]
    public virtual async Task The_list_of_a_file_has_it_alone_and_that_of_a_directory_what_is_in_it()
    {
        foreach (string name in (string[])["a.db", "a.db2", "a.db-journal", "d/a.db", "d/e/b.db", "d.db", "d-d/a.db"])
        {
            await AcquireAsync(StoragePath.Parse(name.Replace("-journal", "", StringComparison.Ordinal)));
            Store(StoragePath.Parse(name), Bytes.Pattern(1000));
        }
        await CheckAsync();
        foreach (string name in (string[])["d/a.db", "a.db"])
            await ReleaseAsync(StoragePath.Parse(name));
        await CheckAsync();

        async Task CheckAsync()
        {
            Assert.Equal("a.db", await ListAsync("a.db"));
            Assert.Equal("d/a.db d/e/b.db", await ListAsync("d"));
            Assert.Equal("d/e/b.db", await ListAsync("d/e"));
            Assert.Equal("d/e/b.db", await ListAsync("d/e/b.db"));
            foreach (string missing in (string[])["a", "d/b.db", "missing/a.db", "a.db/a.db", "d/e/f/a.db"])
                Assert.Equal("", await ListAsync(missing));
        }

        async Task<string> ListAsync(string at) => string.Join(
            ' ', (await Backend.ListAsync(StoragePath.Parse(at), CancellationToken.None)).Select(entry => entry.Path.Value));
    }

    [Fact]
    public virtual async Task Names_may_be_long_nested_and_unicode()
    {
        string longest = string.Join('/', new string('a', 120), new string('b', 120), new string('c', 120), new string('d', 37));
        Assert.Equal(StoragePath.MaxBytes, longest.Length);
        StoragePath[] paths = [.. _usualNames.Append(longest).Select(StoragePath.Parse)];
        for (int i = 0; i < paths.Length; i++)
        {
            await AcquireAsync(paths[i]);
            Assert.False(Backend.Exists(paths[i]));
            Store(paths[i], Bytes.Pattern(1000, i));
        }
        await ReopenAsync();
        Assert.Equal(paths.Select(path => path.Value).Order(StringComparer.Ordinal), (await ListAsync()).Select(entry => entry.Path.Value));
        for (int i = 0; i < paths.Length; i++)
        {
            await AcquireAsync(paths[i]);
            Assert.True(Backend.Exists(paths[i]));
            Bytes.Equal(Bytes.Pattern(1000, i), Load(paths[i]));
            Backend.Delete(paths[i], flush: false);
            Assert.False(Backend.Exists(paths[i]));
        }
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public virtual async Task A_directory_is_no_file()
    {
        var inside = StoragePath.Parse("folder/inside.db");
        var folder = StoragePath.Parse("folder");
        await AcquireAsync(inside);
        Store(inside, [1]);
        StorageException refused = await Assert.ThrowsAsync<StorageException>(async () =>
        {
            await AcquireAsync(folder);
            Create(folder).Dispose();
        });
        Assert.Equal(StorageErrorKind.NotAFile, refused.Kind);
    }

    [Fact]
    public virtual async Task Acquiring_twice_and_releasing_what_is_not_acquired_do_nothing()
    {
        await AcquireAsync(Database);
        Store(Database, Bytes.Pattern(5000));
        await AcquireAsync(Database);
        Bytes.Equal(Bytes.Pattern(5000), Load(Database));
        await ReleaseAsync(Database);
        await ReleaseAsync(Database);
        await ReleaseAsync(StoragePath.Parse("never.db"));
        await AcquireAsync(Database);
        Bytes.Equal(Bytes.Pattern(5000), Load(Database));
    }

    [Fact]
    public virtual async Task Acquiring_makes_no_database()
    {
        Assert.False(Backend.Exists(Database));
        Assert.Empty(await ListAsync());
        await ReopenAsync();
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public virtual async Task A_file_is_opened_without_acquiring_only_where_that_can_be()
    {
        var other = StoragePath.Parse("other.db");
        if (UnderTest.IsLeased)
        {
            AssertKind(StorageErrorKind.Unavailable, () => Create(other).Dispose());
            await AcquireAsync(other);
            Store(other, [1]);
            await ReleaseAsync(other);
            AssertKind(StorageErrorKind.Unavailable, () => Open(other).Dispose());
        }
        else
        {
            Store(other, [1]);
            Assert.Equal([1], Load(other));
        }
    }

    [Fact]
    public virtual async Task A_disposed_backend_is_unavailable()
    {
        await Backend.DisposeAsync();
        AssertKind(StorageErrorKind.Unavailable, () => Create(Database).Dispose());
        Assert.Equal(StorageErrorKind.Unavailable, (await Assert.ThrowsAsync<StorageException>(async () => await ListAsync())).Kind);
        if (UnderTest.IsLeased)
            Assert.Equal(StorageErrorKind.Unavailable, (await Assert.ThrowsAsync<StorageException>(() => AcquireAsync(Database))).Kind);
        await Backend.DisposeAsync();
    }

    private ValueTask<IReadOnlyList<StorageEntry>> ListAsync() => Backend.ListAsync(CancellationToken.None);

    private static void AssertKind(StorageErrorKind expected, Action action)
        => Assert.Equal(expected, Assert.Throws<StorageException>(action).Kind);
}
