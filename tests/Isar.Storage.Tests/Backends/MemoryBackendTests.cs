using Isar.Storage.Backends.Memory;
using Isar.Storage.Conformance;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Isar.Storage.Tests.Backends;

public sealed class MemoryBackendTests
{
    private const int Chunk = 64 * 1024;

    private static readonly StoragePath _path = StoragePath.Parse("a.db");
    private static readonly StoragePath _otherPath = StoragePath.Parse("b.db");

    [Fact]
    public async Task A_write_beyond_the_limit_is_refused_and_changes_nothing()
    {
        await using MemoryBackend backend = await StartAsync(sizeLimit: 100_000);
        using IStorageFile file = backend.Open(_path, StorageOpenMode.Create);
        byte[] content = [.. Enumerable.Repeat((byte)7, 90_000)];
        file.Write(content, 0);

        StorageException full = Assert.Throws<StorageException>(() => file.Write(new byte[10_001], 90_000));
        Assert.Equal(StorageErrorKind.Full, full.Kind);
        Assert.Contains("100000", full.Message, StringComparison.Ordinal);
        Assert.Contains("a.db", full.Message, StringComparison.Ordinal);
        AssertKind(StorageErrorKind.Full, () => file.Write(new byte[20_000], 85_000));
        AssertKind(StorageErrorKind.Full, () => file.Write([1], long.MaxValue - 1));
        AssertKind(StorageErrorKind.Full, () => file.SetLength(100_001));

        Assert.Equal(90_000, file.Length);
        byte[] read = new byte[100_000];
        Assert.Equal(90_000, file.Read(read, 0));
        Assert.Equal(content, read[..90_000]);
        file.Write(new byte[10_000], 90_000);
        Assert.Equal(100_000, file.Length);
    }

    [Fact]
    public async Task The_limit_is_for_all_files_and_given_back()
    {
        await using MemoryBackend backend = await StartAsync(sizeLimit: 1000);
        using IStorageFile first = backend.Open(_path, StorageOpenMode.Create);
        using IStorageFile second = backend.Open(_otherPath, StorageOpenMode.Create);
        first.Write(new byte[600], 0);
        AssertKind(StorageErrorKind.Full, () => second.SetLength(401));
        second.SetLength(400);
        AssertKind(StorageErrorKind.Full, () => first.Write([1], 600));
        first.Write(new byte[600], 0);

        second.SetLength(100);
        first.SetLength(900);
        backend.Delete(_path, flush: false);
        AssertKind(StorageErrorKind.Full, () => second.SetLength(101));
        first.Dispose();
        second.SetLength(1000);
        AssertKind(StorageErrorKind.Full, () => second.SetLength(1001));
    }

    [Fact]
    public async Task Without_a_limit_space_is_what_memory_there_is()
    {
        await using MemoryBackend backend = await StartAsync();
        using IStorageFile file = backend.Open(_path, StorageOpenMode.Create);
        file.SetLength(1L << 40);
        Assert.Equal(1, file.Read(new byte[10], (1L << 40) - 1));
        AssertKind(StorageErrorKind.Full, () => file.SetLength(long.MaxValue));
        AssertKind(StorageErrorKind.Full, () => file.Write([1], long.MaxValue - 1));
        Assert.Equal(1L << 40, file.Length);
    }

    private readonly MemorySpace _space = new(limit: null, "temporary files", "Raise it");

    [Theory]
    [InlineData(Chunk)]
    [InlineData(Chunk - 1)]
    [InlineData(Chunk + 1)]
    [InlineData(1)]
    [InlineData(0)]
    public void Cut_bytes_do_not_come_back(int length)
    {
        using var file = MemoryFile.CreateTemporary(_space);
        byte[] content = [.. Enumerable.Repeat((byte)7, 3 * Chunk)];
        file.Write(content, 0);
        file.SetLength(length);
        file.Write([9], (3 * Chunk) - 1);

        byte[] read = new byte[3 * Chunk];
        Assert.Equal(read.Length, file.Read(read, 0));
        Assert.Equal([.. content[..length], .. new byte[content.Length - length - 1], 9], read);
    }

