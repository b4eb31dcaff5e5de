using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Backends.IndexedDb;

/// <summary>The content of one file in memory, shared by all its open files. A worker has one thread, so nothing here is locked.</summary>
/// <param name="file">The scripts' number of the file.</param>
/// <param name="path">Its path.</param>
/// <param name="limit">The largest length in bytes.</param>
internal sealed class IndexedDbContent(int file, StoragePath path, long limit)
{
    private readonly HashSet<IndexedDbFile> _openFiles = [];
    private StorageException? _broken;

    public int File => file;

    public StoragePath Path => path;

    public bool Exists { get; set; } = IndexedDbInterop.IsStored(file);

    /// <summary>Gets the length in bytes, kept here to save a crossing.</summary>
    public long Length { get; private set; } = (long)IndexedDbInterop.GetLength(file);

    /// <summary>Gets whether there are changes that are in no commit yet.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>Gets or sets whether commits are being undone; locks are refused meanwhile.</summary>
    public bool IsReverting { get; set; }

    public FileLocks Locks { get; } = new();

    public bool IsReserved => new FileLocks.Holder(Locks).IsReserved;

    public bool IsOpen => _openFiles.Count > 0;

    public void Add(IndexedDbFile open) => _openFiles.Add(open);

    public void Remove(IndexedDbFile open) => _openFiles.Remove(open);

    /// <summary>Makes the file exist, empty.</summary>
    public void Create()
    {
        Exists = true;
        IsChanged = true;
    }

    public unsafe int Read(Span<byte> destination, long offset)
    {
        ThrowIfBroken();
        int count = (int)Math.Clamp(Length - offset, 0, destination.Length);
        if (count == 0)
            return 0;
        fixed (byte* address = destination)
            IndexedDbInterop.Read(file, (nint)address, count, offset);
        return count;
    }

    public unsafe void Write(ReadOnlySpan<byte> source, long offset)
    {
        long end = offset + source.Length;
        BeginChange(end);
        try
        {
            fixed (byte* address = source)
                IndexedDbInterop.Write(file, (nint)address, source.Length, offset);
            Length = Math.Max(Length, end);
        }
        catch (JSException e)
        {
            throw Failed(e);
        }
    }

    public void SetLength(long length)
    {
        BeginChange(length);
        try
        {
            IndexedDbInterop.Resize(file, length);
            Length = length;
        }
        catch (JSException e)
        {
            throw Failed(e);
        }
    }

    public void Delete()
    {
        SetLength(0);
        Exists = false;
    }

    /// <summary>Ends a transaction.</summary>
    /// <returns>The bytes of this file that wait to be stored.</returns>
    public long Commit()
    {
        ThrowIfBroken();
        IsChanged = false;
        return (long)IndexedDbInterop.Commit(file, Exists);
    }

    /// <summary>Fails the open files that hold a lock: commits that they have seen are being undone.</summary>
    public void BeginRevert(StorageException reason)
    {
        IsReverting = true;
        foreach (IndexedDbFile open in _openFiles)
            open.Doom(reason);
    }

    /// <summary>Reads the file's state again after the content became the stored one.</summary>
    public void TakeUpStored()
    {
        Length = (long)IndexedDbInterop.GetLength(file);
        Exists = IndexedDbInterop.IsStored(file) || IsOpen;
        IsChanged = false;
        IsReverting = false;
    }

    /// <summary>Refuses every use from now on: it is not known any more what the file should hold.</summary>
    public void Break(StorageException reason)
    {
        _broken = reason;
        IsReverting = false;
    }

    public void ThrowIfBroken()
    {
        if (_broken is not null)
            throw new StorageException(_broken.Kind, _broken.Message, _broken);
    }

    private void BeginChange(long length)
    {
        ThrowIfBroken();
        if (length > limit && length > Length)
        {
            throw new StorageException(StorageErrorKind.Full,
                $"\"{path}\" cannot grow to {length} bytes: all of an IndexedDB database is in memory, and the limit is {limit}. "
                + $"Delete data, or raise {nameof(IndexedDbOptions)}.{nameof(IndexedDbOptions.MaxDatabaseBytes)} if there is enough memory.");
        }
        Exists = true;
        IsChanged = true;
    }

    private StorageException Failed(JSException failure)
    {
        Length = (long)IndexedDbInterop.GetLength(file);
        return IndexedDbErrors.Of(failure, path.Value);
    }
}
