using Isar.Storage.Backends.Native;
using Microsoft.Win32.SafeHandles;
using SQLitePCL;
using Xunit;

namespace Isar.Storage.Tests.Concurrency;

/// <summary>Which bytes are locked in which state, as the kernel reports it.</summary>
public sealed class LockBytesTests
{
    private const string Pending = "WRITE 1073741824-1073741824";
    private const string Reserved = "WRITE 1073741825-1073741825";
    private const string Shared = "READ 1073741826-1073742335";
    private const string Exclusive = "WRITE 1073741826-1073742335";

    // The kernel shows locks of one kind on neighbouring bytes as one.
    private const string PendingAndReserved = "WRITE 1073741824-1073741825";
    private const string All = "WRITE 1073741824-1073742335";
    private const string Read = "SELECT count(*) FROM t";

    /// <summary>The <c>sqlite3</c> program is the reference: the same SQL locks the same bytes.</summary>
    [Theory]
    [InlineData(Who.Stock)]
    [InlineData(Who.Us)]
    public async Task Sql_locks_the_bytes_that_sqlite_locks(Who who)
    {
        if (!OperatingSystem.IsLinux())
            return;
        await using SharedDatabase database = await SharedDatabase.CreateAsync("CREATE TABLE t (x)");
        ISqlSession session = database.Open(who);
        // In another process: one process's traditional locks are one.
        ISqlSession reader = database.Open(Who.Stock);
        await AssertAsync("BEGIN; " + Read, Shared);
        await AssertAsync("INSERT INTO t VALUES (1)", Shared, Reserved);
        await AssertAsync("COMMIT");
        await AssertAsync("BEGIN IMMEDIATE", Shared, Reserved);
        await AssertAsync("ROLLBACK");
        await AssertAsync("BEGIN EXCLUSIVE", All);
        await AssertAsync("COMMIT");

        await AssertAsync("BEGIN IMMEDIATE; INSERT INTO t VALUES (2)", Shared, Reserved);
        await reader.MustAsync("BEGIN; " + Read);
        Assert.Equal(raw.SQLITE_BUSY, await session.TryAsync("COMMIT"));
        Assert.Equal([Shared, Shared, PendingAndReserved], await KernelLocks.OfAsync(database.File));
        await reader.MustAsync("COMMIT");
        await AssertAsync("COMMIT");

        async Task AssertAsync(string sql, params string[] locks)
        {
            await session.MustAsync(sql);
            Assert.Equal(locks.Order(StringComparer.Ordinal), await KernelLocks.OfAsync(database.File));
        }
    }

    [Fact]
    public async Task Every_step_up_and_down_locks_the_bytes_of_its_level()
    {
        if (!OperatingSystem.IsLinux())
            return;
        await using SharedDatabase database = await SharedDatabase.CreateAsync("CREATE TABLE t (x)");
        await using NativeBackend backend = new(database.Folder);
        await backend.InitializeAsync(CancellationToken.None);
        var path = StoragePath.Parse(Path.GetFileName(database.File));
        using IStorageFile file = backend.Open(path, StorageOpenMode.ReadWrite);

        Assert.True(file.TryLock(LockLevel.Shared));
        await AssertAsync(Shared);
        Assert.True(file.TryLock(LockLevel.Reserved));
        await AssertAsync(Shared, Reserved);
        Assert.True(file.TryLock(LockLevel.Exclusive));
        await AssertAsync(All);
        file.Unlock(LockLevel.Shared);
        await AssertAsync(Shared);
        file.Unlock(LockLevel.None);
        await AssertAsync();

        Assert.True(file.TryLock(LockLevel.Shared));
        using (IStorageFile reader = backend.Open(path, StorageOpenMode.ReadOnly))
        {
            Assert.True(reader.TryLock(LockLevel.Shared));
            Assert.False(file.TryLock(LockLevel.Exclusive));
            await AssertAsync(Shared, Shared, Pending);
            Assert.False(reader.IsReserved);
        }
        await AssertAsync(Shared, Pending);
        Assert.True(file.TryLock(LockLevel.Exclusive));
        await AssertAsync(Pending, Exclusive);
        file.Dispose();
        await AssertAsync();

        async Task AssertAsync(params string[] locks)
            => Assert.Equal(locks.Order(StringComparer.Ordinal), await KernelLocks.OfAsync(database.File));
    }

    /// <summary>Somebody tries all the time to lock what readers share, without regard for the protocol: the smallest gap would let him in.</summary>
    [Fact]
    public async Task No_step_lets_go_of_shared()
    {
        // Windows cannot change a lock in one step; there the pending byte covers the gap.
        if (OperatingSystem.IsWindows())
            return;
        await using SharedDatabase database = await SharedDatabase.CreateAsync("CREATE TABLE t (x)");
        IByteLocks bytes = IByteLocks.OfPlatform!;
        using SafeFileHandle handle = Open();
        using SafeFileHandle intruder = Open();
        NativeLocks locks = new(handle, bytes);
        Assert.True(locks.TryLock(LockLevel.Shared));
        int done = 0;
        Task<bool> intrusion = Task.Run(() =>
        {
            bool isIn = false;
            while (!isIn && Volatile.Read(ref done) == 0)
                isIn = bytes.TryLock(intruder, ByteRange.Shared, exclusive: true);
            return isIn;
        });
        try
        {
            for (int i = 0; i < 20_000; i++)
            {
                Assert.True(locks.TryLock(LockLevel.Reserved));
                Assert.True(locks.TryLock(LockLevel.Exclusive));
                locks.Unlock(LockLevel.Shared);
            }
        }
        finally
        {
            Volatile.Write(ref done, 1);
            Assert.False(await intrusion.WaitAsync(SqlProcess.Patience));
        }

        SafeFileHandle Open() => File.OpenHandle(
            database.File, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
    }

    [Fact]
    public async Task Locking_allocates_nothing()
    {
        await using SharedDatabase database = await SharedDatabase.CreateAsync("CREATE TABLE t (x)");
        using SafeFileHandle handle = File.OpenHandle(
            database.File, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        NativeLocks locks = new(handle, IByteLocks.OfPlatform!);
        UpAndDown();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            UpAndDown();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void UpAndDown()
        {
            Assert.True(locks.TryLock(LockLevel.Shared));
            Assert.False(locks.IsReserved);
            Assert.True(locks.TryLock(LockLevel.Exclusive));
            locks.Unlock(LockLevel.None);
        }
    }
}
