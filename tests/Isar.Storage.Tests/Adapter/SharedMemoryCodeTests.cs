using Isar.Storage.Backends.Memory;
using Isar.Storage.Conformance;
using Isar.Storage.Sqlite;
using Isar.Storage.Tests.Worlds;
using Xunit;

namespace Isar.Storage.Tests.Adapter;

/// <summary>SQLite is told in the codes of its own VFS for Unix what became of its shared memory.</summary>
public sealed class SharedMemoryCodeTests
{
    private const int Unlock = 1;
    private const int Lock = 2;
    private const int Shared = 4;
    private const int Exclusive = 8;

    private readonly Memory _memory = new();
    private readonly SqliteFile _file;

    public SharedMemoryCodeTests() => _file = new SqliteFile(
        new SqliteVfs("codes", new MemoryBackend(new MemoryBackendOptions()), 0, TimeProvider.System, new LogCapture()),
        _memory,
        StoragePath.Parse("a.db"),
        OpenFlags.MainDatabase | OpenFlags.ReadWrite);

    [Theory]
    [InlineData(SharedMemoryAccess.ReadWrite, SqliteCode.Ok)]
    [InlineData(SharedMemoryAccess.ReadOnly, SqliteCode.ReadOnly)]
    [InlineData(SharedMemoryAccess.ReadOnlyStale, SqliteCode.ReadOnlyCantInit)]
    public void What_can_be_done_with_a_region_is_its_code(SharedMemoryAccess access, int code)
    {
        _memory.Access = access;
        Assert.Equal(code, _file.ShmMap(0, 32768, extend: true, out nint address));
        Assert.Equal(Memory.Address, address);
    }

    [Theory]
    [InlineData(StorageErrorKind.Busy, SqliteCode.Busy)]
    [InlineData(StorageErrorKind.Full, SqliteCode.IoErrorShmSize)]
    [InlineData(StorageErrorKind.PermissionDenied, SqliteCode.CantOpen)]
    [InlineData(StorageErrorKind.ReadOnly, SqliteCode.CantOpen)]
    [InlineData(StorageErrorKind.NotFound, SqliteCode.CantOpen)]
    [InlineData(StorageErrorKind.Io, SqliteCode.IoErrorShmMap)]
    public void Why_there_is_no_region_is_its_code(StorageErrorKind kind, int code)
    {
        _memory.Failure = new StorageException(kind, "of the test");
        Assert.Equal(code, _file.ShmMap(0, 32768, extend: true, out nint address));
        Assert.Equal(0, address);
    }

    [Fact]
    public void A_slot_is_locked_or_busy_and_a_failure_is_an_error_of_locking()
    {
        Assert.Equal(SqliteCode.Ok, _file.ShmLock(3, 1, Lock | Shared));
        Assert.Equal(SqliteCode.Ok, _file.ShmLock(3, 1, Unlock | Shared));
        Assert.Equal(SqliteCode.Ok, _file.ShmLock(1, 7, Lock | Exclusive));
        Assert.Equal(SqliteCode.Ok, _file.ShmLock(1, 7, Unlock | Exclusive));
        Assert.Equal(["lock 3 1 False", "unlock 3 1", "lock 1 7 True", "unlock 1 7"], _memory.Calls);
        _memory.Granted = false;
        Assert.Equal(SqliteCode.Busy, _file.ShmLock(3, 1, Lock | Shared));
        _memory.Failure = new IOException("of the test");
        Assert.Equal(SqliteCode.IoErrorShmLock, _file.ShmLock(3, 1, Lock | Shared));
        Assert.Equal(SqliteCode.IoErrorShmLock, _file.ShmLock(3, 1, Unlock | Shared));
        Assert.Equal(SqliteCode.IoErrorShmMap, _file.ShmUnmap(delete: true));
    }

    /// <summary>A file that answers as a case wishes.</summary>
    private sealed class Memory() : DelegatingFile(MemoryFile.CreateTemporary(new MemorySpace(0, "", ""))), ISharedMemory
    {
        public const int Address = 4096;

        public SharedMemoryAccess Access { get; set; }

        public bool Granted { get; set; } = true;

        public Exception? Failure { get; set; }

        public List<string> Calls { get; } = [];

        public SharedMemoryAccess ShmMap(int region, int length, bool extend, bool readOnly, out nint address)
        {
            Fail();
            address = Address;
            return Access;
        }

        public bool TryShmLock(int slot, int count, bool exclusive)
        {
            Fail();
            Calls.Add($"lock {slot} {count} {exclusive}");
            return Granted;
        }

        public void ShmUnlock(int slot, int count)
        {
            Fail();
            Calls.Add($"unlock {slot} {count}");
        }

        public void ShmUnmap(bool delete) => Fail();

        private void Fail()
        {
            if (Failure is not null)
                throw Failure;
        }
    }
}
