using System.Diagnostics;
using Isar.Storage.Backends.Native;
using Isar.Storage.Conformance;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Isar.Storage.Tests.Backends;

public sealed class NativeBackendTests : IDisposable
{
    private static readonly StoragePath _path = StoragePath.Parse("a.db");
    private static readonly StoragePath _journal = StoragePath.Parse("a.db-journal");

    private readonly string _place = Directory.CreateTempSubdirectory("isar-storage-").FullName;

    private string Root => Path.Combine(_place, "root");

    public void Dispose() => Directory.Delete(_place, recursive: true);

    [Fact]
    public async Task The_directory_is_made_with_its_parents()
    {
        string deep = Path.Combine(_place, "not", "yet", "there");
        await using NativeBackend backend = await StartAsync(deep + Path.DirectorySeparatorChar);
        Assert.True(Directory.Exists(deep));
        Assert.Equal(deep, backend.Location);
        Assert.Equal(StorageSharing.ManyProcesses, backend.Capabilities.Sharing);
        await using NativeBackend again = await StartAsync(deep);
    }

    [Fact]
    public void A_relative_directory_starts_at_the_current_one()
        => Assert.Equal(Path.Combine(Environment.CurrentDirectory, "data"), new NativeBackend("data").Location);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a\0b")]
    public void A_directory_that_cannot_be_named_is_refused(string directory)
        => AssertKind(StorageErrorKind.PathInvalid, () => new NativeBackend(directory));

    [Fact]
    public async Task A_file_in_the_place_of_the_directory_is_an_error_and_stays()
    {
        string file = Path.Combine(_place, "file");
        await File.WriteAllTextAsync(file, "content");
        foreach (string directory in (string[])[file, Path.Combine(file, "below")])
        {
            StorageException refused = await Assert.ThrowsAsync<StorageException>(() => StartAsync(directory));
            Assert.Equal(StorageErrorKind.NotAFile, refused.Kind);
            Assert.Contains(file, refused.Message, StringComparison.Ordinal);
        }
        Assert.Equal("content", await File.ReadAllTextAsync(file));
    }

    /// <summary>Even root may not make a directory there.</summary>
    [Fact]
    public async Task A_directory_that_cannot_be_made_is_an_error()
    {
        if (!OperatingSystem.IsLinux())
            return;
        StorageException refused = await Assert.ThrowsAsync<StorageException>(() => StartAsync("/sys/isar-storage"));
        Assert.Contains(refused.Kind, (StorageErrorKind[])[StorageErrorKind.PermissionDenied, StorageErrorKind.ReadOnly]);
        Assert.Contains("\"/sys/isar-storage\"", refused.Message, StringComparison.Ordinal);
        Assert.NotNull(refused.InnerException);
    }

