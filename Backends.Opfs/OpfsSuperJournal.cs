using System.Buffers.Binary;
using System.Text;

namespace Isar.Storage.Backends.Opfs;

/// <summary>
/// The super-journal of a transaction over several databases. SQLite gives it a random name in the middle of a commit, when no new file
/// can be opened. So one file is kept ready under a fixed name, and its first block says which super-journal it is.
/// </summary>
internal sealed class OpfsSuperJournal : OpfsContent
{
    private const int HeaderSize = 4096;

    private static readonly byte[] _mark = "isar-mj1"u8.ToArray();

    private readonly OpfsHandle _handle;

    public OpfsSuperJournal(OpfsHandle handle, WriteRun run)
        : base(handle, run, OpfsRole.SuperJournal, HeaderSize)
        => _handle = handle;

    /// <summary>Gets the path of the super-journal that is kept, or <see langword="null"/>.</summary>
    public string? Name { get; private set; }

    /// <summary>Begins a super-journal. Its name becomes durable together with its content, by the flush that follows.</summary>
    public void Begin(StoragePath path)
    {
        byte[] header = new byte[HeaderSize];
        byte[] name = Encoding.UTF8.GetBytes(path.Value);
        _mark.CopyTo(header, 0);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(_mark.Length), name.Length);
        name.CopyTo(header, _mark.Length + sizeof(int));
        WriteThrough(header, -HeaderSize);
        Name = path.Value;
        Exists = true;
    }

    public override void Delete()
    {
        base.Delete();
        Name = null;
    }

    protected override void Load()
    {
        base.Load();
        Name = ReadName();
        Exists = Name is not null;
    }

    private string? ReadName()
    {
        if (_handle.GetSize() < HeaderSize)
            return null;
        byte[] header = new byte[HeaderSize];
        _handle.Read(header, 0);
        int length = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(_mark.Length));
        bool valid = header.AsSpan().StartsWith(_mark) && length is > 0 and <= StoragePath.MaxBytes;
        return valid ? Encoding.UTF8.GetString(header, _mark.Length + sizeof(int), length) : null;
    }
}
