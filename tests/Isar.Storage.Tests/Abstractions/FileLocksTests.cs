using Xunit;
using static Isar.Storage.LockLevel;

namespace Isar.Storage.Tests.Abstractions;

public sealed class FileLocksTests
{
    /// <summary>What another holds, what this one holds, what it asks for, whether it gets it, and what it holds then.</summary>
    public static TheoryData<LockLevel, LockLevel, LockLevel, bool, LockLevel> Matrix => new()
    {
        { None, None, Shared, true, Shared },
        { None, Shared, Shared, true, Shared },
        { None, Shared, Reserved, true, Reserved },
        { None, Shared, Exclusive, true, Exclusive },
        { None, Reserved, Reserved, true, Reserved },
        { None, Reserved, Exclusive, true, Exclusive },
        { None, Pending, Exclusive, true, Exclusive },
        { None, Exclusive, Exclusive, true, Exclusive },
        { None, Exclusive, Shared, true, Exclusive },
        { Shared, None, Shared, true, Shared },
        { Shared, Shared, Shared, true, Shared },
        { Shared, Shared, Reserved, true, Reserved },
        { Shared, Shared, Exclusive, false, Pending },
        { Shared, Reserved, Exclusive, false, Pending },
        { Shared, Pending, Exclusive, false, Pending },
        { Reserved, None, Shared, true, Shared },
        { Reserved, Shared, Shared, true, Shared },
        { Reserved, Shared, Reserved, false, Shared },
        { Reserved, Shared, Exclusive, false, Shared },
        { Pending, None, Shared, false, None },
        { Pending, Shared, Shared, true, Shared },
        { Pending, Shared, Reserved, false, Shared },
        { Pending, Shared, Exclusive, false, Shared },
        { Exclusive, None, Shared, false, None },
    };

    [Theory]
    [MemberData(nameof(Matrix))]
    public void Two_holders_meet_as_sqlite_says(LockLevel other, LockLevel held, LockLevel wanted, bool granted, LockLevel then)
    {
        FileLocks locks = new();
        using FileLocks.Holder first = new(locks);
        using FileLocks.Holder second = new(locks);
        // The lower one first: the higher one may not let it in any more.
        if (other < held)
        {
            Climb(locks, first, other);
            Climb(locks, second, held);
        }
        else
        {
            Climb(locks, second, held);
            Climb(locks, first, other);
        }

        Assert.Equal(granted, second.TryLock(wanted));
        Assert.Equal(then, second.Level);
        Assert.Equal(other, first.Level);
        Assert.Equal(other >= Reserved || then >= Reserved, first.IsReserved);
        Assert.Equal(first.IsReserved, second.IsReserved);
    }

    [Theory]
    [InlineData(Shared)]
    [InlineData(Reserved)]
    [InlineData(Pending)]
    [InlineData(Exclusive)]
    public void What_is_let_go_can_be_taken(LockLevel level)
    {
        FileLocks locks = new();
        using FileLocks.Holder other = new(locks);
        foreach (LockLevel to in (LockLevel[])[Shared, None])
        {
            FileLocks.Holder holder = new(locks);
            Climb(locks, holder, level);
            holder.Unlock(to);
            Assert.Equal(to, holder.Level);
            Assert.False(other.IsReserved);
            Assert.True(other.TryLock(Shared));
            Assert.True(other.TryLock(Reserved));
            Assert.Equal(to == None, other.TryLock(Exclusive));
            holder.Dispose();
            Assert.Equal(None, holder.Level);
            Assert.True(other.TryLock(Exclusive));
            other.Unlock(None);
        }
    }

    [Fact]
    public void Unlocking_never_raises()
    {
        FileLocks locks = new();
        using FileLocks.Holder first = new(locks);
        using FileLocks.Holder second = new(locks);
        first.Unlock(Shared);
        first.Unlock(None);
        Assert.Equal(None, first.Level);
        first.TryLock(Shared);
        first.Unlock(Shared);
        first.Unlock(None);
        first.Unlock(None);
        first.Dispose();
        Assert.True(second.TryLock(Shared));
        Assert.True(second.TryLock(Exclusive));
    }

    [Fact]
    public void Pending_keeps_new_readers_out_until_the_old_have_left()
    {
        FileLocks locks = new();
        using FileLocks.Holder writer = new(locks);
        using FileLocks.Holder oldReader = new(locks);
        using FileLocks.Holder newReader = new(locks);
        Climb(locks, writer, Reserved);
        oldReader.TryLock(Shared);

        Assert.False(writer.TryLock(Exclusive));
        Assert.False(newReader.TryLock(Shared));
        Assert.False(writer.TryLock(Exclusive));
        oldReader.Unlock(None);
        Assert.False(newReader.TryLock(Shared));
        Assert.True(writer.TryLock(Exclusive));
        writer.Unlock(Shared);
        Assert.True(newReader.TryLock(Shared));
    }

    [Fact]
    public void Locks_of_different_files_do_not_meet()
    {
        FileLocks locks = new();
        FileLocks otherLocks = new();
        using FileLocks.Holder first = new(locks);
        using FileLocks.Holder second = new(otherLocks);
        Climb(locks, first, Exclusive);
        Assert.False(second.IsReserved);
        Climb(otherLocks, second, Exclusive);
    }

    /// <summary>Counts beside the locks who reads and who writes, and looks that they never do at the same time.</summary>
    [Fact]
    public void No_reader_meets_a_writer_in_many_threads()
    {
        int seed = Random.Shared.Next();
        FileLocks locks = new();
        int readers = 0;
        int writers = 0;
        int reservers = 0;
        int exclusives = 0;
        string? fault = null;
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(i => new Thread(() => Run(new Random(seed + i))))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.True(fault is null, $"Seed {seed}: {fault}");
        Assert.True(exclusives > 0, $"Seed {seed}: nobody ever wrote.");

        void Run(Random random)
        {
            using FileLocks.Holder holder = new(locks);
            for (int i = 0; i < 20_000 && fault is null; i++)
            {
                if (!holder.TryLock(Shared))
                    continue;
                Check(Interlocked.Increment(ref readers) > 0 && Volatile.Read(ref writers) == 0, "a reader beside a writer");
                bool reserved = random.Next(2) == 0 && holder.TryLock(Reserved);
                if (reserved)
                    Check(Interlocked.Increment(ref reservers) == 1, "two with Reserved");
                Interlocked.Decrement(ref readers);
                if (reserved && holder.TryLock(Exclusive))
                {
                    Check(Interlocked.Increment(ref writers) == 1 && Volatile.Read(ref readers) == 0, "a writer beside somebody");
                    Interlocked.Increment(ref exclusives);
                    Interlocked.Decrement(ref writers);
                }
                if (reserved)
                    Interlocked.Decrement(ref reservers);
                if (random.Next(2) == 0)
                    holder.Unlock(Shared);
                holder.Unlock(None);
                Check(holder.Level == None, "something held after it was let go");
            }
        }

        void Check(bool holds, string text)
        {
            if (!holds)
                fault = text;
        }
    }

    /// <summary>Takes a level; Pending is what a failed step to Exclusive leaves.</summary>
    private static void Climb(FileLocks locks, FileLocks.Holder holder, LockLevel level)
    {
        if (level == None)
            return;
        Assert.True(holder.TryLock(Shared));
        if (level == Pending)
        {
            using FileLocks.Holder reader = new(locks);
            Assert.True(reader.TryLock(Shared));
            Assert.False(holder.TryLock(Exclusive));
        }
        else
            Assert.True(holder.TryLock(level));
        Assert.Equal(level, holder.Level);
    }
}
