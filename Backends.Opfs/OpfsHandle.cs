using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Backends.Opfs;

/// <summary>An open <see href="https://fs.spec.whatwg.org/#api-filesystemsyncaccesshandle">FileSystemSyncAccessHandle</see>.</summary>
internal sealed class OpfsHandle(int handle, string file)
{
    /// <summary>Opens a file, creating it when it is missing.</summary>
    public static async Task<OpfsHandle> OpenAsync(string file)
    {
        try
        {
            return new OpfsHandle(await OpfsInterop.OpenAsync(file).ConfigureAwait(false), file);
        }
        catch (JSException e)
        {
            throw OpfsErrors.Of(e, file);
        }
    }

    /// <summary>Removes a file, unless somebody else has it open or removed it meanwhile.</summary>
    public static async Task RemoveAsync(string file)
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

    public void Close() => OpfsInterop.Close(handle);

    public long GetSize()
    {
        try
        {
            return (long)OpfsInterop.GetSize(handle);
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
                return (int)OpfsInterop.Read(handle, (nint)address, destination.Length, offset);
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
                written = OpfsInterop.Write(handle, (nint)address, source.Length, offset);
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
            OpfsInterop.Truncate(handle, length);
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
            OpfsInterop.Flush(handle);
        }
        catch (JSException e)
        {
            throw OpfsErrors.Of(e, file);
        }
    }
}
