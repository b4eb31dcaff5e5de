using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Isar.Storage.Backends.Native;

/// <summary>A part of a file in memory, shared with all who map it, at one address until it is disposed. It has no finalizer.</summary>
/// <remarks>
/// .NET's own mapping writes to the disk when it ends, which is a wait for nothing here. So it serves only Windows, where it does not wait for
/// the disk, and 32-bit systems, whose <c>mmap</c> depends on the C library.
/// </remarks>
internal sealed unsafe class MappedRegion : IDisposable
{
    private readonly int _length;
    private readonly MemoryMappedFile? _mapping;
    private readonly MemoryMappedViewAccessor? _view;

    private MappedRegion(nint address, int length)
    {
        Address = address;
        _length = length;
    }

    private MappedRegion(MemoryMappedFile mapping, MemoryMappedViewAccessor view)
    {
        _mapping = mapping;
        _view = view;
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        // A view begins where the system can map, perhaps before what was asked for.
        Address = (nint)start + (nint)view.PointerOffset;
    }

    public nint Address { get; }

    /// <summary>Maps a part of a file, which is long enough.</summary>
    public static MappedRegion Map(SafeFileHandle file, long offset, int length, bool writable, string path)
    {
        if (Libc.HasLongOffsets)
            return new MappedRegion(Libc.Map(file, offset, length, writable, path), length);
        MemoryMappedFileAccess access = writable ? MemoryMappedFileAccess.ReadWrite : MemoryMappedFileAccess.Read;
        MemoryMappedFile? mapping = null;
        try
        {
            mapping = MemoryMappedFile.CreateFromFile(file, mapName: null, capacity: 0, access, HandleInheritability.None, leaveOpen: true);
            return new MappedRegion(mapping, mapping.CreateViewAccessor(offset, length, access));
        }
        catch
        {
            mapping?.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_view is null)
        {
            Libc.Unmap(Address, _length);
            return;
        }
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _mapping!.Dispose();
    }
}
