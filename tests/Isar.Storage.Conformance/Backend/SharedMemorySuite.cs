using Xunit;

namespace Isar.Storage.Conformance;

/// <summary>
/// What the open files of one database share for SQLite's write-ahead log: memory, and eight slots that are locked
/// (<see href="https://sqlite.org/walformat.html#the_wal_index_file_format">WAL-Index File Format</see>). For backends that offer it.
/// </summary>
public abstract class SharedMemorySuite(BackendUnderTest underTest) : BackendSuite(underTest)
{
    private const int RegionLength = 32768;
    private const int Slots = 8;

    [Fact]
    public virtual void It_is_offered_as_the_capabilities_say()
    {
        using IStorageFile file = Create(Database);
        Assert.True(Backend.Capabilities.WriteAheadLog);
        Assert.IsAssignableFrom<ISharedMemory>(file);
    }

    [Fact]
    public virtual void A_region_is_made_only_when_it_is_asked_for_and_of_zeros()
    {
        using IStorageFile first = Create(Database);
        using IStorageFile second = Create(Database);
        Assert.Equal(0, Map(first, 0, extend: false));
        Assert.Equal(0, Map(second, 0, extend: false));
        Bytes.Zero(Memory(Map(first, 0)));
        Assert.NotEqual(0, Map(second, 0, extend: false));
        Assert.Equal(0, Map(second, 1, extend: false));
    }

    [Fact]
    public virtual void What_one_file_writes_every_other_reads()
    {
        using IStorageFile first = Create(Database);
        using IStorageFile second = Create(Database);
        byte[] content = Bytes.Pattern(RegionLength);
        content.CopyTo(Memory(Map(first, 0)));
        Bytes.Equal(content, Memory(Map(second, 0, extend: false)));
        Memory(Map(second, 0)).Clear();
        Bytes.Zero(Memory(Map(first, 0)));
    }

    [Fact]
    public virtual void Regions_keep_their_addresses_and_do_not_overlap()
    {
        using IStorageFile file = Create(Database);
        using IStorageFile other = Create(Database);
        nint[] addresses = new nint[40];
        for (int i = 0; i < addresses.Length; i++)
        {
            addresses[i] = Map(file, i);
            Bytes.Pattern(RegionLength, i).CopyTo(Memory(addresses[i]));
        }
        for (int i = addresses.Length - 1; i >= 0; i--)
        {
            Assert.Equal(addresses[i], Map(file, i));
            Bytes.Equal(Bytes.Pattern(RegionLength, i), Memory(addresses[i]));
            Bytes.Equal(Bytes.Pattern(RegionLength, i), Memory(Map(other, i, extend: false)));
        }
    }

    [Fact]
    public virtual void Slots_are_shared_or_held_alone()
    {
        using IStorageFile first = Join();
        using IStorageFile second = Join();
        for (int slot = 0; slot < Slots; slot++)
        {
            foreach ((bool held, bool wanted) in new[] { (false, false), (false, true), (true, false), (true, true) })
            {
                Assert.True(Lock(first, slot, exclusive: held));
                bool granted = !held && !wanted;
                Assert.True(granted == Lock(second, slot, exclusive: wanted), $"Slot {slot}: {Name(wanted)} beside {Name(held)}.");
                if (granted)
                    Unlock(second, slot);
                Unlock(first, slot);
            }
        }
    }

    [Fact]
    public virtual void A_slot_is_free_when_the_last_that_shares_it_lets_go()
    {
        using IStorageFile first = Join();
        using IStorageFile second = Join();
        using IStorageFile third = Join();
        Assert.True(Lock(first, 3));
        Assert.True(Lock(second, 3));
        Unlock(first, 3);
        Assert.False(Lock(third, 3, exclusive: true));
        Unlock(second, 3);
        Assert.True(Lock(third, 3, exclusive: true));
        Assert.False(Lock(first, 3));
        Unlock(third, 3);
        Assert.True(Lock(first, 3));
    }

    [Fact]
    public virtual void Several_slots_are_locked_all_or_none()
    {
        using IStorageFile first = Join();
        using IStorageFile second = Join();
        Assert.True(Lock(first, 6));
        Assert.False(Of(second).TryShmLock(1, 7, exclusive: true));
        for (int slot = 0; slot < Slots; slot++)
            Assert.True(slot == 6 || Lock(first, slot, exclusive: true), $"Slot {slot} was kept by a lock that was refused.");
        for (int slot = 0; slot < Slots; slot++)
            Unlock(first, slot);
        Assert.True(Of(second).TryShmLock(1, 7, exclusive: true));
        Assert.True(Lock(first, 0, exclusive: true));
        for (int slot = 1; slot < Slots; slot++)
            Assert.False(Lock(first, slot), $"Slot {slot} was not locked with the others.");
        Of(second).ShmUnlock(1, 7);
        for (int slot = 1; slot < Slots; slot++)
            Assert.True(Lock(first, slot, exclusive: true), $"Slot {slot} was not unlocked with the others.");
    }

