using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Backends.IndexedDb;

/// <summary>
/// What one file holds, in memory, shared by everybody in this worker who has it open. A worker has one thread, so nothing here is locked.
/// </summary>
/// <param name="file">The number that the scripts know it by.</param>
/// <param name="path">Its path.</param>
/// <param name="limit">The length in bytes that it may reach.</param>
internal sealed class IndexedDbContent(int file, StoragePath path, long limit)
{
    private readonly HashSet<IndexedDbFile> _openFiles = [];
    private StorageException? _broken;

    public int File => file;

    public StoragePath Path => path;

    public bool Exists { get; set; } = IndexedDbInterop.IsStored(file);

    /// <summary>Gets the length in bytes, kept here to save a crossing.</summary>
    public long Length { get; private set; } = (long)IndexedDbInterop.GetLength(file);

    /// <summary>Gets whether something was changed that no commit has taken up.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>Gets or sets why nobody can get a lock: what was committed is being undone.</summary>
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

    /// <summary>Fails whoever is using the file: what they have seen is being undone.</summary>
    public void BeginRevert(StorageException reason)
    {
        IsReverting = true;
        foreach (IndexedDbFile open in _openFiles)
            open.Doom(reason);
    }

    /// <summary>Takes note of what the file is after it became what is stored.</summary>
    public void TakeUpStored()
    {
        Length = (long)IndexedDbInterop.GetLength(file);
        Exists = IndexedDbInterop.IsStored(file) || IsOpen;
        IsChanged = false;
        IsReverting = false;
    }

    /// <summary>Refuses everything from now on: nobody knows what the file should be.</summary>
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
                + $"Delete something, or raise {nameof(IndexedDbOptions)}.{nameof(IndexedDbOptions.MaxDatabaseBytes)} if there is memory enough.");
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