    [Fact]
    public async Task A_file_that_cannot_be_made_is_an_error()
    {
        if (!OperatingSystem.IsLinux())
            return;
        await using NativeBackend backend = await StartAsync("/sys");
        StorageException refused = Assert.Throws<StorageException>(() => backend.Open(_path, StorageOpenMode.Create));
        Assert.Contains(refused.Kind, (StorageErrorKind[])[StorageErrorKind.PermissionDenied, StorageErrorKind.ReadOnly]);
        Assert.Contains("\"/sys/a.db\"", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_is_no_file()
    {
        await using NativeBackend backend = await StartAsync();
        Directory.CreateDirectory(Path.Combine(Root, "a.db"));
        foreach (StorageOpenMode mode in Enum.GetValues<StorageOpenMode>())
            AssertKind(StorageErrorKind.NotAFile, () => backend.Open(_path, mode));
        AssertKind(StorageErrorKind.NotAFile, () => backend.Delete(_path, flush: false));
        AssertKind(StorageErrorKind.NotAFile, () => { _ = backend.GetLength(_path); });
        Assert.True(Directory.Exists(Path.Combine(Root, "a.db")));

        Directory.CreateSymbolicLink(Path.Combine(Root, "link.db"), _place);
        AssertKind(StorageErrorKind.NotAFile, () => backend.Delete(StoragePath.Parse("link.db"), flush: false));
        Assert.True(Directory.Exists(Path.Combine(Root, "link.db")));
    }

    [Fact]
    public async Task A_file_is_no_directory()
    {
        await using NativeBackend backend = await StartAsync();
        Store(backend, _path, [1]);
        var below = StoragePath.Parse("a.db/b.db");
        AssertKind(StorageErrorKind.NotAFile, () => backend.Open(below, StorageOpenMode.Create));
        AssertKind(StorageErrorKind.NotFound, () => backend.Open(below, StorageOpenMode.ReadWrite));
        AssertKind(StorageErrorKind.NotFound, () => backend.Open(below, StorageOpenMode.ReadOnly));
        AssertKind(StorageErrorKind.NotFound, () => backend.Delete(below, flush: true));
        Assert.False(backend.Exists(below));
    }

    [Fact]
    public async Task A_name_too_long_for_the_file_system_is_refused()
    {
        await using NativeBackend backend = await StartAsync();
        AssertKind(StorageErrorKind.PathInvalid, () => backend.Open(StoragePath.Parse(new string('a', 300)), StorageOpenMode.Create));
    }

    [Fact]
    public async Task A_full_device_is_full()
    {
        if (!OperatingSystem.IsLinux())
            return;
        await using NativeBackend backend = await StartAsync();
        File.CreateSymbolicLink(Path.Combine(Root, "a.db"), "/dev/full");
        using IStorageFile file = backend.Open(_path, StorageOpenMode.ReadWrite);
        StorageException full = Assert.Throws<StorageException>(() => file.Write([1], 0));
        Assert.Equal(StorageErrorKind.Full, full.Kind);
        Assert.IsType<IOException>(full.InnerException);
    }

    [Fact]
    public async Task A_file_that_another_program_keeps_to_itself_is_busy()
    {
        await using NativeBackend backend = await StartAsync();
        Store(backend, _path, [1]);
        using (File.Open(Path.Combine(Root, "a.db"), FileMode.Open, FileAccess.Read, FileShare.None))
        {
            StorageException busy = Assert.Throws<StorageException>(() => backend.Open(_path, StorageOpenMode.ReadWrite));
            Assert.Equal(StorageErrorKind.Busy, busy.Kind);
            Assert.True(busy.IsTransient);
        }
        backend.Open(_path, StorageOpenMode.ReadWrite).Dispose();
    }

    /// <summary>Else it would stand against the byte-range locks of other programs, where those two kinds of lock meet.</summary>
    [Fact]
    public async Task An_open_file_has_no_advisory_lock()
    {
        if (OperatingSystem.IsWindows())
            return;
        await using NativeBackend backend = await StartAsync();
        using IStorageFile writer = backend.Open(_path, StorageOpenMode.Create);
        using IStorageFile reader = backend.Open(_path, StorageOpenMode.ReadOnly);
        // Stands for flock(LOCK_EX), which any other flock() would refuse.
        using FileStream alone = File.Open(Path.Combine(Root, "a.db"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    [Fact]
    public async Task Backends_over_one_directory_share_locks()
    {
        await using NativeBackend first = await StartAsync();
        await using NativeBackend second = await StartAsync();
        Directory.CreateSymbolicLink(Path.Combine(_place, "link"), Root);
        await using NativeBackend third = await StartAsync(Path.Combine(_place, "link"));
        await using NativeBackend above = await StartAsync(_place);
        using IStorageFile holder = first.Open(_path, StorageOpenMode.Create);
        Assert.True(holder.TryLock(LockLevel.Shared));
        Assert.True(holder.TryLock(LockLevel.Reserved));
        Assert.True(holder.TryLock(LockLevel.Exclusive));
        foreach ((NativeBackend backend, string path) in ((NativeBackend, string)[])
            [(second, "a.db"), (third, "a.db"), (above, "root/a.db"), (above, "link/a.db")])
        {
            using IStorageFile other = backend.Open(StoragePath.Parse(path), StorageOpenMode.ReadWrite);
            Assert.True(other.IsReserved);
            Assert.False(other.TryLock(LockLevel.Shared));
        }

        holder.Dispose();
        using IStorageFile last = second.Open(_path, StorageOpenMode.ReadWrite);
        Assert.True(last.TryLock(LockLevel.Shared));
        Assert.True(last.TryLock(LockLevel.Exclusive));
    }

    [Fact]
    public async Task Nothing_is_kept_of_closed_files()
    {
        await using NativeBackend backend = await StartAsync();
        string fullPath = backend.ToFullPath(_path, out _);
        IStorageFile first = backend.Open(_path, StorageOpenMode.Create);
        IStorageFile second = backend.Open(_path, StorageOpenMode.ReadOnly);
        SharedFile shared = SharedOf(fullPath);
        first.Dispose();
        first.Dispose();
        Assert.Same(shared, SharedOf(fullPath));
        second.Dispose();
        Assert.NotSame(shared, SharedOf(fullPath));

        static SharedFile SharedOf(string fullPath)
        {
            SharedFile shared = SharedFile.Rent(fullPath);
            shared.Return();
            return shared;
        }
    }

    /// <summary>The system would refuse it in words that nobody understands.</summary>
    [Fact]
    public async Task A_file_opened_for_reading_can_be_shared_but_not_reserved()
    {
        await using NativeBackend backend = await StartAsync();
        Store(backend, _path, [1]);
        using IStorageFile reader = backend.Open(_path, StorageOpenMode.ReadOnly);
        using IStorageFile writer = backend.Open(_path, StorageOpenMode.ReadWrite);
        Assert.True(reader.TryLock(LockLevel.Shared));
        AssertKind(StorageErrorKind.ReadOnly, () => _ = reader.TryLock(LockLevel.Reserved));
        Assert.False(reader.IsReserved);
        Assert.True(writer.TryLock(LockLevel.Shared));
        Assert.True(writer.TryLock(LockLevel.Reserved));
        Assert.True(reader.IsReserved);
        Assert.False(writer.TryLock(LockLevel.Exclusive));
    }

    [Fact]
    public async Task Links_lead_to_the_locks_and_bytes_of_their_file()
    {
        await using NativeBackend backend = await StartAsync();
        string outside = Path.Combine(_place, "outside.db");
        File.CreateSymbolicLink(Path.Combine(Root, "a.db"), Path.Combine("..", "b.db"));
        File.CreateSymbolicLink(Path.Combine(_place, "b.db"), "outside.db");
        File.CreateSymbolicLink(Path.Combine(Root, "c.db"), outside);
        using IStorageFile first = backend.Open(_path, StorageOpenMode.Create);
        using IStorageFile second = backend.Open(StoragePath.Parse("c.db"), StorageOpenMode.ReadWrite);
        first.Write([1, 2, 3], 0);
        Assert.Equal([1, 2, 3], await File.ReadAllBytesAsync(outside));
        Assert.Equal(3, second.Length);
        Assert.True(first.TryLock(LockLevel.Shared));
        Assert.True(first.TryLock(LockLevel.Reserved));
        Assert.True(second.IsReserved);

        backend.Delete(_path, flush: true);
        Assert.False(backend.Exists(_path));
        Assert.True(File.Exists(outside));
    }

    [Fact]
    public async Task Links_that_lead_nowhere_are_no_files()
    {
        await using NativeBackend backend = await StartAsync();
        File.CreateSymbolicLink(Path.Combine(Root, "a.db"), Path.Combine(Root, "b.db"));
        File.CreateSymbolicLink(Path.Combine(Root, "b.db"), Path.Combine(Root, "a.db"));
        File.CreateSymbolicLink(Path.Combine(Root, "c.db"), Path.Combine(_place, "away", "c.db"));
        var dangling = StoragePath.Parse("c.db");
        Assert.False(backend.Exists(_path));
        Assert.False(backend.Exists(dangling));
        AssertKind(StorageErrorKind.Io, () => backend.Open(_path, StorageOpenMode.Create));
        AssertKind(StorageErrorKind.NotFound, () => backend.Open(dangling, StorageOpenMode.Create));
        Assert.False(Directory.Exists(Path.Combine(_place, "away")));
    }

    [Fact]
    public async Task A_deleted_file_lives_on_for_who_has_it_open()
    {
        await using NativeBackend backend = await StartAsync();
        using IStorageFile open = backend.Open(_path, StorageOpenMode.Create);
        open.Write([1, 2, 3], 0);
        backend.Delete(_path, flush: true);
        Store(backend, _path, [9]);
        open.Write([4], 3);
        byte[] read = new byte[10];
        Assert.Equal(4, open.Read(read, 0));
        Assert.Equal([1, 2, 3, 4], read[..4]);
        Assert.Equal([9], await File.ReadAllBytesAsync(Path.Combine(Root, "a.db")));
    }

    [Fact]
    public async Task Directories_are_made_for_new_files_only()
    {
        await using NativeBackend backend = await StartAsync();
        var path = StoragePath.Parse("deep/er/a.db");
        AssertKind(StorageErrorKind.NotFound, () => backend.Open(path, StorageOpenMode.ReadWrite));
        Assert.False(Directory.Exists(Path.Combine(Root, "deep")));
        Store(backend, path, [1]);
        Assert.True(File.Exists(Path.Combine(Root, "deep", "er", "a.db")));
    }

    /// <summary>It may be on a disk that is away: nothing must take its place.</summary>
    [Fact]
    public async Task A_vanished_directory_is_not_made_again()
    {
        await using NativeBackend backend = await StartAsync();
        Directory.Delete(Root);
        AssertKind(StorageErrorKind.NotFound, () => backend.Open(_path, StorageOpenMode.Create));
        AssertKind(StorageErrorKind.NotFound, () => backend.Open(StoragePath.Parse("deep/a.db"), StorageOpenMode.Create));
        await AssertKindAsync(StorageErrorKind.NotFound, () => backend.ListAsync(CancellationToken.None).AsTask());
        Assert.False(Directory.Exists(Root));
    }

    [Fact]
    public async Task The_list_shows_what_can_be_opened()
    {
        await using NativeBackend backend = await StartAsync();
        string outside = Path.Combine(_place, "outside.db");
        await File.WriteAllBytesAsync(outside, new byte[1000]);
        await File.WriteAllBytesAsync(Path.Combine(Root, ".hidden"), new byte[10]);
        Store(backend, StoragePath.Parse("sub/b.db"), new byte[20]);
        File.CreateSymbolicLink(Path.Combine(Root, "linked.db"), outside);
        File.CreateSymbolicLink(Path.Combine(Root, "nowhere.db"), Path.Combine(_place, "nowhere"));
        File.CreateSymbolicLink(Path.Combine(Root, "self.db"), Path.Combine(Root, "self.db"));
        Directory.CreateSymbolicLink(Path.Combine(Root, "sub", "circle"), Root);
        if (!OperatingSystem.IsWindows())
        {
            await File.WriteAllBytesAsync(Path.Combine(Root, "with:colon"), []);
            await File.WriteAllBytesAsync(Path.Combine(Root, "dot."), []);
            await File.WriteAllBytesAsync(Path.Combine(Root, "\uFFFD.db"), []);
        }

        StorageEntry[] expected =
        [
            new(StoragePath.Parse(".hidden"), 10),
            new(StoragePath.Parse("linked.db"), 1000),
            new(StoragePath.Parse("sub/b.db"), 20),
        ];
        Assert.Equal(expected, await backend.ListAsync(CancellationToken.None));
    }

    [Fact]
    public async Task The_list_can_be_made_while_files_come_and_go()
    {
        await using NativeBackend backend = await StartAsync();
        Store(backend, _path, new byte[10]);
        int done = 0;
        var commits = Task.Run(() =>
        {
            while (Volatile.Read(ref done) == 0)
            {
                backend.Open(_journal, StorageOpenMode.Create).Dispose();
                backend.Open(StoragePath.Parse("sub/b.db"), StorageOpenMode.Create).Dispose();
                backend.Delete(_journal, flush: false);
                Directory.Delete(Path.Combine(Root, "sub"), recursive: true);
            }
        });
        for (int i = 0; i < 300; i++)
            Assert.Contains(new StorageEntry(_path, 10), await backend.ListAsync(CancellationToken.None));
        Volatile.Write(ref done, 1);
        await commits;
    }

    [Fact]
    public async Task A_full_path_leads_back()
    {
        await using NativeBackend backend = await StartAsync();
        var path = StoragePath.Parse("sub/Straße ☃.db");
        string fullPath = backend.ToFullPath(path, out bool followsLink);
        Assert.False(followsLink);
        Assert.Equal(Path.Combine(Root, "sub", "Straße ☃.db"), fullPath);
        Assert.True(backend.TryFromFullPath(fullPath, out StoragePath back));
        Assert.Equal(path, back);
        Assert.True(backend.TryFromFullPath(Path.Combine(Root, "x", "..", "a.db"), out back));
        Assert.Equal(_path, back);

        foreach (string other in (string[])[Path.Combine(Root, "a\0b"), "a.db", ""])
            Assert.False(backend.TryFromFullPath(other, out _), other);
    }

    [Fact]
    public async Task A_full_path_that_is_refused_says_why()
    {
        await using NativeBackend backend = await StartAsync();
        (string Path, string Why)[] refused =
        [
            (Root, "outside"), (Path.Combine(Root + "2", "a.db"), "outside"), (Path.Combine(_place, "a.db"), "outside"),
            (Path.Combine(Root, "..", "a.db"), "outside"), (Path.Combine(Root, "bad:name"), "contains :"),
            (Path.Combine(Root, "a."), "ends in a dot"), (Path.Combine(Root, "a\uFFFD"), "U+FFFD"),
        ];
        foreach ((string path, string why) in refused)
        {
            StorageException failure = Assert.Throws<StorageException>(() => backend.TryFromFullPath(path, out StoragePath _));
            Assert.Equal(StorageErrorKind.PathInvalid, failure.Kind);
            Assert.Contains(why, failure.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>As for the kernel, whose <c>..</c> is the parent of what a link leads to.</summary>
    [Fact]
    public async Task The_parent_of_a_link_is_that_of_its_target()
    {
        if (OperatingSystem.IsWindows())
            return;
        await using NativeBackend backend = await StartAsync();
        Directory.CreateDirectory(Path.Combine(Root, "sub", "deep"));
        Directory.CreateSymbolicLink(Path.Combine(Root, "link"), Path.Combine("sub", "deep"));
        Directory.CreateSymbolicLink(Path.Combine(Root, "out"), _place);
        Assert.True(backend.TryFromFullPath(Path.Combine(Root, "link", "..", "x.db"), out StoragePath path));
        Assert.Equal("sub/x.db", path.Value);
        Assert.True(backend.TryFromFullPath(Path.Combine(Root, "link", "..", ".", "..", "sub", "x.db"), out path));
        Assert.Equal("sub/x.db", path.Value);
        AssertKind(StorageErrorKind.PathInvalid, () => backend.TryFromFullPath(Path.Combine(Root, "out", "..", "x.db"), out StoragePath _));
    }

    [Fact]
    public async Task A_full_path_has_no_links_unless_they_lead_outside()
    {
        await using NativeBackend direct = await StartAsync();
        string link = Path.Combine(_place, "link");
        Directory.CreateSymbolicLink(link, Root);
        await using NativeBackend backend = await StartAsync(link);
        File.CreateSymbolicLink(Path.Combine(Root, "inside.db"), "a.db");
        File.CreateSymbolicLink(Path.Combine(Root, "outside.db"), Path.Combine(_place, "outside.db"));

        Assert.Equal(link, backend.Location);
        Assert.Equal(Path.Combine(Root, "a.db"), backend.ToFullPath(_path, out bool followsLink));
        Assert.False(followsLink);
        Assert.Equal(Path.Combine(Root, "a.db"), backend.ToFullPath(StoragePath.Parse("inside.db"), out followsLink));
        Assert.True(followsLink);
        Assert.Equal(Path.Combine(Root, "outside.db"), backend.ToFullPath(StoragePath.Parse("outside.db"), out followsLink));
        Assert.True(followsLink);
        foreach (string directory in (string[])[Root, link])
        {
            Assert.True(backend.TryFromFullPath(Path.Combine(directory, "a.db"), out StoragePath path));
            Assert.Equal(_path, path);
        }
    }

    [Fact]
    public async Task A_journal_gets_the_permissions_of_its_database()
    {
        if (OperatingSystem.IsWindows())
            return;
        await using NativeBackend backend = await StartAsync();
        Store(backend, _path, [1]);
        const UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
        File.SetUnixFileMode(Path.Combine(Root, "a.db"), mode);
        Store(backend, _journal, [1]);
        Assert.Equal(mode, File.GetUnixFileMode(Path.Combine(Root, "a.db-journal")));
    }

    /// <summary>What root leaves behind, also from before, must be the database owner's to roll back.</summary>
    [RootTheory]
    [InlineData("a.db-journal")]
    [InlineData("a.db-wal")]
    [InlineData("a.db-shm")]
    [InlineData("a.db-mj0123459AB")]
    public async Task What_root_makes_beside_a_database_belongs_to_the_databases_owner(string name)
    {
        await using NativeBackend backend = await StartAsync();
        Store(backend, _path, [1]);
        string beside = Path.Combine(Root, name);
        await RunAsync("chown", "1234:2345", Path.Combine(Root, "a.db"));
        for (int round = 0; round < 2; round++)
        {
            Store(backend, StoragePath.Parse(name), [1]);
            Assert.Equal("1234:2345", await RunAsync("stat", "-c", "%u:%g", beside));
            await RunAsync("chown", "0:0", beside);
        }
        using (backend.Open(StoragePath.Parse(name), StorageOpenMode.ReadOnly))
            Assert.Equal("0:0", await RunAsync("stat", "-c", "%u:%g", beside));
    }

    /// <summary>
    /// With <c>synchronous=NORMAL</c> a commit is only in a log that is not flushed. A link, which is refused, shows that it is opened.
    /// </summary>
    [Theory]
    [InlineData("-wal")]
    [InlineData("-journal")]
    public async Task The_flush_of_a_database_includes_the_files_beside_it(string suffix)
    {
        await using NativeBackend backend = await StartAsync();
        Store(backend, _path, [1]);
        await backend.FlushAsync(_path, CancellationToken.None);
        string outside = Path.Combine(_place, "outside");
        await File.WriteAllTextAsync(outside, "kept");
        File.CreateSymbolicLink(Path.Combine(Root, "a.db" + suffix), outside);
        StorageException refused = await Assert.ThrowsAsync<StorageException>(() => backend.FlushAsync(_path, CancellationToken.None).AsTask());
        Assert.Contains("a.db" + suffix, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_in_the_place_of_a_journal_is_not_followed()
    {
        await using NativeBackend backend = await StartAsync();
        Store(backend, _path, [1]);
        string outside = Path.Combine(_place, "outside");
        foreach (string target in (string[])[outside, Path.Combine(_place, "missing")])
        {
            await File.WriteAllTextAsync(outside, "kept");
            foreach (string suffix in (string[])["-journal", "-wal", "-mj0123459AB"])
            {
                File.CreateSymbolicLink(Path.Combine(Root, "a.db" + suffix), target);
                foreach (StorageOpenMode mode in Enum.GetValues<StorageOpenMode>())
                {
                    StorageException refused = Assert.Throws<StorageException>(
                        () => backend.Open(StoragePath.Parse("a.db" + suffix), mode));
                    Assert.Equal(StorageErrorKind.Io, refused.Kind);
                    Assert.Contains("symbolic link", refused.Message, StringComparison.Ordinal);
                }
                File.Delete(Path.Combine(Root, "a.db" + suffix));
            }
            Assert.Equal("kept", await File.ReadAllTextAsync(outside));
            Assert.False(File.Exists(Path.Combine(_place, "missing")));
        }
    }

    [Fact]
    public async Task A_directory_on_the_way_to_a_journal_may_be_a_link()
    {
        await using NativeBackend backend = await StartAsync();
        Directory.CreateDirectory(Path.Combine(_place, "other"));
        Directory.CreateSymbolicLink(Path.Combine(Root, "linked"), Path.Combine(_place, "other"));
        Store(backend, StoragePath.Parse("linked/a.db"), [1]);
        Store(backend, StoragePath.Parse("linked/a.db-journal"), [2]);
        Assert.Equal([2], await File.ReadAllBytesAsync(Path.Combine(_place, "other", "a.db-journal")));
    }

    /// <summary>SQLite would take a database with an interrupted transaction for whole.</summary>
    [Fact]
    public async Task A_journal_is_found_behind_a_link_to_a_name_that_is_not_UTF8()
    {
        if (!OperatingSystem.IsLinux())
            return;
        await using NativeBackend backend = await StartAsync();
        await RunAsync("sh", "-c", """cd "$1" && n=$(printf '\377') && mkdir "$n" && ln -s "$n" linked""", "sh", Root);
        var journal = StoragePath.Parse("linked/a.db-journal");
        Store(backend, journal, [1, 2]);
        long? length = backend.GetLength(journal);
        // .NET could not.
        await RunAsync("rm", "-r", Root);
        Assert.Equal(2, length);
    }

    [Fact]
    public async Task Flushing_a_database_does_not_need_one()
    {
        await using NativeBackend backend = await StartAsync();
        await backend.FlushAsync(_path, CancellationToken.None);
        await backend.FlushAsync(StoragePath.Parse("never/a.db"), CancellationToken.None);
        await backend.FlushAsync(StoragePath.Parse(new string('a', StoragePath.MaxBytes)), CancellationToken.None);
        Store(backend, _path, [1]);
        Store(backend, _journal, [1]);
        await backend.FlushAsync(_path, CancellationToken.None);
    }

    [Fact]
    public async Task Every_member_says_that_the_backend_is_gone()
    {
        NativeBackend disposed = await StartAsync();
        IStorageFile open = disposed.Open(_path, StorageOpenMode.Create);
        await disposed.DisposeAsync();
        await disposed.DisposeAsync();
        await AssertKindAsync(StorageErrorKind.Unavailable, () => disposed.InitializeAsync(CancellationToken.None).AsTask());
        foreach (NativeBackend backend in (NativeBackend[])[disposed, new(Root)])
        {
            AssertKind(StorageErrorKind.Unavailable, () => backend.Open(_path, StorageOpenMode.Create));
            AssertKind(StorageErrorKind.Unavailable, () => backend.Exists(_path));
            AssertKind(StorageErrorKind.Unavailable, () => backend.Delete(_path, flush: false));
            AssertKind(StorageErrorKind.Unavailable, () => backend.ToFullPath(_path, out bool _));
            AssertKind(StorageErrorKind.Unavailable, () => backend.TryFromFullPath(Path.Combine(Root, "a.db"), out StoragePath _));
            await AssertKindAsync(StorageErrorKind.Unavailable, () => backend.FlushAsync(_path, CancellationToken.None).AsTask());
            await AssertKindAsync(StorageErrorKind.Unavailable, () => backend.ListAsync(CancellationToken.None).AsTask());
        }
        open.Write([1], 0);
        open.Dispose();
        open.Dispose();
        Assert.Throws<ObjectDisposedException>(() => open.Length);
        Assert.Throws<ObjectDisposedException>(() => open.Read(new byte[1], 0));
        Assert.Throws<ObjectDisposedException>(() => open.Write([1], 0));
        Assert.Throws<ObjectDisposedException>(open.Flush);
    }

    [Fact]
    public async Task Asynchronous_members_can_be_cancelled()
    {
        await using NativeBackend backend = await StartAsync();
        CancellationToken cancelled = new(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => backend.FlushAsync(_path, cancelled).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => backend.ListAsync(cancelled).AsTask());
        string directory = Path.Combine(_place, "never");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new NativeBackend(directory).InitializeAsync(cancelled).AsTask());
        Assert.False(Directory.Exists(directory));
    }

    /// <summary>The adapter initialises without waiting where that can be; a connection string is asked for synchronously.</summary>
    [Fact]
    public async Task Initialising_completes_at_once()
    {
        await using NativeBackend backend = new(Root);
        Assert.True(backend.InitializeAsync(CancellationToken.None).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Registering_takes_the_directory_of_the_options()
    {
        Builder builder = new(new ServiceCollection());
        Assert.Same(builder, builder.UseNative());
        builder.UseNative("second");
        await using ServiceProvider services = builder.Services.BuildServiceProvider();
        BackendRegistration[] registrations = [.. services.GetServices<BackendRegistration>()];
        Assert.Equal(["native", "second"], registrations.Select(registration => registration.Name));
        await using IStorageBackend backend = registrations[0].Create(new BackendContext(Root, services, NullLoggerFactory.Instance));
        Assert.Equal(Root, backend.Location);
    }

    private async Task<NativeBackend> StartAsync(string? directory = null)
    {
        NativeBackend backend = new(directory ?? Root);
        await backend.InitializeAsync(CancellationToken.None);
        return backend;
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return output.Trim();
    }

    private static void Store(NativeBackend backend, StoragePath path, byte[] content)
    {
        using IStorageFile file = backend.Open(path, StorageOpenMode.Create);
        file.Write(content, 0);
        file.Flush();
    }

    private static void AssertKind(StorageErrorKind expected, Action action)
        => Assert.Equal(expected, Assert.Throws<StorageException>(action).Kind);

    private static void AssertKind(StorageErrorKind expected, Func<object> action)
        => Assert.Equal(expected, Assert.Throws<StorageException>(action).Kind);

    private static async Task AssertKindAsync(StorageErrorKind expected, Func<Task> action)
        => Assert.Equal(expected, (await Assert.ThrowsAsync<StorageException>(action)).Kind);

    private sealed record Builder(IServiceCollection Services) : IIsarStorageBuilder;
}
