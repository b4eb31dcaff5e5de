using Xunit;

namespace Isar.Storage.Conformance;

/// <summary>
/// SQLite's locks between open files of one path, see <see href="https://sqlite.org/lockingv3.html">File Locking And Concurrency</see>.
/// Levels are climbed as SQLite climbs them: Shared first, then Reserved or Exclusive.
/// </summary>
public abstract class LockSuite(BackendUnderTest underTest) : BackendSuite(underTest)
{
    /// <summary>What a second file can get while the first holds a level.</summary>
    private static readonly (LockLevel Held, LockLevel Wanted, bool Granted)[] _matrix =
    [
        (LockLevel.None, LockLevel.Shared, true),
        (LockLevel.None, LockLevel.Reserved, true),
        (LockLevel.None, LockLevel.Exclusive, true),
        (LockLevel.Shared, LockLevel.Shared, true),
        (LockLevel.Shared, LockLevel.Reserved, true),
        (LockLevel.Shared, LockLevel.Exclusive, false),
        (LockLevel.Reserved, LockLevel.Shared, true),
        (LockLevel.Reserved, LockLevel.Reserved, false),
        (LockLevel.Reserved, LockLevel.Exclusive, false),
        (LockLevel.Exclusive, LockLevel.Shared, false),
        (LockLevel.Exclusive, LockLevel.Reserved, false),
        (LockLevel.Exclusive, LockLevel.Exclusive, false),
    ];

    [Fact]
    public virtual void Every_pair_of_levels_goes_together_as_in_sqlite()
    {
        foreach ((LockLevel held, LockLevel wanted, bool granted) in _matrix)
        {
            using IStorageFile first = Create(Database);
            using IStorageFile second = Create(Database);
            Assert.True(Climb(first, held), $"{held} must be granted when nobody else holds a lock.");
            Assert.True(granted == Climb(second, wanted), $"{wanted} beside {held} must be {(granted ? "granted" : "refused")}.");
        }
    }

    [Fact]
    public virtual void A_refused_upgrade_keeps_shared()
    {
        using IStorageFile writer = Create(Database);
        using IStorageFile reader = Create(Database);
        Assert.True(Climb(writer, LockLevel.Reserved));
        Assert.True(reader.TryLock(LockLevel.Shared));
        Assert.False(reader.TryLock(LockLevel.Reserved));

        Assert.False(writer.TryLock(LockLevel.Exclusive));
        reader.Unlock(LockLevel.None);
        Assert.True(writer.TryLock(LockLevel.Exclusive));
    }

    [Fact]
    public virtual void A_waiting_writer_keeps_new_readers_out_and_old_ones_in()
    {
        using IStorageFile writer = Create(Database);
        using IStorageFile oldReader = Create(Database);
        using IStorageFile newReader = Create(Database);
        Assert.True(oldReader.TryLock(LockLevel.Shared));
        Assert.True(Climb(writer, LockLevel.Reserved));
        Assert.True(newReader.TryLock(LockLevel.Shared));
        newReader.Unlock(LockLevel.None);

        Assert.False(writer.TryLock(LockLevel.Exclusive));
        Assert.False(newReader.TryLock(LockLevel.Shared));
        Assert.False(oldReader.TryLock(LockLevel.Reserved));
        Assert.False(oldReader.TryLock(LockLevel.Exclusive));
        Assert.False(writer.TryLock(LockLevel.Exclusive));
        oldReader.Unlock(LockLevel.None);
        Assert.True(writer.TryLock(LockLevel.Exclusive));
    }

    [Fact]
    public virtual void A_writer_that_gives_up_waiting_lets_readers_in_again()
    {
        using IStorageFile writer = Create(Database);
        using IStorageFile reader = Create(Database);
        using IStorageFile newReader = Create(Database);
        Assert.True(reader.TryLock(LockLevel.Shared));
        Assert.True(Climb(writer, LockLevel.Reserved));
        Assert.False(writer.TryLock(LockLevel.Exclusive));

        writer.Unlock(LockLevel.Shared);
        Assert.True(newReader.TryLock(LockLevel.Shared));
        Assert.True(newReader.TryLock(LockLevel.Reserved));
        Assert.False(writer.TryLock(LockLevel.Reserved));
    }

    /// <summary>SQLite goes this way when it rolls back a journal that a crash left.</summary>
    [Fact]
    public virtual void Shared_can_be_raised_straight_to_exclusive()
    {
        using IStorageFile first = Create(Database);
        using IStorageFile second = Create(Database);
        Assert.True(first.TryLock(LockLevel.Shared));
        Assert.True(second.TryLock(LockLevel.Shared));
        Assert.False(first.TryLock(LockLevel.Exclusive));
        first.Unlock(LockLevel.Shared);
        second.Unlock(LockLevel.None);
        Assert.True(first.TryLock(LockLevel.Exclusive));
        Assert.False(second.TryLock(LockLevel.Shared));
    }