    [Fact]
    public void A_temporary_file_needs_no_backend()
    {
        using var file = MemoryFile.CreateTemporary(_space);
        using var other = MemoryFile.CreateTemporary(_space);
        file.Write([1, 2, 3], 200_000);
        file.Flush();
        Assert.Equal(200_003, file.Length);
        Assert.Equal(0, other.Length);
        Assert.True(file.TryLock(LockLevel.Shared));
        Assert.True(file.TryLock(LockLevel.Exclusive));
        Assert.True(other.TryLock(LockLevel.Shared));
    }

    [Fact]
    public async Task A_deleted_file_lives_on_for_who_has_it_open()
    {
        await using MemoryBackend backend = await StartAsync();
        using IStorageFile open = backend.Open(_path, StorageOpenMode.Create);
        using IStorageFile alsoOpen = backend.Open(_path, StorageOpenMode.ReadWrite);
        open.Write([1, 2, 3], 0);
        Assert.True(open.TryLock(LockLevel.Shared));
        Assert.True(open.TryLock(LockLevel.Exclusive));
        backend.Delete(_path, flush: true);

        using IStorageFile made = backend.Open(_path, StorageOpenMode.Create);
        Assert.Equal(0, made.Length);
        Assert.False(made.IsReserved);
        Assert.True(made.TryLock(LockLevel.Shared));
        made.Write([9, 9, 9, 9], 0);
        alsoOpen.Write([4], 3);
        byte[] read = new byte[10];
        Assert.Equal(4, open.Read(read, 0));
        Assert.Equal([1, 2, 3, 4], read[..4]);
    }

    [Fact]
    public async Task A_path_is_a_file_or_a_directory()
    {
        await using MemoryBackend backend = await StartAsync();
        var inside = StoragePath.Parse("dir/sub/a.db");
        backend.Open(inside, StorageOpenMode.Create).Dispose();
        foreach (StorageOpenMode mode in Enum.GetValues<StorageOpenMode>())
        {
            AssertKind(StorageErrorKind.NotAFile, () => backend.Open(StoragePath.Parse("dir"), mode));
            AssertKind(StorageErrorKind.NotAFile, () => backend.Open(StoragePath.Parse("dir/sub"), mode));
        }
        AssertKind(StorageErrorKind.NotAFile, () => backend.Open(StoragePath.Parse("dir/sub/a.db/b.db"), StorageOpenMode.Create));
        AssertKind(StorageErrorKind.NotFound, () => backend.Open(StoragePath.Parse("dir/sub/a.db/b.db"), StorageOpenMode.ReadWrite));
        AssertKind(StorageErrorKind.NotFound, () => backend.Delete(StoragePath.Parse("dir"), flush: false));
        Assert.False(backend.Exists(StoragePath.Parse("dir")));

        backend.Open(StoragePath.Parse("dir/su"), StorageOpenMode.Create).Dispose();
        backend.Delete(inside, flush: false);
        backend.Open(StoragePath.Parse("dir/sub"), StorageOpenMode.Create).Dispose();
    }

