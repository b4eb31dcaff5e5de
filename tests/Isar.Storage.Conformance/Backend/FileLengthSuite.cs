using Xunit;

namespace Isar.Storage.Conformance;

/// <summary>Growing and cutting a file: what comes into being is zero, what stays is unchanged.</summary>
public abstract class FileLengthSuite(BackendUnderTest underTest) : BackendSuite(underTest)
{
    [Fact]
    public virtual async Task A_write_past_the_end_leaves_zeros_in_the_gap()
    {
        using (IStorageFile file = Create(Database))
        {
            file.Write(Bytes.Pattern(10), 0);
            file.Write(Bytes.Pattern(10, 2), 200_000);
            Assert.Equal(200_010, file.Length);
            Bytes.Zero(file.ReadBytes(10, 199_990));
            file.Flush();
        }
        await ReopenAsync();
        byte[] stored = Load(Database);
        Bytes.Equal(Bytes.Pattern(10), stored.AsSpan(0, 10));
        Bytes.Zero(stored.AsSpan(10, 199_990));
        Bytes.Equal(Bytes.Pattern(10, 2), stored.AsSpan(200_000));
    }

    [Fact]
    public virtual async Task After_a_cut_a_write_further_on_uncovers_zeros()
    {
        using (IStorageFile file = Create(Database))
        {
            file.Write(Bytes.Pattern(100_000), 0);
            file.SetLength(100);
            file.Write([7], 90_000);
            Bytes.Zero(file.ReadBytes(100, 89_900));
            file.Flush();
        }
        await ReopenAsync();
        byte[] stored = Load(Database);
        Assert.Equal(90_001, stored.Length);
        Bytes.Equal(Bytes.Pattern(100_000).AsSpan(0, 100), stored.AsSpan(0, 100));
        Bytes.Zero(stored.AsSpan(100, 89_900));
    }

    [Fact]
    public virtual async Task After_a_cut_a_greater_length_uncovers_zeros()
    {
        using (IStorageFile file = Create(Database))
        {
            file.Write(Bytes.Pattern(100_000), 0);
            file.SetLength(5000);
            file.SetLength(80_000);
            Bytes.Zero(file.ReadBytes(5000, 75_000));
            file.Flush();
        }
        await ReopenAsync();
        byte[] stored = Load(Database);
        Assert.Equal(80_000, stored.Length);
        Bytes.Equal(Bytes.Pattern(100_000).AsSpan(0, 5000), stored.AsSpan(0, 5000));
        Bytes.Zero(stored.AsSpan(5000));
    }

    [Fact]
    public virtual async Task A_cut_inside_a_block_keeps_what_stands_before_it()
    {
        byte[] content = Bytes.Pattern(300_000);
        foreach (int length in Bytes.EdgeLengths)
        {
            Store(Database, content);
            using (IStorageFile file = Open(Database))
            {
                file.SetLength(length);
                Assert.Equal(length, file.Length);
                file.Flush();
            }
            await ReopenAsync();
            Bytes.Equal(content.AsSpan(0, length), Load(Database));
        }
    }

    [Fact]
    public virtual async Task The_length_can_grow()
    {
        using (IStorageFile file = Create(Database))
        {
            file.SetLength(70_000);
            Assert.Equal(70_000, file.Length);
            Bytes.Zero(file.ReadBytes(0, 70_000));
            file.Flush();
        }
        await ReopenAsync();
        byte[] stored = Load(Database);
        Assert.Equal(70_000, stored.Length);
        Bytes.Zero(stored);
    }

    [Fact]
    public virtual void Nothing_is_left_of_a_file_cut_to_nothing()
    {
        Store(Database, Bytes.Pattern(10_000));
        using IStorageFile file = Open(Database);
        file.SetLength(0);

        Assert.Equal(0, file.Length);
        Assert.Equal(0, file.Read(new byte[10], 0));
        file.SetLength(10_000);
        Bytes.Zero(file.ReadBytes(0, 10_000));
    }
}