    [Fact]
    public virtual void Of_two_upgraders_one_waits_for_the_other_to_let_go()
    {
        using IStorageFile first = Create(Database);
        using IStorageFile second = Create(Database);
        Assert.True(first.TryLock(LockLevel.Shared));
        Assert.True(second.TryLock(LockLevel.Shared));
        Assert.True(first.TryLock(LockLevel.Reserved));
        Assert.False(second.TryLock(LockLevel.Reserved));
        Assert.False(first.TryLock(LockLevel.Exclusive));
        second.Unlock(LockLevel.None);
        Assert.True(first.TryLock(LockLevel.Exclusive));
        first.Unlock(LockLevel.None);
        Assert.True(Climb(second, LockLevel.Exclusive));
    }

    [Fact]
    public virtual void Asking_for_what_is_held_changes_nothing()
    {
        using IStorageFile first = Create(Database);
        using IStorageFile second = Create(Database);
        Assert.True(Climb(first, LockLevel.Reserved));
        Assert.True(first.TryLock(LockLevel.Reserved));
        Assert.True(first.TryLock(LockLevel.Shared));
        Assert.True(second.IsReserved);
        Assert.True(first.TryLock(LockLevel.Exclusive));
        Assert.True(first.TryLock(LockLevel.Exclusive));
        Assert.False(second.TryLock(LockLevel.Shared));
    }

    [Fact]
    public virtual void A_lock_is_lowered_step_by_step()
    {
        using IStorageFile first = Create(Database);
        using IStorageFile second = Create(Database);
        Assert.True(Climb(first, LockLevel.Exclusive));
        first.Unlock(LockLevel.Shared);
        Assert.False(first.IsReserved);
        Assert.True(Climb(second, LockLevel.Reserved));
        Assert.False(second.TryLock(LockLevel.Exclusive));
        first.Unlock(LockLevel.Shared);
        Assert.False(second.TryLock(LockLevel.Exclusive));
        first.Unlock(LockLevel.None);
        first.Unlock(LockLevel.None);
        Assert.True(second.TryLock(LockLevel.Exclusive));
    }

    [Fact]
    public virtual void Reserved_is_seen_by_every_file_of_the_path()
    {
        using IStorageFile writer = Create(Database);
        using IStorageFile other = Create(Database);
        Assert.False(other.IsReserved);
        Assert.True(writer.TryLock(LockLevel.Shared));
        Assert.False(other.IsReserved);
        Assert.True(writer.TryLock(LockLevel.Reserved));
        Assert.True(other.IsReserved);
        Assert.True(writer.IsReserved);
        Assert.True(writer.TryLock(LockLevel.Exclusive));
        Assert.True(other.IsReserved);
        writer.Unlock(LockLevel.Shared);
        Assert.False(other.IsReserved);
        Assert.False(writer.IsReserved);
    }

    [Fact]
    public virtual void A_closed_file_holds_no_lock()
    {
        foreach (LockLevel level in (LockLevel[])[LockLevel.Shared, LockLevel.Reserved, LockLevel.Exclusive])
        {
            using IStorageFile other = Create(Database);
            using (IStorageFile holder = Create(Database))
                Assert.True(Climb(holder, level));
            Assert.False(other.IsReserved);
            Assert.True(Climb(other, LockLevel.Exclusive), $"{level} is still held by a closed file.");
        }
    }

    [Fact]
    public virtual void Closing_a_file_leaves_the_locks_of_others()
    {
        using IStorageFile holder = Create(Database);
        using IStorageFile other = Create(Database);
        Assert.True(Climb(holder, LockLevel.Reserved));
        using (IStorageFile third = Create(Database))
            Assert.True(third.TryLock(LockLevel.Shared));
        Assert.True(other.IsReserved);
        Assert.True(other.TryLock(LockLevel.Shared));
        Assert.False(other.TryLock(LockLevel.Reserved));
    }

    [Fact]
    public virtual async Task Locks_of_different_paths_do_not_meet()
    {
        var otherPath = StoragePath.Parse("other.db");
        await AcquireAsync(otherPath);
        using IStorageFile first = Create(Database);
        using IStorageFile second = Create(otherPath);
        Assert.True(Climb(first, LockLevel.Exclusive));
        Assert.False(second.IsReserved);
        Assert.True(Climb(second, LockLevel.Exclusive));
    }

    [Fact]
    public virtual void Reading_and_writing_leave_the_locks_alone()
    {
        using IStorageFile writer = Create(Database);
        using IStorageFile other = Create(Database);
        Assert.True(Climb(writer, LockLevel.Exclusive));
        writer.Write(Bytes.Pattern(10_000), 0);
        writer.SetLength(5000);
        writer.Flush();
        Assert.False(other.TryLock(LockLevel.Shared));
        writer.Unlock(LockLevel.None);
        Assert.True(other.TryLock(LockLevel.Shared));
        Bytes.Equal(Bytes.Pattern(10_000).AsSpan(0, 5000), other.ReadBytes(0, 5000));
    }

    private static bool Climb(IStorageFile file, LockLevel level)
        => level == LockLevel.None || (file.TryLock(LockLevel.Shared) && file.TryLock(level));
}