    [Fact]
    public virtual void Slots_and_the_locks_of_the_database_do_not_meet()
    {
        using IStorageFile first = Join();
        using IStorageFile second = Join();
        Assert.True(first.TryLock(LockLevel.Shared));
        Assert.True(first.TryLock(LockLevel.Exclusive));
        Assert.True(Of(second).TryShmLock(0, Slots, exclusive: true));
        first.Unlock(LockLevel.None);
        Assert.False(Lock(first, 0));
        Assert.True(second.TryLock(LockLevel.Shared));
        Of(second).ShmUnlock(0, Slots);
        Assert.True(first.TryLock(LockLevel.Shared));
    }

    [Fact]
    public virtual void Who_leaves_holds_no_slot_and_others_keep_theirs()
    {
        foreach (bool closes in (bool[])[true, false])
        {
            using IStorageFile stays = Join();
            using IStorageFile other = Join();
            using (IStorageFile leaves = Join())
            {
                Assert.True(Lock(leaves, 0, exclusive: true));
                Assert.True(Lock(leaves, 4));
                Assert.True(Lock(stays, 4));
                Assert.True(Lock(stays, 5, exclusive: true));
                Memory(Map(stays, 0))[100] = 7;
                if (closes)
                    leaves.Dispose();
                else
                    Of(leaves).ShmUnmap(delete: false);
            }
            Assert.True(Lock(other, 0, exclusive: true), "A slot is still held.");
            Assert.False(Lock(other, 4, exclusive: true));
            Assert.False(Lock(other, 5));
            Assert.Equal(7, Memory(Map(stays, 0))[100]);
            Unlock(stays, 4);
            Assert.True(Lock(other, 4, exclusive: true), "A slot is still shared.");
        }
    }

    /// <summary>The database may have been changed by others in between, or the power failed: what is left means nothing.</summary>
    [Fact]
    public virtual void When_the_last_has_left_nothing_is_left()
    {
        foreach (bool delete in (bool[])[true, false])
        {
            using (IStorageFile file = Create(Database))
            {
                Memory(Map(file, 0)).Fill(1);
                Of(file).ShmUnmap(delete);
                Of(file).ShmUnmap(delete);
            }
            using IStorageFile next = Create(Database);
            Assert.Equal(0, Map(next, 0, extend: false));
            Bytes.Zero(Memory(Map(next, 0)));
            Of(next).ShmUnmap(delete: true);
        }
    }

    [Fact]
    public virtual async Task The_memory_and_the_slots_of_different_databases_do_not_meet()
    {
        var otherPath = StoragePath.Parse("other.db");
        await AcquireAsync(otherPath);
        using IStorageFile first = Join();
        using IStorageFile second = Create(otherPath);
        Memory(Map(first, 0)).Fill(1);
        Bytes.Zero(Memory(Map(second, 0)));
        Assert.True(Of(first).TryShmLock(0, Slots, exclusive: true));
        Assert.True(Of(second).TryShmLock(0, Slots, exclusive: true));
    }

    private static ISharedMemory Of(IStorageFile file) => Assert.IsAssignableFrom<ISharedMemory>(file);

    private static nint Map(IStorageFile file, int region, bool extend = true)
    {
        SharedMemoryAccess access = Of(file).ShmMap(region, RegionLength, extend, readOnly: false, out nint address);
        Assert.Equal(SharedMemoryAccess.ReadWrite, access);
        Assert.True(address != 0 || !extend, $"Region {region} was not made.");
        return address;
    }

    private static bool Lock(IStorageFile file, int slot, bool exclusive = false) => Of(file).TryShmLock(slot, 1, exclusive);

    private static void Unlock(IStorageFile file, int slot) => Of(file).ShmUnlock(slot, 1);

    private static string Name(bool exclusive) => exclusive ? "exclusive" : "shared";

    private Span<byte> Memory(nint address)
    {
        Assert.NotEqual(0, address);
        return UnderTest.MemoryAt(address, RegionLength);
    }

    /// <summary>Opens the database and its memory.</summary>
    private IStorageFile Join()
    {
        IStorageFile file = Create(Database);
        Map(file, 0);
        return file;
    }
}