    [Fact]
    public async Task Readers_see_whole_chunks_while_a_writer_grows_and_cuts_the_file()
    {
        await using MemoryBackend backend = await StartAsync();
        using IStorageFile writer = backend.Open(_path, StorageOpenMode.Create);
        byte[] fixedPart = [.. Enumerable.Repeat((byte)7, Chunk + 100)];
        writer.Write(fixedPart, 0);
        int done = 0;
        Task[] readers = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            using IStorageFile reader = backend.Open(_path, StorageOpenMode.ReadOnly);
            byte[] read = new byte[4 * Chunk];
            do
            {
                int count = reader.Read(read, 0);
                Assert.InRange(count, fixedPart.Length, 3 * Chunk);
                Assert.True(read.AsSpan().StartsWith(fixedPart));
                Assert.Equal(-1, read.AsSpan(fixedPart.Length, count - fixedPart.Length).IndexOfAnyExcept((byte)0, (byte)9));
            }
            while (Volatile.Read(ref done) == 0);
        }))];
        byte[] nines = [.. Enumerable.Repeat((byte)9, Chunk)];
        for (int i = 0; i < 500; i++)
        {
            writer.Write(nines, 2 * Chunk);
            writer.SetLength(fixedPart.Length);
        }
        Volatile.Write(ref done, 1);
        await Task.WhenAll(readers);
    }

    [Fact]
    public async Task Backends_share_nothing()
    {
        await using MemoryBackend first = await StartAsync();
        await using MemoryBackend second = await StartAsync();
        using IStorageFile file = first.Open(_path, StorageOpenMode.Create);
        Assert.False(second.Exists(_path));
    }

    [Fact]
    public async Task Every_member_says_that_the_backend_is_gone()
    {
        MemoryBackend disposed = await StartAsync();
        IStorageFile open = disposed.Open(_path, StorageOpenMode.Create);
        open.Write([1], 0);
        await disposed.DisposeAsync();
        await disposed.DisposeAsync();
        await AssertKindAsync(StorageErrorKind.Unavailable, () => disposed.InitializeAsync(CancellationToken.None).AsTask());
        foreach (MemoryBackend backend in (MemoryBackend[])[disposed, new(new MemoryBackendOptions())])
        {
            AssertKind(StorageErrorKind.Unavailable, () => backend.Open(_path, StorageOpenMode.Create));
            AssertKind(StorageErrorKind.Unavailable, () => backend.Exists(_path));
            AssertKind(StorageErrorKind.Unavailable, () => backend.Delete(_path, flush: false));
            await AssertKindAsync(StorageErrorKind.Unavailable, () => backend.FlushAsync(_path, CancellationToken.None).AsTask());
            await AssertKindAsync(StorageErrorKind.Unavailable, () => backend.ListAsync(CancellationToken.None).AsTask());
        }
        Assert.Equal(1, open.Length);
        open.Dispose();
        open.Dispose();
        Assert.Throws<ObjectDisposedException>(() => open.Length);
        Assert.Throws<ObjectDisposedException>(() => open.Read(new byte[1], 0));
        Assert.Throws<ObjectDisposedException>(() => open.Write([1], 0));
    }

    [Fact]
    public async Task Asynchronous_members_can_be_cancelled()
    {
        await using MemoryBackend backend = await StartAsync();
        CancellationToken cancelled = new(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => backend.FlushAsync(_path, cancelled).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => backend.ListAsync(cancelled).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new MemoryBackend(new MemoryBackendOptions()).InitializeAsync(cancelled).AsTask());
    }

    [Fact]
    public async Task Registering_names_and_configures_the_backend()
    {
        Builder builder = new(new ServiceCollection());
        Assert.Same(builder, builder.UseMemory());
        builder.UseMemory("small", options => options.SizeLimit = 10);
        await using ServiceProvider services = builder.Services.BuildServiceProvider();
        BackendRegistration[] registrations = [.. services.GetServices<BackendRegistration>()];
        Assert.Equal(["memory", "small"], registrations.Select(registration => registration.Name));

        await using IStorageBackend small = registrations[1].Create(new BackendContext("ignored", services, NullLoggerFactory.Instance));
        await small.InitializeAsync(CancellationToken.None);
        using IStorageFile file = small.Open(_path, StorageOpenMode.Create);
        AssertKind(StorageErrorKind.Full, () => file.SetLength(11));
        Assert.Throws<ArgumentOutOfRangeException>(() => builder.UseMemory("bad", options => options.SizeLimit = -1));
    }

    private static async Task<MemoryBackend> StartAsync(long? sizeLimit = null)
    {
        MemoryBackend backend = new(new MemoryBackendOptions { SizeLimit = sizeLimit });
        await backend.InitializeAsync(CancellationToken.None);
        return backend;
    }

    private static void AssertKind(StorageErrorKind expected, Action action)
        => Assert.Equal(expected, Assert.Throws<StorageException>(action).Kind);

    private static void AssertKind(StorageErrorKind expected, Func<object> action)
        => Assert.Equal(expected, Assert.Throws<StorageException>(action).Kind);

    private static async Task AssertKindAsync(StorageErrorKind expected, Func<Task> action)
        => Assert.Equal(expected, (await Assert.ThrowsAsync<StorageException>(action)).Kind);

    private sealed record Builder(IServiceCollection Services) : IIsarStorageBuilder;
}
