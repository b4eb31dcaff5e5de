using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Backends.Opfs;

/// <summary>An open <see href="https://fs.spec.whatwg.org/#api-filesystemsyncaccesshandle">FileSystemSyncAccessHandle</see> of a file.</summary>
/// <param name="file">The stored name, with the directory.</param>
internal sealed class OpfsHandle(string file)
{
    private const int Closed = 0;

    private int _handle = Closed;

    public bool IsOpen => _handle != Closed;

    /// <summary>Gets the number by which <c>opfs.ts</c> knows the open handle.</summary>
    public int Number => _handle;

    /// <summary>Opens the file, creating it when it is missing.</summary>
    public async Task OpenAsync()
    {
        try
        {
            _handle = await OpfsInterop.OpenAsync(file).ConfigureAwait(false);
        }
        catch (JSException e)
        {
            throw OpfsErrors.Of(e, file);
        }
    }

    /// <summary>Tells whether the file is stored: one that is open can have been deleted with the data of the site.</summary>
    public async Task<bool> IsStoredAsync()
    {
        try
        {
            return await OpfsInterop.ExistsAsync(file).ConfigureAwait(false);
        }
        catch (JSException e)
        {
            throw OpfsErrors.Of(e, file);
        }
    }

    /// <summary>Makes an entry for a file that was deleted while it is open, so that it can be closed.</summary>
    public async Task RestoreEntryAsync()
    {
        try
        {
            await OpfsInterop.RestoreEntryAsync(file).ConfigureAwait(false);
        }
        catch (JSException e)
        {
            throw OpfsErrors.Of(e, file);
        }
    }

    /// <summary>Removes the file, unless another tab has it open or removed it meanwhile.</summary>
    public async Task RemoveAsync()
    {
        try
        {
            await OpfsInterop.RemoveAsync(file).ConfigureAwait(false);
        }
        catch (JSException e)
        {
            throw OpfsErrors.Of(e, file);
        }
    }

    /// <summary>Closes the file if it is open.</summary>
    public void Close()
    {
        if (!IsOpen)
            return;
        OpfsInterop.Close(_handle);
        _handle = Closed;
    }

    public long GetSize()
    {
        try
        {
            return (long)OpfsInterop.GetSize(_handle);
        }
        catch (JSException e)
        {
            throw OpfsErrors.Of(e, file);
        }
    }

    public unsafe int Read(Span<byte> destination, long offset)
    {
        try
        {
            fixed (byte* address = destination)
                return (int)OpfsInterop.Read(_handle, (nint)address, destination.Length, offset);
        }
        catch (JSException e)
        {
            throw OpfsErrors.Of(e, file);
        }
    }

    /// <summary>
    /// Writes everything. Browsers are known to report a full disk by writing less without throwing, or by returning a negative number
    /// as an unsigned one; any count but the wanted one is a failure.
    /// </summary>
    public unsafe void Write(ReadOnlySpan<byte> source, long offset)
    {
        double written;
        try
        {
            fixed (byte* address = source)
                written = OpfsInterop.Write(_handle, (nint)address, source.Length, offset);
        }
        catch (JSException e)
        {
            throw OpfsErrors.Of(e, file);
        }
        if (written != source.Length)
        {
            throw new StorageException(StorageErrorKind.Full,
                $"The browser stored {written} of {source.Length} bytes in \"{file}\": there is no space left.");
        }
    }

    public void Truncate(long length)
    {
        try
        {
            OpfsInterop.Truncate(_handle, length);
        }
        catch (JSException e)
        {
            throw OpfsErrors.Of(e, file);
        }
    }

    public void Flush()
    {
        try
        {
            OpfsInterop.Flush(_handle);
        }
        catch (JSException e)
        {
            throw OpfsErrors.Of(e, file);
        }
    }
}
